/* test_letter.c - notices as mails, hostile words in each place. */

#include "table.h"

#include "milter/letter.h"

#include <stdio.h>
#include <string.h>

#define HEAD                                                                   \
	"Date: Wed, 26 Nov 2025 16:00:00 +0000\r\n"                            \
	"From: Postseal <postseal@mx.example>\r\nTo: <root@a.example>\r\n"     \
	"Subject: "
#define MIDDLE                                                                 \
	"\r\nMessage-ID: <1764172800.7.3.postseal@mx.example>\r\n"             \
	"Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"              \
	"Content-Type: text/plain; charset=us-ascii\r\n\r\n"

static const struct row {
	const char *name, *subject, *body;
	const char *want_subject, *want_body;
} rows[] = {
	{ "plain", "a b", "one\ntwo\n", "a b", "one\r\ntwo\r\n" },
	{ "no last line end", "s", "one", "s", "one\r\n" },
	{ "nothing", "", "", "", "" },
	{ "CRLF in the subject", "a\r\nBcc: x@y\r\n\r\nz", ".",
	  "a\\x0d\\x0aBcc: x@y\\x0d\\x0a\\x0d\\x0az", ".\r\n" },
	{ "CR in the body", "s", "a\r\n.\r\nQUIT\n", "s",
	  "a\\x0d\r\n.\\x0d\r\nQUIT\r\n" },
	{ "no ASCII", "\xc3\xbc\x9b", "\xff\x1b[2J", "\\xc3\\xbc\\x9b",
	  "\\xff\\x1b[2J\r\n" },
};

static struct ps_letter letter(const char *subject, const char *body)
{
	return (struct ps_letter){ .host = "mx.example",
				   .to = "root@a.example",
				   .subject = subject,
				   .body = body,
				   .now = 1764172800,
				   .process = 7,
				   .number = 3 };
}

static void check(const struct row *row)
{
	struct ps_buffer out = PS_BUFFER(PS_LETTER_OCTETS_MAX);
	struct ps_letter one = letter(row->subject, row->body);
	char want[4096];

	ps_letter_write(&one, &out);
	snprintf(want, sizeof(want), HEAD "%s" MIDDLE "%s", row->want_subject,
		 row->want_body);
	assert_false(out.failed);
	assert_string_equal(ps_buffer_cstr(&out), want);
	ps_buffer_free(&out);
}

static void run(void **state)
{
	check(*state);
}

/* No line is longer than SMTP takes, and a subject no longer than that. */
static void long_lines(void **state)
{
	static char body[6000], subject[3000];
	struct ps_buffer out = PS_BUFFER(PS_LETTER_OCTETS_MAX);
	struct ps_letter one = letter(subject, body);
	const char *line, *end;

	(void)state;
	memset(body, '\xe9', sizeof(body) - 1);
	memset(subject, '\n', sizeof(subject) - 1);
	ps_letter_write(&one, &out);
	assert_false(out.failed);
	for (line = ps_buffer_cstr(&out); *line != '\0'; line = end + 2) {
		end = strstr(line, "\r\n");
		assert_non_null(end);
		assert_in_range(end - line, 0, 998);
		assert_null(memchr(line, '\n', (size_t)(end - line)));
	}
	ps_buffer_free(&out);
}

static void addresses(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} list[] = {
		{ "a@b.example", true }, { "a+b=c/d@b.example", true },
		{ "root", false },	 { "@b", false },
		{ "a@", false },	 { "a@b@c", false },
		{ "a b@c", false },	 { "a@b>\r\nDATA", false },
		{ "a@b,c@d", false },	 { "<a@b>", false },
		{ "\"a\"@b", false },	 { "\xc3\xbc@b", false },
		{ "", false },
	};
	char text[400];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		if (ps_letter_address(list[i].text) != list[i].good)
			fail_msg("%s", list[i].text);
	}
	memset(text, 'a', sizeof(text));
	text[64] = '@';
	text[320] = '\0';
	assert_true(ps_letter_address(text));
	text[320] = 'a';
	text[321] = '\0';
	assert_false(ps_letter_address(text));
}

int main(void)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows) + 2];
	size_t i = TABLE_COUNT(rows);

	TABLE_TESTS(tests, rows, run);
	tests[i++] = (struct CMUnitTest)cmocka_unit_test(long_lines);
	tests[i++] = (struct CMUnitTest)cmocka_unit_test(addresses);
	return _cmocka_run_group_tests(__FILE__, tests, i, NULL, NULL);
}
