/* quoted.c - text that goes into a quoted string (RFC 5322 3.2.4, 6532). */

#include "core/text/quoted.h"

#include "core/text/utf8.h"

bool ps_quoted_can(struct ps_bytes text)
{
	size_t i = 0, len;

	while (i < text.len) {
		if (text.at[i] >= ' ' && text.at[i] <= '~')
			len = 1;
		else
			len = ps_utf8_length(text.at + i, text.len - i);
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
