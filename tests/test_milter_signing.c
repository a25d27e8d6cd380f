/* test_milter_signing.c - what sign { } and a domain's own settings make of a
 * signature; each is verified. */

#include "milter_world.h"
#include "table.h"

#include "io/sign_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW    "1800000000" /* milter_world's */
#define AUTHOR "alice@own.test"
#define KEYS                                                                   \
	"\"keys\": [{\"selector\": \"r\", \"algorithm\": \"rsa\", "            \
	"\"state\": \"active\", \"since\": 0}]"

/* Of the names as installed, with those of this message. */
#define ALWAYS                                                                 \
	"from:from:reply-to:to:to:cc:subject:subject:date:message-id:"         \
	"in-reply-to:references:mime-version:content-type:"                    \
	"content-transfer-encoding:"

static void simple(struct ps_config_signature *signature)
{
	signature->canonicalization = PS_SIGN_SIMPLE_SIMPLE;
}

static void simple_body(struct ps_config_signature *signature)
{
	signature->canonicalization = PS_SIGN_RELAXED_SIMPLE;
}

static void simple_header(struct ps_config_signature *signature)
{
	signature->canonicalization = PS_SIGN_SIMPLE_RELAXED;
}

static void a_week(struct ps_config_signature *signature)
{
	signature->expiry = 604800;
}

static void of_domain(struct ps_config_signature *signature)
{
	signature->identity = PS_IDENTITY_DOMAIN;
}

static void of_author(struct ps_config_signature *signature)
{
	signature->identity = PS_IDENTITY_AUTHOR;
}

static void two_fields(struct ps_config_signature *signature)
{
	static const char *const names[] = { "from", "x-own", NULL };
	static const char *const never[] = { NULL };

	signature->fields = (struct ps_config_list){ 2, names };
	signature->oversign = (struct ps_config_list){ 0, never };
}

static void subdomains(struct ps_config_signature *signature)
{
	signature->subdomains = PS_YES;
}

static void subdomains_of_domain(struct ps_config_signature *signature)
{
	subdomains(signature);
	of_domain(signature);
}

/* want: tags of the signature, without white space; one that begins with "!" is
 * not there. */
static const struct row {
	const char *name;
	void (*tune)(struct ps_config_signature *signature); /* NULL: nothing */
	const char *own;  /* "sign" of own.test; NULL: as it is */
	const char *from; /* NULL: AUTHOR */
	const char *header;
	const char *want; /* tags with "; " between; NULL: it is not signed */
	const char *log;
} rows[] = {
	{ .name = "6376 3.5 as installed",
	  .want = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=own.test; s=r; "
		  "t=" NOW "; !x; !i; !l; h=" ALWAYS "autocrypt" },
	{ .name = "3.4 simple", .tune = simple, .want = "c=simple/simple" },
	{ .name = "3.4 simple body",
	  .tune = simple_body,
	  .want = "c=relaxed/simple" },
	{ .name = "3.4 simple header",
	  .tune = simple_header,
	  .want = "c=simple/relaxed" },
	{ .name = "3.5 x=", .tune = a_week, .want = "t=" NOW "; x=1800604800" },
	{ .name = "3.5 i= the domain",
	  .tune = of_domain,
	  .want = "i=@own.test" },
	{ .name = "3.5 i= the author",
	  .tune = of_author,
	  .want = "i=alice@own.test" },
	{ .name = "2.11 i= an author who needs quoting",
	  .tune = of_author,
	  .from = "\"a; b=1 \\\"x\\\"\"@Own.Test",
	  .want = "i=\"a=3B=20b=3D1=20\\\"x\\\"\"@own.test" },
	{ .name = "2.11 i= an author in UTF-8",
	  .tune = of_author,
	  .from = "j\xc3\xb6@own.test",
	  .want = "i=j=C3=B6@own.test" },
	{ .name = "3.5 i= of several authors the first",
	  .tune = of_author,
	  .from = "(x) A <a@own.test>, b@own.test",
	  .want = "i=a@own.test" },
	{ .name = "5.4 fields that are wished for alone",
	  .tune = two_fields,
	  .header = "X-Own: 1\nX-Own: 2\n",
	  .want = "h=from:x-own:x-own" },
	{ .name = "8058 4 both fields of an unsubscription, and no more",
	  .header = "List-Unsubscribe: <https://own.test/u>\n"
		    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n"
		    "Autocrypt: addr=alice@own.test; keydata=AAAA\n",
	  .want = "h=" ALWAYS "list-unsubscribe:"
		  "list-unsubscribe:list-unsubscribe-post:"
		  "list-unsubscribe-post:autocrypt:autocrypt" },
	{ .name = "8058 4 nobody can make it one-click",
	  .header = "List-Unsubscribe: <https://own.test/u>\n",
	  .want = "h=" ALWAYS "list-unsubscribe:"
		  "list-unsubscribe:list-unsubscribe-post:autocrypt" },
	{ .name = "8.15 mailing lists may add their own fields",
	  .want = "h=" ALWAYS "autocrypt" },

	/* ---- subdomains ---- */
	{ .name = "a subdomain is not signed for",
	  .from = "a@sub.own.test",
	  .log = "author=sub.own.test reason=\"no keys\"" },
	{ .name = "a subdomain, allowed",
	  .tune = subdomains,
	  .from = "a@sub.own.test",
	  .want = "d=own.test; s=r; !i" },
	{ .name = "three levels below, with i=",
	  .tune = subdomains_of_domain,
	  .from = "a@x.y.sub.own.test",
	  .want = "d=own.test; i=@x.y.sub.own.test" },
	{ .name = "nine levels below",
	  .tune = subdomains,
	  .from = "a@1.2.3.4.5.6.7.8.9.own.test",
	  .log = "reason=\"no keys\"" },
	{ .name = "a parent that has no key in force",
	  .tune = subdomains,
	  .from = "a@sub.retired.test",
	  .log = "reason=\"no active key\"" },
	{ .name = "a parent whose key is away",
	  .tune = subdomains,
	  .from = "a@sub.broken.test",
	  .log = "cannot sign for broken.test: " },
	{ .name = "a sibling is no subdomain",
	  .tune = subdomains,
	  .from = "a@xown.test",
	  .log = "reason=\"no keys\"" },

	/* ---- the domain's own ---- */
	{ .name = "own: everything",
	  .own = "{\"canonicalization\": \"simple/relaxed\", \"expiry\": 60, "
		 "\"identity\": \"author\", \"fields\": [\"From\", \"To\"], "
		 "\"oversign\": [\"from\"], \"subdomains\": true}",
	  .want = "c=simple/relaxed; x=1800000060; i=alice@own.test; "
		  "h=from:from:to" },
	{ .name = "own: one of them, the others as in the configuration",
	  .tune = a_week,
	  .own = "{\"identity\": \"domain\"}",
	  .want = "c=relaxed/relaxed; x=1800604800; i=@own.test" },
	{ .name = "own: nothing",
	  .own = "{}",
	  .tune = a_week,
	  .want = "d=own.test; x=1800604800" },
	{ .name = "own: subdomains",
	  .own = "{\"subdomains\": \"yes\"}",
	  .from = "a@sub.own.test",
	  .want = "d=own.test" },
	{ .name = "own: no subdomains",
	  .tune = subdomains,
	  .own = "{\"subdomains\": false}",
	  .from = "a@sub.own.test",
	  .log = "reason=\"no keys\"" },
	{ .name = "own: never expires",
	  .tune = a_week,
	  .own = "{\"expiry\": 0}",
	  .want = "d=own.test; !x" },
	{ .name = "own: no object",
	  .own = "[]",
	  .log = "domain.json: \"sign\" is no object" },
	{ .name = "own: what is no setting",
	  .own = "{\"canonicalisation\": \"simple/simple\"}",
	  .log = "domain.json: canonicalisation is no setting of a domain" },
	{ .name = "own: what is the daemon's alone",
	  .own = "{\"on_error\": \"unsigned\"}",
	  .log = "domain.json: on_error is no setting of a domain" },
	{ .name = "own: not one of the words",
	  .own = "{\"identity\": \"me\"}",
	  .log = "domain.json: setting sign.identity: \"me\" is not one of "
		 "none "
		 "domain author" },
	{ .name = "own: a number too large",
	  .own = "{\"expiry\": 31536001}",
	  .log = "setting sign.expiry: \"31536001\" is not a plain decimal" },
	{ .name = "own: a negative number",
	  .own = "{\"expiry\": -1}",
	  .log = "setting sign.expiry: \"-1\" is not a plain decimal" },
	{ .name = "own: another kind of value",
	  .own = "{\"expiry\": 1.5}",
	  .log = "setting sign.expiry has a value of another kind" },
	{ .name = "own: a list where there is none",
	  .own = "{\"expiry\": [1]}",
	  .log = "setting sign.expiry has a value of another kind" },
	{ .name = "own: a text where there is a list",
	  .own = "{\"fields\": \"from\"}",
	  .log = "setting sign.fields has a value of another kind" },
	{ .name = "own: a list of numbers",
	  .own = "{\"fields\": [\"from\", 1]}",
	  .log = "setting sign.fields is no list of texts" },
	{ .name = "5.4 own: From is not signed",
	  .own = "{\"fields\": [\"to\"]}",
	  .log = "setting sign.fields must name from" },
	{ .name = "own: a field that would end h=",
	  .own = "{\"fields\": [\"from\", \"x;d=b.test\"]}",
	  .log = "is not the name of a header field" },
};

/* Without white space: " a=1;\r\n\tb= x" is "a=1;b=x". */
static void squeeze(const char *text, char *out, size_t size)
{
	size_t len = 0;

	for (; *text != '\0' && len + 1 < size; text++) {
		if (strchr(" \t\r\n", *text) == NULL)
			out[len++] = *text;
	}
	out[len] = '\0';
}

/* "tag=value", or "!tag": none of that name. */
static void expect_tag(const char *squeezed, const char *tag, size_t len)
{
	char wanted[400];
	bool none = *tag == '!';

	assert_true(len + 4 < sizeof(wanted));
	snprintf(wanted, sizeof(wanted), ";%.*s%s", (int)(len - none),
		 tag + none,
		 none	       ? "="
		 : *tag == 'h' ? ""
			       : ";");
	if ((strstr(squeezed, wanted) == NULL) != none)
		fail_msg("%.*s is not in %s", (int)len, tag, squeezed);
}

static void expect_tags(const char *value, const char *want)
{
	char squeezed[4000] = ";";
	size_t len;

	squeeze(value, squeezed + 1, sizeof(squeezed) - 1);
	while (*want != '\0') {
		len = strcspn(want, ";");
		/* A quoted identity has none of it: it is written =3B. */
		expect_tag(squeezed, want, len);
		want += len + (want[len] == ';' ? 2 : 0);
	}
}

static void begin(struct world *world, struct ps_session *session,
		  const char *client)
{
	struct ps_ip ip;

	assert_true(ps_ip_parse(client, &ip));
	ps_session_connect(session, world_hold(world), "unknown", &ip, 4711,
			   NULL);
	ps_session_mail(session, AUTHOR, NULL);
	ps_session_recipient(session, "<b@far.test>");
}

static void expect_verified(struct world *world, struct ps_session *session,
			    const char *message)
{
	begin(world, session, "192.0.2.1");
	world_feed(session, ps_bytes_of(message), NULL, NULL);
	assert_non_null(ps_session_end(session));
	ps_session_done(session, "4V", true);
	if (strstr(world->log, "dkim=pass:own.test ") == NULL)
		fail_msg("%s\n%s", world->log, message);
}

static void sign(const struct row *row, struct world *world,
		 struct ps_session *session)
{
	const struct ps_answer *answer;
	char letter[1000], *message;

	snprintf(letter, sizeof(letter),
		 "From: %s\nTo: b@far.test\nSubject:  two  words\n%s\n"
		 "one \t line\n\nanother\n",
		 row->from == NULL ? AUTHOR : row->from,
		 row->header == NULL ? "" : row->header);
	begin(world, session, "10.1.1.1");
	world_feed(session, ps_bytes_of(letter), NULL, NULL);
	answer = ps_session_end(session);
	assert_non_null(answer);
	if (row->want == NULL) {
		assert_null(answer->first);
		ps_session_done(session, "4S", true);
	} else {
		assert_non_null(answer->first);
		assert_null(answer->first->next);
		expect_tags(answer->first->value, row->want);
		message = world_changed(answer, letter);
		ps_session_done(session, "4S", true);
		expect_verified(world, session, message);
		free(message);
	}
	if (row->log != NULL && strstr(world->log, row->log) == NULL)
		fail_msg("\"%s\" is not in the log: %s", row->log, world->log);
}

static void check(const struct row *row)
{
	struct world *world = world_new("far.test A 192.0.2.9\n");
	struct ps_session *session;
	char json[1000];

	snprintf(json, sizeof(json), "{%s%s%s}", KEYS,
		 row->own == NULL ? "" : ", \"sign\": ",
		 row->own == NULL ? "" : row->own);
	world_put(world, WORLD_DOMAIN, "domain.json", json);
	if (row->tune != NULL)
		row->tune(&world->config.sign.signature);
	assert_int_equal(ps_session_new(&session), 0);
	sign(row, world, session);
	ps_session_free(&session);
	world_free(&world);
}

TABLE_MAIN(rows, check)
