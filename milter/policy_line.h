/* policy_line.h - what the log says of a policy request. */
#ifndef PS_MILTER_POLICY_LINE_H
#define PS_MILTER_POLICY_LINE_H

#include "core/rules/policy_request.h"
#include "core/rules/rule_eval.h"

/*
 * One line for an answer that a rule has given and that is not DUNNO or OK, one
 * for each note(), one a minute for a fault of the rule file and for a mail()
 * that is not sent.  now: monotonic microseconds.
 */
void ps_policy_log(const struct ps_rules *rules,
		   const struct ps_policy_request *request,
		   const struct ps_rule_verdict *verdict, uint64_t now);

#endif
