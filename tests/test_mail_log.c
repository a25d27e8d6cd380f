/* test_mail_log.c - lines of Postfix's log, and the messages they tell of. */

#include "cli/mail_messages.h"
#include "cli/replay_request.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* 2026-11-26 12:00:00 UTC */
#define NOW 1795694400

struct row {
	const char *name, *line;
	const char *wanted; /* the event and what it says */
};

static const char *const events[] = { [PS_MAIL_OTHER] = "other",
				      [PS_MAIL_CLIENT] = "client",
				      [PS_MAIL_QUEUED] = "queued",
				      [PS_MAIL_DROPPED] = "dropped",
				      [PS_MAIL_REFUSED] = "refused" };

#define AT   "Nov 26 10:00:00 mx "
#define FULL "2026-11-26T10:00:00.123456+01:00 mx "

static const struct row rows[] = {
	{ "client: a login",
	  AT "postfix/submission/smtpd[1]: 4XYZab: client=a.example[192.0.2.1],"
	     " sasl_method=PLAIN, sasl_username=alice",
	  "client 1795687200 4XYZab a.example 192.0.2.1 PLAIN alice" },
	{ "client: RFC 3339, with port, IPv6, of a login with a sender",
	  FULL "postfix/smtpd[1]: AB12: client=unknown[2001:db8::1]:4711,"
	       " sasl_method=LOGIN, sasl_username=a,b@c, sasl_sender=d@e",
	  "client 1795683600 AB12 unknown 2001:db8::1 4711 LOGIN a,b@c d@e" },
	{ "client: no login",
	  AT "postfix/smtpd[1]: AB12: client=a.example[192.0.2.1]",
	  "client 1795687200 AB12 a.example 192.0.2.1" },
	{ "client: handed back by a filter",
	  AT "postfix/smtpd[1]: AB12: client=localhost[127.0.0.1], "
	     "orig_queue_id=CD34, orig_client=a.example[192.0.2.1]",
	  "client 1795687200 AB12 localhost 127.0.0.1 (again)" },
	{ "client: no queue id yet",
	  AT "postfix/smtpd[1]: NOQUEUE: client=a.example[192.0.2.1]",
	  "other 1795687200 NOQUEUE" },
	{ "client: of another program",
	  AT "postfix/smtp[1]: AB12: client=a.example[192.0.2.1]",
	  "other 1795687200 AB12" },
	{ "client: no address", AT "postfix/smtpd[1]: AB12: client=a.example",
	  "other 1795687200 AB12 a.example" },
	{ "queued",
	  AT "postfix/qmgr[1]: AB12: from=<a@b.example>, size=1234, nrcpt=5 "
	     "(queue active)",
	  "queued 1795687200 AB12 from a@b.example 1234 5" },
	{ "queued: the empty sender",
	  AT "postfix/qmgr[1]: AB12: from=<>, size=9, nrcpt=1 (queue active)",
	  "queued 1795687200 AB12 from  9 1" },
	{ "queued: a sender that says how many",
	  AT "postfix/qmgr[1]: AB12: from=<\"x>, size=1, nrcpt=1 (queue "
	     "active)\"@b.example>, size=7, nrcpt=50 (queue active)",
	  "queued 1795687200 AB12 from \"x>, size=1, nrcpt=1 (queue active)\""
	  "@b.example 7 50" },
	{ "queued: expired",
	  AT "postfix/qmgr[1]: AB12: from=<a@b>, status=expired, returned to "
	     "sender",
	  "other 1795687200 AB12" },
	{ "queued: cut off",
	  AT "postfix/qmgr[1]: AB12: from=<a@b.example>, size=1234, nrc",
	  "other 1795687200 AB12 from a@b.example 1234 0" },
	{ "dropped: by a milter",
	  AT "postfix/cleanup[1]: AB12: milter-reject: END-OF-MESSAGE from "
	     "a[192.0.2.1]: 5.7.1 no; from=<a@b> to=<c@d> proto=ESMTP",
	  "dropped 1795687200 AB12" },
	{ "dropped: at the end of data",
	  AT "postfix/smtpd[1]: AB12: reject: END-OF-MESSAGE from "
	     "a[192.0.2.1]: 554 5.7.1 <END-OF-MESSAGE>: no; from=<a@b>",
	  "dropped 1795687200 AB12" },
	{ "refused",
	  AT "postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[192.0.2.1]:"
	     " 554 5.7.1 <c@d>: Relay access denied; from=<a@b> to=<c@d> "
	     "proto=SMTP helo=<h.example>",
	  "refused 1795687200 NOQUEUE unknown 192.0.2.1 from a@b to c@d SMTP "
	  "h.example" },
	{ "refused: at CONNECT",
	  AT "postfix/smtpd[1]: NOQUEUE: reject: CONNECT from x[192.0.2.1]: "
	     "554 5.7.1 no; proto=SMTP",
	  "other 1795687200 NOQUEUE" },
	{ "other: connect", AT "postfix/smtpd[1]: connect from a[192.0.2.1]",
	  "other 1795687200" },
	{ "other: another program", AT "dovecot: imap-login: Login: user=<a>",
	  "other 1795687200" },
	{ "time: a day of one digit",
	  "Nov  6 10:00:00 mx postfix/smtpd[1]: warning", "other 1793959200" },
	{ "time: December is of last year",
	  "Dec 31 23:59:59 mx postfix/smtpd[1]: warning", "other 1767225599" },
	{ "time: Zulu", "2026-01-01T00:00:00Z mx a: b", "other 1767225600" },
	{ "time: west", "2026-01-01T00:00:00-0130 mx a: b",
	  "other 1767231000" },
	{ "none: no time", "mx postfix/smtpd[1]: AB12: client=a[1]", NULL },
	{ "none: no such month", "Nob 26 10:00:00 mx a: b", NULL },
	{ "none: no such hour", "Nov 26 24:00:00 mx a: b", NULL },
	{ "none: no zone", "2026-11-26T10:00:00 mx a: b", NULL },
	{ "none: no program", "Nov 26 10:00:00 mx", NULL },
	{ "none: empty", "", NULL },
};

static size_t put(char *text, size_t size, const char *before,
		  struct ps_bytes value)
{
	if (value.at == NULL)
		return 0;
	return (size_t)snprintf(text, size, " %s%.*s", before, (int)value.len,
				value.at);
}

static void describe(const struct ps_mail_line *line, uint64_t latest,
		     char *text, size_t size)
{
	size_t len =
		(size_t)snprintf(text, size, "%s %llu", events[line->event],
				 (unsigned long long)ps_mail_stamp_seconds(
					 &line->stamp, latest));

	if (line->queue_id.len > 0)
		len += put(text + len, size - len, "", line->queue_id);
	len += put(text + len, size - len, "", line->client_name);
	len += put(text + len, size - len, "", line->client_address);
	len += put(text + len, size - len, "", line->client_port);
	len += put(text + len, size - len, "", line->sasl_method);
	len += put(text + len, size - len, "", line->sasl_username);
	len += put(text + len, size - len, "", line->sasl_sender);
	len += put(text + len, size - len, "from ", line->sender);
	len += put(text + len, size - len, "to ", line->recipient);
	len += put(text + len, size - len, "", line->protocol);
	len += put(text + len, size - len, "", line->helo);
	if (line->size > 0)
		len += (size_t)snprintf(text + len, size - len, " %llu %llu",
					(unsigned long long)line->size,
					(unsigned long long)line->recipients);
	snprintf(text + len, size - len, "%s",
		 line->is_again ? " (again)" : "");
}

static void check(const struct row *row)
{
	struct ps_mail_line line;
	char text[1000];

	if (row->wanted == NULL) {
		assert_false(ps_mail_line_read(ps_bytes_of(row->line), &line));
		return;
	}
	assert_true(ps_mail_line_read(ps_bytes_of(row->line), &line));
	describe(&line, NOW, text, sizeof(text));
	assert_string_equal(text, row->wanted);
}

static void check_row(void **state)
{
	check(*state);
}

/* ---- messages ---- */

static struct ps_mail_messages *messages;

/* The message that it tells of, or "-". */
static const char *take(const char *text)
{
	static char said[1000];
	struct ps_mail_line line;

	assert_true(ps_mail_line_read(ps_bytes_of(text), &line));
	if (ps_mail_messages_take(messages, &line))
		describe(&line, NOW, said, sizeof(said));
	else
		snprintf(said, sizeof(said), "-");
	return said;
}

static void open_messages(size_t max)
{
	assert_int_equal(ps_mail_messages_new(max, &messages), 0);
}

#define CLIENT(id) AT "postfix/smtpd[1]: " id ": client=a.example[192.0.2.1]"
#define QUEUED(id)                                                             \
	AT "postfix/qmgr[1]: " id                                              \
	   ": from=<a@b.example>, size=10, nrcpt=2 (queue active)"

static void a_message_has_its_client(void **state)
{
	(void)state;
	open_messages(4);
	assert_string_equal(take(CLIENT("AB12") ", sasl_method=PLAIN, "
						"sasl_username=alice"),
			    "-");
	assert_string_equal(take(CLIENT("CD34")), "-");
	assert_string_equal(take(QUEUED("AB12")),
			    "queued 1795687200 AB12 a.example 192.0.2.1 PLAIN "
			    "alice from a@b.example 10 2");
	assert_int_equal(ps_mail_messages_held(messages), 1);
	ps_mail_messages_free(&messages);
}

static void what_is_left_out_is_counted(void **state)
{
	struct ps_mail_tally tally;

	(void)state;
	open_messages(4);
	assert_string_equal(take(QUEUED("AB12")), "-");
	(void)take(
		CLIENT("AB12") ", orig_queue_id=X, orig_client=c[192.0.2.2]");
	assert_string_equal(take(QUEUED("AB12")), "-");
	(void)take(CLIENT("CD34"));
	(void)take(AT "postfix/cleanup[1]: CD34: milter-reject: x");
	assert_string_equal(take(QUEUED("CD34")), "-");
	(void)take(CLIENT("EF56"));
	tally = ps_mail_messages_tally(messages);
	assert_int_equal(tally.unknown, 2);
	assert_int_equal(tally.again, 1);
	assert_int_equal(tally.dropped, 1);
	assert_int_equal(tally.open, 1);
	ps_mail_messages_free(&messages);
}

static void the_oldest_goes(void **state)
{
	(void)state;
	open_messages(2);
	(void)take(CLIENT("A1"));
	(void)take(CLIENT("A2"));
	assert_int_equal(ps_mail_messages_held(messages), 2);
	(void)take(CLIENT("A1")); /* anew: now A2 is the oldest */
	(void)take(CLIENT("A3"));
	assert_int_equal(ps_mail_messages_held(messages), 2);
	assert_string_equal(take(QUEUED("A2")), "-");
	assert_string_not_equal(take(QUEUED("A1")), "-");
	assert_string_not_equal(take(QUEUED("A3")), "-");
	ps_mail_messages_free(&messages);
}

/* ---- requests ---- */

static void stages_are_words(void **state)
{
	(void)state;
	assert_int_equal(ps_stages_read("RCPT"), 1U << PS_STAGE_RCPT);
	assert_int_equal(ps_stages_read("rcpt,end-of-message"),
			 1U << PS_STAGE_RCPT | 1U << PS_STAGE_END);
	assert_int_equal(ps_stages_read("MAIL"), 0);
	assert_int_equal(ps_stages_read("RCPT,"), 0);
	assert_int_equal(ps_stages_read(""), 0);
}

static void a_stage_has_what_postfix_knows_then(void **state)
{
	struct ps_replay_request request;
	struct ps_mail_line line = { .recipients = 3,
				     .size = 5,
				     .queue_id = PS_BYTES("AB12"),
				     .sasl_username = PS_BYTES("alice") };
	const struct ps_policy_request *policy = &request.policy;

	(void)state;
#define GET(name) ps_policy_get(policy, PS_BYTES(name))
	ps_replay_request_of(&line, PS_STAGE_RCPT, &request);
	assert_true(ps_bytes_equal(GET("recipient_count"), PS_BYTES("0")));
	assert_true(ps_bytes_equal(GET("queue_id"), PS_BYTES("")));
	ps_replay_request_of(&line, PS_STAGE_END, &request);
	assert_true(ps_bytes_equal(GET("recipient_count"), PS_BYTES("3")));
	assert_true(ps_bytes_equal(GET("queue_id"), PS_BYTES("AB12")));
	assert_true(ps_bytes_equal(GET("size"), PS_BYTES("5")));
	assert_true(ps_bytes_equal(GET("sasl_username"), PS_BYTES("alice")));
	assert_true(ps_bytes_equal(GET("protocol_state"),
				   PS_BYTES("END-OF-MESSAGE")));
	assert_non_null(GET("sasl_method").at);
#undef GET
}

static uint64_t time_of(const char *text)
{
	struct ps_policy_request request = { 0 };
	uint64_t when = 0;

	request.at[request.count++] =
		(struct ps_policy_attribute){ PS_BYTES("request_time"),
					      ps_bytes_of(text) };
	return ps_replay_time(&request, NOW, &when) ? when : 0;
}

static void a_record_has_a_time(void **state)
{
	(void)state;
	assert_int_equal(time_of("1795687200"), 1795687200);
	assert_int_equal(time_of("1795687200.25"), 1795687200);
	assert_int_equal(time_of("2026-11-26T10:00:00Z"), 1795687200);
	assert_int_equal(time_of("Nov 26 10:00:00"), 1795687200);
	assert_int_equal(time_of("2026-11-26T10:00:00Zx"), 0);
	assert_int_equal(time_of("99999999999"), 0);
	assert_int_equal(time_of(""), 0);
}

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows) + 6] = {
		cmocka_unit_test(a_message_has_its_client),
		cmocka_unit_test(what_is_left_out_is_counted),
		cmocka_unit_test(the_oldest_goes),
		cmocka_unit_test(stages_are_words),
		cmocka_unit_test(a_stage_has_what_postfix_knows_then),
		cmocka_unit_test(a_record_has_a_time),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	(void)setenv("TZ", "UTC", 1);
	tzset();
	TABLE_TESTS(tests + 6, rows, check_row);
	return _cmocka_run_group_tests("mail_log", tests, TABLE_COUNT(tests),
				       NULL, NULL);
}
