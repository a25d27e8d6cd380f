/* test_milter_withhold.c - signatures that the DNS would not bear out. */

#include "dkim_forge.h"
#include "milter_world.h"
#include "table.h"

#include "io/keyfolder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define R    "r._domainkey.own.test"
#define E    "e._domainkey.own.test"
#define BOTH "+DKIM-Signature +DKIM-Signature"
#define LOST "signatures of own.test withheld: "
#define BACK "signatures of own.test no more withheld: "

/* Nothing but this zone. */
static void publish(struct world *world, const char *zone)
{
	char *with_keys = forge_zone(zone);

	fake_dns_free(&world->dns);
	world->dns = fake_dns_load(with_keys);
	fake_dns_pending(world->dns, true);
	free(with_keys);
}

static void sign(struct world *world, struct ps_session *session,
		 const char *want)
{
	const struct ps_answer *answer;
	struct ps_ip ip;
	char text[200];

	assert_true(ps_ip_parse("10.1.1.1", &ip));
	ps_session_connect(session, world_hold(world), "unknown", &ip, 4711,
			   NULL);
	ps_session_mail(session, "a@own.test", NULL);
	world_feed(session, PS_BYTES("From: a@own.test\n\nbody\n"), NULL, NULL);
	answer = ps_session_end(session);
	assert_non_null(answer);
	world_describe(answer, text, sizeof(text));
	ps_session_done(session, "4S", true);
	assert_string_equal(text, want);
}

static unsigned int times_logged(const struct world *world, const char *part)
{
	const char *at = world->log;
	unsigned int count = 0;

	while ((at = strstr(at, part)) != NULL) {
		count++;
		at++;
	}
	return count;
}

static void both_are_ours(struct world *world, struct ps_session *session)
{
	sign(world, session, "accept " BOTH);
	assert_int_equal(fake_dns_questions(world->dns), 2);
	assert_int_equal(fake_dns_rounds(world->dns), 1);
	assert_int_equal(times_logged(world, "withheld"), 0);
}

static void not_asked(struct world *world, struct ps_session *session)
{
	world->config.sign.signature.check_published = PS_NO;
	publish(world, "");
	sign(world, session, "accept " BOTH);
	assert_int_equal(fake_dns_questions(world->dns), 0);
}

static void own_setting(struct world *world, struct ps_session *session)
{
	world_put(world, WORLD_DOMAIN, "domain.json",
		  "{\"keys\": [{\"selector\": \"r\", \"algorithm\": \"rsa\", "
		  "\"state\": \"active\"}], "
		  "\"sign\": {\"check_published\": false}}");
	publish(world, "");
	sign(world, session, "accept +DKIM-Signature");
}

static void nothing_published(struct world *world, struct ps_session *session)
{
	publish(world, "");
	sign(world, session, "accept");
	assert_int_equal(times_logged(world, LOST), 2);
	assert_int_equal(
		times_logged(world, "reason=\"2 of 2 signatures withheld"), 1);
}

/* The clock stands still: what was found is not asked for again. */
static void said_once(struct world *world, struct ps_session *session)
{
	unsigned int i;

	publish(world, "");
	for (i = 0; i < 3; i++)
		sign(world, session, "accept");
	assert_int_equal(times_logged(world, LOST), 2);
	assert_int_equal(fake_dns_rounds(world->dns), 1);
	for (i = 0; i < 3; i++) {
		world->later += PS_PUBLISHED_SECONDS;
		sign(world, session, "accept");
	}
	assert_int_equal(times_logged(world, LOST), 2);
}

static void one_of_two(struct world *world, struct ps_session *session)
{
	publish(world, "");
	world_publish(world, "", NULL);
	sign(world, session, "accept +DKIM-Signature");
	assert_int_equal(times_logged(world, LOST), 1);
	assert_int_equal(times_logged(world, "at " E "\n"), 1);
	assert_int_equal(
		times_logged(world, "reason=\"1 of 2 signatures withheld"), 1);
}

/* Each is a record that would not verify. */
static void records_that_do_not_fit(struct world *world,
				    struct ps_session *session)
{
	static const char *const zones[] = {
		R " TXT v=DKIM1; p=@other",
		R " TXT v=DKIM1; p=",
		R " TXT v=DKIM1; p=AAAA",
		R " TXT v=DKIM1; k=ed25519; p=@ed25519",
		R " TXT v=spf1 -all",
		R " CNAME nowhere.test",
	};
	size_t i;

	for (i = 0; i < TABLE_COUNT(zones); i++) {
		publish(world, zones[i]);
		sign(world, session, "accept");
		world->later += PS_PUBLISHED_SECONDS;
	}
}

static void restricted_records(struct world *world, struct ps_session *session)
{
	publish(world, "");
	world_publish(world, "h=sha1; ", "s=web; ");
	sign(world, session, "accept");
	assert_int_equal(times_logged(world, LOST), 2);
}

static void open_records(struct world *world, struct ps_session *session)
{
	publish(world, "");
	world_publish(world, "h=sha1:sha256; t=y; ", "s=web:email; t=s; ");
	sign(world, session, "accept " BOTH);
}

/* An answer that comes too late for one message is there for the next. */
static void comes_back(struct world *world, struct ps_session *session)
{
	struct fake_dns *good = world->dns;

	world->dns = fake_dns_load("");
	sign(world, session, "accept");
	fake_dns_free(&world->dns);
	world->dns = good;
	/* Not looked at yet. */
	world->later += PS_PUBLISHED_SECONDS - 1;
	sign(world, session, "accept");
	world->later += 1;
	sign(world, session, "accept");
	assert_true(fake_dns_wait(world->dns));
	sign(world, session, "accept " BOTH);
	assert_int_equal(times_logged(world, LOST), 2);
	assert_int_equal(times_logged(world, BACK), 2);
}

static void goes_away(struct world *world, struct ps_session *session)
{
	sign(world, session, "accept " BOTH);
	publish(world, "");
	sign(world, session, "accept " BOTH);
	world->later += PS_PUBLISHED_SECONDS;
	sign(world, session, "accept " BOTH);
	assert_true(fake_dns_wait(world->dns));
	sign(world, session, "accept");
}

/* A failing lookup is no verdict: what is not known signs. */
static void fails_at_first(struct world *world, struct ps_session *session)
{
	publish(world, R " TXT !\n" E " TXT !\n");
	sign(world, session, "accept " BOTH);
	assert_int_equal(times_logged(world, "withheld"), 0);
}

/* Nor does it take back what was known. */
static void fails_later(struct world *world, struct ps_session *session)
{
	publish(world, "");
	sign(world, session, "accept");
	publish(world, R " TXT !\n" E " TXT !\n");
	world->later += PS_PUBLISHED_SECONDS;
	sign(world, session, "accept");
	assert_int_equal(times_logged(world, LOST), 2);
	assert_int_equal(times_logged(world, BACK), 0);
}

/* One message waits, for dns.timeout; the next ones do not. */
static void no_dns(struct world *world, struct ps_session *session)
{
	world->dead = true;
	sign(world, session, "accept " BOTH);
	assert_int_equal(world->now_us - world->began_us, 10000000);
	sign(world, session, "accept " BOTH);
	assert_int_equal(world->now_us - world->began_us, 10000000);
}

/* An answer that is long in coming is not waited for where one is known. */
static void known_before(struct world *world, struct ps_session *session)
{
	sign(world, session, "accept " BOTH);
	world->later += PS_PUBLISHED_SECONDS;
	world->dead = true;
	sign(world, session, "accept " BOTH);
	assert_int_equal(world->now_us, world->began_us);
}

static const struct row {
	const char *name;
	void (*run)(struct world *world, struct ps_session *session);
} rows[] = {
	{ "both are ours", both_are_ours },
	{ "the setting is no", not_asked },
	{ "the domain's own setting is no", own_setting },
	{ "nothing is published", nothing_published },
	{ "said once, looked at once a minute", said_once },
	{ "one of two is published", one_of_two },
	{ "6376 3.6.1 records that do not fit", records_that_do_not_fit },
	{ "6376 3.6.1 restricted records", restricted_records },
	{ "6376 3.6.1 records with more than is needed", open_records },
	{ "it comes back", comes_back },
	{ "it goes away", goes_away },
	{ "the DNS fails at first", fails_at_first },
	{ "the DNS fails later", fails_later },
	{ "no DNS: one message waits", no_dns },
	{ "no DNS: nobody waits for what is known", known_before },
};

static void check(const struct row *row)
{
	struct world *world = world_new("far.test A 192.0.2.9\n");
	struct ps_session *session;

	world->config.sign.signature.check_published = PS_YES;
	fake_dns_pending(world->dns, true);
	assert_int_equal(ps_session_new(&session), 0);
	row->run(world, session);
	ps_session_free(&session);
	world_free(&world);
}

TABLE_MAIN(rows, check)
