/* test_session_dmarc.c - what the settings of dmarc { } make of a message. */

#include "milter_world.h"
#include "table.h"

#include <stdio.h>
#include <string.h>

#define NAMED	"192.0.2.1" /* has a reverse name */
#define LISTED	"192.0.2.2" /* has one, and is in the DNS list */
#define NO_NAME "192.0.2.3"
#define HIDDEN	"192.0.2.4" /* whatever is asked of it fails */
#define ALONE	"reason=\"DMARC not enforced: nothing else against it\""
#define FIELD	"accept +Authentication-Results"
#define REFUSED "reject 550 5.7.26"

/* a.co.test is its own organization by the list, co.test's by the walk;
 * m.b.a.test has no policy by the list, that of b.a.test by the walk. */
static const char zone[] = "_dmarc.good.test TXT v=DMARC1; p=reject\n"
			   "_dmarc.co.test TXT v=DMARC1; p=reject\n"
			   "_dmarc.b.a.test TXT v=DMARC1; p=reject\n"
			   "_dmarc.lame.test TXT !\n"
			   "lame.test TXT !\n"
			   "_dmarc.half.test TXT v=DMARC1; p=reject; pct=50\n"
			   "_dmarc.exempt.test TXT v=DMARC1; p=reject\n"
			   "_dmarc.hold.test TXT v=DMARC1; p=quarantine\n"
			   "fail.test TXT v=spf1 -all\n"
			   "list.test TXT v=spf1 ip4:192.0.2.0/24 -all\n"
			   "1.2.0.192.in-addr.arpa PTR named.test\n"
			   "2.2.0.192.in-addr.arpa PTR named.test\n"
			   "2.2.0.192.bl.test A 127.0.0.2\n"
			   "4.2.0.192.in-addr.arpa PTR !\n"
			   "4.2.0.192.bl.test A !\n";

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

static void confirmed(struct world *world)
{
	static const char *const lists[] = { "void.test", "BL.Test" };

	world->config.spf.on_fail = PS_ENFORCE_MARK;
	world->config.dmarc.reject_when = PS_REJECT_CONFIRMED;
	world->config.dmarc.on_unconfirmed = PS_ENFORCE_MARK;
	world->config.dmarc.dnsbl = (struct ps_config_list){ 2, lists };
}

static void else_held(struct world *world)
{
	confirmed(world);
	world->config.dmarc.on_unconfirmed = PS_ENFORCE_QUARANTINE;
}

/* Exceptions. */
static void spared(struct world *world)
{
	static const char *const domains[] = { "none.test", "Exempt.test" };
	static const char *const forwarders[] = { "list.test", "fw.test" };
	static const struct ps_net nets[] = { { { 32, { 192, 0, 2, 2 } },
						32 } };

	world->config.spf.on_fail = PS_ENFORCE_MARK;
	world->config.dmarc.exempt_domains =
		(struct ps_config_list){ 2, domains };
	world->config.dmarc.forwarders =
		(struct ps_config_list){ 2, forwarders };
	world->config.dmarc.exempt_networks =
		(struct ps_config_nets){ 1, nets };
}

static const struct row {
	const char *name, *author;
	void (*tune)(struct world *world); /* NULL: nothing */
	const char *answer;		   /* world_describe() */
	const char *says;  /* in the field inserted; NULL: not looked at */
	const char *log;   /* in the log line */
	const char *quiet; /* not in it; NULL: not looked at */
	const char *client, *host, *sender;
} rows[] = {
#define JUDGED(...)                                                            \
	{                                                                      \
		__VA_ARGS__, NAMED, "unknown", "x@liar.test"                   \
	}
	JUDGED("org_domain = treewalk: the suffix's record counts",
	       "x@a.co.test", NULL, REFUSED, NULL, "dmarc=fail", "psl="),
	JUDGED("org_domain = psl: it does not", "x@a.co.test", by_list, FIELD,
	       "dmarc=none", "dmarc=none", "psl="),
	JUDGED("org_domain = compare: acts on the walk, says where they differ",
	       "x@a.co.test", compared, REFUSED, NULL,
	       "treewalk=\"fail, reject by co.test, organization co.test\" "
	       "psl=\"none, organization a.co.test\"",
	       NULL),
	JUDGED("org_domain = compare: silent where they agree", "x@good.test",
	       compared, REFUSED, NULL, "dmarc=fail", "psl="),
	JUDGED("org_domain = compare: an organization alone is no difference",
	       "x@m.none.test", compared, FIELD, "dmarc=none", "dmarc=none",
	       "psl="),
	JUDGED("org_domain = compare: a policy between the two", "x@m.b.a.test",
	       compared, REFUSED, NULL,
	       "treewalk=\"fail, reject by b.a.test, organization b.a.test\" "
	       "psl=\"none, organization a.test\"",
	       NULL),
	JUDGED("org_domain = psl: temporary errors never reject", "x@lame.test",
	       by_list, FIELD, "dmarc=temperror", "dmarc=temperror", NULL),
	JUDGED("RFC 7489 6.6.4 pct=50, chosen", "x@half.test", by_list_at_49,
	       REFUSED, NULL, "dmarc=fail", NULL),
	JUDGED("RFC 7489 6.6.4 pct=50, not chosen", "x@half.test",
	       by_list_at_50, FIELD, "policy.dmarc=quarantine", "dmarc=fail",
	       NULL),

#define FROM(n, author, tune, answer, log, client, host, sender)               \
	{                                                                      \
		n, author, tune, answer, NULL, log, NULL, client, host, sender \
	}
	FROM("reject_when = always", "x@good.test", NULL, REFUSED,
	     "dmarc=fail reply=", NAMED, "unknown", "x@liar.test"),
	FROM("9989 7.4 confirmed: DMARC alone is marked", "x@good.test",
	     confirmed, FIELD, "dmarc=fail " ALONE, NAMED, "unknown",
	     "x@liar.test"),
	FROM("9989 7.4 confirmed: or held", "x@good.test", else_held,
	     "hold +Authentication-Results", ALONE, NAMED, "unknown",
	     "x@liar.test"),
	FROM("9989 7.4 confirmed: SPF fails", "x@good.test", confirmed, REFUSED,
	     "spf=fail", NAMED, "unknown", "x@fail.test"),
	FROM("9989 7.4 confirmed: in the second DNS list", "x@good.test",
	     confirmed, REFUSED, "reason=\"client is in BL.Test\"", LISTED,
	     "unknown", "x@liar.test"),
	FROM("9989 7.4 confirmed: no reverse name", "x@good.test", confirmed,
	     REFUSED, "reason=\"client has no reverse name\"", NO_NAME,
	     "unknown", "x@liar.test"),
	FROM("9989 7.4 confirmed: an address in brackets is no name",
	     "x@good.test", confirmed, REFUSED,
	     "reason=\"client has no reverse name\"", NO_NAME, "[192.0.2.3]",
	     "x@liar.test"),
	FROM("9989 7.4 confirmed: Postfix knows a name", "x@good.test",
	     confirmed, FIELD, ALONE, NO_NAME, "named.test", "x@liar.test"),
	FROM("9989 7.4 confirmed: temporary errors are no sign", "x@good.test",
	     confirmed, FIELD, ALONE, HIDDEN, "unknown", "x@lame.test"),
	FROM("9989 5.3.6 confirmed: nor is the list when DMARC meets one",
	     "x@lame.test", confirmed, FIELD, "dmarc=temperror", LISTED,
	     "unknown", "x@liar.test"),
	FROM("9989 7.4 confirmed: quarantine stays a mark", "x@hold.test",
	     confirmed, FIELD, "dmarc=fail\n", LISTED, "unknown",
	     "x@liar.test"),

	FROM("exempt_domains: the author's", "x@exempt.test", spared, FIELD,
	     "reason=\"DMARC not enforced: exempt domain\"", NAMED, "unknown",
	     "x@liar.test"),
	FROM("exempt_domains: below it", "x@m.exempt.test", spared, FIELD,
	     "exempt domain", NAMED, "unknown", "x@liar.test"),
	FROM("exempt_domains: not the envelope sender's", "x@good.test", spared,
	     REFUSED, "dmarc=fail reply=", NAMED, "unknown", "x@exempt.test"),
	FROM("exempt_domains: no door for a second author",
	     "x@exempt.test, y@good.test", spared, REFUSED,
	     "dmarc=fail reply=", NAMED, "unknown", "x@liar.test"),
	FROM("exempt_networks", "x@good.test", spared, FIELD,
	     "reason=\"DMARC not enforced: exempt network\"", LISTED, "unknown",
	     "x@liar.test"),
	FROM("exempt_networks: another address", "x@good.test", spared, REFUSED,
	     "dmarc=fail reply=", NO_NAME, "unknown", "x@liar.test"),
	FROM("forwarders: by SPF", "x@good.test", spared, FIELD,
	     "reason=\"DMARC not enforced: forwarder\"", NAMED, "unknown",
	     "bounce@list.test"),
	FROM("forwarders: not by a name SPF does not confirm", "x@good.test",
	     spared, REFUSED, "dmarc=fail reply=", NAMED, "unknown",
	     "bounce@fw.test"),
	FROM("forwarders: by the client's verified name", "x@good.test", spared,
	     FIELD, "forwarder", NAMED, "out1.fw.test", "x@liar.test"),
	FROM("forwarders: not by a name that only ends like it", "x@good.test",
	     spared, REFUSED, "dmarc=fail reply=", NAMED, "out1.notfw.test",
	     "x@liar.test"),
};

static const struct ps_answer *
send(struct world *world, struct ps_session *session, const struct row *row)
{
	char message[256];
	struct ps_ip ip;

	assert_true(ps_ip_parse(row->client, &ip));
	ps_session_connect(session, world_hold(world), row->host, &ip, 4711,
			   "smtpd");
	ps_session_helo(session, "helo.test");
	ps_session_mail(session, row->sender, NULL);
	ps_session_recipient(session, "b@own.test");
	snprintf(message, sizeof(message), "From: %s\n\nbody\n", row->author);
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

static void check_log(const struct row *row, const char *log)
{
	if (strstr(log, row->log) == NULL)
		fail_msg("\"%s\" is not in the log: %s", row->log, log);
	if (row->quiet != NULL && strstr(log, row->quiet) != NULL)
		fail_msg("\"%s\" is in the log: %s", row->quiet, log);
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
	answer = send(world, session, row);
	assert_non_null(answer);
	world_describe(answer, what, sizeof(what));
	assert_string_equal(what, row->answer);
	check_words(row, answer);
	ps_session_done(session, "4Q", true);
	check_log(row, world->log);
	ps_session_free(&session);
	world_free(&world);
}

static void check(const struct row *row)
{
	run(row, false);
	run(row, true);
}

TABLE_MAIN(rows, check)
