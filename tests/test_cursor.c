/* test_cursor.c - reads that check what is left, by table. */

#include "table.h"

#include "core/text/cfws.h"
#include "core/text/cursor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum what { NEXT, SKIP, SKIP_TEXT, BLANK, SPACE, TAKE, UNTIL, CFWS, QUOTED };

/* want: what was read and, behind "|", what is left; NULL: not moved, no. */
static const struct row {
	const char *name;
	enum what what;
	struct ps_bytes text;
	const char *set, *want;
} rows[] = {
#define ROW(n, what, text, set, want)                                          \
	{                                                                      \
		n, what, PS_BYTES(text), set, want                             \
	}
	ROW("next", NEXT, "ab", "", "a|b"),
	ROW("next, the last", NEXT, "a", "", "a|"),
	ROW("next, above ASCII", NEXT, "\xff", "", "\xff|"),
	ROW("next, at the end", NEXT, "", "", NULL),
	ROW("skip", SKIP, "ab", "a", "a|b"),
	ROW("skip another", SKIP, "ab", "b", NULL),
	ROW("skip, in the other case", SKIP, "ab", "A", NULL),
	ROW("skip, at the end", SKIP, "", "a", NULL),
	ROW("skip above ASCII", SKIP, "\xffx", "\xff", "\xff|x"),
	ROW("text", SKIP_TEXT, "include:x", "include:", "include:|x"),
	ROW("text in the other case", SKIP_TEXT, "INclude:x",
	    "includE:", "INclude:|x"),
	ROW("text, all of it", SKIP_TEXT, "all", "all", "all|"),
	ROW("text cut off", SKIP_TEXT, "al", "all", NULL),
	ROW("text, another", SKIP_TEXT, "alp", "all", NULL),
	ROW("blank", BLANK, " \t\r\nx", "", " \t|\r\nx"),
	ROW("blank, none", BLANK, "x", "", "|x"),
	ROW("space", SPACE, " \t\r\nx ", "", " \t\r\n|x "),
	ROW("space, to the end", SPACE, "\r\n ", "", "\r\n |"),
	ROW("take", TAKE, "aabc", "ab", "aab|c"),
	ROW("take, none", TAKE, "cab", "ab", "|cab"),
	ROW("take, to the end", TAKE, "ab", "ab", "ab|"),
	ROW("take, of the empty set", TAKE, "ab", "", "|ab"),
	ROW("until", UNTIL, "ab;c", ";", "ab|;c"),
	ROW("until, at once", UNTIL, ";c", ";", "|;c"),
	ROW("until, never", UNTIL, "abc", ";", "abc|"),
	ROW("until, of the empty set", UNTIL, "abc", "", "abc|"),
	ROW("3.2.2 space and comments", CFWS, " (a (b))\r\n (c)x", "",
	    " (a (b))\r\n (c)|x"),
	ROW("3.2.2 none", CFWS, "x(y)", "", "|x(y)"),
	ROW("3.2.2 quoted pairs", CFWS, "(\\(\\)\\\\)x", "", "(\\(\\)\\\\)|x"),
	ROW("3.2.2 quotes mean nothing in a comment", CFWS, "(\")x\")", "",
	    "(\")|x\")"),
	ROW("3.2.2 without end", CFWS, "(x", "", NULL),
	ROW("3.2.2 without the outer end", CFWS, "((x)", "", NULL),
	ROW("3.2.2 ends in a backslash", CFWS, "(x\\", "", NULL),
	ROW("3.2.2 an end alone", CFWS, ")x", "", "|)x"),
	ROW("3.2.4 quoted", QUOTED, "\"a b\"c", "", "\"a b\"|c"),
	ROW("3.2.4 empty", QUOTED, "\"\"", "", "\"\"|"),
	ROW("3.2.4 quoted pairs", QUOTED, "\"\\\"\\\\\"x", "",
	    "\"\\\"\\\\\"|x"),
	ROW("3.2.4 none", QUOTED, "a\"b\"", "", NULL),
	ROW("3.2.4 without end", QUOTED, "\"ab", "", NULL),
	ROW("3.2.4 ends in a backslash", QUOTED, "\"ab\\", "", NULL),
	ROW("3.2.4 a quote alone", QUOTED, "\"", "", NULL),
};

static bool read_one(const struct row *row, struct ps_cursor *cursor)
{
	struct ps_bytes quoted;

	switch (row->what) {
	case NEXT:
		assert_int_equal(ps_cursor_peek(cursor),
				 row->want == NULL
					 ? -1
					 : (unsigned char)row->text.at[0]);
		return ps_cursor_next(cursor) != -1;
	case SKIP:
		return ps_cursor_skip(cursor, row->set[0]);
	case SKIP_TEXT:
		return ps_cursor_skip_text(cursor, row->set);
	case BLANK:
		ps_cursor_skip_blank(cursor);
		return true;
	case SPACE:
		ps_cursor_skip_space(cursor);
		return true;
	case TAKE:
		(void)ps_cursor_take(cursor, row->set);
		return true;
	case UNTIL:
		(void)ps_cursor_until(cursor, row->set);
		return true;
	case CFWS:
		return ps_cfws_skip(cursor);
	case QUOTED:
		return ps_cfws_quoted(cursor, &quoted);
	}
	return false;
}

/* In memory of its own, so that a read past the end is seen. */
static void check(const struct row *row)
{
	char *text = malloc(row->text.len + (row->text.len == 0)), found[64];
	struct ps_cursor cursor;
	struct ps_bytes rest;

	assert_non_null(text);
	memcpy(text, row->text.at, row->text.len);
	cursor = ps_cursor_of((struct ps_bytes){ text, row->text.len });
	assert_int_equal(read_one(row, &cursor), row->want != NULL);
	rest = ps_cursor_rest(&cursor);
	assert_int_equal(ps_cursor_done(&cursor), rest.len == 0);
	snprintf(found, sizeof(found), "%.*s|%.*s",
		 (int)(row->text.len - rest.len), text, (int)rest.len, rest.at);
	if (row->want != NULL)
		assert_string_equal(found, row->want);
	else if (row->what != CFWS)
		assert_int_equal(rest.len, row->text.len);
	free(text);
}

/* NUL is in no set, but it is read like any octet. */
static void check_nul(void **state)
{
	struct ps_cursor cursor = ps_cursor_of(PS_BYTES("\0\0;"));

	(void)state;
	assert_int_equal(ps_cursor_take(&cursor, "ab").len, 0);
	assert_int_equal(ps_cursor_peek(&cursor), 0);
	assert_int_equal(ps_cursor_until(&cursor, ";").len, 2);
	assert_true(ps_cursor_skip(&cursor, ';'));
	assert_true(ps_cursor_done(&cursor));
	assert_int_equal(ps_cursor_next(&cursor), -1);
	cursor = ps_cursor_of((struct ps_bytes){ NULL, 0 });
	assert_true(ps_cursor_done(&cursor));
	assert_int_equal(ps_cursor_rest(&cursor).len, 0);
}

static void run(void **state)
{
	check(*state);
}

int main(void)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows) + 1];

	TABLE_TESTS(tests, rows, run);
	tests[TABLE_COUNT(rows)] =
		(struct CMUnitTest){ .name = "NUL", .test_func = check_nul };
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
				       NULL, NULL);
}
