/* test_counters_script.c - names and words of counts in Redis. */

#include "io/counters_script.h"
#include "table.h"

#include <stdio.h>
#include <string.h>

struct name_row {
	const char *name;
	enum ps_window_mode mode;
	struct ps_bytes rule, key;
	const char *wanted;
};

static const struct name_row name_rows[] = {
	{ "plain", PS_WINDOW_FIXED, PS_BYTES("R1+100_3600"),
	  PS_BYTES("sasl_username=alice@example.org"),
	  "postseal:f:R1+100_3600:sasl_username=alice@example.org" },
	{ "sliding", PS_WINDOW_SLIDING, PS_BYTES("R"), PS_BYTES("k"),
	  "postseal:s:R:k" },
	{ "empty", PS_WINDOW_FIXED, PS_BYTES(""), PS_BYTES(""),
	  "postseal:f::" },
	{ "the colon between", PS_WINDOW_FIXED, PS_BYTES("a:b"),
	  PS_BYTES("c:d"), "postseal:f:a%3Ab:c%3Ad" },
	{ "NUL, lines, percent", PS_WINDOW_FIXED, PS_BYTES("R"),
	  PS_BYTES("\0\r\n%\xff"), "postseal:f:R:%00%0D%0A%25%FF" },
	{ "patterns of KEYS", PS_WINDOW_FIXED, PS_BYTES("*?[a]"),
	  PS_BYTES("\\{b}"), "postseal:f:%2A%3F%5Ba%5D:%5C%7Bb%7D" },
};

static const char *name_of(enum ps_window_mode mode, struct ps_bytes rule,
			   struct ps_bytes key, struct ps_buffer *out)
{
	ps_buffer_reset(out);
	ps_counters_name("postseal", mode, rule, key, out);
	return out->failed ? "failed" : ps_buffer_cstr(out);
}

static void names(void **state)
{
	struct ps_buffer out = PS_BUFFER(PS_COUNTERS_TEXT_MAX);
	const struct name_row *row;
	size_t i;

	(void)state;
	for (i = 0; i < TABLE_COUNT(name_rows); i++) {
		row = &name_rows[i];
		assert_string_equal(
			name_of(row->mode, row->rule, row->key, &out),
			row->wanted);
	}
	ps_buffer_free(&out);
}

/* At the bound, one more, and as long as a key may be. */
static void long_names(void **state)
{
	static char text[2 * PS_COUNTERS_TEXT_MAX];
	struct ps_buffer out = PS_BUFFER(PS_COUNTERS_TEXT_MAX);
	struct ps_bytes key = { text, PS_COUNTERS_NAME_MAX - 2 };
	char first[PS_COUNTERS_TEXT_MAX];

	(void)state;
	memset(text, 'k', sizeof(text));
	assert_int_equal(
		strlen(name_of(PS_WINDOW_FIXED, PS_BYTES("R"), key, &out)),
		strlen("postseal:f:") + PS_COUNTERS_NAME_MAX);
	key.len++;
	snprintf(first, sizeof(first), "%s",
		 name_of(PS_WINDOW_FIXED, PS_BYTES("R"), key, &out));
	assert_int_equal(strlen(first), strlen("postseal:f:sha256-") + 64);
	assert_true(strncmp(first, "postseal:f:sha256-", 18) == 0);
	text[0] = 'l';
	assert_string_not_equal(
		first, name_of(PS_WINDOW_FIXED, PS_BYTES("R"), key, &out));
	memset(text, '\xff', sizeof(text));
	key.len = 1024;
	assert_int_equal(strlen(name_of(PS_WINDOW_FIXED, key, key, &out)),
			 strlen(first));
	ps_buffer_free(&out);
}

struct error_row {
	const char *text;
	enum ps_counters_error wanted;
};

static const struct error_row error_rows[] = {
	{ "NOSCRIPT No matching script. Please use EVAL.",
	  PS_COUNTERS_NO_SCRIPT },
	{ "WRONGTYPE Operation against a key holding the wrong kind of value "
	  "script: 0, on @user_script:19.",
	  PS_COUNTERS_BAD_KEY },
	{ "ERR Error running script (call to f_0): @user_script:19: WRONGTYPE "
	  "Operation against a key",
	  PS_COUNTERS_BAD_KEY },
	{ "FOREIGN not a count", PS_COUNTERS_BAD_KEY },
	{ "READONLY You can't write against a read only replica.",
	  PS_COUNTERS_BAD_SERVER },
	{ "OOM command not allowed when used memory > 'maxmemory'.",
	  PS_COUNTERS_BAD_SERVER },
	{ "LOADING Redis is loading the dataset in memory",
	  PS_COUNTERS_BAD_SERVER },
	{ "NOPERM this user has no permissions", PS_COUNTERS_BAD_SERVER },
	{ "", PS_COUNTERS_BAD_SERVER },
};

static void errors(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < TABLE_COUNT(error_rows); i++)
		assert_int_equal(ps_counters_error_of(error_rows[i].text),
				 error_rows[i].wanted);
}

struct reply_row {
	const char *name, *text;
	const char *wanted; /* sum, start, count, before */
};

static const struct reply_row reply_rows[] = {
	{ "five numbers", "$18\r\n7 1700000000 6 5 4\r\n", "7 1700000000 6 5" },
	{ "the largest", "$27\r\n9223372036854775807 1 2 3 4\r\n",
	  "9223372036854775807 1 2 3" },
	{ "beyond", "$27\r\n9223372036854775808 1 2 3 4\r\n", "no" },
	{ "four", "$7\r\n7 1 2 3\r\n", "no" },
	{ "six", "$11\r\n7 1 2 3 4 5\r\n", "no" },
	{ "one is below zero", "$10\r\n7 1 -2 3 4\r\n", "no" },
	{ "one is a text", "$9\r\n7 1 x 3 4\r\n", "no" },
	{ "one is missing", "$8\r\n7 1  3 4\r\n", "no" },
	{ "empty", "$0\r\n\r\n", "no" },
	{ "a status", "+7 1 2 3 4\r\n", "no" },
	{ "a number", ":7\r\n", "no" },
	{ "nothing", "$-1\r\n", "no" },
	{ "an array", "*1\r\n$9\r\n7 1 2 3 4\r\n", "no" },
};

static void replies(void **state)
{
	struct ps_window window;
	redisReader *reader;
	uint64_t sum;
	char got[128];
	void *reply;
	size_t i;

	(void)state;
	for (i = 0; i < TABLE_COUNT(reply_rows); i++) {
		reader = redisReaderCreate();
		assert_int_equal(redisReaderFeed(reader, reply_rows[i].text,
						 strlen(reply_rows[i].text)),
				 REDIS_OK);
		assert_int_equal(redisReaderGetReply(reader, &reply), REDIS_OK);
		snprintf(got, sizeof(got), "no");
		if (reply != NULL && ps_counters_read(reply, &sum, &window))
			snprintf(got, sizeof(got), "%llu %llu %llu %llu",
				 (unsigned long long)sum,
				 (unsigned long long)window.start,
				 (unsigned long long)window.count,
				 (unsigned long long)window.before);
		assert_string_equal(got, reply_rows[i].wanted);
		freeReplyObject(reply);
		redisReaderFree(reader);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(long_names),
		cmocka_unit_test(errors),
		cmocka_unit_test(replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
