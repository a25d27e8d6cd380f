/* policy_work.h - one request of the policy service, while it is judged. */
#ifndef PS_MILTER_POLICY_WORK_H
#define PS_MILTER_POLICY_WORK_H

#include "milter/policy_asking.h"
#include "milter/policy_counts.h"
#include "milter/policy_rules.h"

struct ps_policy;

/* All zero: there is none.  For policy.c alone. */
struct ps_policy_work {
	struct ps_policy *policy;
	struct ps_policy_request request;
	struct ps_cursor behind;     /* it */
	struct ps_policy_seat *seat; /* NULL: there is none */
	struct ps_policy_asking asking;
	struct ps_counters_wait wait;
	bool together; /* counts are asked for together with others' */
	unsigned int rounds;
	/* What the run of the rules borrows. */
	struct ps_rule_request port;
	struct ps_dns dns;
	struct ps_rule_ask servers;
	struct ps_rule_counters counters;
	struct ps_rule_groups groups;
	struct ps_rule_logins logins;
};

#endif
