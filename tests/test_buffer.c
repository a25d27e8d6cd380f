/* test_buffer.c - text that grows up to a bound, by table. */

#include "table.h"

#include "core/text/buffer.h"

#include <string.h>

/* What is appended, in this order: text, count times filler, number. */
static const struct row {
	const char *name;
	size_t max;
	const char *text;
	size_t count;
	char filler;
	const char *want; /* NULL: failed */
} rows[] = {
	{ "nothing", 0, "", 0, 0, "" },
	{ "text", 10, "abc", 0, 0, "abc" },
	{ "text at the bound", 3, "abc", 0, 0, "abc" },
	{ "text over the bound by one", 2, "abc", 0, 0, NULL },
	{ "octets at the bound", 6, "abc", 3, 'x', "abcxxx" },
	{ "octets over the bound by one", 5, "abc", 3, 'x', NULL },
	{ "no bound at all", SIZE_MAX, "abc", 2, 'x', "abcxx" },
};

static void check(const struct row *row)
{
	struct ps_buffer buffer = PS_BUFFER(row->max);
	size_t i;

	assert_string_equal(ps_buffer_cstr(&buffer), "");
	ps_buffer_text(&buffer, row->text);
	for (i = 0; i < row->count; i++)
		ps_buffer_char(&buffer, row->filler);
	assert_int_equal(buffer.failed, row->want == NULL);
	if (row->want != NULL) {
		assert_string_equal(ps_buffer_cstr(&buffer), row->want);
		assert_int_equal(buffer.len, strlen(row->want));
	} else {
		/* Failed for good, and nothing is half there. */
		i = buffer.len;
		ps_buffer_add(&buffer, "", 0);
		assert_true(buffer.failed);
		assert_int_equal(buffer.len, i);
		assert_true(buffer.len <= row->max);
	}
	ps_buffer_reset(&buffer);
	assert_false(buffer.failed);
	assert_string_equal(ps_buffer_cstr(&buffer), "");
	ps_buffer_free(&buffer);
	assert_null(buffer.data);
}

/* In an array: the last octet is for the NUL, and nothing is allocated. */
static void check_array(void **state)
{
	char array[4] = "old";
	struct ps_buffer buffer = PS_BUFFER_AT(array, sizeof(array));

	(void)state;
	assert_string_equal(ps_buffer_cstr(&buffer), "");
	ps_buffer_text(&buffer, "abc");
	assert_false(buffer.failed);
	assert_ptr_equal(ps_buffer_cstr(&buffer), array);
	assert_string_equal(array, "abc");
	ps_buffer_char(&buffer, 'd');
	assert_true(buffer.failed);
	assert_false(buffer.no_memory);
	assert_string_equal(array, "abc");
	ps_buffer_free(&buffer);
	assert_string_equal(array, "abc");
}

/* Across every doubling, octet for octet, with NULs. */
static void check_growth(void **state)
{
	struct ps_buffer buffer = PS_BUFFER(5000);
	char octets[7] = { 'a', '\0', 'b', '\xff', 'c', 'd', 'e' };
	size_t i;

	(void)state;
	for (i = 0; i < 5000 / sizeof(octets); i++)
		ps_buffer_add(&buffer, octets, sizeof(octets));
	assert_int_equal(buffer.len, 5000 / sizeof(octets) * sizeof(octets));
	for (i = 0; i < buffer.len; i++)
		assert_int_equal(buffer.data[i], octets[i % sizeof(octets)]);
	assert_int_equal(buffer.data[buffer.len], '\0');
	ps_buffer_add(&buffer, octets, 5000 - buffer.len);
	assert_false(buffer.failed);
	ps_buffer_char(&buffer, 'x');
	assert_true(buffer.failed);
	assert_int_equal(buffer.len, 5000);
	ps_buffer_free(&buffer);
}

static void check_numbers(void **state)
{
	struct ps_buffer buffer = PS_BUFFER(64);

	(void)state;
	ps_buffer_number(&buffer, 0);
	ps_buffer_char(&buffer, ' ');
	ps_buffer_number(&buffer, ~0ULL);
	ps_buffer_bytes(&buffer, PS_BYTES(" x"));
	assert_string_equal(ps_buffer_cstr(&buffer),
			    "0 18446744073709551615 x");
	ps_buffer_free(&buffer);
}

/* A length that no memory has: refused, not wrapped around. */
static void check_huge(void **state)
{
	struct ps_buffer buffer = PS_BUFFER(SIZE_MAX);

	(void)state;
	ps_buffer_add(&buffer, "x", SIZE_MAX);
	assert_true(buffer.failed);
	ps_buffer_reset(&buffer);
	ps_buffer_add(&buffer, "x", SIZE_MAX / 2 + 1);
	assert_true(buffer.failed);
	ps_buffer_free(&buffer);
}

static void run(void **state)
{
	check(*state);
}

int main(void)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows) + 4];
	struct CMUnitTest *more = tests + TABLE_COUNT(rows);

	TABLE_TESTS(tests, rows, run);
	more[0] = (struct CMUnitTest){ .name = "growth",
				       .test_func = check_growth };
	more[1] = (struct CMUnitTest){ .name = "numbers",
				       .test_func = check_numbers };
	more[2] =
		(struct CMUnitTest){ .name = "huge", .test_func = check_huge };
	more[3] = (struct CMUnitTest){ .name = "in an array",
				       .test_func = check_array };
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
				       NULL, NULL);
}
