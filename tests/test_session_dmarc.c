/* test_session_dmarc.c - what the settings of dmarc { } make of a message. */

#include "milter_world.h"
#include "table.h"

#include <stdio.h>
#include <string.h>

#define LIAR "203.0.113.7"

/* a.co.test is its own organization by the list, co.test's by the walk;
 * m.a.test has no policy by the list, that of a.test by the walk. */
static const char zone[] = "_dmarc.good.test TXT v=DMARC1; p=reject\n"
			   "_dmarc.co.test TXT v=DMARC1; p=reject\n"
			   "a.co.test TXT v=spf1 -all\n"
			   "_dmarc.b.a.test TXT v=DMARC1; p=reject\n"
			   "_dmarc.lame.test TXT !\n"
			   "_dmarc.half.test TXT v=DMARC1; p=reject; pct=50\n";

static void by_list(struct world *world)
{
	world->config.dmarc.org_domain = PS_ORG_PSL;
}

static void compared(struct world *world)
{
	world->config.dmarc.org_domain = PS_ORG_COMPARE;
}

/* The two digits of microseconds in which messages end. */
static void by_list_at_49(struct world *world)
{
	by_list(world);
	world->now_us += 49;
}

static void by_list_at_50(struct world *world)
{
	by_list(world);
	world->now_us += 50;
}

static const struct row {
	const char *name, *author;
	void (*tune)(struct world *world);
	const char *answer; /* world_describe() */
	const char *says;   /* in the field inserted; NULL: not looked at */
	const char *log;    /* in the log line */
	const char *quiet;  /* not in it; NULL: not looked at */
} rows[] = {
	{ "org_domain = treewalk: the suffix's record counts", "x@a.co.test",
	  NULL, "reject 550 5.7.26", NULL, "dmarc=fail", "psl=" },
	{ "org_domain = psl: it does not", "x@a.co.test", by_list,
	  "accept +Authentication-Results", "dmarc=none", "dmarc=none",
	  "psl=" },
	{ "org_domain = compare: acts on the walk, says where they differ",
	  "x@a.co.test", compared, "reject 550 5.7.26", NULL,
	  "dmarc=fail treewalk=<fail, reject by co.test, organization co.test> "
	  "psl=<none, organization a.co.test>",
	  NULL },
	{ "org_domain = compare: silent where they agree", "x@good.test",
	  compared, "reject 550 5.7.26", NULL, "dmarc=fail", "psl=" },
	{ "org_domain = compare: an organization alone is no difference",
	  "x@m.none.test", compared, "accept +Authentication-Results",
	  "dmarc=none", "dmarc=none", "psl=" },
	{ "org_domain = compare: one of the two fails", "x@m.b.a.test",
	  compared, "reject 550 5.7.26", NULL,
	  "treewalk=<fail, reject by b.a.test, organization b.a.test> "
	  "psl=<none, organization a.test>",
	  NULL },
	{ "org_domain = psl: temporary errors never reject", "x@lame.test",
	  by_list, "accept +Authentication-Results", "dmarc=temperror",
	  "dmarc=temperror", NULL },
	{ "RFC 7489 6.6.4 pct=50, chosen", "x@half.test", by_list_at_49,
	  "reject 550 5.7.26", NULL, "dmarc=fail", NULL },
	{ "RFC 7489 6.6.4 pct=50, not chosen", "x@half.test", by_list_at_50,
	  "accept +Authentication-Results", "policy.dmarc=quarantine",
	  "dmarc=fail", NULL },
};

static const struct ps_answer *
send(struct world *world, struct ps_session *session, const char *author)
{
	char message[256];
	struct ps_ip ip;

	assert_true(ps_ip_parse(LIAR, &ip));
	ps_session_connect(session, "unknown", &ip, 4711, "smtpd");
	ps_session_helo(session, "helo.test");
	ps_session_mail(session, world_hold(world), "x@liar.test", NULL);
	ps_session_recipient(session, "b@own.test");
	snprintf(message, sizeof(message), "From: %s\n\nbody\n", author);
	world_feed(session, ps_bytes_of(message), NULL, NULL);
	return ps_session_end(session);
}

static void check_words(const struct row *row, const struct ps_answer *answer)
{
	if (row->says == NULL)
		return;
	assert_non_null(answer->first);
	if (strstr(answer->first->value, row->says) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", answer->first->value,
			 row->says);
}

/* later: no answer is there when it is asked for. */
static void run(const struct row *row, bool later)
{
	struct world *world = world_new(zone);
	const struct ps_answer *answer;
	struct ps_session *session;
	char what[256];

	if (row->tune != NULL)
		row->tune(world);
	fake_dns_pending(world->dns, later);
	assert_int_equal(ps_session_new(&session), 0);
	answer = send(world, session, row->author);
	assert_non_null(answer);
	world_describe(answer, what, sizeof(what));
	assert_string_equal(what, row->answer);
	check_words(row, answer);
	ps_session_done(session, "4Q", true);
	if (strstr(world->log, row->log) == NULL)
		fail_msg("\"%s\" is not in the log: %s", row->log, world->log);
	if (row->quiet != NULL && strstr(world->log, row->quiet) != NULL)
		fail_msg("\"%s\" is in the log: %s", row->quiet, world->log);
	ps_session_free(&session);
	world_free(&world);
}

static void check(const struct row *row)
{
	run(row, false);
	run(row, true);
}

TABLE_MAIN(rows, check)
