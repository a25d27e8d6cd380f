/* test_login_sketch.c - what is kept of one login: exact where it says so, and
 * within its error where not. */

#include "core/rules/login_sketch.h"
#include "table.h"

#include <stdlib.h>
#include <string.h>

#define NOW 1000000

static struct ps_login_sketch *sketch;

static int begin(void **state)
{
	(void)state;
	sketch = calloc(1, sizeof(*sketch));
	return sketch == NULL;
}

static int end(void **state)
{
	(void)state;
	free(sketch);
	return 0;
}

static void note(uint32_t now, uint64_t address, uint64_t recipient)
{
	const struct ps_login_event event = { .now = now,
					      .address = address,
					      .recipient = recipient };

	ps_login_note(sketch, &event);
}

static struct ps_login_counts count(uint32_t now, uint32_t seconds)
{
	struct ps_login_counts counts;

	ps_login_count(sketch, now, seconds, &counts);
	return counts;
}

/* Numbers without a pattern: splitmix64. */
static uint64_t number(uint64_t n)
{
	n += UINT64_C(0x9e3779b97f4a7c15) * (n + 1);
	n = (n ^ n >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	n = (n ^ n >> 27) * UINT64_C(0x94d049bb133111eb);
	return n ^ n >> 31;
}

static void addresses_are_told_apart(void **state)
{
	(void)state;
	note(NOW, 1, 0);
	note(NOW + 1, 2, 0);
	note(NOW + 2, 1, 0);
	assert_int_equal(count(NOW + 2, 3600).addresses, 2);
	assert_int_equal(count(NOW + 2, 3600).countries, 0);
}

static void an_address_leaves_the_window(void **state)
{
	(void)state;
	note(NOW, 1, 0);
	note(NOW + 100, 2, 0);
	assert_int_equal(count(NOW + 100, 101).addresses, 2);
	assert_int_equal(count(NOW + 100, 100).addresses, 1);
	note(NOW + 100, 1, 0); /* seen again */
	assert_int_equal(count(NOW + 100, 100).addresses, 2);
	assert_int_equal(count(NOW + 50, 100).addresses, 2); /* clock back */
}

static void addresses_are_exact_up_to_their_maximum(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < PS_LOGIN_ADDRESSES_MAX; i++)
		note(NOW + i, number(i), 0);
	assert_int_equal(count(NOW + i, 3600).addresses,
			 PS_LOGIN_ADDRESSES_MAX);
	note(NOW + i, number(i), 0); /* in the place of the oldest */
	assert_int_equal(count(NOW + i, 3600).addresses,
			 PS_LOGIN_ADDRESSES_MAX);
	assert_int_equal(count(NOW + i, i).addresses, PS_LOGIN_ADDRESSES_MAX);
	note(NOW + i, number(0), 0); /* forgotten: a new one */
	assert_int_equal(count(NOW + i, 1).addresses, 2);
}

static void countries_are_told_apart(void **state)
{
	struct ps_login_event event = { .now = NOW };
	unsigned int i;

	(void)state;
	for (i = 0; i <= PS_LOGIN_COUNTRIES_MAX; i++) {
		event.country = number(i);
		ps_login_note(sketch, &event);
		assert_int_equal(count(NOW, 60).countries,
				 i < PS_LOGIN_COUNTRIES_MAX
					 ? i + 1
					 : PS_LOGIN_COUNTRIES_MAX);
	}
}

static void it_is_forgiven(void **state)
{
	(void)state;
	note(NOW, 1, 7);
	note(NOW + 1, 2, 8);
	ps_login_forgive(sketch);
	assert_int_equal(count(NOW + 1, 3600).addresses, 0);
	assert_int_equal(count(NOW + 1, 3600).recipients, 0);
	note(NOW + 2, 1, 7); /* known from before */
	note(NOW + 3, 1, 9);
	assert_int_equal(count(NOW + 3, 3600).addresses, 1);
	assert_int_equal(count(NOW + 3, 3600).recipients, 2);
	assert_int_equal(count(NOW + 3, 3600).recipients_new, 1);
	assert_true(count(NOW + 3600, 3600).is_watched);
}

static void a_recipient_is_new_once(void **state)
{
	(void)state;
	note(NOW, 0, 7);
	note(NOW, 0, 8);
	note(NOW, 0, 7);
	assert_int_equal(count(NOW, 600).recipients, 3);
	assert_int_equal(count(NOW, 600).recipients_new, 2);
}

static void a_request_is_noted_once(void **state)
{
	const struct ps_login_event event = { .now = NOW,
					      .recipient = 7,
					      .request = 9 };

	(void)state;
	ps_login_note(sketch, &event);
	ps_login_note(sketch, &event);
	assert_int_equal(count(NOW, 600).recipients, 1);
	assert_int_equal(count(NOW, 600).recipients_new, 1);
}

static void the_last_recipients_are_known(void **state)
{
	uint64_t i;

	(void)state;
	for (i = 0; i < 10000; i++)
		note(NOW, 0, number(i));
	for (i = 10000 - PS_LOGIN_RECIPIENTS; i < 10000; i++) {
		uint64_t before = count(NOW, 600).recipients_new;

		note(NOW, 0, number(i));
		assert_int_equal(count(NOW, 600).recipients_new, before);
	}
}

/* As the manual says: at most 5 in 100. */
static void few_new_ones_seem_known(void **state)
{
	uint64_t i, most = 0, wrong;

	(void)state;
	for (i = 0; i < 20000; i++) {
		note(NOW, 0, number(i));
		if ((i + 1) % 1000 != 0)
			continue;
		wrong = count(NOW, 600).recipients -
			count(NOW, 600).recipients_new;
		if (wrong > most)
			most = wrong;
		assert_true(wrong * 100 <= (i + 1) * 5);
	}
	assert_true(most > 0); /* it is a sketch, after all */
}

static void one_that_is_used_stays_known(void **state)
{
	uint64_t i, before;

	(void)state;
	note(NOW, 0, number(0));
	for (i = 1; i < 20000; i++) {
		note(NOW, 0, number(i));
		if (i % 400 != 0)
			continue;
		before = count(NOW, 600).recipients_new;
		note(NOW, 0, number(0));
		assert_int_equal(count(NOW, 600).recipients_new, before);
	}
}

static void recipients_leave_the_window(void **state)
{
	const uint32_t slice = PS_LOGIN_SLICE, now = 100000 * slice;

	(void)state;
	note(now, 0, 1);
	note(now + slice, 0, 2);
	note(now + 5 * slice, 0, 3);
	assert_int_equal(count(now + 5 * slice, slice).recipients, 1);
	assert_int_equal(count(now + 5 * slice, 3 * slice).recipients, 1);
	assert_int_equal(count(now + 5 * slice, 4 * slice).recipients, 2);
	assert_int_equal(count(now + 5 * slice, 86400).recipients, 3);
	assert_int_equal(count(now + 86400 + slice - 1, 86400).recipients, 3);
	assert_int_equal(count(now + 86400 + slice, 86400).recipients, 2);
	assert_int_equal(count(now + 10 * 86400, 86400).recipients, 0);
	note(now + 10 * 86400, 0, 4); /* all slices are over */
	assert_int_equal(count(now + 10 * 86400, 86400).recipients, 1);
}

static void the_share_is_known_after_a_window(void **state)
{
	(void)state;
	assert_false(count(NOW, 60).is_watched);
	note(NOW, 0, 1);
	assert_false(count(NOW + 59, 60).is_watched);
	assert_true(count(NOW + 60, 60).is_watched);
	assert_false(count(NOW + 60, 3600).is_watched);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(addresses_are_told_apart),
		TEST(an_address_leaves_the_window),
		TEST(addresses_are_exact_up_to_their_maximum),
		TEST(countries_are_told_apart),
		TEST(it_is_forgiven),
		TEST(a_recipient_is_new_once),
		TEST(a_request_is_noted_once),
		TEST(the_last_recipients_are_known),
		TEST(few_new_ones_seem_known),
		TEST(one_that_is_used_stays_known),
		TEST(recipients_leave_the_window),
		TEST(the_share_is_known_after_a_window),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
