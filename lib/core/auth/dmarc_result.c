/* dmarc_result.c - what a DMARC verdict comes to, and the names in it. */

#include "core/auth/dmarc_result.h"

#include <string.h>

enum ps_dmarc_policy ps_dmarc_policy_below(enum ps_dmarc_policy policy)
{
	switch (policy) {
	case PS_DMARC_POLICY_NONE:
	case PS_DMARC_POLICY_QUARANTINE:
		return PS_DMARC_POLICY_NONE;
	case PS_DMARC_POLICY_REJECT:
		return PS_DMARC_POLICY_QUARANTINE;
	}
	return PS_DMARC_POLICY_NONE;
}

void ps_dmarc_sample(struct ps_dmarc_verdict *verdict, unsigned int chance)
{
	if (verdict->result == PS_DMARC_FAIL && chance >= verdict->pct)
		verdict->disposition =
			ps_dmarc_policy_below(verdict->disposition);
}

bool ps_dmarc_differ(const struct ps_dmarc_verdict *verdict,
		     const struct ps_dmarc_verdict *other)
{
	return verdict->result != other->result ||
	       verdict->policy != other->policy ||
	       verdict->disposition != other->disposition ||
	       verdict->spf_aligned != other->spf_aligned ||
	       verdict->dkim_aligned != other->dkim_aligned ||
	       strcmp(verdict->policy_domain, other->policy_domain) != 0;
}

const char *ps_dmarc_result_name(enum ps_dmarc_result result)
{
	switch (result) {
	case PS_DMARC_NONE:
		return "none";
	case PS_DMARC_PASS:
		return "pass";
	case PS_DMARC_FAIL:
		return "fail";
	case PS_DMARC_TEMPERROR:
		return "temperror";
	case PS_DMARC_PERMERROR:
		return "permerror";
	}
	return "none";
}

const char *ps_dmarc_policy_name(enum ps_dmarc_policy policy)
{
	switch (policy) {
	case PS_DMARC_POLICY_NONE:
		return "none";
	case PS_DMARC_POLICY_QUARANTINE:
		return "quarantine";
	case PS_DMARC_POLICY_REJECT:
		return "reject";
	}
	return "none";
}
