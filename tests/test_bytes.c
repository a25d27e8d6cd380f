/* test_bytes.c - runs of octets, and ASCII without a locale, by table. */

#include "table.h"

#include "core/text/bytes.h"

#include <stdio.h>
#include <string.h>

enum what { NUMBER, EQUAL, STARTS, TRIM, FIND, COPY, LOWER };

#define ULL_MAX "18446744073709551615"

/*
 * NUMBER: text up to max, want the number.  EQUAL, STARTS: text and other,
 * want "exact", "folded".  FIND: max is the octet, want its place.  COPY: into
 * max octets.  want NULL: no.
 */
static const struct row {
	const char *name;
	enum what what;
	struct ps_bytes text, other;
	unsigned long long max;
	const char *want;
} rows[] = {
#define N(n, text, max, want)                                                  \
	{                                                                      \
		n, NUMBER, PS_BYTES(text), { 0 }, max, want                    \
	}
#define TWO(n, what, a, b, want)                                               \
	{                                                                      \
		n, what, PS_BYTES(a), PS_BYTES(b), 0, want                     \
	}
#define ONE(n, what, a, max, want)                                             \
	{                                                                      \
		n, what, PS_BYTES(a), { 0 }, max, want                         \
	}
	N("number", "42", 100, "42"),
	N("number 0", "0", 0, "0"),
	N("number leading zeros", "0042", 100, "42"),
	N("number at its bound", "100", 100, "100"),
	N("number over its bound", "101", 100, NULL),
	N("number of one digit over its bound", "7", 5, NULL),
	N("number of one digit at its bound", "5", 5, "5"),
	N("number over the bound of 0", "1", 0, NULL),
	N("number the largest", ULL_MAX, ~0ULL, ULL_MAX),
	N("number the largest and one", "18446744073709551616", ~0ULL, NULL),
	N("number a digit too long", ULL_MAX "0", ~0ULL, NULL),
	N("number nothing", "", 100, NULL),
	N("number sign", "+1", 100, NULL),
	N("number minus", "-1", 100, NULL),
	N("number space", " 1", 100, NULL),
	N("number text behind", "1x", 100, NULL),
	N("number NUL behind", "1\0", 100, NULL),
	N("number hexadecimal", "0x1", 100, NULL),
	TWO("equal", EQUAL, "abc", "abc", "exact"),
	TWO("equal folded", EQUAL, "aBc", "AbC", "folded"),
	TWO("equal nothing", EQUAL, "", "", "exact"),
	TWO("equal longer", EQUAL, "abc", "abcd", NULL),
	TWO("equal NUL inside", EQUAL, "a\0b", "a\0c", NULL),
	TWO("equal neighbours of letters do not fold", EQUAL, "@[`{", "`{@[",
	    NULL),
	TWO("equal above ASCII does not fold", EQUAL, "\xc4", "\xe4", NULL),
	TWO("starts", STARTS, "abcd", "ABC", "folded"),
	TWO("starts itself", STARTS, "abc", "abc", "folded"),
	TWO("starts with nothing", STARTS, "abc", "", "folded"),
	TWO("starts with longer", STARTS, "ab", "abc", NULL),
	TWO("starts with another", STARTS, "abcd", "abd", NULL),
	ONE("trim", TRIM, " \t\r\na b\n\r\t ", 0, "a b"),
	ONE("trim nothing", TRIM, "", 0, ""),
	ONE("trim all", TRIM, " \t\r\n", 0, ""),
	ONE("trim not other controls", TRIM, "\va\f", 0, "\va\f"),
	ONE("find", FIND, "abcb", 'b', "1"),
	ONE("find first", FIND, "abc", 'a', "0"),
	ONE("find NUL", FIND, "ab\0", '\0', "2"),
	ONE("find not there", FIND, "abc", 'd', NULL),
	ONE("find in nothing", FIND, "", '\0', NULL),
	ONE("copy", COPY, "abc", 8, "abc"),
	ONE("copy that just fits", COPY, "abc", 4, "abc"),
	ONE("copy too long by one", COPY, "abcd", 4, NULL),
	ONE("copy nothing", COPY, "", 1, ""),
	ONE("copy with NUL", COPY, "a\0c", 8, NULL),
	ONE("lower", LOWER, "ABZ@[az09\xc4", 0, "abz@[az09\xc4"),
};

static void check_number(const struct row *row)
{
	unsigned long long number = 7777;
	char found[32];

	assert_int_equal(ps_ascii_number(row->text, row->max, &number),
			 row->want != NULL);
	snprintf(found, sizeof(found), "%llu", number);
	assert_string_equal(found, row->want == NULL ? "7777" : row->want);
}

static void check_equal(const struct row *row)
{
	bool exact = row->want != NULL && strcmp(row->want, "exact") == 0;

	assert_int_equal(ps_bytes_equal(row->text, row->other), exact);
	assert_int_equal(ps_bytes_equal_fold(row->text, row->other),
			 row->want != NULL);
}

static void check_trim(const struct row *row)
{
	struct ps_bytes found = ps_bytes_trim(row->text);

	assert_int_equal(found.len, strlen(row->want));
	assert_memory_equal(found.at, row->want, found.len);
}

static void check_find(const struct row *row)
{
	const char *found = ps_bytes_find(row->text, (char)row->max);
	char place[8];

	assert_int_equal(found != NULL, row->want != NULL);
	if (found == NULL)
		return;
	snprintf(place, sizeof(place), "%d", (int)(found - row->text.at));
	assert_string_equal(place, row->want);
}

/* One octet behind the room is looked after. */
static void check_copy(const struct row *row)
{
	char text[16];

	memset(text, '#', sizeof(text));
	assert_int_equal(ps_bytes_copy(row->text, text, (size_t)row->max),
			 row->want != NULL);
	assert_string_equal(text, row->want == NULL ? "" : row->want);
	assert_int_equal(text[row->max], '#');
}

static void check_lower(const struct row *row)
{
	char text[16];

	assert_true(ps_bytes_copy(row->text, text, sizeof(text)));
	ps_ascii_lower_all(text, row->text.len);
	assert_string_equal(text, row->want);
	assert_true(ps_ascii_alpha('a') && ps_ascii_alpha('Z'));
	assert_false(ps_ascii_alpha('@') || ps_ascii_alpha('['));
	assert_false(ps_ascii_alpha('`') || ps_ascii_alpha('{'));
	assert_true(ps_ascii_digit('0') && ps_ascii_digit('9'));
	assert_false(ps_ascii_digit('/') || ps_ascii_digit(':'));
}

static void check(const struct row *row)
{
	switch (row->what) {
	case NUMBER:
		check_number(row);
		break;
	case EQUAL:
		check_equal(row);
		break;
	case STARTS:
		assert_int_equal(ps_bytes_starts_fold(row->text, row->other),
				 row->want != NULL);
		break;
	case TRIM:
		check_trim(row);
		break;
	case FIND:
		check_find(row);
		break;
	case COPY:
		check_copy(row);
		break;
	case LOWER:
		check_lower(row);
		break;
	}
}

TABLE_MAIN(rows, check)
