/* quoted.c - text that goes into a quoted string (RFC 5322 3.2.4, 6532). */

#include "core/text/quoted.h"

/* The octets of the UTF-8 sequence that begins here (RFC 3629 4), at most
 * those that are left; 0: it is none, or a control character (C1). */
static size_t utf8_length(const char *at, size_t left)
{
	const unsigned char *u = (const unsigned char *)at;
	size_t i, len = u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2;

	if (u[0] < 0xc2 || u[0] > 0xf4 || left < len)
		return 0;
	for (i = 1; i < len; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((u[0] == 0xc2 && u[1] < 0xa0) || (u[0] == 0xe0 && u[1] < 0xa0) ||
	    (u[0] == 0xed && u[1] > 0x9f) || (u[0] == 0xf0 && u[1] < 0x90) ||
	    (u[0] == 0xf4 && u[1] > 0x8f))
		return 0;
	return len;
}

bool ps_quoted_can(struct ps_bytes text)
{
	size_t i = 0, len;

	while (i < text.len) {
		if (text.at[i] >= ' ' && text.at[i] <= '~')
			len = 1;
		else
			len = utf8_length(text.at + i, text.len - i);
		if (len == 0)
			return false;
		i += len;
	}
	return text.len > 0;
}

void ps_quoted_add(struct ps_buffer *out, struct ps_bytes text)
{
	size_t i;

	ps_buffer_char(out, '"');
	for (i = 0; i < text.len; i++) {
		if (text.at[i] == '"' || text.at[i] == '\\')
			ps_buffer_char(out, '\\');
		ps_buffer_char(out, text.at[i]);
	}
	ps_buffer_char(out, '"');
}
