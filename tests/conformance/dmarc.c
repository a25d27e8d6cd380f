/* dmarc.c - format dmarc-1: the verdict of a message, by RFC 9989. */

#include "conformance.h"
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
	(void)ps_dmarc_prepare(query->fields, query->idn, &dns);
	while (!ps_dmarc_check(query, &dns, &verdict)) {
		if (!fake_dns_wait(zone)) {
			puts("waits for nothing");
			break;
		}
	}
	return verdict;
}

static void compare(const json_t *test, const struct ps_dmarc_query *query,
		    struct conformance *tally)
{
	const json_t *expected =
		json_object_get(json_object_get(test, "expected"), "rfc9989");
	struct fake_dns *zone = zone_new(json_object_get(test, "zone"));
	struct ps_dmarc_verdict at_once = judge(query, zone, false);
	struct ps_dmarc_verdict later = judge(query, zone, true);
	char *want = conformance_dump(expected), got[1024];

	snprintf(got, sizeof(got), "%s %s %s %s %s %d %d (%s)",
		 ps_dmarc_result_name(later.result),
		 ps_dmarc_policy_name(later.policy),
		 ps_dmarc_policy_name(later.disposition), later.policy_domain,
		 later.org_domain, later.spf_aligned, later.dkim_aligned,
		 later.reason);
	conformance_case(tally, test,
			 is_right(expected, &at_once) &&
				 is_right(expected, &later),
			 want == NULL ? "" : want, got);
	free(want);
	fake_dns_free(&zone);
}

static void run_case(const json_t *test, struct ps_arena *arena,
		     struct conformance *tally)
{
	const json_t *spf = json_object_get(test, "spf");
	struct ps_dkim_verdict dkim[DKIM_MAX];
	struct ps_spf_verdict verdict = { 0 };
	struct ps_fields fields;
	struct ps_dmarc_query query = { .fields = &fields,
					.dkim = dkim,
					.idn = &ps_idn_libidn2 };
	char *memory;

	ps_fields_init(&fields, arena);
	(void)ps_fields_parse(&fields, conformance_message(test, &memory),
			      NULL);
	if (json_is_object(spf)) {
		verdict.result = spf_result(conformance_cstr(spf, "result"));
		(void)ps_bytes_copy(conformance_text(spf, "domain"),
				    verdict.domain, sizeof(verdict.domain));
		query.spf = &verdict;
	}
	query.dkim_count = read_dkim(json_object_get(test, "dkim"), dkim);
	compare(test, &query, tally);
	free(memory);
}

void conformance_dmarc(const json_t *file, struct conformance *tally)
{
	const json_t *cases = json_object_get(file, "cases");
	struct ps_arena *arena;
	size_t i;

	if (ps_arena_new(ARENA_OCTETS, &arena) != 0)
		return;
	for (i = 0; i < json_array_size(cases); i++) {
		run_case(json_array_get(cases, i), arena, tally);
		ps_arena_reset(arena);
	}
	ps_arena_free(&arena);
}
