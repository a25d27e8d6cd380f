/* dmarc_external.c - format dmarc-external-1: where reports may go, by both
 * standards. */

#include "conformance.h"
#include "psl_rules.h"
#include "zone.h"

#include "core/auth/dmarc_external.h"
#include "io/idn_libidn2.h"

#include <stdlib.h>

static enum ps_dns_status ask(const struct ps_dmarc_external_query *query,
			      struct fake_dns *zone, bool pending)
{
	char address[PS_DMARC_ADDRESS_MAX + 1];
	struct ps_dns dns = fake_dns_port(zone);
	enum ps_dns_status status;

	fake_dns_pending(zone, pending);
	do
		status = ps_dmarc_external(query, &dns, address);
	while (status == PS_DNS_PENDING && fake_dns_wait(zone));
	return status;
}

/* expected: true, false, or a list of what suits. */
static bool is_right(const json_t *expected, enum ps_dns_status status)
{
	size_t i;

	for (i = 0; i < json_array_size(expected); i++) {
		if (is_right(json_array_get(expected, i), status))
			return true;
	}
	return (json_is_true(expected) && status == PS_DNS_FOUND) ||
	       (json_is_false(expected) && status == PS_DNS_NOTFOUND);
}

static void run_case(const json_t *test, const struct ps_psl *psl,
		     struct conformance *tally)
{
	static const char *const names[] = { "true", "false", "temporary",
					     "pending" };
	const json_t *expected = json_object_get(test, "expected");
	struct fake_dns *zone = zone_new(json_object_get(test, "zone"));
	struct ps_dmarc_external_query query = {
		.policy_domain = conformance_cstr(test, "policy_domain"),
		.uri = conformance_text(test, "uri"),
		.idn = &ps_idn_libidn2,
	};
	char *want = conformance_dump(expected);
	enum ps_dns_status status[4];
	size_t i, right = 0;

	for (i = 0; i < 4; i++) {
		query.psl = i < 2 ? NULL : psl;
		status[i] = ask(&query, zone, i % 2 == 1);
		right += is_right(expected, status[i]);
	}
	for (i = 0; i < 3 && is_right(expected, status[i]); i++)
		;
	conformance_case(tally, test, right == 4, want == NULL ? "" : want,
			 names[status[i]]);
	free(want);
	fake_dns_free(&zone);
}

void conformance_dmarc_external(const json_t *file, struct conformance *tally)
{
	const json_t *cases = json_object_get(file, "cases");
	struct ps_libpsl *psl = psl_rules(json_object_get(file, "psl"));
	size_t i;

	if (psl == NULL)
		return;
	for (i = 0; i < json_array_size(cases); i++)
		run_case(json_array_get(cases, i), ps_libpsl_port(psl), tally);
	ps_libpsl_free(&psl);
}
