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

struct command_row {
	const char *name;
	struct ps_counters_question question;
	struct ps_rule_count count;
	const char *wanted; /* the words */
};

static const struct command_row command_rows[] = {
	{ "by name",
	  { .sha = "0123456789abcdef0123456789abcdef01234567",
	    .prefix = "p",
	    .held = { .start = 1700000000, .count = 6, .before = 5 } },
	  { .rule = "R",
	    .key = PS_BYTES("a b"),
	    .amount = 50,
	    .max = 100,
	    .seconds = 3600,
	    .now = 1700000007 },
	  "EVALSHA 0123456789abcdef0123456789abcdef01234567 1 p:f:R:a%20b "
	  "1700000007 3600 50 100 f 1700000000 6 5" },
	{ "sliding, of no time; the largest numbers",
	  { .sha = "sha", .prefix = "p", .mode = PS_WINDOW_SLIDING },
	  { .rule = "R",
	    .key = PS_BYTES(""),
	    .amount = UINT64_C(9007199254740993),
	    .max = UINT64_MAX },
	  "EVALSHA sha 1 p:s:R: 0 1 9007199254740992 9007199254740992 s 0 0 "
	  "0" },
};

/* What the server would read of it. */
static void words_of(const struct ps_buffer *command, char *words_r,
		     size_t size)
{
	redisReader *reader = redisReaderCreate();
	const redisReply *word;
	redisReply *words;
	size_t i, len = 0;

	assert_int_equal(redisReaderFeed(reader, command->data, command->len),
			 REDIS_OK);
	assert_int_equal(redisReaderGetReply(reader, (void **)&words),
			 REDIS_OK);
	assert_non_null(words);
	assert_int_equal(words->type, REDIS_REPLY_ARRAY);
	for (i = 0; i < words->elements; i++) {
		word = words->element[i];
		assert_int_equal(word->type, REDIS_REPLY_STRING);
		len += (size_t)snprintf(words_r + len, size - len, "%s%.50s",
					i == 0 ? "" : " ", word->str);
	}
	freeReplyObject(words);
	redisReaderFree(reader);
}

static void commands(void **state)
{
	char octets[PS_COUNTERS_COMMAND_MAX], words[1024];
	struct ps_counters_question question;
	struct ps_buffer command;
	size_t i;

	(void)state;
	for (i = 0; i < TABLE_COUNT(command_rows); i++) {
		command = PS_BUFFER_AT(octets, sizeof(octets));
		question = command_rows[i].question;
		question.count = &command_rows[i].count;
		ps_counters_ask(&question, &command);
		assert_false(command.failed);
		words_of(&command, words, sizeof(words));
		assert_string_equal(words, command_rows[i].wanted);
	}
	/* With the whole script: there is room. */
	command = PS_BUFFER_AT(octets, sizeof(octets));
	question.sha = NULL;
	ps_counters_ask(&question, &command);
	assert_false(command.failed);
	words_of(&command, words, sizeof(words));
	assert_true(strncmp(words, "EVAL local now, seconds", 23) == 0);
	command = PS_BUFFER_AT(octets, sizeof(octets));
	ps_counters_ask_reset(&question, &command);
	words_of(&command, words, sizeof(words));
	assert_true(strncmp(words, "EVAL local now, seconds", 23) == 0);
	assert_non_null(strstr(words, " 1 p:s:R: 0 0"));
}

/* A key that would not be whole is not asked for. */
static void long_prefix(void **state)
{
	char octets[PS_COUNTERS_COMMAND_MAX];
	char prefix[PS_COUNTERS_TEXT_MAX + 1] = "";
	struct ps_buffer command = PS_BUFFER_AT(octets, sizeof(octets));
	const struct ps_rule_count count = { .rule = "R",
					     .key = PS_BYTES("k") };
	struct ps_counters_question question = { .prefix = prefix,
						 .count = &count };

	(void)state;
	/* PREFIX:f:R:k */
	memset(prefix, 'p', PS_COUNTERS_TEXT_MAX - 6);
	ps_counters_ask(&question, &command);
	assert_false(command.failed);
	command = PS_BUFFER_AT(octets, sizeof(octets));
	prefix[strlen(prefix)] = 'p';
	ps_counters_ask(&question, &command);
	assert_true(command.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands), cmocka_unit_test(long_prefix),
		cmocka_unit_test(names),    cmocka_unit_test(long_names),
		cmocka_unit_test(errors),   cmocka_unit_test(replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
