/* test_policy_request.c - requests of Postfix's policy protocol, by table. */

#include "table.h"

#include "core/rules/policy_request.h"
#include "core/text/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
	[PS_POLICY_PART] = "part",
	[PS_POLICY_WHOLE] = "whole",
	[PS_POLICY_LONG] = "long",
	[PS_POLICY_BAD] = "bad",
};

/* want: the outcome; of a whole one each "name=value;" and, behind "|", the
 * rest. */
static const struct row {
	const char *name;
	struct ps_bytes text;
	const char *want;
} rows[] = {
#define ROW(n, text, want)                                                     \
	{                                                                      \
		n, PS_BYTES(text), want                                        \
	}
	ROW("one attribute", "request=smtpd_access_policy\n\n",
	    "whole request=smtpd_access_policy;|"),
	ROW("two", "sender=a@b\nsize=1\n\n", "whole sender=a@b;size=1;|"),
	ROW("two requests", "a=1\n\nb=2\n\n", "whole a=1;|b=2\n\n"),
	ROW("an empty value", "sender=\n\n", "whole sender=;|"),
	ROW("= in the value", "sender=a=b@c\n\n", "whole sender=a=b@c;|"),
	ROW("blanks are the value's", "helo_name= a b \n\n",
	    "whole helo_name= a b ;|"),
	ROW("an attribute of a later Postfix", "new_thing=1\n\n",
	    "whole new_thing=1;|"),
	ROW("one twice", "a=1\na=2\n\n", "whole a=1;a=2;|"),
	ROW("octets above ASCII", "sender=\xc3\xa4@b\n\n",
	    "whole sender=\xc3\xa4@b;|"),
	ROW("a control character", "sender=a\x01\tb\n\n",
	    "whole sender=a\x01\tb;|"),
	ROW("CR is the value's", "a=1\r\n\n", "whole a=1\r;|"),

	ROW("nothing", "", "part"),
	ROW("half a name", "sen", "part"),
	ROW("no line end", "sender=a", "part"),
	ROW("no empty line", "sender=a\n", "part"),
	ROW("half of the second line", "sender=a\nsi", "part"),

	ROW("an empty line alone", "\n", "bad"),
	ROW("an empty line, then a request", "\na=1\n\n", "bad"),
	ROW("a line of CR", "a=1\r\n\r\n", "bad"),
	ROW("a line without =", "sender\n\n", "bad"),
	ROW("the second line without =", "a=1\nsender\n", "bad"),
	ROW("no name", "=a\n\n", "bad"),
	ROW("HTTP", "GET / HTTP/1.1\r\n", "bad"),
	ROW("NUL in a value", "sender=a\0b\n\n", "bad"),
	ROW("NUL in a name", "sen\0der=a\n\n", "bad"),
#undef ROW
};

static void describe(enum ps_policy_read said,
		     const struct ps_policy_request *request,
		     const struct ps_cursor *cursor, struct ps_buffer *text)
{
	size_t i;

	ps_buffer_text(text, names[said]);
	if (said != PS_POLICY_WHOLE)
		return;
	ps_buffer_char(text, ' ');
	for (i = 0; i < request->count; i++) {
		ps_buffer_bytes(text, request->at[i].name);
		ps_buffer_char(text, '=');
		ps_buffer_bytes(text, request->at[i].value);
		ps_buffer_char(text, ';');
	}
	ps_buffer_char(text, '|');
	ps_buffer_bytes(text, ps_cursor_rest(cursor));
}

static void check_row(void **state)
{
	const struct row *row = *state;
	struct ps_cursor cursor = ps_cursor_of(row->text), before = cursor;
	struct ps_buffer text = PS_BUFFER(200);
	struct ps_policy_request request;
	enum ps_policy_read said;

	said = ps_policy_read(&cursor, &request);
	describe(said, &request, &cursor, &text);
	assert_string_equal(ps_buffer_cstr(&text), row->want);
	if (said != PS_POLICY_WHOLE) {
		assert_ptr_equal(cursor.at, before.at);
		assert_int_equal(request.count, 0);
	}
	ps_buffer_free(&text);
}

/* ---- by name ---- */

static const char sent[] = "request=smtpd_access_policy\n"
			   "protocol_state=RCPT\n"
			   "sender=first@example.org\n"
			   "sasl_username=\n"
			   "sender=last@example.org\n\n";

static const struct named {
	const char *name, *value; /* NULL: not sent */
} named[] = {
	{ "request", "smtpd_access_policy" },
	{ "protocol_state", "RCPT" },
	{ "sasl_username", "" },
	{ "sender", "last@example.org" },
	{ "recipient", NULL },
	{ "Request", NULL },
	{ "reques", NULL },
	{ "requests", NULL },
	{ "", NULL },
};

static void check_named(void **state)
{
	const struct named *row = *state;
	struct ps_cursor cursor = ps_cursor_of(ps_bytes_of(sent));
	struct ps_policy_request request;
	struct ps_rule_request port;
	struct ps_bytes value, again;

	assert_int_equal(ps_policy_read(&cursor, &request), PS_POLICY_WHOLE);
	value = ps_policy_get(&request, ps_bytes_of(row->name));
	port = ps_policy_port(&request);
	again = port.get(port.ctx, ps_bytes_of(row->name));
	assert_ptr_equal(again.at, value.at);
	assert_int_equal(again.len, value.len);
	if (row->value == NULL)
		assert_null(value.at);
	else
		assert_true(ps_bytes_equal(value, ps_bytes_of(row->value)));
}

/* ---- bounds ---- */

static enum ps_policy_read read_attributes(size_t count, size_t *count_r)
{
	struct ps_buffer text = PS_BUFFER(PS_POLICY_OCTETS_MAX);
	struct ps_policy_request request;
	enum ps_policy_read said;
	struct ps_cursor cursor;
	char line[48];
	size_t i;

	for (i = 0; i < count; i++) {
		snprintf(line, sizeof(line), "a%zu=%zu\n", i, i);
		ps_buffer_text(&text, line);
	}
	ps_buffer_char(&text, '\n');
	cursor = ps_cursor_of((struct ps_bytes){ text.data, text.len });
	said = ps_policy_read(&cursor, &request);
	*count_r = request.count;
	ps_buffer_free(&text);
	return said;
}

static void attributes(void **state)
{
	size_t count;

	(void)state;
	assert_int_equal(read_attributes(PS_POLICY_ATTRIBUTES_MAX, &count),
			 PS_POLICY_WHOLE);
	assert_int_equal(count, PS_POLICY_ATTRIBUTES_MAX);
	assert_int_equal(read_attributes(PS_POLICY_ATTRIBUTES_MAX + 1, &count),
			 PS_POLICY_LONG);
	assert_int_equal(count, 0);
}

/* A request of len octets, of which the first seen are there. */
static enum ps_policy_read read_octets(size_t len, size_t seen)
{
	struct ps_policy_request request;
	enum ps_policy_read said;
	char *text = malloc(len);
	struct ps_cursor cursor;

	assert_non_null(text);
	memset(text, 'x', len);
	text[1] = '=';
	text[len - 2] = text[len - 1] = '\n';
	cursor = ps_cursor_of((struct ps_bytes){ text, seen });
	said = ps_policy_read(&cursor, &request);
	free(text);
	return said;
}

static void octets(void **state)
{
	const size_t max = PS_POLICY_OCTETS_MAX;

	(void)state;
	assert_int_equal(read_octets(max, max), PS_POLICY_WHOLE);
	assert_int_equal(read_octets(max, max - 1), PS_POLICY_PART);
	assert_int_equal(read_octets(max + 1, max + 1), PS_POLICY_LONG);
	assert_int_equal(read_octets(2 * max, max - 1), PS_POLICY_PART);
	assert_int_equal(read_octets(2 * max, max), PS_POLICY_LONG);
}

int main(void)
{
	static struct CMUnitTest
		tests[TABLE_COUNT(rows) + TABLE_COUNT(named) + 2];
	struct CMUnitTest *last = tests + TABLE_COUNT(tests) - 2;
	size_t i;

	TABLE_TESTS(tests, rows, check_row);
	for (i = 0; i < TABLE_COUNT(named); i++)
		tests[TABLE_COUNT(rows) + i] = (struct CMUnitTest){
			.name = named[i].name,
			.test_func = check_named,
			.initial_state = (void *)(uintptr_t)&named[i],
		};
	last[0] = (struct CMUnitTest)cmocka_unit_test(attributes);
	last[1] = (struct CMUnitTest)cmocka_unit_test(octets);
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
				       NULL, NULL);
}
