/* test_control.c - requests at the control socket, read and refused. */

#include "table.h"

#include "milter/control.h"

#include <stdio.h>
#include <string.h>

#define REPLIES_MAX 65536

static const struct row {
	const char *name, *input;
	const char *want; /* the verb, subject and most; or why not */
	const char *rest; /* what is left of the input */
} rows[] = {
	{ "a command", "{\"command\":\"status\"}\n", "status  0", "" },
	{ "more of it, and members of others",
	  "{\"command\":\"reload\",\"subject\":\"a "
	  "b\",\"most\":2000,\"x\":[]}\n",
	  "reload a b 2000", "" },
	{ "behind it nothing is read", "{\"command\":\"status\"}\n{\"co",
	  "status  0", "{\"co" },
	{ "not all of it", "{\"command\":\"status\"}", "part",
	  "{\"command\":\"status\"}" },
	{ "nothing", "", "part", "" },
	{ "an empty line", "\n",
	  "the request is no JSON object with a \"command\"", "" },
	{ "no JSON", "GET / HTTP/1.1\n",
	  "the request is no JSON object with a \"command\"", "" },
	{ "a list", "[\"status\"]\n",
	  "the request is no JSON object with a \"command\"", "" },
	{ "a command that is none", "{\"command\":1}\n",
	  "the request is no JSON object with a \"command\"", "" },
	{ "a member twice", "{\"command\":\"status\",\"command\":\"reload\"}\n",
	  "the request is no JSON object with a \"command\"", "" },
	{ "an unknown command", "{\"command\":\"format\"}\n",
	  "there is no such command; postseald may be of another version than "
	  "the program that asks",
	  "" },
	{ "NUL in the subject",
	  "{\"command\":\"status\",\"subject\":\"a\\u0000\"}\n",
	  "the request is no JSON object with a \"command\"", "" },
	{ "a subject that is none", "{\"command\":\"status\",\"subject\":7}\n",
	  "\"subject\" is no text, or too long", "" },
	{ "most 0", "{\"command\":\"status\",\"most\":0}\n",
	  "\"most\" is not a number from 1 to 2000", "" },
	{ "most 2001", "{\"command\":\"status\",\"most\":2001}\n",
	  "\"most\" is not a number from 1 to 2000", "" },
	{ "most is text", "{\"command\":\"status\",\"most\":\"7\"}\n",
	  "\"most\" is not a number from 1 to 2000", "" },
};

/* "error" of the one reply there is. */
static void why(const struct ps_buffer *replies, char *text_r, size_t size)
{
	json_t *reply =
		json_loadb(ps_buffer_cstr(replies), replies->len, 0, NULL);
	const char *error = json_string_value(json_object_get(reply, "error"));

	snprintf(text_r, size, "%s",
		 error != NULL && json_is_false(json_object_get(reply, "ok"))
			 ? error
			 : "no reply");
	json_decref(reply);
}

static void ask(struct ps_cursor *cursor, char *text_r, size_t size)
{
	struct ps_buffer replies = PS_BUFFER(REPLIES_MAX);
	struct ps_control_request request;

	switch (ps_control_read(cursor, &request, &replies)) {
	case PS_REQUEST_PART:
		snprintf(text_r, size, "part");
		break;
	case PS_REQUEST_ANSWERED:
		snprintf(text_r, size, "%s %.99s %u",
			 ps_control_verb_name(request.verb), request.subject,
			 request.most);
		break;
	case PS_REQUEST_WAITS:
	case PS_REQUEST_LAST:
		why(&replies, text_r, size);
		break;
	}
	ps_buffer_free(&replies);
}

static void check(const struct row *row)
{
	struct ps_cursor cursor = ps_cursor_of(ps_bytes_of(row->input));
	struct ps_bytes rest;
	char said[PS_CONTROL_SUBJECT_MAX + 64];

	ask(&cursor, said, sizeof(said));
	assert_string_equal(said, row->want);
	rest = ps_cursor_rest(&cursor);
	assert_true(ps_bytes_equal(rest, ps_bytes_of(row->rest)));
}

/* One octet more is refused at once, without its LF. */
static void bound(void **state)
{
	static char input[PS_CONTROL_REQUEST_MAX + 1];
	struct ps_cursor cursor;
	char said[PS_CONTROL_SUBJECT_MAX + 64];

	(void)state;
	memset(input, ' ', sizeof(input));
	memcpy(input, "{\"command\":\"status\"}", 20);
	input[PS_CONTROL_REQUEST_MAX - 1] = '\n';
	cursor = ps_cursor_of(
		(struct ps_bytes){ input, PS_CONTROL_REQUEST_MAX });
	ask(&cursor, said, sizeof(said));
	assert_string_equal(said, "status  0");
	input[PS_CONTROL_REQUEST_MAX - 1] = ' ';
	cursor = ps_cursor_of(
		(struct ps_bytes){ input, PS_CONTROL_REQUEST_MAX - 1 });
	ask(&cursor, said, sizeof(said));
	assert_string_equal(said, "part");
	cursor = ps_cursor_of(
		(struct ps_bytes){ input, PS_CONTROL_REQUEST_MAX });
	ask(&cursor, said, sizeof(said));
	assert_string_equal(said, "the request is too long");
}

/* Whatever a name holds, the reply is one line of ASCII. */
static void hostile(void **state)
{
	struct ps_buffer replies = PS_BUFFER(REPLIES_MAX);
	size_t i;

	(void)state;
	ps_control_answer(&replies,
			  json_pack("{s:o, s:o}", "utf8",
				    ps_control_text("\xc2\x9bm\n\""), "not",
				    ps_control_text("a\xff\n")));
	assert_string_equal(ps_buffer_cstr(&replies),
			    "{\"utf8\":\"\\u009Bm\\n\\\"\",\"not\":"
			    "\"a\\\\xff\\n\",\"ok\":true}\n");
	for (i = 0; i < replies.len; i++)
		assert_in_range((unsigned char)replies.data[i], 1, 126);
	ps_buffer_free(&replies);
}

static void no_memory(void **state)
{
	struct ps_buffer replies = PS_BUFFER(REPLIES_MAX);

	(void)state;
	ps_control_answer(&replies, NULL);
	assert_string_equal(ps_buffer_cstr(&replies),
			    "{\"ok\":false,\"error\":\"postseald is out of "
			    "memory\"}\n");
	ps_buffer_free(&replies);
}

static void run(void **state)
{
	check(*state);
}

int main(void)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows) + 3];
	size_t i = TABLE_COUNT(rows);

	TABLE_TESTS(tests, rows, run);
	tests[i++] = (struct CMUnitTest)cmocka_unit_test(bound);
	tests[i++] = (struct CMUnitTest)cmocka_unit_test(hostile);
	tests[i++] = (struct CMUnitTest)cmocka_unit_test(no_memory);
	return _cmocka_run_group_tests(__FILE__, tests, i, NULL, NULL);
}
