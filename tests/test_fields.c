/* test_fields.c - header fields by table (RFC 5322 section 2.2). */

#include "table.h"

#include "core/text/buffer.h"
#include "core/text/fields.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_OCTETS 16777216

/* want: every field as "name{value}", then "|" and the body. */
static const struct row {
	const char *name;
	struct ps_bytes text;
	bool good;
	struct ps_bytes want;
} rows[] = {
#define ROW(n, text, good, want)                                               \
	{                                                                      \
		n, PS_BYTES(text), good, PS_BYTES(want)                        \
	}
	ROW("2.2 one", "A: b\r\n\r\nbody", true, "A{ b}|body"),
	ROW("2.2 two", "A: b\r\nC:d\r\n\r\n", true, "A{ b}C{d}|"),
	ROW("2.2 value empty", "A:\r\n\r\n", true, "A{}|"),
	ROW("2.2 colons in the value", "A: b:c\r\n\r\n", true, "A{ b:c}|"),
	ROW("2.2.3 folded", "A: b\r\n c\r\n\td\r\n\r\n", true,
	    "A{ b\r\n c\r\n\td}|"),
	ROW("2.2.3 folded at once", "A:\r\n b\r\nC: d\r\n\r\n", true,
	    "A{\r\n b}C{ d}|"),
	ROW("4.2 folded by an empty-looking line", "A: b\r\n \r\n c\r\n\r\n",
	    true, "A{ b\r\n \r\n c}|"),
	ROW("4.5 space before the colon", "A \t: b\r\n\r\n", true, "A \t{ b}|"),
	ROW("LF alone ends lines", "A: b\n c\nD: e\n\nbody\n", true,
	    "A{ b\n c}D{ e}|body\n"),
	ROW("CR alone does not", "A: b\rC: d\r\n\r\n", true, "A{ b\rC: d}|"),
	ROW("CRs before the LF: one ends the line", "A: b\r\r\n\r\n", true,
	    "A{ b\r}|"),
	ROW("empty line by LF alone", "A: b\r\n\n\r\nx", true, "A{ b}|\r\nx"),
	ROW("no body, no empty line", "A: b\r\n", true, "A{ b}|"),
	ROW("no final line end", "A: b", true, "A{ b}|"),
	ROW("no final line end, folded", "A: b\r\n c", true, "A{ b\r\n c}|"),
	ROW("no header", "\r\nbody", true, "|body"),
	ROW("nothing", "", true, "|"),
	ROW("NUL is kept", "A: b\0c\r\n\0: x\r\n\r\n\0", true,
	    "A{ b\0c}\0{ x}|\0"),
	ROW("a line that is no field is left out",
	    "A: b\r\nno field\r\n at all\r\nC: d\r\n\r\nx", false,
	    "A{ b}C{ d}|x"),
	ROW("no name", "A: b\r\n: c\r\nD: e\r\n\r\n", false, "A{ b}D{ e}|"),
	ROW("first line folded", " x\r\nA: b\r\n\r\n", false, "A{ b}|"),
	ROW("2.2 a name does not fold", "x\r\n :y\r\nA: b\r\n\r\n", false,
	    "A{ b}|"),
};

static void say(struct ps_buffer *out, const struct ps_fields *fields,
		struct ps_bytes body)
{
	size_t i;

	for (i = 0; i < fields->count; i++) {
		ps_buffer_bytes(out, fields->at[i].name);
		ps_buffer_char(out, '{');
		ps_buffer_bytes(out, fields->at[i].value);
		ps_buffer_char(out, '}');
	}
	ps_buffer_char(out, '|');
	ps_buffer_bytes(out, body);
}

static void check(const struct row *row)
{
	struct ps_buffer found = PS_BUFFER(1024);
	char *text = malloc(row->text.len + (row->text.len == 0));
	struct ps_fields fields;
	struct ps_arena *arena;
	struct ps_bytes body;

	assert_non_null(text);
	memcpy(text, row->text.at, row->text.len);
	assert_int_equal(ps_arena_new(ARENA_OCTETS, &arena), 0);
	ps_fields_init(&fields, arena);
	assert_int_equal(
		ps_fields_parse(&fields,
				(struct ps_bytes){ text, row->text.len },
				&body),
		row->good);
	assert_false(fields.overflow);
	say(&found, &fields, body);
	assert_int_equal(found.len, row->want.len);
	assert_memory_equal(found.data, row->want.at, found.len);
	ps_buffer_free(&found);
	ps_arena_free(&arena);
	free(text);
}

static void check_find(void **state)
{
	struct ps_fields fields;
	struct ps_arena *arena;

	(void)state;
	assert_int_equal(ps_arena_new(ARENA_OCTETS, &arena), 0);
	ps_fields_init(&fields, arena);
	assert_true(ps_fields_parse(
		&fields, PS_BYTES("From:1\nFROM :2\nTo:3\nfrom:4\nFroms:5\n"),
		NULL));
	assert_int_equal(ps_fields_count(&fields, "From"), 3);
	assert_int_equal(ps_fields_count(&fields, "Cc"), 0);
	assert_int_equal(ps_fields_find(&fields, "from", 0)->value.at[0], '1');
	assert_int_equal(ps_fields_find(&fields, "from", 1)->value.at[0], '2');
	assert_int_equal(ps_fields_find(&fields, "from", 2)->value.at[0], '4');
	assert_null(ps_fields_find(&fields, "from", 3));
	assert_null(ps_fields_find(&fields, "Cc", 0));
	ps_arena_free(&arena);
}

/* What was there stays, and nothing more gets in, not even what would fit. */
static void check_overflow(struct ps_fields *fields, struct ps_bytes name,
			   struct ps_bytes value)
{
	size_t count = fields->count;

	assert_false(fields->overflow);
	assert_false(ps_fields_add(fields, name, value));
	assert_true(fields->overflow);
	assert_false(ps_fields_add(fields, PS_BYTES(""), PS_BYTES("")));
	assert_int_equal(fields->count, count);
}

static void check_count_bound(void **state)
{
	struct ps_fields fields;
	struct ps_arena *arena;
	size_t i;

	(void)state;
	assert_int_equal(ps_arena_new(ARENA_OCTETS, &arena), 0);
	ps_fields_init(&fields, arena);
	for (i = 0; i < PS_FIELDS_MAX; i++)
		assert_true(
			ps_fields_add(&fields, PS_BYTES("A"), PS_BYTES("b")));
	check_overflow(&fields, PS_BYTES("A"), PS_BYTES("b"));
	ps_arena_free(&arena);
}

static void check_octets_bound(void **state)
{
	static char value[PS_FIELDS_OCTETS_MAX];
	struct ps_bytes largest = { value, sizeof(value) - 1 };
	struct ps_fields fields;
	struct ps_arena *arena;

	(void)state;
	memset(value, 'x', sizeof(value));
	assert_int_equal(ps_arena_new(ARENA_OCTETS, &arena), 0);
	ps_fields_init(&fields, arena);
	assert_true(ps_fields_add(&fields, PS_BYTES("A"), largest));
	check_overflow(&fields, PS_BYTES(""), PS_BYTES("b"));
	ps_fields_init(&fields, arena);
	largest.len++;
	check_overflow(&fields, PS_BYTES("A"), largest);
	ps_arena_free(&arena);
	assert_int_equal(ps_arena_new(4096, &arena), 0);
	ps_fields_init(&fields, arena);
	check_overflow(&fields, PS_BYTES("A"), largest);
	ps_fields_init(&fields, arena);
	largest.len = 4096;
	check_overflow(&fields, PS_BYTES("A"), largest);
	ps_arena_free(&arena);
}

static void run(void **state)
{
	check(*state);
}

int main(void)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows) + 3];
	struct CMUnitTest *more = tests + TABLE_COUNT(rows);

	TABLE_TESTS(tests, rows, run);
	more[0] =
		(struct CMUnitTest){ .name = "find", .test_func = check_find };
	more[1] = (struct CMUnitTest){ .name = "as many fields as there may be",
				       .test_func = check_count_bound };
	more[2] = (struct CMUnitTest){ .name = "as many octets as may be",
				       .test_func = check_octets_bound };
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
				       NULL, NULL);
}
