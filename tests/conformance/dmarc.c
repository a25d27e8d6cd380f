/* dmarc.c - format dmarc-1: the verdict of a message, by both standards.  A
 * case is right when both verdicts are. */

#include "conformance.h"
#include "psl_rules.h"
#include "zone.h"

#include "core/auth/dmarc.h"
#include "io/idn_libidn2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DKIM_MAX     8	     /* in one case */
#define ARENA_OCTETS 4194304 /* enough for any message of the suite */

static enum ps_spf_result spf_result(const char *name)
{
	enum ps_spf_result result;

	for (result = PS_SPF_NONE; result <= PS_SPF_PERMERROR; result++) {
		if (strcmp(ps_spf_result_name(result), name) == 0)
			return result;
	}
	return PS_SPF_NONE;
}

static enum ps_dkim_result dkim_result(const char *name)
{
	enum ps_dkim_result result;

	for (result = PS_DKIM_NONE; result <= PS_DKIM_PERMERROR; result++) {
		if (strcmp(ps_dkim_result_name(result), name) == 0)
			return result;
	}
	return PS_DKIM_NONE;
}

static size_t read_dkim(const json_t *list,
			struct ps_dkim_verdict dkim[DKIM_MAX])
{
	const json_t *one;
	size_t i, count = json_array_size(list);

	if (count > DKIM_MAX)
		printf("only %d signatures are judged\n", DKIM_MAX);
	for (i = 0; i < count && i < DKIM_MAX; i++) {
		one = json_array_get(list, i);
		dkim[i] = (struct ps_dkim_verdict){
			.result =
				dkim_result(conformance_cstr(one, "result"))
		};
		(void)ps_bytes_copy(conformance_text(one, "domain"),
				    dkim[i].domain, sizeof(dkim[i].domain));
	}
	return i;
}

static bool same_text(const json_t *expected, const char *key, const char *got)
{
	const json_t *member = json_object_get(expected, key);

	return member == NULL || json_is_null(member) ||
	       strcmp(json_string_value(member), got) == 0;
}

static bool same_flag(const json_t *expected, const char *key, bool got)
{
	const json_t *member = json_object_get(expected, key);

	return member == NULL || json_is_null(member) ||
	       json_is_true(member) == got;
}

static bool is_right(const json_t *expected, const struct ps_dmarc_verdict *got)
{
	const char *result = ps_dmarc_result_name(got->result);

	if (strcmp(conformance_cstr(expected, "result"), result) != 0)
		return conformance_expects(
			json_object_get(expected, "result_alternatives"),
			result);
	return same_text(expected, "policy",
			 ps_dmarc_policy_name(got->policy)) &&
	       same_text(expected, "disposition",
			 ps_dmarc_policy_name(got->disposition)) &&
	       same_text(expected, "policy_domain", got->policy_domain) &&
	       same_text(expected, "org_domain", got->org_domain) &&
	       same_flag(expected, "spf_aligned", got->spf_aligned) &&
	       same_flag(expected, "dkim_aligned", got->dkim_aligned);
}

/* As the daemon does: the policy is asked for before the body is there. */
static struct ps_dmarc_verdict judge(const struct ps_dmarc_query *query,
				     struct fake_dns *zone, bool pending)
{
	struct ps_dns dns = fake_dns_port(zone);
	struct ps_dmarc_verdict verdict;

	fake_dns_pending(zone, pending);
	(void)ps_dmarc_prepare(query, &dns);
	while (!ps_dmarc_check(query, &dns, &verdict)) {
		if (!fake_dns_wait(zone)) {
			puts("waits for nothing");
			break;
		}
	}
	return verdict;
}

static const char *const standards[] = {
	[PS_DMARC_RFC9989] = "rfc9989",
	[PS_DMARC_RFC7489] = "rfc7489",
};

struct suite {
	const struct ps_psl *psl;
	struct ps_arena *arena;
	struct conformance *tally;
	unsigned int right[sizeof(standards) / sizeof(standards[0])];
};

static void describe(const struct ps_dmarc_verdict *got, const char *standard,
		     char *text, size_t size)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, "%s%s %s %s %s %s %s %d %d (%s)",
		 len == 0 ? "" : "; ", standard,
		 ps_dmarc_result_name(got->result),
		 ps_dmarc_policy_name(got->policy),
		 ps_dmarc_policy_name(got->disposition), got->policy_domain,
		 got->org_domain, got->spf_aligned, got->dkim_aligned,
		 got->reason);
}

/* With the answers there at once, and with answers that are waited for. */
static bool is_right_by(const json_t *test, struct ps_dmarc_query *query,
			struct suite *suite, enum ps_dmarc_standard standard,
			char got[2048])
{
	const json_t *expected = json_object_get(
		json_object_get(test, "expected"), standards[standard]);
	struct fake_dns *zone = zone_new(json_object_get(test, "zone"));
	struct ps_dmarc_verdict at_once, later;
	bool right;

	query->psl = standard == PS_DMARC_RFC7489 ? suite->psl : NULL;
	at_once = judge(query, zone, false);
	later = judge(query, zone, true);
	fake_dns_free(&zone);
	describe(&later, standards[standard], got, 2048);
	right = json_is_object(expected) && is_right(expected, &at_once) &&
		is_right(expected, &later);
	suite->right[standard] += right;
	return right;
}

static void compare(const json_t *test, struct ps_dmarc_query *query,
		    struct suite *suite)
{
	char *want = conformance_dump(json_object_get(test, "expected"));
	char got[2048] = "";
	bool new, old;

	new = is_right_by(test, query, suite, PS_DMARC_RFC9989, got);
	old = is_right_by(test, query, suite, PS_DMARC_RFC7489, got);
	conformance_case(suite->tally, test, new &&old,
			 want == NULL ? "" : want, got);
	free(want);
}

static void run_case(const json_t *test, struct suite *suite)
{
	const json_t *spf = json_object_get(test, "spf");
	struct ps_dkim_verdict dkim[DKIM_MAX];
	struct ps_spf_verdict verdict = { 0 };
	struct ps_fields fields;
	struct ps_dmarc_query query = { .fields = &fields,
					.dkim = dkim,
					.idn = &ps_idn_libidn2 };
	char *memory;

	ps_fields_init(&fields, suite->arena);
	(void)ps_fields_parse(&fields, conformance_message(test, &memory),
			      NULL);
	if (json_is_object(spf)) {
		verdict.result = spf_result(conformance_cstr(spf, "result"));
		(void)ps_bytes_copy(conformance_text(spf, "domain"),
				    verdict.domain, sizeof(verdict.domain));
		query.spf = &verdict;
	}
	query.dkim_count = read_dkim(json_object_get(test, "dkim"), dkim);
	compare(test, &query, suite);
	free(memory);
}

void conformance_dmarc(const json_t *file, struct conformance *tally)
{
	const json_t *cases = json_object_get(file, "cases");
	struct ps_libpsl *psl = psl_rules(json_object_get(file, "psl"));
	struct suite suite = { .tally = tally };
	size_t i, count = json_array_size(cases);

	if (psl == NULL || ps_arena_new(ARENA_OCTETS, &suite.arena) != 0) {
		ps_libpsl_free(&psl);
		return;
	}
	suite.psl = ps_libpsl_port(psl);
	for (i = 0; i < count; i++) {
		run_case(json_array_get(cases, i), &suite);
		ps_arena_reset(suite.arena);
	}
	for (i = 0; i < sizeof(standards) / sizeof(standards[0]); i++)
		printf("%s: %u of %zu\n", standards[i], suite.right[i], count);
	ps_arena_free(&suite.arena);
	ps_libpsl_free(&psl);
}
