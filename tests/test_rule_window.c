/* test_rule_window.c - windows of rates, by the second. */

#include "table.h"

#include "core/rules/rule_number.h"
#include "core/rules/rule_window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct row {
	const char *name;
	enum ps_window_mode mode;
	uint32_t seconds;
	uint64_t max;
	const char *counted; /* "TIME+AMOUNT=SUM" or "TIME+AMOUNT!SUM" */
} rows[] = {
	{ "fixed: from the first hit, more than seconds", PS_WINDOW_FIXED, 60,
	  2, "100+1=1 130+1=2 160+1!3 161+1=1 161+1=2 162+1!3" },
	{ "fixed: what is refused is not added", PS_WINDOW_FIXED, 60, 10,
	  "100+8=8 101+5!13 102+2=10 103+1!11" },
	{ "fixed: too much at first closes the window", PS_WINDOW_FIXED, 60, 10,
	  "100+11!11 101+1!12 160+1!12 161+1=1" },
	{ "fixed: a clock that steps back", PS_WINDOW_FIXED, 60, 2,
	  "1000+1=1 940+1=2 950+1!3 1060+1!3 1061+1=1" },
	{ "fixed: a clock that was far ahead", PS_WINDOW_FIXED, 60, 2,
	  "9000+2=2 1000+1=1 1001+1=2 1002+1!3 1061+1=1" },
	{ "fixed: ahead by one second more", PS_WINDOW_FIXED, 60, 2,
	  "1000+2=2 940+1!3 939+1=1" },
	{ "fixed: sums do not wrap", PS_WINDOW_FIXED, 60, 10,
	  "100+18446744073709551615!18446744073709551615 "
	  "101+5!18446744073709551615" },
	{ "sliding: what was before counts by its share", PS_WINDOW_SLIDING, 60,
	  10,
	  "100+10=10 101+1!11 160+1!11 166+1=10 172+1=10 190+1=8 "
	  "219+1=5" },
	{ "sliding: two windows later nothing is left", PS_WINDOW_SLIDING, 60,
	  10, "100+10=10 220+10=10" },
	{ "sliding: the first one above is not kept", PS_WINDOW_SLIDING, 60, 10,
	  "100+11!11 101+10=10" },
	{ "sliding: a clock that steps back", PS_WINDOW_SLIDING, 60, 2,
	  "1000+2=2 900+1!3 1119+1=2" },
	{ "sliding: the end of a window does not wrap", PS_WINDOW_SLIDING, 60,
	  20, "18446744073709551610+10=10 18446744073709551600+10=20" },
	{ "sliding: a clock that was far ahead", PS_WINDOW_SLIDING, 60, 2,
	  "9000+2=2 1000+1=1 1001+1=2 1002+1!3" },
	{ "sliding: ahead by one second more", PS_WINDOW_SLIDING, 60, 2,
	  "1000+2=2 880+1!3 879+1=1" },
};

static void check(const struct row *row)
{
	char *text = strdup(row->counted), *at, *rest = text;
	struct ps_window window = { 0 };

	while ((at = strtok_r(rest, " ", &rest)) != NULL) {
		char *plus = strchr(at, '+'), *end, said[64];
		uint64_t now = strtoull(at, NULL, 10), sum = 0;
		uint64_t amount = strtoull(plus + 1, &end, 10);
		bool good = ps_window_add(&window, row->mode, now, row->seconds,
					  amount, row->max, &sum);

		snprintf(said, sizeof(said), "%llu+%llu%c%llu",
			 (unsigned long long)now, (unsigned long long)amount,
			 good ? '=' : '!', (unsigned long long)sum);
		assert_string_equal(said, at);
	}
	free(text);
}

static void over(void **state)
{
	const struct ps_window window = { .start = 100, .count = 1 };
	const struct ps_window none = { 0 };

	(void)state;
	assert_true(ps_window_over(&none, PS_WINDOW_FIXED, 1, 60));
	assert_false(ps_window_over(&window, PS_WINDOW_FIXED, 160, 60));
	assert_true(ps_window_over(&window, PS_WINDOW_FIXED, 161, 60));
	assert_false(ps_window_over(&window, PS_WINDOW_SLIDING, 219, 60));
	assert_true(ps_window_over(&window, PS_WINDOW_SLIDING, 220, 60));
}

static void numbers(void **state)
{
	static const struct {
		const char *text, *number, *score;
		bool whole;
	} table[] = {
		{ "12", "12", "12.0", true },
		{ "-3.50", "-3.5", "-3.5", true },
		{ " 7x", "7", "7.0", false },
		{ "x", "0", "0.0", false },
		{ "", "0", "0.0", false },
		{ "0.1", "0.1", "0.1", true },
		{ "2.999", "2.999", "2.99", true },
		{ "1e3", "1000", "1000.0", false },
		{ "5.", "5", "5.0", false },
		{ "1e999", "inf", "inf", false },
		{ "0.30000000000000004", "0.3", "0.3", true },
	};
	char text[PS_RULE_NUMBER_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < TABLE_COUNT(table); i++) {
		double number = ps_rule_number(ps_bytes_of(table[i].text));

		ps_rule_number_format(number, text);
		assert_string_equal(text, table[i].number);
		assert_int_equal(ps_rule_is_number(ps_bytes_of(table[i].text)),
				 table[i].whole);
		ps_rule_score_format(number, text);
		if (i != 9)
			assert_string_equal(text, table[i].score);
	}
}

static void run_row(void **state)
{
	check(*state);
}

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows) + 2];

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	TABLE_TESTS(tests, rows, run_row);
	tests[TABLE_COUNT(rows)] = (struct CMUnitTest)cmocka_unit_test(over);
	tests[TABLE_COUNT(rows) + 1] =
		(struct CMUnitTest)cmocka_unit_test(numbers);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
