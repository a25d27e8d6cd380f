/* setup_text.c - lines of main.cf and master.cf, and the lists in them. */

#include "cli/setup_text.h"

#define BLANKS	   " \t\r\v\f"
#define SEPARATORS " \t\r\n\v\f,"

static struct ps_bytes take_line(struct ps_bytes text, size_t at)
{
	struct ps_bytes rest = { text.at + at, text.len - at };
	const char *end = ps_bytes_find(rest, '\n');

	if (end != NULL)
		rest.len = (size_t)(end - rest.at);
	return rest;
}

static size_t behind(struct ps_bytes text, size_t at)
{
	size_t end = at + take_line(text, at).len;

	return end < text.len ? end + 1 : end;
}

/* A comment or empty: it belongs to nothing. */
static bool is_idle(struct ps_bytes line)
{
	struct ps_cursor cursor = ps_cursor_of(line);

	ps_cursor_take(&cursor, BLANKS);
	return ps_cursor_done(&cursor) || ps_cursor_peek(&cursor) == '#';
}

static bool goes_on(struct ps_bytes line)
{
	struct ps_cursor cursor = ps_cursor_of(line);

	return ps_cursor_take(&cursor, BLANKS).len > 0;
}

bool ps_logical_next(struct ps_bytes text, size_t *at,
		     struct ps_logical *logical_r)
{
	size_t next;

	while (*at < text.len && is_idle(take_line(text, *at)))
		*at = behind(text, *at);
	if (*at >= text.len)
		return false;
	logical_r->first = take_line(text, *at);
	logical_r->lines.at = *at;
	next = *at = behind(text, *at);
	while (next < text.len && (is_idle(take_line(text, next)) ||
				   goes_on(take_line(text, next)))) {
		bool idle = is_idle(take_line(text, next));

		next = behind(text, next);
		if (!idle)
			*at = next;
	}
	logical_r->lines.len = *at - logical_r->lines.at;
	return true;
}

size_t ps_main_find(struct ps_bytes text, struct ps_bytes name,
		    struct ps_span *span_r)
{
	struct ps_logical logical;
	struct ps_cursor cursor;
	size_t at = 0, count = 0;

	while (ps_logical_next(text, &at, &logical)) {
		cursor = ps_cursor_of(logical.first);
		if (!ps_bytes_equal(
			    ps_bytes_trim(ps_cursor_until(&cursor, "=")), name))
			continue;
		count++;
		*span_r = logical.lines;
	}
	return count;
}

size_t ps_master_find(struct ps_bytes text, struct ps_bytes name,
		      struct ps_bytes type, struct ps_span *span_r)
{
	struct ps_logical logical;
	struct ps_cursor cursor;
	size_t at = 0, count = 0;

	while (ps_logical_next(text, &at, &logical)) {
		cursor = ps_cursor_of(logical.first);
		if (!ps_bytes_equal(ps_cursor_until(&cursor, BLANKS), name))
			continue;
		ps_cursor_take(&cursor, BLANKS);
		if (!ps_bytes_equal(ps_cursor_until(&cursor, BLANKS), type))
			continue;
		count++;
		*span_r = logical.lines;
	}
	return count;
}

size_t ps_master_find_option(struct ps_bytes text, struct ps_span entry,
			     struct ps_bytes option, struct ps_span *span_r)
{
	size_t at = entry.at, end = entry.at + entry.len, count = 0;
	struct ps_cursor cursor;

	for (; at < end; at = behind(text, at)) {
		cursor = ps_cursor_of(take_line(text, at));
		ps_cursor_take(&cursor, BLANKS);
		if (!ps_cursor_skip_text(&cursor, "-o") ||
		    ps_cursor_take(&cursor, BLANKS).len == 0 ||
		    !ps_bytes_equal(ps_bytes_trim(ps_cursor_rest(&cursor)),
				    option))
			continue;
		count++;
		*span_r = (struct ps_span){ at, behind(text, at) - at };
	}
	return count;
}

bool ps_list_next(struct ps_cursor *list, struct ps_bytes *item_r)
{
	const char *from;
	size_t depth = 0;
	int c;

	ps_cursor_take(list, SEPARATORS);
	if (ps_cursor_peek(list) != '{') {
		*item_r = ps_cursor_until(list, SEPARATORS);
		return item_r->len > 0;
	}
	from = list->at;
	while ((c = ps_cursor_next(list)) >= 0) {
		depth += c == '{';
		depth -= c == '}';
		if (depth == 0)
			break;
	}
	*item_r = (struct ps_bytes){ from, (size_t)(list->at - from) };
	return depth == 0;
}

struct ps_bytes ps_milter_address(struct ps_bytes item)
{
	struct ps_cursor cursor = ps_cursor_of(item);

	if (!ps_cursor_skip(&cursor, '{'))
		return item;
	ps_cursor_take(&cursor, SEPARATORS);
	return ps_cursor_until(&cursor, SEPARATORS "}");
}

bool ps_list_is_whole(struct ps_bytes list)
{
	struct ps_cursor cursor = ps_cursor_of(list);
	struct ps_bytes item;

	while (ps_list_next(&cursor, &item))
		;
	return ps_cursor_done(&cursor) && item.len == 0;
}

bool ps_list_has(struct ps_bytes list, struct ps_bytes item)
{
	struct ps_cursor cursor = ps_cursor_of(list);
	struct ps_bytes one;

	while (ps_list_next(&cursor, &one)) {
		if (ps_bytes_equal(one, item) ||
		    ps_bytes_equal(ps_milter_address(one), item))
			return true;
	}
	return false;
}
