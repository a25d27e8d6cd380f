/* cursor.c - reads that check what is left (c-ares ares_buf). */

#include "core/text/cursor.h"

#include <string.h>

struct ps_cursor ps_cursor_of(struct ps_bytes bytes)
{
	const char *at = bytes.len == 0 ? "" : bytes.at;

	return (struct ps_cursor){ at, at + bytes.len };
}

bool ps_cursor_done(const struct ps_cursor *cursor)
{
	return cursor->at == cursor->end;
}

int ps_cursor_peek(const struct ps_cursor *cursor)
{
	if (cursor->at == cursor->end)
		return -1;
	return (unsigned char)*cursor->at;
}

int ps_cursor_next(struct ps_cursor *cursor)
{
	int c = ps_cursor_peek(cursor);

	if (c != -1)
		cursor->at++;
	return c;
}

bool ps_cursor_skip(struct ps_cursor *cursor, char c)
{
	if (ps_cursor_peek(cursor) != (unsigned char)c)
		return false;
	cursor->at++;
	return true;
}

bool ps_cursor_skip_text(struct ps_cursor *cursor, const char *literal)
{
	struct ps_bytes wanted = ps_bytes_of(literal);

	if (!ps_bytes_starts_fold(ps_cursor_rest(cursor), wanted))
		return false;
	cursor->at += wanted.len;
	return true;
}

/* strchr() finds the final NUL of set too: NUL is in no set. */
static bool in_set(int c, const char *set)
{
	return c > 0 && strchr(set, c) != NULL;
}

struct ps_bytes ps_cursor_take(struct ps_cursor *cursor, const char *set)
{
	const char *start = cursor->at;

	while (in_set(ps_cursor_peek(cursor), set))
		cursor->at++;
	return (struct ps_bytes){ start, (size_t)(cursor->at - start) };
}

/* Lines, and names before a sign, are most of what is read. */
static struct ps_bytes until_one(struct ps_cursor *cursor, char stop)
{
	const size_t len = (size_t)(cursor->end - cursor->at);
	const char *start = cursor->at;
	const char *found = len == 0 ? NULL : memchr(start, stop, len);

	cursor->at = found == NULL ? cursor->end : found;
	return (struct ps_bytes){ start, (size_t)(cursor->at - start) };
}

struct ps_bytes ps_cursor_until(struct ps_cursor *cursor, const char *set)
{
	const char *start = cursor->at;

	if (set[0] != '\0' && set[1] == '\0')
		return until_one(cursor, set[0]);
	while (!ps_cursor_done(cursor) && !in_set(ps_cursor_peek(cursor), set))
		cursor->at++;
	return (struct ps_bytes){ start, (size_t)(cursor->at - start) };
}

void ps_cursor_skip_blank(struct ps_cursor *cursor)
{
	(void)ps_cursor_take(cursor, " \t");
}

void ps_cursor_skip_space(struct ps_cursor *cursor)
{
	(void)ps_cursor_take(cursor, " \t\r\n");
}

struct ps_bytes ps_cursor_rest(const struct ps_cursor *cursor)
{
	return (struct ps_bytes){ cursor->at,
				  (size_t)(cursor->end - cursor->at) };
}
