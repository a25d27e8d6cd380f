/* test_record.c - one line of named values, in both forms, by table. */

#include "table.h"

#include "core/text/record.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_MAX 100

/* pairs, json: of a value called v. */
static const struct row {
	const char *name;
	struct ps_bytes value;
	const char *pairs, *json;
} rows[] = {
#define ROW(n, value, pairs, json)                                             \
	{                                                                      \
		n, PS_BYTES(value), "v=" pairs, "{\"v\":\"" json "\"}"         \
	}
	ROW("plain", "pass", "pass", "pass"),
	ROW("plain signs", "<a@b.c>[1]:{}',;", "<a@b.c>[1]:{}',;",
	    "<a@b.c>[1]:{}',;"),
	ROW("empty", "", "\"\"", ""),
	ROW("a blank", "a b", "\"a b\"", "a b"),
	ROW("a field in it", "a action=accept", "\"a action=accept\"",
	    "a action=accept"),
	ROW("only an equals sign", "=", "\"=\"", "="),
	ROW("a quote", "a\"b", "\"a\\\"b\"", "a\\\"b"),
	ROW("a backslash", "a\\", "\"a\\\\\"", "a\\\\"),
	ROW("as if escaped", "\\x0a", "\"\\\\x0a\"", "\\\\x0a"),
	ROW("a line end", "a\r\nb", "\"a\\x0d\\x0ab\"", "a\\u000d\\u000ab"),
	ROW("NUL", "a\0b", "\"a\\x00b\"", "a\\u0000b"),
	ROW("DEL", "\x7f", "\"\\x7f\"", "\\u007f"),
	ROW("an escape sequence", "\x1b[2J", "\"\\x1b[2J\"", "\\u001b[2J"),
	ROW("3629: two octets", "\xc3\xa4", "\"\\xc3\\xa4\"", "\\u00e4"),
	ROW("3629: three octets", "\xe2\x82\xac", "\"\\xe2\\x82\\xac\"",
	    "\\u20ac"),
	ROW("3629: four octets", "\xf0\x9f\x98\x80", "\"\\xf0\\x9f\\x98\\x80\"",
	    "\\ud83d\\ude00"),
	ROW("3629: the last character", "\xf4\x8f\xbf\xbf",
	    "\"\\xf4\\x8f\\xbf\\xbf\"", "\\udbff\\udfff"),
	ROW("3629: beyond it", "\xf4\x90\x80\x80", "\"\\xf4\\x90\\x80\\x80\"",
	    "\\\\xf4\\\\x90\\\\x80\\\\x80"),
	ROW("3629: half a character", "a\xc3", "\"a\\xc3\"", "a\\\\xc3"),
	ROW("3629: half a character, then another", "\xc3\xc3\xa4",
	    "\"\\xc3\\xc3\\xa4\"", "\\\\xc3\\u00e4"),
	ROW("3629: longer than need be", "\xc0\xaf", "\"\\xc0\\xaf\"",
	    "\\\\xc0\\\\xaf"),
	ROW("3629: half of a surrogate pair", "\xed\xa0\x80",
	    "\"\\xed\\xa0\\x80\"", "\\\\xed\\\\xa0\\\\x80"),
	ROW("a control character of C1", "\xc2\x9b", "\"\\xc2\\x9b\"",
	    "\\\\xc2\\\\x9b"),
#undef ROW
};

static const char *text_of(enum ps_record_form form, struct ps_bytes value,
			   size_t max, struct ps_record *record)
{
	ps_record_begin(record, form);
	ps_record_text(record, "v", value, max);
	return ps_record_end(record);
}

static void check(const struct row *row)
{
	struct ps_record record;
	json_t *read;

	assert_string_equal(
		text_of(PS_RECORD_PAIRS, row->value, VALUE_MAX, &record),
		row->pairs);
	assert_string_equal(
		text_of(PS_RECORD_JSON, row->value, VALUE_MAX, &record),
		row->json);
	read = json_loads(record.text, JSON_ALLOW_NUL, NULL);
	assert_non_null(read);
	json_decref(read);
}

static void run_row(void **state)
{
	check(*state);
}

/* ---- lists, numbers, heads ---- */

static void fill(struct ps_record *record, enum ps_record_form form)
{
	static const struct ps_bytes plain[] = { PS_BYTES("pass:a.test"),
						 PS_BYTES("fail:b.test") };
	static const struct ps_bytes forged[] = { PS_BYTES("fail:a,pass:b"),
						  PS_BYTES("c d") };

	ps_record_begin(record, form);
	ps_record_head(record, "id", PS_BYTES("4X"), 8);
	ps_record_number(record, "n", 18446744073709551615ULL);
	ps_record_list(record, "none", plain, 0, 20);
	ps_record_list(record, "l", plain, 2, 20);
	ps_record_list(record, "f", forged, 2, 20);
}

static void lists_in_pairs(void **state)
{
	struct ps_record record;

	(void)state;
	fill(&record, PS_RECORD_PAIRS);
	assert_string_equal(ps_record_end(&record),
			    "4X: n=18446744073709551615 none=\"\" "
			    "l=pass:a.test,fail:b.test "
			    "f=\"fail:a\\x2cpass:b,c d\"");
}

static void lists_in_json(void **state)
{
	struct ps_record record;

	(void)state;
	fill(&record, PS_RECORD_JSON);
	assert_string_equal(ps_record_end(&record),
			    "{\"id\":\"4X\",\"n\":18446744073709551615,"
			    "\"none\":[],"
			    "\"l\":[\"pass:a.test\",\"fail:b.test\"],"
			    "\"f\":[\"fail:a,pass:b\",\"c d\"]}");
}

static void a_head_forges_nothing(void **state)
{
	struct ps_record record;

	(void)state;
	ps_record_begin(&record, PS_RECORD_PAIRS);
	ps_record_head(&record, "id", PS_BYTES("4X: a=b\n"), 64);
	ps_record_text(&record, "v", PS_BYTES("c"), 8);
	assert_string_equal(ps_record_end(&record),
			    "4X\\x3a\\x20a\\x3db\\x0a: v=c");
}

static void nothing_at_all(void **state)
{
	struct ps_record record;

	(void)state;
	ps_record_begin(&record, PS_RECORD_PAIRS);
	assert_string_equal(ps_record_end(&record), "");
	ps_record_begin(&record, PS_RECORD_JSON);
	assert_string_equal(ps_record_end(&record), "{}");
}

/* ---- bounds ---- */

static void values_are_cut_between_characters(void **state)
{
	struct ps_record record;

	(void)state;
	assert_string_equal(
		text_of(PS_RECORD_PAIRS, PS_BYTES("12345678"), 8, &record),
		"v=12345678");
	assert_string_equal(
		text_of(PS_RECORD_PAIRS, PS_BYTES("123456789"), 8, &record),
		"v=12345... cut=yes");
	assert_string_equal(
		text_of(PS_RECORD_PAIRS, PS_BYTES("12\n456"), 8, &record),
		"v=\"12...\" cut=yes");
	assert_string_equal(
		text_of(PS_RECORD_JSON,
			PS_BYTES("\xf0\x9f\x98\x80\xf0\x9f\x98\x80"), 23,
			&record),
		"{\"v\":\"\\ud83d\\ude00...\",\"cut\":true}");
}

/* However much there is, and of what: a whole line of at most the bound. */
static void lines_are_whole(void **state)
{
	static const char octets[] = "a\"\n\xc3\xa4\xff,= ";
	struct ps_record record;
	struct ps_bytes list[3];
	char text[400];
	unsigned int start, i, form;
	json_t *read;

	(void)state;
	for (i = 0; i < sizeof(text); i++)
		text[i] = octets[i % (sizeof(octets) - 1)];
	for (i = 0; i < 3; i++)
		list[i] = (struct ps_bytes){ text + i, 50 };
	for (start = 0; start < 800; start++) {
		form = start % 2;
		ps_record_begin(&record, (enum ps_record_form)form);
		ps_record_head(&record, "q",
			       (struct ps_bytes){ text, start / 2 }, 3000);
		for (i = 0; i < 9; i++) {
			ps_record_text(&record, "value",
				       (struct ps_bytes){ text, 100 + i }, 200);
			ps_record_list(&record, "list", list, 3, 40);
			ps_record_number(&record, "number", 4711);
		}
		assert_true(strlen(ps_record_end(&record)) <= PS_RECORD_MAX);
		assert_true(record.cut);
		if (form != PS_RECORD_JSON)
			continue;
		read = json_loads(record.text, 0, NULL);
		assert_true(json_is_true(json_object_get(read, "cut")));
		json_decref(read);
	}
}

static const struct CMUnitTest more[] = {
	cmocka_unit_test(lists_in_pairs),
	cmocka_unit_test(lists_in_json),
	cmocka_unit_test(a_head_forges_nothing),
	cmocka_unit_test(nothing_at_all),
	cmocka_unit_test(values_are_cut_between_characters),
	cmocka_unit_test(lines_are_whole),
};

int main(void)
{
	static struct CMUnitTest
		tests[TABLE_COUNT(rows) + sizeof(more) / sizeof(more[0])];

	TABLE_TESTS(tests, rows, run_row);
	memcpy(tests + TABLE_COUNT(rows), more, sizeof(more));
	return _cmocka_run_group_tests(
		__FILE__, tests, sizeof(tests) / sizeof(tests[0]), NULL, NULL);
}
