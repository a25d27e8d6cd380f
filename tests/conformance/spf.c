/* spf.c - format spf-1: check_host() (RFC 7208). */

#include "conformance.h"
#include "zone.h"

#include "core/auth/spf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NOW 1600000000 /* the suites do not say when */

/* False: it waits, but asked nothing. */
static bool evaluate(const struct ps_spf_query *query, struct fake_dns *zone,
		     bool pending, struct ps_spf_verdict *verdict_r)
{
	struct ps_dns dns = fake_dns_port(zone);

	fake_dns_pending(zone, pending);
	while (!ps_spf_check(query, &dns, verdict_r)) {
		if (!fake_dns_wait(zone))
			return false;
	}
	return true;
}

/* "DEFAULT": none from the domain.  Only a fail has one. */
static bool explains(const json_t *test, const struct ps_spf_verdict *verdict)
{
	const char *wanted = conformance_cstr(test, "explanation");

	if (verdict->result != PS_SPF_FAIL)
		return verdict->explanation[0] == '\0';
	if (json_object_get(test, "explanation") == NULL)
		return true;
	if (strcmp(wanted, "DEFAULT") == 0)
		wanted = "";
	/* A note says where the case of letters is left open (%{i}). */
	if (json_object_get(test, "note") != NULL)
		return strcasecmp(wanted, verdict->explanation) == 0;
	return strcmp(wanted, verdict->explanation) == 0;
}

static bool same(const struct ps_spf_verdict *a, const struct ps_spf_verdict *b)
{
	return a->result == b->result && a->of_helo == b->of_helo &&
	       a->lookups == b->lookups && strcmp(a->domain, b->domain) == 0 &&
	       strcmp(a->reason, b->reason) == 0 &&
	       strcmp(a->explanation, b->explanation) == 0;
}

static void run_case(const json_t *test, struct fake_dns *zone,
		     struct conformance *tally)
{
	const json_t *expected = json_object_get(test, "expected");
	struct ps_spf_query query = {
		.helo = conformance_cstr(test, "helo"),
		.sender = conformance_cstr(test, "mailfrom"),
		.receiver = "receiver.example",
		.now = NOW,
		.explain = true,
	};
	struct ps_spf_verdict verdict = { 0 }, again = { 0 };
	char *wanted, got[512];
	bool good, ended;

	good = ps_ip_parse(conformance_cstr(test, "ip"), &query.client);
	ended = evaluate(&query, zone, false, &verdict) &&
		evaluate(&query, zone, true, &again);
	good = good && ended && same(&verdict, &again) &&
	       explains(test, &verdict) &&
	       conformance_expects(expected,
				   ps_spf_result_name(verdict.result));
	snprintf(got, sizeof(got), "%s (%s) \"%s\"%s%s",
		 ps_spf_result_name(verdict.result), verdict.reason,
		 verdict.explanation, ended ? "" : ", and waits for nothing",
		 same(&verdict, &again) ? ""
					: ", and otherwise when it waited");
	wanted = conformance_dump(expected);
	conformance_case(tally, test, good, wanted, got);
	free(wanted);
}

void conformance_spf(const json_t *file, struct conformance *tally)
{
	const json_t *cases = json_object_get(file, "cases"), *test;
	const json_t *zones = json_object_get(file, "zones");
	struct fake_dns *zone;
	size_t i;

	for (i = 0; i < json_array_size(cases); i++) {
		test = json_array_get(cases, i);
		zone = zone_new(
			json_object_get(zones, conformance_cstr(test, "zone")));
		run_case(test, zone, tally);
		fake_dns_free(&zone);
	}
}
