/* foreign.c - text of strangers, on its way to a terminal or a program. */

#include "cli/foreign.h"

#include "core/text/buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* RFC 3629 4: the character at text and its octets; 0 octets: none. */
static size_t decode(const unsigned char *text, unsigned long *c_r)
{
	static const unsigned long least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t i, len = *text < 0x80   ? 1
			: *text < 0xc0 ? 0
			: *text < 0xe0 ? 2
			: *text < 0xf0 ? 3
			: *text < 0xf8 ? 4
				       : 0;

	*c_r = len < 2 ? *text : *text & (0xffU >> (len + 1));
	for (i = 1; i < len; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*c_r = *c_r << 6 | (text[i] & 0x3f);
	}
	if (len > 0 && (*c_r < least[len] || *c_r > 0x10ffff ||
			(*c_r >= 0xd800 && *c_r <= 0xdfff)))
		return 0;
	return len;
}

size_t ps_foreign_harmless(const char *text)
{
	/* C0; DEL and C1; what turns the direction (UAX 9) or ends a line. */
	static const unsigned long bad[][2] = {
		{ 0, 0x1f },	    { 0x7f, 0x9f },	{ 0x61c, 0x61c },
		{ 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2066, 0x2069 },
	};
	unsigned long c;
	size_t i, len = decode((const unsigned char *)text, &c);

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (c >= bad[i][0] && c <= bad[i][1])
			return 0;
	}
	return len;
}

/* RFC 5322 2.2.3: LF, or CRLF, before a blank. */
static size_t fold_at(struct ps_bytes text, size_t i)
{
	size_t len = text.at[i] == '\r' ? 2 : 1;

	if (i + len >= text.len || text.at[i + len - 1] != '\n')
		return 0;
	return text.at[i + len] == ' ' || text.at[i + len] == '\t' ? len : 0;
}

/* What a line cannot hold; what it must not show output.c sees to. */
const char *ps_foreign_shown(struct ps_bytes text,
			     char text_r[4 * PS_FOREIGN_MAX + 4])
{
	size_t i, at = 0;

	for (i = 0; i < text.len && i < PS_FOREIGN_MAX; i++) {
		i += fold_at(text, i);
		if (text.at[i] != '\0' && text.at[i] != '\n' &&
		    text.at[i] != '\r') {
			text_r[at++] = text.at[i] == '\t' ? ' ' : text.at[i];
			continue;
		}
		snprintf(text_r + at, 5, "\\x%02x", (unsigned char)text.at[i]);
		at += 4;
	}
	memcpy(text_r + at, i < text.len ? "..." : "", i < text.len ? 4 : 1);
	return text_r;
}

json_t *ps_foreign_json(struct ps_bytes text)
{
	struct ps_buffer ascii = PS_BUFFER(SIZE_MAX / 4);
	json_t *string = NULL;
	char escape[5];
	size_t i;

	if (ps_bytes_find(text, 0x7f) == NULL)
		string = json_stringn(text.len == 0 ? "" : text.at, text.len);
	if (string != NULL)
		return string;
	for (i = 0; i < text.len; i++) {
		snprintf(escape, sizeof(escape), "\\x%02x",
			 (unsigned char)text.at[i]);
		ps_buffer_add(&ascii, text.at + i,
			      (unsigned char)text.at[i] < 0x7f);
		ps_buffer_text(&ascii,
			       (unsigned char)text.at[i] < 0x7f ? "" : escape);
	}
	if (!ascii.failed)
		string = json_stringn(ps_buffer_cstr(&ascii), ascii.len);
	ps_buffer_free(&ascii);
	return string;
}

json_t *ps_foreign_json_of(const char *text)
{
	return ps_foreign_json(ps_bytes_of(text));
}
