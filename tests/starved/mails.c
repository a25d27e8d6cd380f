/* mails.c - whole messages: signed, judged, sealed, each with what it needs of
 * SPF, DKIM, DMARC and ARC. */

#include "starved.h"

#include "milter_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INSIDE	    "10.1.1.1"
#define AUTHOR_HOST "192.0.2.1" /* good.test's SPF has it */
#define STRANGER    "203.0.113.7"

static const char zone[] = "good.test TXT v=spf1 include:also.test -all\n"
			   "also.test TXT v=spf1 ip4:192.0.2.1 ?all\n"
			   "_dmarc.good.test TXT v=DMARC1; p=reject\n"
			   "own.test TXT v=spf1 -all\n"
			   "_dmarc.own.test TXT v=DMARC1; p=reject\n"
			   "helo.test TXT v=spf1 -all\n";

static struct world *world;
/* What passes DMARC by our signature alone, and what only ARC lets in. */
static char *signed_by_own, *sealed_by_own;

struct mail {
	const char *client, *sender;
	char **message; /* NULL: the plain one, from sender */
	bool seals, trusts;
};

static void set(const struct mail *mail)
{
	static const char *const sealers[] = { "own.test" };

	world->config.dmarc.on_reject = PS_ENFORCE_REJECT;
	world->config.spf.on_fail = PS_ENFORCE_MARK;
	world->config.arc.seal_domain = mail->seals ? "own.test" : NULL;
	world->config.arc.trusted_sealers =
		mail->trusts ? (struct ps_config_list){ 1, sealers }
			     : (struct ps_config_list){ 0, NULL };
	fake_dns_pending(world->dns, true);
}

static void feed(struct ps_session *session, const struct mail *mail,
		 const char *message)
{
	struct ps_ip ip;

	assert_true(ps_ip_parse(mail->client, &ip));
	ps_session_connect(session, world_hold(world), "host.test", &ip, 25,
			   NULL);
	ps_session_helo(session, "helo.test");
	ps_session_mail(session, mail->sender, NULL);
	ps_session_recipient(session, "someone@rcpt.test");
	world_feed(session, ps_bytes_of(message), NULL, NULL);
}

/* The word behind "METHOD=" in our results: "pass"; "" none. */
static void result_of(const char *results, const char *method, char *word_r,
		      size_t size)
{
	const char *at = strstr(results, method);

	word_r[0] = '\0';
	if (at != NULL) {
		at += strlen(method);
		snprintf(word_r, size, "%.*s", (int)strcspn(at, " ;\r\n"), at);
	}
}

static void describe(const struct ps_answer *answer,
		     char said_r[STARVED_SAID_MAX])
{
	static const char *const methods[] = { "\tspf=", "\tdkim=", "\tarc=",
					       "\tdmarc=" };
	const struct ps_change *change;
	char word[32];
	size_t i, len;

	world_describe(answer, said_r, STARVED_SAID_MAX);
	if (answer->disposition != PS_ACCEPT)
		return;
	for (change = answer->first; change != NULL; change = change->next) {
		if (change->value == NULL ||
		    strcmp(change->name, "Authentication-Results") != 0)
			continue;
		for (i = 0; i < TABLE_COUNT(methods); i++) {
			result_of(change->value, methods[i], word,
				  sizeof(word));
			len = strlen(said_r);
			snprintf(said_r + len, STARVED_SAID_MAX - len, " %s%s",
				 methods[i] + 1, word);
		}
	}
}

static void make_plain(const struct mail *mail, char text_r[200])
{
	snprintf(text_r, 200,
		 "From: A <%s>\nTo: someone@rcpt.test\nSubject: s\n\nbody\n",
		 mail->sender);
}

/* On a connection, with keys and an OpenSSL of its own.  What is changed goes
 * to *changed_r unless that is NULL. */
static void go_through(const struct mail *mail, char said_r[STARVED_SAID_MAX],
		       char **changed_r)
{
	const struct ps_answer *answer;
	struct ps_session *session = NULL;
	struct ps_openssl *openssl = NULL;
	const struct ps_service before = world->service;
	char plain[200];
	const char *message;

	make_plain(mail, plain);
	message = mail->message == NULL ? plain : *mail->message;
	set(mail);
	snprintf(said_r, STARVED_SAID_MAX, "defer");
	starved_begin();
	if (ps_openssl_new(&openssl) == 0 &&
	    ps_keyfolder_new(world->folder, &world->service.keys) == 0 &&
	    ps_session_new(&session) == 0) {
		world->service.crypto = ps_openssl_port(openssl);
		feed(session, mail, message);
		answer = ps_session_end(session);
		starved_end();
		if (answer != NULL)
			describe(answer, said_r);
		if (changed_r != NULL)
			*changed_r = world_changed(answer, message);
		starved_begin();
		ps_session_done(session, "4QID", true);
	}
	ps_session_free(&session);
	if (world->service.keys != before.keys)
		ps_keyfolder_free(&world->service.keys);
	ps_openssl_free(&openssl);
	starved_end();
	world->service = before;
	world->log[0] = '\0';
	/* Nothing is kept quiet for what was said before. */
	world->now_us += UINT64_C(3600000000);
	assert_int_equal(world->held, 0);
	assert_int_equal(world->opened, 0);
}

static void run(const struct starved *what, char said_r[STARVED_SAID_MAX])
{
	go_through(what->argument, said_r, NULL);
}

/* ---- the rows ---- */

static const struct mail outgoing = { .client = INSIDE,
				      .sender = "alice@own.test" };
static const struct mail by_spf = { .client = AUTHOR_HOST,
				    .sender = "x@good.test" };
static const struct mail by_dkim = { .client = STRANGER,
				     .sender = "alice@own.test",
				     .message = &signed_by_own };
static const struct mail sealed = { .client = AUTHOR_HOST,
				    .sender = "x@good.test",
				    .seals = true };
static const struct mail by_arc = { .client = STRANGER,
				    .sender = "x@good.test",
				    .message = &sealed_by_own,
				    .trusts = true };

static const char *const deferred[] = { "defer", NULL };
/* A mistake of ours is a temporary error in the verdict, or the message is
 * deferred: it is never refused, and no verdict is made up. */
static const char *const spf_later[] = {
	"defer",
	"accept +Authentication-Results spf=temperror dkim=none arc=none "
	"dmarc=temperror",
	NULL,
};
static const char *const dkim_later[] = {
	"defer",
	"accept +Authentication-Results spf=fail dkim=temperror arc=none "
	"dmarc=temperror",
	/* One of the two signatures is enough. */
	"accept +Authentication-Results spf=fail dkim=temperror arc=none "
	"dmarc=pass",
	NULL,
};
static const char *const arc_later[] = {
	"defer",
	/* Not enforced, while its keys are not to be had. */
	"accept -1 +Authentication-Results spf=fail dkim=none arc=fail "
	"dmarc=fail",
	NULL,
};

#define SET " +ARC-Authentication-Results +ARC-Message-Signature +ARC-Seal"

const struct starved starved_mails[] = {
	{ "signed by both keys, or deferred", run, &outgoing,
	  "accept +DKIM-Signature +DKIM-Signature", deferred, 10 },
	{ "SPF alone lets it pass DMARC", run, &by_spf,
	  "accept +Authentication-Results spf=pass dkim=none arc=none "
	  "dmarc=pass",
	  spf_later, 10 },
	{ "DKIM alone lets it pass DMARC", run, &by_dkim,
	  "accept +Authentication-Results spf=fail dkim=pass arc=none "
	  "dmarc=pass",
	  dkim_later, 20 },
	{ "sealed, or deferred", run, &sealed,
	  "accept +Authentication-Results" SET
	  " spf=pass dkim=none arc=none dmarc=pass",
	  deferred, 10 },
	{ "a trusted sealer alone lets it in", run, &by_arc,
	  "accept -1 +Authentication-Results spf=fail dkim=none arc=pass "
	  "dmarc=fail",
	  arc_later, 10 },
};
const size_t starved_mails_count = TABLE_COUNT(starved_mails);

void starved_mails_open(void)
{
	char said[STARVED_SAID_MAX];

	world = world_new(zone);
	go_through(&outgoing, said, &signed_by_own);
	go_through(&sealed, said, &sealed_by_own);
}

void starved_mails_close(void)
{
	free(signed_by_own);
	free(sealed_by_own);
	world_free(&world);
}
