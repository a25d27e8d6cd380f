/* test_feed.c - what a session is fed of a message in a file, by table. */

#include "milter_world.h"
#include "table.h"

#include "milter/feed.h"

#include <stdlib.h>
#include <string.h>

#define LARGE 3000000 /* octets, over PS_FIELDS_OCTETS_MAX */

/* header: "name|value" a field, with "~" for a fold; body: as it is sent.
 * header NULL: message is repeated as the value of one field, up to LARGE. */
static const struct row {
	const char *name;
	struct ps_bytes message;
	const char *header, *body;
} rows[] = {
#define ROW(n, m, h, b)                                                        \
	{                                                                      \
		n, PS_BYTES(m), h, b                                           \
	}
	ROW("nothing", "", "", ""),
	ROW("LF", "A: 1\nB:2\n\none\n\ntwo\n", "A| 1\nB|2\n",
	    "one\r\n\r\ntwo\r\n"),
	ROW("CRLF", "A: 1\r\nB:2\r\n\r\none\r\n\r\ntwo\r\n", "A| 1\nB|2\n",
	    "one\r\n\r\ntwo\r\n"),
	ROW("now one, now the other", "A: 1\nB:2\r\n\nx\r\ny\n", "A| 1\nB|2\n",
	    "x\r\ny\r\n"),
	ROW("CR alone is no line end", "A: 1\rB: 2\n\nx\ry\n", "A| 1\rB: 2\n",
	    "x\ry\r\n"),
	ROW("folded", "A: 1\r\n\t2\n  3 \nB:\n 4\n\n", "A| 1~\t2~  3 \nB|~ 4\n",
	    ""),
	ROW("folded with nothing on the line", "A: 1\n \n\nx\n", "A| 1~ \n",
	    "x\r\n"),
	ROW("a blank before the colon", "A : 1\n\n", "A | 1\n", ""),
	ROW("header alone", "A: 1", "A| 1\n", ""),
	ROW("body alone", "\nx", "", "x\r\n"),
	ROW("body begins without an empty line", "A: 1\nhello\nB: 2\n",
	    "A| 1\n", "hello\r\nB: 2\r\n"),
	ROW("a name with a blank in it", "A: 1\nB C: 2\n", "A| 1\n",
	    "B C: 2\r\n"),
	ROW("a name over ASCII", "A: 1\n\xc3\xbc: 2\n", "A| 1\n",
	    "\xc3\xbc: 2\r\n"),
	ROW("no name", "A: 1\n: 2\n", "A| 1\n", ": 2\r\n"),
	ROW("a fold first of all", " A: 1\n\nx\n", "", " A: 1\r\n\r\nx\r\n"),
	ROW("of a mailbox file", "From x Mon\nSubject: a\n\nFrom x\n",
	    "Subject| a\n", "From x\r\n"),
	ROW("no line end behind the last of many", "A: 1\n\nx\ny", "A| 1\n",
	    "x\r\ny\r\n"),
	ROW("NUL in a value", "A: 1\0002\n 3\nB: 4\n\n", "A| 1\nB| 4\n", ""),
	ROW("bound: a long line", "xxxxxxxx", NULL, NULL),
	ROW("bound: many lines", "xxx\n ", NULL, NULL),
#undef ROW
};

static struct ps_session *begin(struct world *world)
{
	struct ps_session *session;

	assert_int_equal(ps_session_new(&session), 0);
	ps_session_connect(session, world_hold(world), "unknown", NULL, 0,
			   NULL);
	ps_session_mail(session, "a@own.test", WORLD_LOGIN);
	ps_session_header(session, PS_BYTES("From"), PS_BYTES(" a@own.test"));
	return session;
}

/* Behind the From field, which was there before. */
static void check_header(struct ps_session *session, const char *want)
{
	const struct ps_fields *fields = &ps_session_message(session)->fields;
	struct ps_buffer out = PS_BUFFER(1000);
	size_t i, k;

	for (i = 1; i < fields->count; i++) {
		const struct ps_field *field = &fields->at[i];

		ps_buffer_bytes(&out, field->name);
		ps_buffer_char(&out, '|');
		for (k = 0; k < field->value.len; k++)
			ps_buffer_char(&out, field->value.at[k] == '\n'
						     ? '~'
						     : field->value.at[k]);
		ps_buffer_char(&out, '\n');
	}
	assert_string_equal(ps_buffer_cstr(&out), want);
	ps_buffer_free(&out);
}

/* bh= of what the session is signed with: the body octet for octet. */
static void end(struct ps_session *session, char hash_r[64])
{
	const struct ps_answer *answer = ps_session_end(session);
	const char *at;

	assert_non_null(answer->first);
	at = strstr(answer->first->value, "bh=");
	assert_non_null(at);
	assert_true(ps_bytes_copy((struct ps_bytes){ at, strcspn(at, ";") },
				  hash_r, 64));
	ps_session_done(session, NULL, true);
	ps_session_free(&session);
}

static void check_row(const struct row *row)
{
	struct world *world = world_new("");
	struct ps_session *session;
	char got[64], want[64];

	world->config.sign.signature.canonicalization = PS_SIGN_SIMPLE_SIMPLE;
	session = begin(world);
	ps_session_feed(session, row->message);
	check_header(session, row->header);
	end(session, got);
	session = begin(world);
	ps_session_body(session, row->body, strlen(row->body));
	end(session, want);
	assert_string_equal(got, want);
	world_free(&world);
}

/* One field of LARGE octets: not cut, but too large. */
static void check_large(struct ps_bytes line)
{
	struct ps_buffer message = PS_BUFFER(2 * LARGE);
	struct world *world = world_new("");
	struct ps_session *session = begin(world);

	ps_buffer_text(&message, "A:");
	while (message.len < LARGE)
		ps_buffer_bytes(&message, line);
	ps_buffer_text(&message, "\nB: 1\n\nx\n");
	ps_session_feed(session,
			(struct ps_bytes){ message.data, message.len });
	assert_true(ps_session_message(session)->header_too_large);
	ps_session_abort(session);
	ps_session_free(&session);
	ps_buffer_free(&message);
	world_free(&world);
}

static void check(const struct row *row)
{
	if (row->header != NULL)
		check_row(row);
	else
		check_large(row->message);
}

TABLE_MAIN(rows, check)
