/* test_session.c - what becomes of a message, from its envelope to the answer;
 * without libmilter and without a network. */

#include "milter_world.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRANGER "192.0.2.1"
#define LIAR	 "203.0.113.7"
#define INSIDE	 "10.1.1.1"
#define RELAY	 "10.9.0.1"
#define BACKUP	 "10.8.0.1"

static const char zone[] = "good.test TXT v=spf1 ip4:192.0.2.1 -all\n"
			   "_dmarc.good.test TXT v=DMARC1; p=reject\n"
			   "hold.test TXT v=spf1 -all\n"
			   "_dmarc.hold.test TXT v=DMARC1; p=quarantine\n"
			   "helo.test TXT v=spf1 ip4:192.0.2.1 -all\n"
			   "plain.test TXT v=spf1 ip4:192.0.2.1 -all\n"
			   "why.test TXT v=spf1 -all exp=e.test\n"
			   "e.test TXT %{c} is not ours, says %{r} at %{t}\n"
			   "partner.test TXT v=spf1 -all\n"
			   "lame.test TXT !\n"
			   "_dmarc.lame.test TXT v=DMARC1; p=reject\n"
			   "_dmarc.own.test TXT v=DMARC1; p=reject\n";

#define MAIL(from)  "From: " from "\nSubject: s\n\nbody\n"
#define ONE_RESULT  " +Authentication-Results"
#define SIGNED_BOTH "accept +DKIM-Signature +DKIM-Signature"
#define REFUSED	    "reject 550 5.7.26"

static void signing_may_fail(struct ps_config *config)
{
	config->sign.on_error = PS_SIGN_ERROR_UNSIGNED;
}

static void mismatch_refused(struct ps_config *config)
{
	config->sign.on_mismatch = PS_MISMATCH_REJECT;
}

static void match_address(struct ps_config *config)
{
	config->sign.from_must_match = PS_MATCH_ADDRESS;
}

static void match_off(struct ps_config *config)
{
	config->sign.from_must_match = PS_MATCH_OFF;
}

static void quarantine(struct ps_config *config)
{
	config->dmarc.on_reject = PS_ENFORCE_QUARANTINE;
	config->spf.on_fail = PS_ENFORCE_MARK;
}

static void mark(struct ps_config *config)
{
	config->dmarc.on_reject = config->spf.on_fail = PS_ENFORCE_MARK;
}

static void spf_only(struct ps_config *config)
{
	config->dmarc.on_reject = PS_ENFORCE_OFF;
}

static void others_removed(struct ps_config *config)
{
	static const char *const ids[] = { "old.test", "b\xc3\xbc"
						       "cher.test" };

	config->authserv_ids_removed = (struct ps_config_list){ 2, ids };
}

static void spf_unexplained(struct ps_config *config)
{
	spf_only(config);
	config->spf.explanation = PS_NO;
}

static void spf_received(struct ps_config *config)
{
	config->spf.received_spf = PS_YES;
}

static void spf_off(struct ps_config *config)
{
	config->spf.on_fail = PS_ENFORCE_OFF;
}

static void all_off(struct ps_config *config)
{
	config->dmarc.on_reject = config->spf.on_fail = PS_ENFORCE_OFF;
}

static const struct row {
	const char *name;
	const char *client, *login, *sender, *recipient; /* one or two */
	const char *message;
	const char *answer; /* world_describe() */
	const char *says;   /* in the field inserted or the
			       reply; NULL: not looked at */
	const char *log;    /* in the log; NULL: not looked at */
	void (*tune)(struct ps_config *config); /* NULL: nothing */
} rows[] = {
	/* Originating mail. */
	{ "a login signs with both keys, RSA on top", STRANGER, "alice",
	  "alice@own.test", "b@far.test", MAIL("Alice <alice@own.test>"),
	  SIGNED_BOTH, "s=r;",
	  "out action=accept ms=0 size=50 recipients=1 "
	  "signatures=2",
	  NULL },
	{ "an internal client signs", INSIDE, NULL, "a@own.test", "b@far.test",
	  MAIL("a@own.test"), SIGNED_BOTH, NULL, "client=unknown ip=10.1.1.1",
	  NULL },
	{ "null sender (a bounce) from inside signs", INSIDE, NULL, "",
	  "b@far.test", MAIL("MAILER-DAEMON@own.test"), SIGNED_BOTH, NULL,
	  "from=\"\"", NULL },
	{ "a trusted relay inside the network does not sign", RELAY, NULL,
	  "a@own.test", "b@far.test", MAIL("a@own.test"), "accept" ONE_RESULT,
	  "mx.test; none", "trusted action=accept", NULL },
	{ "several keys, a subdomain: exactly From's domain signs", INSIDE,
	  NULL, "a@sub.own.test", "b@far.test", MAIL("a@sub.own.test"),
	  "accept", NULL, "author=sub.own.test reason=\"no keys\"", NULL },
	{ "no active key: unsigned", INSIDE, NULL, "a@retired.test",
	  "b@far.test", MAIL("a@retired.test"), "accept", NULL,
	  "reason=\"no active key\"", NULL },
	{ "key listed and missing: deferred", INSIDE, NULL, "a@broken.test",
	  "b@far.test", MAIL("a@broken.test"), "defer 451 4.7.5", NULL,
	  "cannot sign for broken.test: ", NULL },
	{ "the same with on_error = unsigned", INSIDE, NULL, "a@broken.test",
	  "b@far.test", MAIL("a@broken.test"), "accept", NULL,
	  "reason=\"cannot sign: ", signing_may_fail },
	{ "5322 3.6.2: of several authors the first", INSIDE, NULL,
	  "a@own.test", "b@far.test",
	  "From: X <x@own.test>, y@keyless.test\nSender: y@keyless.test\n\n.\n",
	  SIGNED_BOTH, "d=own.test;", "author=own.test", NULL },
	{ "no From: unsigned", INSIDE, NULL, "a@own.test", "b@far.test",
	  "Subject: s\n\nbody\n", "accept", NULL, "reason=\"no From field\"",
	  NULL },
	{ "two From: unsigned", INSIDE, NULL, "a@own.test", "b@far.test",
	  "From: a@own.test\nFrom: b@own.test\n\nbody\n", "accept", NULL,
	  "reason=\"two From fields\"", NULL },
	{ "From without an address: unsigned", INSIDE, NULL, "a@own.test",
	  "b@far.test", MAIL("undisclosed:;"), "accept", NULL,
	  "reason=\"From cannot be read\"", NULL },
	{ "From with an address literal: unsigned", INSIDE, NULL, "a@own.test",
	  "b@far.test", MAIL("a@[192.0.2.1]"), "accept", NULL,
	  "reason=\"From cannot be read\"", NULL },
	{ "8601 5: our Authentication-Results go here too", INSIDE, NULL,
	  "a@own.test", "b@far.test",
	  "Authentication-Results: mx.test; spf=pass\n" MAIL("a@own.test"),
	  "accept -1 +DKIM-Signature +DKIM-Signature", NULL, "forged=1", NULL },
	{ "no body at all", INSIDE, NULL, "a@own.test", "b@far.test",
	  "From: a@own.test\n\n", SIGNED_BOTH, NULL, NULL, NULL },

	/* from_must_match */
	{ "domain: a login of another domain is unsigned", STRANGER, "bob",
	  "alice@own.test", "b@far.test", MAIL("alice@own.test"), "accept",
	  NULL, "reason=\"login may not send as From\"", NULL },
	{ "domain: another address of the domain is signed", STRANGER, "alice",
	  "boss@own.test", "b@far.test", MAIL("boss@own.test"), SIGNED_BOTH,
	  NULL, NULL, NULL },
	{ "address: another address of the domain is unsigned", STRANGER,
	  "alice", "boss@own.test", "b@far.test", MAIL("boss@own.test"),
	  "accept", NULL, "reason=\"login may not send as From\"",
	  match_address },
	{ "address: the own one is signed", STRANGER, "alice", "boss@own.test",
	  "b@far.test", MAIL("Alice <alice@OWN.test>"), SIGNED_BOTH, NULL, NULL,
	  match_address },
	{ "address: a second author is not the login's", STRANGER, "alice",
	  "a@own.test", "b@far.test", MAIL("alice@own.test, boss@own.test"),
	  "accept", NULL, "reason=\"login may not send as From\"",
	  match_address },
	{ "off: anybody", STRANGER, "bob", "alice@own.test", "b@far.test",
	  MAIL("alice@own.test"), SIGNED_BOTH, NULL, NULL, match_off },
	{ "on_mismatch = reject", STRANGER, "bob", "alice@own.test",
	  "b@far.test", MAIL("alice@own.test"), "reject 550 5.7.1",
	  "does not belong", NULL, mismatch_refused },

	/* A login that is suspended. */
	{ "suspended: refused for good", STRANGER, WORLD_SUSPENDED,
	  "mallory@own.test", "b@far.test", MAIL("mallory@own.test"),
	  "reject 550 5.7.1", "suspended", "action=reject", NULL },
	{ "suspended: not deferred, whatever else is wrong", STRANGER,
	  WORLD_SUSPENDED, "a@broken.test", "b@far.test", MAIL("a@broken.test"),
	  "reject 550 5.7.1", "suspended", "login=mallory", match_off },

	/* Incoming mail. */
	{ "SPF passes and is aligned", STRANGER, NULL, "x@good.test",
	  "a@own.test", MAIL("x@good.test"), "accept" ONE_RESULT, "dmarc=pass",
	  "spf=pass dkim=none dmarc=pass", NULL },
	{ "7208 2.3 HELO is judged beside the sender", STRANGER, NULL,
	  "x@good.test", "a@own.test", MAIL("x@good.test"), "accept" ONE_RESULT,
	  "spf=pass smtp.mailfrom=x@good.test;\n\tspf=pass "
	  "smtp.helo=helo.test;",
	  NULL, NULL },
	{ "7208 2.3 a failing HELO is said, and refuses nothing", LIAR, NULL,
	  "x@unknown.test", "a@own.test", MAIL("x@unknown.test"),
	  "accept" ONE_RESULT, "spf=fail reason=-all smtp.helo=helo.test;",
	  "spf=none dkim=none", NULL },
	{ "7208 2.4 null sender: HELO is what is judged, once", STRANGER, NULL,
	  "", "a@own.test", MAIL("x@helo.test"), "accept" ONE_RESULT,
	  "mx.test;\n\tspf=pass smtp.helo=helo.test;\n\tdkim=none", NULL,
	  NULL },
	{ "7208 2.4 null sender: a failing HELO refuses", LIAR, NULL, "",
	  "a@own.test", MAIL("x@unknown.test"), "reject 550 5.7.23", "HELO",
	  NULL, NULL },
	{ "for DMARC alone HELO is not judged", STRANGER, NULL, "x@good.test",
	  "a@own.test", MAIL("x@good.test"), "accept" ONE_RESULT,
	  "spf=pass smtp.mailfrom=x@good.test;\n\tdkim=none", NULL, spf_off },
	{ "forged sender of a p=reject domain", LIAR, NULL, "x@good.test",
	  "a@own.test", MAIL("x@good.test"), REFUSED, "good.test",
	  "in action=reject", NULL },
	{ "the same, marked", LIAR, NULL, "x@good.test", "a@own.test",
	  MAIL("x@good.test"), "accept" ONE_RESULT, "dmarc=fail",
	  "spf=fail dkim=none dmarc=fail", mark },
	{ "the same, held", LIAR, NULL, "x@good.test", "a@own.test",
	  MAIL("x@good.test"), "hold" ONE_RESULT, NULL, "in action=hold",
	  quarantine },
	{ "SPF alone refuses", LIAR, NULL, "x@plain.test", "a@own.test",
	  MAIL("x@plain.test"), "reject 550 5.7.23", "plain.test", NULL,
	  spf_only },
	{ "7208 6.2 and gives the domain's reasons", LIAR, NULL, "x@why.test",
	  "a@own.test", MAIL("x@why.test"), "reject 550 5.7.23",
	  "which explains: 203.0.113.7 is not ours, says mx.test at 1800000000",
	  NULL, spf_only },
	{ "7208 6.2 or does not, where that is not wanted", LIAR, NULL,
	  "x@why.test", "a@own.test", MAIL("x@why.test"), "reject 550 5.7.23",
	  "why.test: your host may not use it as its sender domain", "dns=2 ",
	  spf_unexplained },
	{ "7208 6.2 where nothing is refused nobody asks for reasons", LIAR,
	  NULL, "x@why.test", "a@own.test", MAIL("x@why.test"),
	  "accept" ONE_RESULT, "spf=fail", "dns=4 ", mark },
	{ "7208 9.1 Received-SPF, the sender's above HELO's", STRANGER, NULL,
	  "x@good.test", "a@own.test", MAIL("x@good.test"),
	  "accept +Received-SPF +Received-SPF" ONE_RESULT, "spf=pass", NULL,
	  spf_received },
	{ "nothing judged but DKIM", LIAR, NULL, "x@good.test", "a@own.test",
	  MAIL("x@good.test"), "accept" ONE_RESULT, "dkim=none",
	  "from=x@good.test dkim=none\n", all_off },
	{ "DNS fails: never refused, and marked", LIAR, NULL, "x@lame.test",
	  "a@own.test", MAIL("x@lame.test"), "accept" ONE_RESULT,
	  "spf=temperror", "dmarc=temperror", NULL },
	{ "our own domain forged from outside", LIAR, NULL, "a@own.test",
	  "a@own.test", MAIL("a@own.test"), REFUSED, "own.test",
	  "in action=reject", NULL },
	{ "exempt recipient, any domain", LIAR, NULL, "x@good.test",
	  "Postmaster@own.test", MAIL("x@good.test"), "accept" ONE_RESULT,
	  "dmarc=fail", NULL, NULL },
	{ "5321 4.5.1: postmaster without a domain", LIAR, NULL, "x@good.test",
	  "postmaster", MAIL("x@good.test"), "accept" ONE_RESULT, NULL, NULL,
	  NULL },
	{ "exempt recipient by address", LIAR, NULL, "x@good.test",
	  "open@OWN.test", MAIL("x@good.test"), "accept" ONE_RESULT, NULL, NULL,
	  NULL },
	{ "an exempt recipient does not open the door to others", LIAR, NULL,
	  "x@good.test", "postmaster@own.test a@own.test", MAIL("x@good.test"),
	  REFUSED, NULL, NULL, NULL },
	{ "exempt sender domain", LIAR, NULL, "x@partner.test", "a@own.test",
	  MAIL("x@good.test"), "accept" ONE_RESULT, "spf=fail", NULL, NULL },
	{ "below an exempt sender domain is another", LIAR, NULL,
	  "x@sub.partner.test", "a@own.test", MAIL("x@good.test"), REFUSED,
	  NULL, NULL, NULL },
	{ "trusted relay: neither judged nor refused", RELAY, NULL,
	  "x@good.test", "a@own.test",
	  "Authentication-Results: mx.test; spf=pass\n" MAIL("x@good.test"),
	  "accept -1" ONE_RESULT, "mx.test; none", "trusted", NULL },
	{ "backup MX: the hop before is judged, good", BACKUP, NULL,
	  "x@good.test", "a@own.test",
	  "Received: from h.test (h.test [192.0.2.1])\n\tby b.test; now\n" MAIL(
		  "x@good.test"),
	  "accept" ONE_RESULT, "spf=pass", "backup action=accept", NULL },
	{ "backup MX: the hop before is judged, bad, not refused", BACKUP, NULL,
	  "x@good.test", "a@own.test",
	  "Received: from h.test (h.test [203.0.113.7])\n\tby b.test; "
	  "now\n" MAIL("x@good.test"),
	  "accept" ONE_RESULT, "spf=fail", "dmarc=fail", NULL },
	{ "backup MX: its own filter's hop is passed over", BACKUP, NULL,
	  "x@good.test", "a@own.test",
	  "Received: from localhost (localhost [127.0.0.1]) by b.test; now\n"
	  "Received: from i.test (i.test [10.8.0.2]) by b.test; now\n"
	  "Received: from h.test (h.test [192.0.2.1]) by i.test; now\n"
	  "Received: from l.test (l.test [203.0.113.7]) by h.test; now\n" MAIL(
		  "x@good.test"),
	  "accept" ONE_RESULT, "spf=pass", NULL, NULL },
	{ "backup MX: no hop found, SPF not judged", BACKUP, NULL,
	  "x@good.test", "a@own.test",
	  "Received: by b.test; now\n" MAIL("x@good.test"), "accept" ONE_RESULT,
	  "dmarc=fail", "reason=\"no hop before the backup MX to judge\"",
	  NULL },

	/* Forged Authentication-Results (RFC 8601 5). */
	{ "8601 5: several, the lowest first", STRANGER, NULL, "x@good.test",
	  "a@own.test",
	  "Authentication-Results: mx.test; spf=pass\n"
	  "Authentication-Results: other.test; spf=pass\n"
	  "authentication-results: MX.TEST; dkim=pass\n"
	  "Authentication-Results: (hi) mx.test 1; none\n" MAIL("x@good.test"),
	  "accept -4 -3 -1" ONE_RESULT, "spf=pass", "forged=3", NULL },
	{ "8601 5: of others alone", STRANGER, NULL, "x@good.test",
	  "a@own.test",
	  "Authentication-Results: mx.test.evil.test; spf=pass\n" MAIL(
		  "x@good.test"),
	  "accept" ONE_RESULT, NULL, NULL, NULL },
	{ "8601 5: of further ids, when told so", STRANGER, NULL, "x@good.test",
	  "a@own.test",
	  "Authentication-Results: mx.test; spf=pass\n"
	  "Authentication-Results: other.test; spf=pass\n"
	  "Authentication-Results: \"OLD.test\"; dkim=pass\n"
	  "Authentication-Results: xn--bcher-kva.test; dkim=pass\n"
	  "Authentication-Results: sub.old.test; none\n" MAIL("x@good.test"),
	  "accept -4 -3 -1" ONE_RESULT, "spf=pass", "forged=3",
	  others_removed },

	/* Bad input. */
	{ "no From: nobody to protect", STRANGER, NULL, "x@good.test",
	  "a@own.test", "Subject: s\n\nbody\n", "accept" ONE_RESULT,
	  "dmarc=none", NULL, NULL },
	{ "two From: each is judged", LIAR, NULL, "x@plain.test", "a@own.test",
	  "From: x@plain.test\nFrom: y@good.test\n\nbody\n", REFUSED, NULL,
	  NULL, NULL },
	{ "no header at all", STRANGER, NULL, "x@good.test", "a@own.test",
	  "\nbody\n", "accept" ONE_RESULT, NULL, NULL, NULL },
	{ "nothing at all", STRANGER, NULL, "", "a@own.test", "",
	  "accept" ONE_RESULT, NULL, NULL, NULL },
	{ "bare CR and LF, no final line end", STRANGER, NULL, "x@good.test",
	  "a@own.test", "From: x@good.test\n\na\rb\r\rc\n\r\n\rd",
	  "accept" ONE_RESULT, NULL, NULL, NULL },
	{ "a signature that is none", STRANGER, NULL, "x@good.test",
	  "a@own.test", "DKIM-Signature: v=1; a=\n" MAIL("x@good.test"),
	  "accept" ONE_RESULT, "dkim=permerror", NULL, NULL },
	{ "a sender that is none", STRANGER, NULL, "@\x01%s%n", "a@own.test",
	  MAIL("x@good.test"), REFUSED, NULL, NULL, NULL },
};

static void begin(struct world *world, struct ps_session *session,
		  const struct row *row)
{
	char recipients[128], *save = NULL, *one;
	struct ps_ip ip;

	assert_true(ps_ip_parse(row->client, &ip));
	ps_session_connect(session, world_hold(world), "unknown", &ip, 4711,
			   "smtpd");
	ps_session_helo(session, "helo.test");
	ps_session_mail(session, row->sender, row->login);
	snprintf(recipients, sizeof(recipients), "%s", row->recipient);
	for (one = strtok_r(recipients, " ", &save); one != NULL;
	     one = strtok_r(NULL, " ", &save))
		ps_session_recipient(session, one);
}

/* Everything that is said to somebody: the last field inserted, the reply. */
static void check_words(const struct row *row, const struct ps_answer *answer)
{
	const struct ps_change *change = answer->first;
	const char *words = answer->text;

	if (row->says == NULL)
		return;
	while (change != NULL && change->next != NULL)
		change = change->next;
	if (words == NULL && change != NULL)
		words = change->value;
	assert_non_null(words);
	if (strstr(words, row->says) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", words, row->says);
}

/* later: no answer is there when it is asked for. */
static void run(const struct row *row, bool later)
{
	struct world *world = world_new(zone);
	const struct ps_answer *answer;
	struct ps_session *session;
	char what[256];

	if (row->tune != NULL)
		row->tune(&world->config);
	fake_dns_pending(world->dns, later);
	assert_int_equal(ps_session_new(&session), 0);
	begin(world, session, row);
	world_feed(session, ps_bytes_of(row->message), NULL, NULL);
	answer = ps_session_end(session);
	assert_non_null(answer);
	world_describe(answer, what, sizeof(what));
	assert_string_equal(what, row->answer);
	check_words(row, answer);
	ps_session_done(session, "4Q", true);
	if (row->log != NULL && strstr(world->log, row->log) == NULL)
		fail_msg("\"%s\" is not in the log: %s", row->log, world->log);
	ps_session_free(&session);
	world_free(&world);
}

static void check(const struct row *row)
{
	run(row, false);
	run(row, true);
}

TABLE_MAIN(rows, check)
