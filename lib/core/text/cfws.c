/* cfws.c - comments, white space and quoted strings (RFC 5322 section 3.2). */

#include "core/text/cfws.h"

#include <string.h>

bool ps_cfws_is_atext(int c)
{
	if (c <= 0)
		return false;
	return c > 127 || ps_ascii_alpha((char)c) || ps_ascii_digit((char)c) ||
	       strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL;
}

/* Controls inside are obsolete but allowed (4.1); NUL ends other programs'
 * strings, so that they would see another field than we do. */
static bool skip_comment(struct ps_cursor *cursor)
{
	size_t depth = 0;
	int c;

	do {
		c = ps_cursor_next(cursor);
		if (c == '\\')
			c = ps_cursor_next(cursor) > 0 ? '\\' : -1;
		else if (c == '(')
			depth++;
		else if (c == ')')
			depth--;
		if (c <= 0)
			return false;
	} while (depth > 0);
	return true;
}

bool ps_cfws_skip(struct ps_cursor *cursor)
{
	for (;;) {
		ps_cursor_skip_space(cursor);
		if (ps_cursor_peek(cursor) != '(')
			return true;
		if (!skip_comment(cursor))
			return false;
	}
}

bool ps_cfws_quoted(struct ps_cursor *cursor, struct ps_bytes *quoted_r)
{
	struct ps_cursor at = *cursor;
	int c;

	if (!ps_cursor_skip(&at, '"'))
		return false;
	do {
		c = ps_cursor_next(&at);
		if (c == '\\')
			c = ps_cursor_next(&at) > 0 ? '\\' : -1;
		if (c <= 0)
			return false;
	} while (c != '"');
	quoted_r->at = cursor->at;
	quoted_r->len = (size_t)(at.at - cursor->at);
	*cursor = at;
	return true;
}
