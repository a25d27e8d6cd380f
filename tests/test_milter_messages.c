/* test_milter_messages.c - sessions with what no table can show: our own
 * signatures judged, pieces of any size, bounds, several messages, no DNS. */

#include "dkim_forge.h"
#include "milter_world.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRANGER "192.0.2.1"

struct row {
	const char *name;
	void (*run)(struct world *world, struct ps_session *session);
};

static void from(struct world *world, struct ps_session *session,
		 const char *client, const char *login, const char *sender)
{
	struct ps_ip ip;

	assert_true(ps_ip_parse(client, &ip));
	ps_session_connect(session, world_hold(world), "unknown", &ip, 4711,
			   NULL);
	ps_session_mail(session, sender, login);
	ps_session_recipient(session, "<b@far.test>");
}

static void expect(const struct ps_answer *answer, const char *what)
{
	char text[512];

	assert_non_null(answer);
	world_describe(answer, text, sizeof(text));
	assert_string_equal(text, what);
}

static void expect_log(const struct world *world, const char *part)
{
	if (strstr(world->log, part) == NULL)
		fail_msg("\"%s\" is not in the log: %s", part, world->log);
}

static const char letter[] = "From: Alice <alice@own.test>\n"
			     "To: b@far.test,\n\tc@far.test\n"
			     "Subject:  two  spaces \n"
			     "\n"
			     "one \t line \n"
			     "\n"
			     ".dot\n"
			     "no end after blank lines\n\n\n\n";

struct random {
	uint64_t state;
	size_t max;
};

/* xorshift; from 1 to max octets. */
static size_t random_piece(void *ctx)
{
	struct random *random = ctx;

	random->state ^= random->state << 13;
	random->state ^= random->state >> 7;
	random->state ^= random->state << 17;
	return 1 + (size_t)(random->state % random->max);
}

static char *signed_letter(struct world *world, struct ps_session *session,
			   struct random *random)
{
	const struct ps_answer *answer;
	char *message;

	from(world, session, STRANGER, WORLD_LOGIN, "alice@own.test");
	world_feed(session, PS_BYTES(letter),
		   random == NULL ? NULL : random_piece, random);
	answer = ps_session_end(session);
	expect(answer, "accept +DKIM-Signature +DKIM-Signature");
	message = world_changed(answer, letter);
	ps_session_done(session, "4S", true);
	return message;
}

static void own_signatures_pass(struct world *world, struct ps_session *session)
{
	char *message = signed_letter(world, session, NULL);

	from(world, session, STRANGER, NULL, "alice@own.test");
	world_feed(session, ps_bytes_of(message), NULL, NULL);
	expect(ps_session_end(session), "accept +Authentication-Results");
	ps_session_done(session, "4V", true);
	expect_log(world, "dkim=pass:own.test,pass:own.test dmarc=pass\n");
	free(message);
}

static void altered_body_fails(struct world *world, struct ps_session *session)
{
	char *message = signed_letter(world, session, NULL);

	*strstr(message, ".dot") = ',';
	from(world, session, STRANGER, NULL, "alice@own.test");
	world_feed(session, ps_bytes_of(message), NULL, NULL);
	expect(ps_session_end(session), "reject 550 5.7.26");
	ps_session_done(session, "4V", true);
	expect_log(world, "dkim=fail:own.test,fail:own.test dmarc=fail");
	free(message);
}

/* RFC 6376 8.2: signed by own.test as far as "one". */
static void part_of_the_body(struct world *world, struct ps_session *session)
{
	struct ps_buffer message = PS_BUFFER(65536);
	char *zone = forge_zone("l._domainkey.own.test TXT p=@rsa\n");
	struct ps_dns_record record = { .preference = 0 };
	enum ps_switch trust;

	record.text = ps_bytes_of(strstr(zone, "p="));
	record.text.len--;
	fake_dns_add(world->dns, PS_BYTES("l._domainkey.own.test"), PS_DNS_TXT,
		     &record);
	ps_buffer_text(&message, "From: alice@own.test\n\none\ntwo\n");
	forge_sign(&message,
		   " v=1; a=rsa-sha256; c=relaxed/relaxed; d=own.test; s=l;"
		   " h=from; l=3; bh=@; b=@",
		   FORGE_RSA);
	for (trust = PS_NO; trust <= PS_YES; trust++) {
		world->config.dkim.trust_length = trust;
		from(world, session, STRANGER, NULL, "alice@own.test");
		world_feed(session,
			   (struct ps_bytes){ message.data, message.len }, NULL,
			   NULL);
		expect(ps_session_end(session),
		       trust == PS_YES ? "accept +Authentication-Results"
				       : "reject 550 5.7.26");
		ps_session_done(session, "4V", true);
		expect_log(world, "dkim=pass:own.test dmarc=");
	}
	ps_buffer_free(&message);
	free(zone);
}

/* Both algorithms are deterministic, and the clock stands still. */
static void pieces_do_not_matter(struct world *world,
				 struct ps_session *session)
{
	struct random random = { .state = 88172645463325252U };
	char *whole = signed_letter(world, session, NULL), *message;
	unsigned int i;

	for (i = 0; i < 50; i++) {
		random.max = 1 + i % 40;
		message = signed_letter(world, session, &random);
		assert_string_equal(message, whole);
		free(message);
		from(world, session, STRANGER, NULL, "alice@own.test");
		world_feed(session, ps_bytes_of(whole), random_piece, &random);
		expect(ps_session_end(session),
		       "accept +Authentication-Results");
		ps_session_done(session, "4V", true);
	}
	free(whole);
}

static void feed_fields(struct ps_session *session, unsigned int count,
			size_t octets)
{
	char *value = malloc(octets);
	unsigned int i;

	assert_non_null(value);
	memset(value, 'x', octets);
	for (i = 0; i < count; i++)
		ps_session_header(session, PS_BYTES("X-Long"),
				  (struct ps_bytes){ value, octets });
	free(value);
}

static void from_own(struct ps_session *session)
{
	ps_session_header(session, PS_BYTES("From"), PS_BYTES(" a@own.test"));
}

static void field_of_100_kilobytes(struct world *world,
				   struct ps_session *session)
{
	from(world, session, "10.1.1.1", NULL, "a@own.test");
	from_own(session);
	feed_fields(session, 1, 102400);
	expect(ps_session_end(session),
	       "accept +DKIM-Signature +DKIM-Signature");
}

static void most_fields(struct world *world, struct ps_session *session)
{
	from(world, session, "10.1.1.1", NULL, "a@own.test");
	from_own(session);
	feed_fields(session, PS_FIELDS_MAX - 1, 2);
	expect(ps_session_end(session),
	       "accept +DKIM-Signature +DKIM-Signature");
}

static void one_field_more(struct world *world, struct ps_session *session)
{
	from(world, session, "10.1.1.1", NULL, "a@own.test");
	from_own(session);
	feed_fields(session, PS_FIELDS_MAX, 2);
	expect(ps_session_end(session), "reject 552 5.3.4");
	ps_session_done(session, "4S", true);
	world->config.sign.on_error = PS_SIGN_ERROR_UNSIGNED;
	from(world, session, "10.1.1.1", NULL, "a@own.test");
	feed_fields(session, PS_FIELDS_MAX + 1, 2);
	expect(ps_session_end(session), "accept");
	ps_session_done(session, "4S", true);
	expect_log(world, "reason=\"header too large\"");
}

/* RFC 8601 5 holds also for what is behind the bound. */
static void forged_behind_the_bound(struct world *world,
				    struct ps_session *session)
{
	world->config.dmarc.on_reject = PS_ENFORCE_MARK;
	from(world, session, STRANGER, NULL, "a@own.test");
	feed_fields(session, 21, 100000);
	ps_session_header(session, PS_BYTES("Authentication-Results"),
			  PS_BYTES(" mx.test; spf=pass"));
	from_own(session);
	expect(ps_session_end(session), "accept -1 +Authentication-Results");
	ps_session_done(session, "4V", true);
	expect_log(world, "dkim=permerror dmarc=permerror "
			  "reason=\"header too large\"");
}

/* A From where we cannot look must not escape the policy that is enforced. */
static void hidden_from_is_refused(struct world *world,
				   struct ps_session *session)
{
	from(world, session, STRANGER, NULL, "x@far.test");
	feed_fields(session, PS_FIELDS_MAX, 2);
	from_own(session);
	expect(ps_session_end(session), "reject 550 5.7.26");
}

static void two_thousand_fields(struct world *world, struct ps_session *session)
{
	from(world, session, STRANGER, NULL, "x@far.test");
	ps_session_header(session, PS_BYTES("From"), PS_BYTES(" x@far.test"));
	feed_fields(session, 2000, 100);
	expect(ps_session_end(session), "accept +Authentication-Results");
}

static void nul_octets(struct world *world, struct ps_session *session)
{
	from(world, session, STRANGER, NULL, "x@far.test");
	ps_session_header(session, PS_BYTES("From\0x"),
			  PS_BYTES(" a@own.test\0"));
	ps_session_header(session, PS_BYTES("\0"), PS_BYTES("\0\0\0"));
	ps_session_header(session, PS_BYTES("Authentication-Results"),
			  PS_BYTES(" mx.test\0; spf=pass"));
	ps_session_body(session, "\0\r\0\n\0", 5);
	expect(ps_session_end(session), "accept -1 +Authentication-Results");
	ps_session_done(session, "4V", true);
	from(world, session, "10.1.1.1", NULL, "a@own.test");
	from_own(session);
	ps_session_body(session, "\0\r\0\n\0", 5);
	expect(ps_session_end(session),
	       "accept +DKIM-Signature +DKIM-Signature");
}

static void record_of_20_kilobytes(struct world *world,
				   struct ps_session *session)
{
	struct ps_dns_record record = { .preference = 0 };
	static char text[20001];

	memset(text, 'a', sizeof(text));
	memcpy(text, "v=spf1 ", 7);
	text[20000] = '\0';
	record.text = (struct ps_bytes){ text, 20000 };
	fake_dns_add(world->dns, PS_BYTES("long.test"), PS_DNS_TXT, &record);
	memcpy(text, "v=DMARC1; p=reject; n=", 22);
	fake_dns_add(world->dns, PS_BYTES("_dmarc.long.test"), PS_DNS_TXT,
		     &record);
	from(world, session, STRANGER, NULL, "x@long.test");
	ps_session_header(session, PS_BYTES("From"), PS_BYTES(" x@long.test"));
	expect(ps_session_end(session), "reject 550 5.7.26");
	ps_session_done(session, "4V", true);
	expect_log(world, "spf=permerror");
}

static void no_dns_is_waited_for_once(struct world *world,
				      struct ps_session *session)
{
	world->dead = true;
	from(world, session, STRANGER, NULL, "x@good.test");
	world_feed(session,
		   PS_BYTES("From: x@good.test\n"
			    "DKIM-Signature: v=1; a=rsa-sha256; "
			    "d=good.test; s=s; h=From; bh=AAAA; "
			    "b=AAAA\n\nbody\n"),
		   NULL, NULL);
	expect(ps_session_end(session), "accept +Authentication-Results");
	assert_int_equal(world->now_us - world->began_us, 10000000);
	ps_session_done(session, "4V", true);
	expect_log(world, "action=accept ms=10000");
	expect_log(world, "spf=temperror");
	expect_log(world, "dmarc=temperror");
}

static void directory_down_defers(struct world *world,
				  struct ps_session *session)
{
	unsigned int i;

	world->directory_down = true;
	for (i = 0; i < 3; i++) {
		from(world, session, STRANGER, WORLD_LOGIN, "alice@own.test");
		from_own(session);
		expect(ps_session_end(session), "defer 451 4.3.0");
		ps_session_done(session, "4S", true);
	}
	/* Said once by itself, and in the line of each message. */
	expect_log(world, "directory: database is locked\n4S: direction=out");
	assert_null(strstr(strstr(world->log, "4S:"),
			   "\ndirectory: database is locked\n"));
}

static void answers_out_of_turn(struct world *world, struct ps_session *session)
{
	ps_session_header(session, PS_BYTES("From"), PS_BYTES(" a@own.test"));
	ps_session_body(session, "body", 4);
	ps_session_recipient(session, "a@own.test");
	assert_null(ps_session_end(session));
	ps_session_done(session, NULL, true);
	ps_session_abort(session);
	assert_string_equal(world->log, "");
	from(world, session, "10.1.1.1", NULL, "a@own.test");
	ps_session_body(session, "body", 4);
	from_own(session);
	expect(ps_session_end(session), "accept");
	ps_session_done(session, NULL, true);
	expect_log(world, "NOQUEUE: direction=out");
	expect_log(world, "reason=\"no From field\"");
}

/* At every step another message may begin, and no fact of the last is left. */
static void messages_begin_anew(struct world *world, struct ps_session *session)
{
	from(world, session, STRANGER, WORLD_LOGIN, "alice@own.test");
	from(world, session, STRANGER, WORLD_LOGIN, "alice@own.test");
	from_own(session);
	from(world, session, STRANGER, WORLD_LOGIN, "alice@own.test");
	from_own(session);
	ps_session_body(session, "body", 4);
	ps_session_abort(session);
	from(world, session, "10.1.1.1", NULL, "a@own.test");
	ps_session_header(session, PS_BYTES("Authentication-Results"),
			  PS_BYTES(" mx.test; spf=pass"));
	from_own(session);
	ps_session_body(session, "body", 4);
	(void)ps_session_end(session);
	from(world, session, STRANGER, NULL, "x@good.test");
	ps_session_header(session, PS_BYTES("From"), PS_BYTES(" x@good.test"));
	expect(ps_session_end(session), "accept +Authentication-Results");
	ps_session_done(session, "4V", true);
	expect_log(world, "direction=in action=accept");
	assert_null(strstr(world->log, "forged"));
	assert_int_equal(world->held, 1); /* by the session */
}

static void not_carried_out(struct world *world, struct ps_session *session)
{
	from(world, session, STRANGER, NULL, "x@good.test");
	expect(ps_session_end(session), "accept +Authentication-Results");
	ps_session_done(session, "4V", false);
	expect_log(world, "action=defer");
	expect_log(world, "reason=\"the changes did not reach Postfix\"");
}

static void log_cannot_be_forged(struct world *world,
				 struct ps_session *session)
{
	char sender[5000];

	memset(sender, '\x1b', sizeof(sender));
	sender[sizeof(sender) - 1] = '\0';
	sender[4] = '\n';
	from(world, session, STRANGER, NULL, sender);
	expect(ps_session_end(session), "accept +Authentication-Results");
	ps_session_done(session, "4V", true);
	expect_log(world, "4V: direction=in action=accept");
	assert_null(strchr(world->log, '\x1b'));
	assert_ptr_equal(strchr(world->log, '\n') + 1,
			 world->log + strlen(world->log));
}

static const struct row rows[] = {
	{ "both of our signatures pass", own_signatures_pass },
	{ "an altered body fails", altered_body_fails },
	{ "6376 8.2: a part of the body is signed", part_of_the_body },
	{ "pieces of any size give the same", pieces_do_not_matter },
	{ "a field of 100 KB is signed", field_of_100_kilobytes },
	{ "as many fields as there may be are signed", most_fields },
	{ "one field more cannot be signed", one_field_more },
	{ "8601 5: forged behind the bound", forged_behind_the_bound },
	{ "From behind the bound is refused", hidden_from_is_refused },
	{ "2,000 fields are judged", two_thousand_fields },
	{ "NUL octets", nul_octets },
	{ "TXT records of 20 KB", record_of_20_kilobytes },
	{ "no DNS: waited for once, accepted, marked",
	  no_dns_is_waited_for_once },
	{ "directory down: deferred, logged once", directory_down_defers },
	{ "calls out of turn", answers_out_of_turn },
	{ "messages begin anew", messages_begin_anew },
	{ "changes that did not arrive", not_carried_out },
	{ "the log cannot be forged", log_cannot_be_forged },
};

static void check(const struct row *row)
{
	struct world *world =
		world_new("good.test TXT v=spf1 ip4:192.0.2.1 -all\n"
			  "_dmarc.own.test TXT v=DMARC1; p=reject\n");
	struct ps_session *session;

	assert_int_equal(ps_session_new(&session), 0);
	row->run(world, session);
	ps_session_free(&session);
	assert_null(session);
	assert_int_equal(world->held, 0);
	world_free(&world);
}

TABLE_MAIN(rows, check)
