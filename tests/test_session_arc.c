/* test_session_arc.c - our ARC sets on what comes from outside, and whom of
 * other sealers we believe: what the settings of arc { } make of a message. */

#include "milter_world.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AUTHOR_HOST "192.0.2.1" /* good.test's SPF has it */
#define FORWARDER   "203.0.113.7"
#define BACKUP	    "10.8.0.1"
#define RELAY	    "10.9.0.1"
#define INSIDE	    "10.1.1.1"

/* Each has own.test's keys, but these in the DNS. */
static const char zone[] =
	"good.test TXT v=spf1 ip4:192.0.2.1 -all\n"
	"_dmarc.good.test TXT v=DMARC1; p=reject\n"
	"r._domainkey.list.test CNAME r._domainkey.own.test\n"
	"e._domainkey.list.test CNAME e._domainkey.own.test\n"
	"e._domainkey.half.test CNAME e._domainkey.own.test\n"
	"e._domainkey.ed.test CNAME e._domainkey.own.test\n";
static const char *const domains[] = { "list.test", "half.test", "hidden.test",
				       "ed.test" };
static const char ed_only[] =
	"{\"keys\": [{\"selector\": \"e\", \"algorithm\": \"ed25519\", "
	"\"state\": \"active\", \"since\": 0}]}";

#define ACCEPTED "accept +Authentication-Results"
#define SET	 "+ARC-Authentication-Results +ARC-Message-Signature +ARC-Seal"
#define SEALED	 ACCEPTED " " SET
#define REFUSED	 "reject 550 5.7.26"
#define HOLDS	 "arc=pass (i="

/* ---- settings of the last hop ---- */

static void seal_by(struct world *world, const char *domain)
{
	world->config.arc.seal_domain = domain;
}

static void own(struct world *world)
{
	seal_by(world, "OWN.test");
}

static void in_quotes(struct world *world)
{
	own(world);
	world->config.authserv_id = "mx; test";
}

static void ed(struct world *world)
{
	seal_by(world, "ed.test");
}

static void half(struct world *world)
{
	seal_by(world, "half.test");
}

static void hidden(struct world *world)
{
	seal_by(world, "hidden.test");
}

static void hidden_alone(struct world *world)
{
	hidden(world);
	world->config.spf.on_fail = PS_ENFORCE_OFF;
	world->config.dmarc.on_reject = PS_ENFORCE_OFF;
}

static void unchecked(struct world *world)
{
	hidden(world);
	world->config.sign.signature.check_published = PS_NO;
}

static void keyless(struct world *world)
{
	seal_by(world, "keyless.test");
}

static void retired(struct world *world)
{
	seal_by(world, "retired.test");
}

static void broken(struct world *world)
{
	seal_by(world, "broken.test");
}

static void broken_is_no_matter(struct world *world)
{
	broken(world);
	world->config.arc.on_error = PS_SEAL_ERROR_UNSEALED;
}

static int cannot(void *ctx, struct ps_private_key *key,
		  const unsigned char *digest, size_t digest_len,
		  unsigned char signature_r[PS_SIGNATURE_MAX],
		  size_t *signature_len_r)
{
	(void)ctx;
	(void)key;
	(void)digest;
	(void)digest_len;
	(void)signature_r;
	(void)signature_len_r;
	return -1;
}

static void signing_fails(struct world *world)
{
	static struct ps_crypto crypto;

	own(world);
	crypto = *world->service.crypto;
	crypto.sign = cannot;
	world->service.crypto = &crypto;
}

static void all_dead(struct world *world)
{
	own(world);
	world->dead = true;
}

static void enforced(struct world *world)
{
	own(world);
	world->config.dmarc.on_reject = PS_ENFORCE_REJECT;
}

static void held(struct world *world)
{
	own(world);
	world->config.dmarc.on_reject = PS_ENFORCE_QUARANTINE;
}

static void received_spf(struct world *world)
{
	own(world);
	world->config.spf.received_spf = PS_YES;
}

static void trusting(struct world *world)
{
	static const char *const sealers[] = { "none.test", "List.test" };

	world->config.dmarc.on_reject = PS_ENFORCE_REJECT;
	world->config.arc.trusted_sealers =
		(struct ps_config_list){ 2, sealers };
}

static void trusting_and_sealing(struct world *world)
{
	trusting(world);
	own(world);
}

static void trusting_without_dmarc(struct world *world)
{
	trusting(world);
	world->config.dmarc.on_reject = PS_ENFORCE_OFF;
	world->config.spf.on_fail = PS_ENFORCE_REJECT;
}

static void trusting_and_confirmed(struct world *world)
{
	trusting(world);
	world->config.dmarc.reject_when = PS_REJECT_CONFIRMED;
}

static void no_key_of_list(struct world *world)
{
	trusting(world);
	fake_dns_add(world->dns, PS_BYTES("r._domainkey.list.test"), PS_DNS_TXT,
		     NULL);
}

static void no_key_and_sealing(struct world *world)
{
	no_key_of_list(world);
	own(world);
}

/*
 * hops: what the message went through before: a domain that sealed it, "edit"
 * that altered it, "50" until there are so many sets.  It comes from its
 * author's host to the first, from a forwarder to those behind.
 */
static const struct row {
	const char *name, *hops;
	void (*tune)(struct world *world); /* NULL: nothing */
	const char *answer;		   /* world_describe() */
	const char *says;  /* in the fields inserted; NULL: not looked at */
	const char *log;   /* in the log; NULL: not looked at */
	const char *proof; /* in the results of what came out; NULL: none */
	const char *header, *client; /* of the last hop; NULL: as above */
} rows[] = {
	/* Sealing. */
	{ "nobody asked for it", "", NULL, ACCEPTED, "arc=none",
	  "ms=0 size=43 recipients=1 dns=", "arc=none", NULL, NULL },
	{ "8617 5.1 the first set", "", own, SEALED, " cv=none;", " sealed=1 ",
	  HOLDS "1 d=own.test spf=pass dkim=none dmarc=pass)", NULL, NULL },
	{ "8617 5.1 RSA seals, with the domain's selector", "", own, SEALED,
	  " i=1; a=rsa-sha256; c=relaxed/relaxed; d=own.test;\n\ts=r;", NULL,
	  HOLDS "1", NULL, NULL },
	{ "8617 4.1.1 it carries our results", "", own, SEALED,
	  " i=1; mx.test;\n\tspf=pass smtp.mailfrom=x@good.test;\n\t", NULL,
	  HOLDS "1", NULL, NULL },
	{ "8601 2.2 with a name that needs quotes", "", in_quotes, SEALED,
	  "ARC-Authentication-Results i=1; \"mx; test\";\n\tspf=pass", NULL,
	  HOLDS "1 d=own.test spf=pass dkim=none dmarc=pass)", NULL, NULL },
	{ "8617 5.1 the second", "list.test", own, SEALED,
	  " i=2; a=rsa-sha256; cv=pass;", " sealed=2 ", "header.oldest-pass=0",
	  NULL, NULL },
	{ "8617 5.1 the third", "list.test own.test", own, SEALED, " cv=pass;",
	  " sealed=3 ", HOLDS "3 d=own.test", NULL, NULL },
	{ "8617 5.1.2 a chain that does not hold", "list.test edit", own,
	  SEALED, " i=2; a=rsa-sha256; cv=fail;", " sealed=2 ",
	  "arc=fail (i=2 spf=fail dkim=none dmarc=fail)\n\treason=\"set 2: "
	  "sealed with cv=fail\"",
	  NULL, NULL },
	{ "8617 5.1 step 2: nothing behind a cv=fail",
	  "list.test edit own.test", own, ACCEPTED, "arc=fail",
	  "reason=\"not sealed: the chain has ended\"", NULL, NULL, NULL },
	{ "8617 4.2.1 the fiftieth set", "49", own, SEALED,
	  " i=50; a=rsa-sha256; cv=pass;", " sealed=50 ", HOLDS "50", NULL,
	  NULL },
	{ "8617 4.2.1 and no more", "50", own, ACCEPTED, HOLDS "50",
	  "reason=\"not sealed: 50 sets\"", HOLDS "50", NULL, NULL },
	{ "8601 5 forged results are not sealed, and do not break it", "", own,
	  "accept -2 -1 +Authentication-Results " SET, "spf=pass", "forged=2",
	  HOLDS "1 d=own.test spf=pass dkim=none dmarc=pass)",
	  "Authentication-Results: mx.test; spf=fail\n"
	  "Authentication-Results: mx.test; dkim=pass\n",
	  NULL },
	{ "below Received-SPF and all else of ours", "", received_spf,
	  "accept +Received-SPF +Received-SPF +Authentication-Results " SET,
	  "cv=none", " sealed=1 ", HOLDS "1", NULL, NULL },
	{ "what is refused is not sealed", "list.test", enforced, REFUSED, NULL,
	  "recipients=1 dns=7 client=", NULL, NULL, NULL },
	{ "what is held is: it may be let go", "list.test", held,
	  "hold +Authentication-Results " SET, "cv=pass", " sealed=2 ",
	  HOLDS "2", NULL, NULL },
	{ "what a backup MX passes on", "list.test", own, SEALED, "cv=pass",
	  "backup action=accept ms=0", HOLDS "2", NULL, BACKUP },
	{ "not what a trusted relay passes on", "list.test", own, ACCEPTED,
	  "none", "trusted action=accept", HOLDS "1", NULL, RELAY },
	{ "not our own", "", own, "accept", NULL, "signatures=0", "arc=none",
	  NULL, INSIDE },

	/* Its key. */
	{ "an Ed25519 key, if there is no other", "", ed, SEALED,
	  "a=ed25519-sha256;", " sealed=1 ", HOLDS "1 d=ed.test", NULL, NULL },
	{ "no key is in the DNS", "list.test", hidden, ACCEPTED, HOLDS "1",
	  "reason=\"not sealed: the DNS has another key\"",
	  HOLDS "1 d=list.test", NULL, NULL },
	{ "its record is waited for, where nothing else is", "", hidden_alone,
	  ACCEPTED, "arc=none",
	  "reason=\"not sealed: the DNS has another key\"", "arc=none", NULL,
	  NULL },
	{ "Ed25519 does not stand in for RSA", "list.test", half, ACCEPTED,
	  HOLDS "1", "signatures of half.test withheld: ", HOLDS "1", NULL,
	  NULL },
	{ "sign.check_published = no: nobody asks", "", unchecked, SEALED,
	  "d=hidden.test", " sealed=1 ", "arc=fail", NULL, NULL },
	{ "a key that cannot be read", "", broken, "defer 451 4.7.5",
	  "Cannot seal this message now", "cannot seal by broken.test: ", NULL,
	  NULL, NULL },
	{ "the same, on_error = unsealed", "", broken_is_no_matter, ACCEPTED,
	  "spf=pass", "reason=\"cannot seal: ", "arc=none", NULL, NULL },
	{ "no keys at all", "", keyless, "defer 451 4.7.5", NULL,
	  "reason=\"cannot seal: no keys\"", NULL, NULL, NULL },
	{ "no key in force", "", retired, "defer 451 4.7.5", NULL,
	  "reason=\"cannot seal: no active key\"", NULL, NULL, NULL },
	{ "signing fails", "", signing_fails, "defer 451 4.7.5", NULL,
	  "cannot seal by OWN.test: sealing failed, selector r", NULL, NULL,
	  NULL },
	{ "the DNS is dead: a key nothing is known of seals", "", all_dead,
	  SEALED, "cv=none", " sealed=1 ", HOLDS "1", NULL, NULL },
	{ "8617 5.2.1 the chain's keys cannot be fetched: left as it is",
	  "list.test", no_key_and_sealing, ACCEPTED,
	  "reason=\"message signature 1: the key cannot be fetched now",
	  "not enforced: trusted sealer, keys not to be had, list.test in set "
	  "1; not sealed: its chain cannot be judged now\"",
	  "arc=fail", NULL, NULL },

	/* Trust. */
	{ "8617 7.2 a trusted sealer saw it pass", "list.test", trusting,
	  ACCEPTED,
	  "dmarc=fail (p=reject) (overridden by arc set 1 of list.test)\n\t"
	  "header.from=good.test policy.dmarc=none;",
	  "dmarc=fail reason=\"DMARC not enforced: trusted sealer, list.test "
	  "in set "
	  "1\"",
	  HOLDS "1", NULL, NULL },
	{ "8617 7.2 another has it since, who altered nothing",
	  "list.test own.test", trusting, ACCEPTED, "overridden by arc set 1",
	  "list.test in set 1\"", HOLDS "2", NULL, NULL },
	{ "8617 7.2 a sealer nobody trusts", "own.test", trusting, REFUSED,
	  "DMARC policy", "arc=pass:own.test", NULL, NULL, NULL },
	{ "8617 7.2 nobody is trusted", "list.test", enforced, REFUSED,
	  "DMARC policy", "arc=pass:list.test", NULL, NULL, NULL },
	{ "8617 7.2 altered behind the trusted one", "list.test edit", trusting,
	  REFUSED, "DMARC policy", "arc=fail", NULL, NULL, NULL },
	{ "8617 7.2 it saw it fail, too", "edit list.test", trusting, REFUSED,
	  "DMARC policy", "arc=pass:list.test", NULL, NULL, NULL },
	{ "8617 7.2 also where something else is against it", "list.test",
	  trusting_and_confirmed, ACCEPTED, "overridden", "trusted sealer",
	  HOLDS "1", NULL, NULL },
	{ "8617 7.2 trusted, and sealed again", "list.test",
	  trusting_and_sealing, SEALED,
	  "ARC-Authentication-Results i=2; mx.test;", "trusted sealer",
	  HOLDS "2", NULL, NULL },
	{ "8617 7.2 its key cannot be fetched now: not enforced", "list.test",
	  no_key_of_list, ACCEPTED,
	  "(not enforced, no keys for arc set 1 of list.test)\n\t"
	  "header.from=good.test policy.dmarc=none;",
	  "reason=\"DMARC not enforced: trusted sealer, keys not to be had",
	  "arc=fail", NULL, NULL },
	{ "8617 7.2 nor is SPF", "list.test", trusting_without_dmarc, ACCEPTED,
	  "spf=fail",
	  "reason=\"SPF not enforced: trusted sealer, list.test in set 1\"",
	  HOLDS "1", NULL, NULL },
};

/* ---- one hop ---- */

static const struct ps_answer *send(struct world *world,
				    struct ps_session *session,
				    const char *message, const char *client)
{
	const struct ps_answer *answer;
	struct ps_ip ip;

	assert_true(ps_ip_parse(client, &ip));
	ps_session_connect(session, world_hold(world), "unknown", &ip, 4711,
			   "smtpd");
	ps_session_helo(session, "helo.test");
	ps_session_mail(session, "x@good.test", NULL);
	ps_session_recipient(session, "b@own.test");
	world_feed(session, ps_bytes_of(message), NULL, NULL);
	answer = ps_session_end(session);
	assert_non_null(answer);
	return answer;
}

/* *message becomes what comes out. */
static void pass_on(struct world *world, const char *sealer, char **message,
		    const char *client)
{
	const struct ps_answer *answer;
	struct ps_session *session;
	char *changed;

	world->config.arc.seal_domain = sealer;
	world->config.authserv_id = "fw.test";
	assert_int_equal(ps_session_new(&session), 0);
	answer = send(world, session, *message, client);
	assert_int_equal(answer->disposition, PS_ACCEPT);
	changed = world_changed(answer, *message);
	ps_session_done(session, "4H", true);
	ps_session_free(&session);
	free(*message);
	*message = changed;
}

static void put_behind(char **message, const char *text)
{
	size_t size = strlen(*message) + strlen(text) + 1;

	*message = realloc(*message, size);
	assert_non_null(*message);
	memcpy(*message + strlen(*message), text, strlen(text) + 1);
}

static void go_through(struct world *world, const char *hops, char **message)
{
	const char *client = AUTHOR_HOST;
	char list[100], *hop, *rest = NULL;
	unsigned long sets;

	snprintf(list, sizeof(list), "%s", hops);
	for (hop = strtok_r(list, " ", &rest); hop != NULL;
	     hop = strtok_r(NULL, " ", &rest)) {
		if (strcmp(hop, "edit") == 0)
			put_behind(message, "footer\n");
		else if (strchr(hop, '.') != NULL)
			pass_on(world, hop, message, client);
		else
			for (sets = strtoul(hop, NULL, 10); sets > 0; sets--)
				pass_on(world, "own.test", message, client);
		client = FORWARDER;
	}
	world->config.arc.seal_domain = NULL;
	world->config.authserv_id = WORLD_ID;
}

/* ---- the table ---- */

static struct world *begin(void)
{
	struct world *world = world_new(zone);
	char command[300];
	size_t i;

	for (i = 0; i < TABLE_COUNT(domains); i++) {
		snprintf(command, sizeof(command),
			 "cp -a %s/" WORLD_DOMAIN " %s/%s", world->folder,
			 world->folder, domains[i]);
		assert_int_equal(system(command), 0);
	}
	world_put(world, "ed.test", "domain.json", ed_only);
	world->config.spf.on_fail = PS_ENFORCE_MARK;
	world->config.dmarc.on_reject = PS_ENFORCE_MARK;
	world->config.sign.signature.check_published = PS_YES;
	return world;
}

static bool says(const struct ps_answer *answer, const char *words)
{
	const struct ps_change *change = answer->first;
	char field[8192];

	for (; change != NULL; change = change->next) {
		if (change->value == NULL)
			continue;
		snprintf(field, sizeof(field), "%s%s", change->name,
			 change->value);
		if (strstr(field, words) != NULL)
			return true;
	}
	return answer->text != NULL && strstr(answer->text, words) != NULL;
}

/* What came out, judged by who asks the DNS anew, and seals nothing. */
static void prove(const struct row *row, struct world *world,
		  const char *message)
{
	const struct ps_answer *answer;
	struct ps_session *session;

	world->config.arc.seal_domain = NULL;
	world->config.dmarc.on_reject = PS_ENFORCE_MARK;
	world->config.spf.on_fail = PS_ENFORCE_MARK;
	world->dead = false;
	fake_dns_pending(world->dns, false);
	assert_int_equal(ps_session_new(&session), 0);
	answer = send(world, session, message, FORWARDER);
	if (!says(answer, row->proof))
		fail_msg("\"%s\" is not said of %s: %s", row->proof, message,
			 answer->first->value);
	ps_session_done(session, "4P", true);
	ps_session_free(&session);
}

static const char *client_of(const struct row *row)
{
	if (row->client != NULL)
		return row->client;
	return row->hops[0] == '\0' ? AUTHOR_HOST : FORWARDER;
}

/* What comes out of the last hop; to be freed. */
static char *last_hop(const struct row *row, struct world *world,
		      const char *message)
{
	const struct ps_answer *answer;
	struct ps_session *session;
	char what[256], *changed;

	assert_int_equal(ps_session_new(&session), 0);
	answer = send(world, session, message, client_of(row));
	world_describe(answer, what, sizeof(what));
	assert_string_equal(what, row->answer);
	changed = world_changed(answer, message);
	if (row->says != NULL && !says(answer, row->says))
		fail_msg("\"%s\" is not said: %s", row->says, changed);
	ps_session_done(session, "4Q", true);
	if (row->log != NULL && strstr(world->log, row->log) == NULL)
		fail_msg("\"%s\" is not in the log: %s", row->log, world->log);
	ps_session_free(&session);
	return changed;
}

/* later: no answer is there when it is asked for. */
static void run(const struct row *row, bool later)
{
	char *changed,
		*message = strdup(row->header == NULL ? "" : row->header);
	struct world *world = begin();

	assert_non_null(message);
	put_behind(&message, "From: x@good.test\nSubject: s\n\na  body \n");
	go_through(world, row->hops, &message);
	if (row->tune != NULL)
		row->tune(world);
	fake_dns_pending(world->dns, later);
	world->log[0] = '\0';
	changed = last_hop(row, world, message);
	if (row->proof != NULL)
		prove(row, world, changed);
	free(changed);
	free(message);
	world_free(&world);
}

static void check(const struct row *row)
{
	run(row, false);
	run(row, true);
}

TABLE_MAIN(rows, check)
