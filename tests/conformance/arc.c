/* arc.c - format arc-validate-1 (RFC 8617). */

#include "arc.h"
#include "conformance.h"
#include "zone.h"

#include "core/auth/arc.h"
#include "io/crypto_openssl.h"
#include "io/idn_libidn2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_MAX (64UL << 20)

static bool finish(struct ps_arc_validator *validator, struct fake_dns *zone,
		   bool pending, struct ps_arc_verdict *verdict_r)
{
	const struct ps_arc_verdict *verdict = NULL;
	struct ps_dns dns = fake_dns_port(zone);

	fake_dns_pending(zone, pending);
	while (!ps_arc_validator_finish(validator, &dns, &verdict)) {
		if (!fake_dns_wait(zone))
			return false;
	}
	*verdict_r = *verdict;
	return true;
}

/* The body in pieces of step octets.  False: it waited for nothing. */
static bool validate(const struct ps_fields *fields, struct ps_bytes body,
		     struct fake_dns *zone, uint64_t now, size_t step,
		     struct ps_arc_verdict *verdict_r)
{
	struct ps_arc_options options = { .now = now, .idn = &ps_idn_libidn2 };
	struct ps_arc_validator *validator = NULL;
	struct ps_openssl *openssl = NULL;
	size_t at, len;
	bool ended;

	if (ps_openssl_new(&openssl) < 0 ||
	    ps_dkim_bodies_new(ps_openssl_port(openssl), &options.bodies) < 0 ||
	    ps_arc_validator_new(fields, ps_openssl_port(openssl), &options,
				 &validator) < 0)
		abort();
	for (at = 0; at < body.len; at += len) {
		len = body.len - at < step ? body.len - at : step;
		ps_dkim_bodies_add(options.bodies, body.at + at, len);
	}
	ended = finish(validator, zone, step == 1, verdict_r);
	ps_arc_validator_free(&validator);
	ps_dkim_bodies_free(&options.bodies);
	ps_openssl_free(&openssl);
	return ended;
}

/* Whole and octet by octet, with and without waiting: the same verdict. */
bool conformance_arc_verdict(const struct ps_fields *fields,
			     struct ps_bytes body, struct fake_dns *zone,
			     uint64_t now, struct ps_arc_verdict *verdict_r)
{
	struct ps_arc_verdict again;

	return validate(fields, body, zone, now, SIZE_MAX, verdict_r) &&
	       validate(fields, body, zone, now, 1, &again) &&
	       again.result == verdict_r->result &&
	       again.oldest_pass == verdict_r->oldest_pass &&
	       strcmp(again.reason, verdict_r->reason) == 0;
}

static void run_case(const json_t *test, const json_t *zone_records,
		     struct conformance *tally)
{
	const json_t *expected = json_object_get(test, "expected");
	struct fake_dns *zone = zone_new(zone_records);
	struct ps_arc_verdict verdict = { .result = PS_ARC_NONE };
	struct ps_arena *arena = NULL;
	struct ps_fields fields;
	struct ps_bytes body;
	char *memory = NULL, *wanted = conformance_dump(expected);
	char got[PS_ARC_REASON_MAX + 16];
	uint64_t now;
	bool good;

	now = (uint64_t)json_integer_value(json_object_get(test, "now"));
	if (ps_arena_new(ARENA_MAX, &arena) < 0)
		abort();
	ps_fields_init(&fields, arena);
	(void)ps_fields_parse(&fields, conformance_message(test, &memory),
			      &body);
	good = conformance_arc_verdict(&fields, body, zone, now, &verdict) &&
	       conformance_expects(expected,
				   ps_arc_result_name(verdict.result));
	snprintf(got, sizeof(got), "%s (%s)",
		 ps_arc_result_name(verdict.result), verdict.reason);
	conformance_case(tally, test, good, wanted, got);
	free(wanted);
	free(memory);
	ps_arena_free(&arena);
	fake_dns_free(&zone);
}

const json_t *conformance_arc_zone(const json_t *file, const json_t *test)
{
	const json_t *zone = json_object_get(test, "zone");

	if (!json_is_string(zone))
		return zone;
	return json_object_get(json_object_get(file, "zones"),
			       json_string_value(zone));
}

void conformance_arc(const json_t *file, struct conformance *tally)
{
	const json_t *cases = json_object_get(file, "cases"), *test;
	size_t i;

	for (i = 0; i < json_array_size(cases); i++) {
		test = json_array_get(cases, i);
		run_case(test, conformance_arc_zone(file, test), tally);
	}
}
