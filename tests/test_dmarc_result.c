/* test_dmarc_result.c - sampling and comparing DMARC verdicts. */

#include "table.h"

#include "core/auth/dmarc_result.h"

#define FAIL(d, p)                                                             \
	{                                                                      \
		.result = PS_DMARC_FAIL, .policy = PS_DMARC_POLICY_##d,        \
		.disposition = PS_DMARC_POLICY_##d, .pct = (p)                 \
	}

/* want: the disposition, sampled. */
static const struct row {
	const char *name;
	struct ps_dmarc_verdict verdict;
	unsigned int chance;
	const char *want;
} rows[] = {
	{ "RFC 7489 6.6.4 pct=100", FAIL(REJECT, 100), 99, "reject" },
	{ "RFC 7489 6.6.4 pct=0", FAIL(REJECT, 0), 0, "quarantine" },
	{ "RFC 7489 6.6.4 the last that is chosen", FAIL(REJECT, 30), 29,
	  "reject" },
	{ "RFC 7489 6.6.4 the first that is not", FAIL(REJECT, 30), 30,
	  "quarantine" },
	{ "RFC 7489 6.6.4 quarantine, not chosen", FAIL(QUARANTINE, 30), 30,
	  "none" },
	{ "RFC 7489 6.6.4 none", FAIL(NONE, 0), 0, "none" },
	{ "RFC 9989 11.5 a permanent error is not sampled",
	  { .result = PS_DMARC_PERMERROR,
	    .disposition = PS_DMARC_POLICY_REJECT,
	    .pct = 0 },
	  99,
	  "reject" },
};

static void check(const struct row *row)
{
	struct ps_dmarc_verdict verdict = row->verdict;

	ps_dmarc_sample(&verdict, row->chance);
	assert_string_equal(ps_dmarc_policy_name(verdict.disposition),
			    row->want);
}

/* Each member in turn; what says no more than how it came about is not
 * compared. */
static void check_differ(void **state)
{
	static const struct ps_dmarc_verdict same = FAIL(REJECT, 100);
	struct ps_dmarc_verdict other = same;

	(void)state;
	other.org_domain[0] = other.reason[0] = 'a';
	assert_false(ps_dmarc_differ(&same, &other));
	other = same;
	other.result = PS_DMARC_PASS;
	assert_true(ps_dmarc_differ(&same, &other));
	other = same;
	other.policy = PS_DMARC_POLICY_NONE;
	assert_true(ps_dmarc_differ(&same, &other));
	other = same;
	other.disposition = PS_DMARC_POLICY_NONE;
	assert_true(ps_dmarc_differ(&same, &other));
	other = same;
	other.spf_aligned = true;
	assert_true(ps_dmarc_differ(&same, &other));
	other = same;
	other.dkim_aligned = true;
	assert_true(ps_dmarc_differ(&same, &other));
	other = same;
	other.policy_domain[0] = 'a';
	assert_true(ps_dmarc_differ(&same, &other));
}

static void run(void **state)
{
	check(*state);
}

int main(void)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows) + 1];

	TABLE_TESTS(tests, rows, run);
	tests[TABLE_COUNT(rows)] =
		(struct CMUnitTest){ .name = "what two verdicts differ in",
				     .test_func = check_differ };
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(rows) + 1,
				       NULL, NULL);
}
