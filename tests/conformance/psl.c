/* psl.c - format psl-1: the registered part of a name, under given rules. */

#include "conformance.h"

#include "core/text/idn.h"
#include "io/idn_libidn2.h"
#include "psl_rules.h"

#include <stdio.h>

/* As the core has names: normalized, with A-labels; "" for none. */
static const char *plain(struct ps_bytes name, char text_r[PS_DOMAIN_MAX + 1])
{
	(void)ps_idn_domain(&ps_idn_libidn2, name, text_r);
	return text_r;
}

static void run_case(const json_t *test, const struct ps_psl *psl,
		     struct conformance *tally)
{
	char name[PS_DOMAIN_MAX + 1], expected[PS_DOMAIN_MAX + 1];
	const char *got = NULL;

	if (*plain(conformance_text(test, "input"), name) != '\0')
		got = psl->registered(psl->ctx, name);
	if (got == NULL)
		got = "";
	plain(conformance_text(test, "expected"), expected);
	conformance_case(
		tally, test,
		ps_bytes_equal(ps_bytes_of(got), ps_bytes_of(expected)),
		expected, got);
}

void conformance_psl(const json_t *file, struct conformance *tally)
{
	const json_t *cases = json_object_get(file, "cases");
	struct ps_libpsl *psl = psl_rules(json_object_get(file, "rules"));
	size_t i;

	if (psl == NULL)
		return;
	for (i = 0; i < json_array_size(cases); i++)
		run_case(json_array_get(cases, i), ps_libpsl_port(psl), tally);
	ps_libpsl_free(&psl);
}
