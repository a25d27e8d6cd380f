/* test_judge.c - what is done with a message, by table. */

#include "table.h"

#include "core/auth/judge.h"

#include <stdio.h>
#include <string.h>

#define SPF_OF(d, ...)                                                         \
	&(const struct ps_spf_verdict)                                         \
	{                                                                      \
		.domain = d, __VA_ARGS__                                       \
	}
#define SPF(...) SPF_OF("s.test", __VA_ARGS__)
#define DMARC(...)                                                             \
	(&(const struct ps_dmarc_verdict){ .from_domain = "a.test",            \
					   __VA_ARGS__ })
#define SPF_FAIL SPF(.result = PS_SPF_FAIL)
#define WISH(w)                                                                \
	DMARC(.result = PS_DMARC_FAIL, .disposition = PS_DMARC_POLICY_##w)

#define DMARC_TEXT                                                             \
	"Email refused per DMARC policy for a.test: neither SPF nor a DKIM "   \
	"signature confirms that it comes from there"
#define SPF_TEXT                                                               \
	"Email refused per SPF policy for s.test: your host may not use it "   \
	"as its sender domain"

/* want: "ACTION code status text (spared)", without what there is none of. */
static const struct row {
	const char *name;
	struct ps_judge_facts facts;
	const char *want;
} rows[] = {
#define ROW(n, exempt_for, spf_verdict, dmarc_verdict, on_fail, on_reject,     \
	    want)                                                              \
	{                                                                      \
		n,                                                             \
			{ .exempt = PS_EXEMPT_##exempt_for,                    \
			  .spf = spf_verdict,                                  \
			  .dmarc = dmarc_verdict,                              \
			  .spf_on_fail = PS_ENFORCE_##on_fail,                 \
			  .dmarc_on_reject = PS_ENFORCE_##on_reject },         \
			want                                                   \
	}
	ROW("nothing judged", NOT, NULL, NULL, REJECT, REJECT, "accept"),
	ROW("DMARC reject, on_reject=reject", NOT, NULL, WISH(REJECT), REJECT,
	    REJECT, "reject 550 5.7.26 " DMARC_TEXT),
	ROW("DMARC reject, on_reject=quarantine", NOT, NULL, WISH(REJECT),
	    REJECT, QUARANTINE, "quarantine " DMARC_TEXT),
	ROW("DMARC reject, on_reject=mark", NOT, NULL, WISH(REJECT), REJECT,
	    MARK, "accept"),
	ROW("DMARC reject, on_reject=off", NOT, NULL, WISH(REJECT), REJECT, OFF,
	    "accept"),
	ROW("DMARC quarantine, on_reject=reject: marked", NOT, NULL,
	    WISH(QUARANTINE), REJECT, REJECT, "accept"),
	ROW("DMARC quarantine, on_reject=quarantine", NOT, NULL,
	    WISH(QUARANTINE), REJECT, QUARANTINE, "quarantine " DMARC_TEXT),
	ROW("DMARC quarantine, on_reject=mark", NOT, NULL, WISH(QUARANTINE),
	    REJECT, MARK, "accept"),
	ROW("RFC 9989 5.4 p=none changes nothing", NOT, NULL, WISH(NONE),
	    REJECT, REJECT, "accept"),
	ROW("RFC 9989 5.3.6 DMARC temperror", NOT, NULL,
	    DMARC(.result = PS_DMARC_TEMPERROR,
		  .policy = PS_DMARC_POLICY_REJECT),
	    REJECT, REJECT, "accept"),
	ROW("temperror with a disposition is no ground either", NOT, NULL,
	    DMARC(.result = PS_DMARC_TEMPERROR,
		  .disposition = PS_DMARC_POLICY_REJECT),
	    REJECT, REJECT, "accept"),
	ROW("DMARC pass", NOT, NULL,
	    DMARC(.result = PS_DMARC_PASS, .policy = PS_DMARC_POLICY_REJECT),
	    REJECT, REJECT, "accept"),
	ROW("RFC 9989 11.5 too many authors", NOT, NULL,
	    DMARC(.result = PS_DMARC_PERMERROR,
		  .disposition = PS_DMARC_POLICY_REJECT,
		  .reason = "too many author domains"),
	    REJECT, REJECT,
	    "reject 550 5.7.26 Email refused, DMARC cannot be judged: too "
	    "many author domains"),
	ROW("SPF fail, on_fail=reject", NOT, SPF_FAIL, NULL, REJECT, REJECT,
	    "reject 550 5.7.23 " SPF_TEXT),
	ROW("SPF fail, on_fail=quarantine", NOT, SPF_FAIL, NULL, QUARANTINE,
	    REJECT, "quarantine " SPF_TEXT),
	ROW("SPF fail, on_fail=mark", NOT, SPF_FAIL, NULL, MARK, REJECT,
	    "accept"),
	ROW("SPF fail, on_fail=off", NOT, SPF_FAIL, NULL, OFF, REJECT,
	    "accept"),
	ROW("SPF fail of HELO", NOT,
	    SPF(.result = PS_SPF_FAIL, .of_helo = true), NULL, REJECT, REJECT,
	    "reject 550 5.7.23 Email refused per SPF policy for s.test: your "
	    "host may not use it as its HELO name"),
	ROW("RFC 7208 6.2 the domain explains", NOT,
	    SPF(.result = PS_SPF_FAIL,
		.explanation = "see http://s.test/?100%"),
	    NULL, REJECT, REJECT,
	    "reject 550 5.7.23 Email refused per SPF policy for s.test, which "
	    "explains: see http://s.test/?100%"),
	ROW("line ends in an explanation", NOT,
	    SPF(.result = PS_SPF_FAIL, .explanation = "a\r\n250 \xc3\xbc\x7f"),
	    NULL, REJECT, REJECT,
	    "reject 550 5.7.23 Email refused per SPF policy for s.test, which "
	    "explains: a??250 ???"),
	ROW("line ends in a domain", NOT,
	    SPF_OF("s\n.test", .result = PS_SPF_FAIL), NULL, REJECT, REJECT,
	    "reject 550 5.7.23 Email refused per SPF policy for s?.test: your "
	    "host may not use it as its sender domain"),
	ROW("SPF softfail", NOT, SPF(.result = PS_SPF_SOFTFAIL), NULL, REJECT,
	    REJECT, "accept"),
	ROW("SPF permerror", NOT, SPF(.result = PS_SPF_PERMERROR), NULL, REJECT,
	    REJECT, "accept"),
	ROW("SPF temperror", NOT, SPF(.result = PS_SPF_TEMPERROR), NULL, REJECT,
	    REJECT, "accept"),
	ROW("RFC 9989 7.1 SPF fails, DMARC passes by a signature", NOT,
	    SPF_FAIL, DMARC(.result = PS_DMARC_PASS, .dkim_aligned = true),
	    REJECT, REJECT, "accept"),
	ROW("SPF fails, DMARC might pass", NOT, SPF_FAIL,
	    DMARC(.result = PS_DMARC_TEMPERROR), REJECT, REJECT, "accept"),
	ROW("SPF fails, DMARC does not apply", NOT, SPF_FAIL,
	    DMARC(.result = PS_DMARC_NONE), REJECT, REJECT,
	    "reject 550 5.7.23 " SPF_TEXT),
	ROW("SPF fails, DMARC fails with p=none", NOT, SPF_FAIL, WISH(NONE),
	    REJECT, REJECT, "reject 550 5.7.23 " SPF_TEXT),
	ROW("both fail: DMARC says more", NOT, SPF_FAIL, WISH(REJECT), REJECT,
	    REJECT, "reject 550 5.7.26 " DMARC_TEXT),
	ROW("both fail, SPF is the stricter", NOT, SPF_FAIL, WISH(REJECT),
	    REJECT, QUARANTINE, "reject 550 5.7.23 " SPF_TEXT),
	ROW("both fail, DMARC is the stricter", NOT, SPF_FAIL, WISH(REJECT),
	    QUARANTINE, REJECT, "reject 550 5.7.26 " DMARC_TEXT),
	ROW("trusted relay", RELAY, SPF_FAIL, WISH(REJECT), REJECT, REJECT,
	    "accept"),
	ROW("exempt recipients", RECIPIENT, SPF_FAIL, WISH(REJECT), REJECT,
	    REJECT, "accept"),
	ROW("exempt sender", SENDER, SPF_FAIL, WISH(REJECT), REJECT, REJECT,
	    "accept"),

/* RFC 9989 5.4 and 7.4: reject_when, exceptions. */
#define SPARED(n, dmarc_verdict, want, ...)                                    \
	ACTED(n, dmarc_verdict, REJECT, MARK, want, __VA_ARGS__)
#define ACTED(n, dmarc_verdict, on_reject, on_alone, want, ...)                \
	{                                                                      \
		n,                                                             \
			{ .dmarc = dmarc_verdict,                              \
			  .dmarc_on_reject = PS_ENFORCE_##on_reject,           \
			  .on_unconfirmed = PS_ENFORCE_##on_alone,             \
			  __VA_ARGS__ },                                       \
			want                                                   \
	}
#define CONFIRMED .reject_when = PS_REJECT_CONFIRMED
#define REJECTED  "reject 550 5.7.26 " DMARC_TEXT
#define ALONE	  " (nothing else against it)"
	SPARED("7.4 confirmed: DMARC alone", WISH(REJECT), "accept" ALONE,
	       CONFIRMED),
	ACTED("7.4 confirmed: DMARC alone, on_unconfirmed=quarantine",
	      WISH(REJECT), REJECT, QUARANTINE, "quarantine " DMARC_TEXT ALONE,
	      CONFIRMED),
	SPARED("7.4 confirmed: SPF fails", WISH(REJECT), REJECTED, CONFIRMED,
	       .spf = SPF_FAIL),
	SPARED("7.4 confirmed: SPF softfail is not enough", WISH(REJECT),
	       "accept" ALONE, CONFIRMED,
	       .spf = SPF(.result = PS_SPF_SOFTFAIL)),
	SPARED("7.4 confirmed: a temporary error is not enough", WISH(REJECT),
	       "accept" ALONE, CONFIRMED,
	       .spf = SPF(.result = PS_SPF_TEMPERROR)),
	SPARED("7.4 confirmed: SPF passes for another domain", WISH(REJECT),
	       "accept" ALONE, CONFIRMED, .spf = SPF(.result = PS_SPF_PASS)),
	SPARED("7.4 confirmed: no reverse name", WISH(REJECT), REJECTED,
	       CONFIRMED, .no_reverse_name = true),
	SPARED("7.4 confirmed: in a DNS list", WISH(REJECT), REJECTED,
	       CONFIRMED, .listed = true),
	SPARED("7.4 confirmed: the domain wishes quarantine", WISH(QUARANTINE),
	       "accept", CONFIRMED),
	SPARED("7.4 confirmed: the domain wishes nothing", WISH(NONE), "accept",
	       CONFIRMED, .listed = true),
	SPARED("7.4 confirmed: a temporary error and all signs",
	       DMARC(.result = PS_DMARC_TEMPERROR,
		     .policy = PS_DMARC_POLICY_REJECT),
	       "accept", CONFIRMED, .listed = true, .no_reverse_name = true),
	SPARED("7.4 confirmed: DMARC passes, in a DNS list",
	       DMARC(.result = PS_DMARC_PASS, .policy = PS_DMARC_POLICY_REJECT),
	       "accept", CONFIRMED, .listed = true),
	SPARED("11.5 confirmed: what cannot be judged",
	       DMARC(.result = PS_DMARC_PERMERROR,
		     .disposition = PS_DMARC_POLICY_REJECT, .reason = "r"),
	       "reject 550 5.7.26 Email refused, DMARC cannot be judged: r",
	       CONFIRMED),
	ACTED("confirmed, but on_reject=quarantine", WISH(REJECT), QUARANTINE,
	      MARK, "quarantine " DMARC_TEXT, CONFIRMED),
	ACTED("confirmed, but on_reject=mark", WISH(REJECT), MARK, QUARANTINE,
	      "accept", CONFIRMED),
	SPARED("5.4 exempt domain", WISH(REJECT), "accept (exempt domain)",
	       .spare = PS_SPARE_DOMAIN),
	SPARED("5.4 exempt network", WISH(REJECT), "accept (exempt network)",
	       .spare = PS_SPARE_NETWORK),
	SPARED("5.4 forwarder", WISH(REJECT), "accept (forwarder)",
	       .spare = PS_SPARE_FORWARDER),
	SPARED("5.4 exempt, whatever else is against it", WISH(REJECT),
	       "accept (forwarder)", CONFIRMED, .spare = PS_SPARE_FORWARDER,
	       .listed = true),
	ACTED("5.4 exempt from being held", WISH(QUARANTINE), QUARANTINE, MARK,
	      "accept (exempt network)", .spare = PS_SPARE_NETWORK),
	SPARED("5.4 exempt, and nothing is wished", WISH(NONE), "accept",
	       .spare = PS_SPARE_NETWORK),
	SPARED("5.4 exempt, and DMARC passes", DMARC(.result = PS_DMARC_PASS),
	       "accept", .spare = PS_SPARE_NETWORK),
#define SEALED(...) (&(const struct ps_arc_trust){ __VA_ARGS__ })
	SPARED("8617 7.2 a trusted sealer saw it pass", WISH(REJECT),
	       "accept (trusted sealer)", .arc = SEALED(.vouched = true)),
	SPARED("8617 7.2 nobody vouches for it", WISH(REJECT), REJECTED,
	       .arc = SEALED(.said = "dmarc=pass")),
	SPARED("8617 7.2 whatever else is against it", WISH(REJECT),
	       "accept (trusted sealer)", CONFIRMED, .listed = true,
	       .arc = SEALED(.vouched = true)),
	ACTED("8617 7.2 nor is it held", WISH(QUARANTINE), QUARANTINE, MARK,
	      "accept (trusted sealer)", .arc = SEALED(.vouched = true)),
	ACTED("8617 7.2 said where it is marked only", WISH(REJECT), MARK, MARK,
	      "accept (trusted sealer)", .arc = SEALED(.vouched = true)),
	SPARED("8617 7.2 nothing is wished", WISH(NONE), "accept",
	       .arc = SEALED(.vouched = true)),
	SPARED("8617 7.2 keys that cannot be fetched now", WISH(REJECT),
	       "accept (trusted sealer, keys not to be had)",
	       .arc = SEALED(.unknown = true)),
	SPARED("8617 7.2 what cannot be judged",
	       DMARC(.result = PS_DMARC_PERMERROR,
		     .disposition = PS_DMARC_POLICY_REJECT, .reason = "r"),
	       "reject 550 5.7.26 Email refused, DMARC cannot be judged: r",
	       .arc = SEALED(.vouched = true)),
	SPARED("8617 7.2 local policy comes first", WISH(REJECT),
	       "accept (exempt domain)", .spare = PS_SPARE_DOMAIN,
	       .arc = SEALED(.vouched = true)),
	SPARED("8617 7.2 SPF fails as well", WISH(REJECT),
	       "accept (trusted sealer) SPF: trusted sealer", .spf = SPF_FAIL,
	       .spf_on_fail = PS_ENFORCE_REJECT,
	       .arc = SEALED(.vouched = true)),
	SPARED("8617 7.2 SPF alone is enforced", NULL,
	       "accept SPF: trusted sealer, keys not to be had",
	       .spf = SPF_FAIL, .spf_on_fail = PS_ENFORCE_REJECT,
	       .arc = SEALED(.unknown = true)),
	SPARED("8617 7.2 SPF is marked only", NULL, "accept", .spf = SPF_FAIL,
	       .spf_on_fail = PS_ENFORCE_MARK, .arc = SEALED(.vouched = true)),
	SPARED("8617 7.2 SPF fails, nobody vouches", NULL,
	       "reject 550 5.7.23 " SPF_TEXT, .spf = SPF_FAIL,
	       .spf_on_fail = PS_ENFORCE_REJECT, .arc = SEALED(.set = 0)),
	SPARED("exempt from DMARC is not exempt from SPF", WISH(REJECT),
	       "reject 550 5.7.23 " SPF_TEXT " (forwarder)",
	       .spare = PS_SPARE_FORWARDER, .spf = SPF_FAIL,
	       .spf_on_fail = PS_ENFORCE_REJECT),
};

static void check(const struct row *row)
{
	struct ps_decision decision;
	char found[PS_DECISION_TEXT_MAX + 64];

	memset(&decision, 0x55, sizeof(decision));
	ps_judge(&row->facts, &decision);
	snprintf(found, sizeof(found), "%s%s%s%s%s%s%s%s%s%s%s%s",
		 ps_action_name(decision.action),
		 decision.code[0] == '\0' ? "" : " ", decision.code,
		 decision.status[0] == '\0' ? "" : " ", decision.status,
		 decision.text[0] == '\0' ? "" : " ", decision.text,
		 decision.spared == PS_SPARE_NOT ? "" : " (",
		 ps_spare_name(decision.spared),
		 decision.spared == PS_SPARE_NOT ? "" : ")",
		 decision.spf_spared == PS_SPARE_NOT ? "" : " SPF: ",
		 ps_spare_name(decision.spf_spared));
	assert_string_equal(found, row->want);
}

/* The longest texts that the verdicts can hold. */
static void check_bound(void **state)
{
	static struct ps_spf_verdict spf = { .result = PS_SPF_FAIL };
	const struct ps_judge_facts facts = { .spf = &spf,
					      .spf_on_fail =
						      PS_ENFORCE_REJECT };
	struct ps_decision decision;

	(void)state;
	memset(spf.domain, 'd', sizeof(spf.domain) - 1);
	memset(spf.explanation, 'e', sizeof(spf.explanation) - 1);
	ps_judge(&facts, &decision);
	assert_int_equal(strlen(decision.text), PS_DECISION_TEXT_MAX);
	assert_true(strlen("550 5.7.23 \r\n") + PS_DECISION_TEXT_MAX <= 512);
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
		(struct CMUnitTest){ .name = "text at its bound",
				     .test_func = check_bound };
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(rows) + 1,
				       NULL, NULL);
}
