/* message_auth.c - format message-auth-1: whole messages, judged by all. */

#include "arc.h"
#include "conformance.h"
#include "psl_rules.h"
#include "zone.h"

#include "core/auth/dmarc.h"
#include "io/crypto_openssl.h"
#include "io/idn_libidn2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW	     1700000000 /* the suite does not say when */
#define ARENA_OCTETS 4194304
#define GOT_MAX	     256

/* The domains of the suite and what is above them, which is not in its file. */
static const char suffixes[] = "[\"com\", \"org\", \"net\", \"tk\", \"za\","
			       " \"co.za\", \"org.za\", \"za.org\","
			       " \"za.net\"]";

/* One message, while it is judged. */
struct judged {
	struct ps_fields fields;
	struct ps_bytes body;
	struct ps_spf_query spf_query;
	struct ps_spf_verdict spf;
	struct ps_dkim_verifier *verifier;
	const struct ps_dkim_verdict *dkim;
	size_t dkim_count;
	struct ps_dmarc_verdict dmarc;
	struct ps_arc_verdict arc;
};

/* True: with the answers that are there, everything is judged. */
static bool judge_once(struct judged *judged, const struct ps_psl *psl,
		       const struct ps_dns *dns)
{
	bool spf = ps_spf_check(&judged->spf_query, dns, &judged->spf);
	bool dkim = ps_dkim_verifier_finish(judged->verifier, dns,
					    &judged->dkim, &judged->dkim_count);
	const struct ps_dmarc_query query = {
		.fields = &judged->fields,
		.spf = &judged->spf,
		.dkim = judged->dkim,
		.dkim_count = judged->dkim_count,
		.idn = &ps_idn_libidn2,
		.psl = psl,
	};

	return spf && dkim && ps_dmarc_check(&query, dns, &judged->dmarc);
}

/* The best result, as a filter says it of the whole message. */
static enum ps_dkim_result best_dkim(const struct judged *judged)
{
	static const enum ps_dkim_result order[] = {
		PS_DKIM_PASS,	   PS_DKIM_TEMPERROR, PS_DKIM_FAIL,
		PS_DKIM_PERMERROR, PS_DKIM_POLICY,    PS_DKIM_NEUTRAL,
	};
	size_t i, k;

	for (k = 0; k < sizeof(order) / sizeof(order[0]); k++) {
		for (i = 0; i < judged->dkim_count; i++) {
			if (judged->dkim[i].result == order[k])
				return order[k];
		}
	}
	return PS_DKIM_NONE;
}

static void say_dmarc(const struct ps_dmarc_verdict *dmarc, char text[64])
{
	snprintf(text, 64, "%s%s%s", ps_dmarc_result_name(dmarc->result),
		 dmarc->result == PS_DMARC_FAIL ? "/" : "",
		 dmarc->result == PS_DMARC_FAIL
			 ? ps_dmarc_policy_name(dmarc->disposition)
			 : "");
}

static bool expects(const json_t *expected, const char *key, const char *got)
{
	const json_t *wanted = json_object_get(expected, key);

	return wanted == NULL || conformance_expects(wanted, got) ||
	       (conformance_expects(wanted, "notpass") &&
		strcmp(got, "pass") != 0);
}

/* The suite holds RFC 7489: pct=, and organizational domains by the list. */
static bool is_right(const json_t *test, struct judged *judged,
		     char got[GOT_MAX])
{
	const json_t *expected = json_object_get(test, "expected");
	const char *spf = ps_spf_result_name(judged->spf.result);
	const char *dkim = ps_dkim_result_name(best_dkim(judged));
	const char *arc = ps_arc_result_name(judged->arc.result);
	char dmarc[64];

	ps_dmarc_sample(&judged->dmarc, 99);
	say_dmarc(&judged->dmarc, dmarc);
	snprintf(got, GOT_MAX, "spf=%s dkim=%s arc=%s dmarc=%s", spf, dkim, arc,
		 dmarc);
	return expects(expected, "spf", spf) && expects(expected, "arc", arc) &&
	       expects(expected, "dkim", dkim) &&
	       expects(expected, "dmarc", dmarc);
}

static struct ps_dkim_verifier *new_verifier(const struct judged *judged,
					     struct ps_openssl *openssl,
					     struct ps_dkim_options *options)
{
	struct ps_dkim_verifier *verifier = NULL;

	*options = (struct ps_dkim_options){ .signatures_max = 10,
					     .now = NOW,
					     .idn = &ps_idn_libidn2 };
	if (ps_dkim_verifier_new(&judged->fields, ps_openssl_port(openssl),
				 options, &verifier) < 0)
		abort();
	ps_dkim_verifier_body(verifier, judged->body.at, judged->body.len);
	return verifier;
}

/* With answers that are there, or (pending) that are waited for. */
static bool judge(const json_t *test, struct judged *judged,
		  struct fake_dns *zone, const struct ps_psl *psl, bool pending,
		  char got[GOT_MAX])
{
	struct ps_dns dns = fake_dns_port(zone);
	struct ps_dkim_options options;
	struct ps_openssl *openssl = NULL;
	bool right = true;

	if (ps_openssl_new(&openssl) < 0)
		abort();
	judged->verifier = new_verifier(judged, openssl, &options);
	fake_dns_pending(zone, pending);
	while (right && !judge_once(judged, psl, &dns))
		right = fake_dns_wait(zone);
	right = right && conformance_arc_verdict(&judged->fields, judged->body,
						 zone, NOW, &judged->arc);
	if (!right)
		snprintf(got, GOT_MAX, "waits for nothing, or ARC differs");
	right = right && is_right(test, judged, got);
	ps_dkim_verifier_free(&judged->verifier);
	ps_openssl_free(&openssl);
	return right;
}

static void run_case(const json_t *test, struct fake_dns *zone,
		     const struct ps_psl *psl, struct ps_arena *arena,
		     struct conformance *tally)
{
	char *memory = NULL, *wanted, got[GOT_MAX];
	const char *sender = conformance_cstr(test, "mailfrom");
	struct judged judged = { .spf_query = {
					 .helo = conformance_cstr(test, "helo"),
					 .sender = strcmp(sender, "<>") == 0
							   ? ""
							   : sender,
					 .receiver = "receiver.example",
					 .now = NOW,
					 .idn = &ps_idn_libidn2,
				 } };
	bool good;

	ps_fields_init(&judged.fields, arena);
	(void)ps_fields_parse(&judged.fields,
			      conformance_message(test, &memory), &judged.body);
	good = ps_ip_parse(conformance_cstr(test, "ip"),
			   &judged.spf_query.client) &&
	       judge(test, &judged, zone, psl, false, got) &&
	       judge(test, &judged, zone, psl, true, got);
	wanted = conformance_dump(json_object_get(test, "expected"));
	conformance_case(tally, test, good, wanted == NULL ? "" : wanted, got);
	free(wanted);
	free(memory);
}

void conformance_message_auth(const json_t *file, struct conformance *tally)
{
	const json_t *cases = json_object_get(file, "cases");
	struct fake_dns *zone = zone_new(json_object_get(file, "zone"));
	json_t *rules = json_loads(suffixes, 0, NULL);
	struct ps_libpsl *psl = psl_rules(rules);
	struct ps_arena *arena = NULL;
	size_t i;

	if (psl != NULL && ps_arena_new(ARENA_OCTETS, &arena) == 0) {
		for (i = 0; i < json_array_size(cases); i++) {
			run_case(json_array_get(cases, i), zone,
				 ps_libpsl_port(psl), arena, tally);
			ps_arena_reset(arena);
		}
	}
	ps_arena_free(&arena);
	ps_libpsl_free(&psl);
	json_decref(rules);
	fake_dns_free(&zone);
}
