/* cursor.h - the only way to parse: every read checks what is left. */
#ifndef PS_CORE_TEXT_CURSOR_H
#define PS_CORE_TEXT_CURSOR_H

#include "core/text/bytes.h"

struct ps_cursor {
	const char *at, *end; /* borrowed */
};

struct ps_cursor ps_cursor_of(struct ps_bytes bytes);
bool ps_cursor_done(const struct ps_cursor *cursor);
/* The next octet as 0..255, or -1 at the end; peek does not move. */
int ps_cursor_peek(const struct ps_cursor *cursor);
int ps_cursor_next(struct ps_cursor *cursor);
/* Move past c (past literal, ASCII case folded) if it is next. */
bool ps_cursor_skip(struct ps_cursor *cursor, char c);
bool ps_cursor_skip_text(struct ps_cursor *cursor, const char *literal);
/* SP and HTAB; space: also CR and LF, which in a header are folding. */
void ps_cursor_skip_blank(struct ps_cursor *cursor);
void ps_cursor_skip_space(struct ps_cursor *cursor);
/* The longest run of octets in set / not in set; may be empty. */
struct ps_bytes ps_cursor_take(struct ps_cursor *cursor, const char *set);
struct ps_bytes ps_cursor_until(struct ps_cursor *cursor, const char *set);
struct ps_bytes ps_cursor_rest(const struct ps_cursor *cursor);

#endif
