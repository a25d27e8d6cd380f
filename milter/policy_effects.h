/* policy_effects.h - what is to be done beside the answer to a policy request:
 * notes, mails, suspensions. */
#ifndef PS_MILTER_POLICY_EFFECTS_H
#define PS_MILTER_POLICY_EFFECTS_H

#include "core/rules/policy_request.h"
#include "core/rules/rule_eval.h"
#include "io/state.h"
#include "milter/notifier.h"

/* Without a limit that has fired, mails of a rule for one login (or client) are
 * that far apart; ours. */
#define PS_EFFECT_SECONDS 3600

/* Borrowed; NULL: nobody is suspended, and no mail is sent. */
struct ps_policy_means {
	struct ps_state *state;
	struct ps_notifier *notifier;
};

/*
 * The answer that no rule is asked for; NULL: they are.  A login that is
 * suspended, and our own letters on their way: if those were judged and
 * counted, a notice of a limit could run into one.
 */
const char *ps_policy_beforehand(const struct ps_policy_means *means,
				 const struct ps_policy_request *request);
/* Does and logs what the verdict wants.  now: seconds since 1970; us: monotonic
 * microseconds. */
void ps_policy_effects(const struct ps_policy_means *means,
		       const struct ps_rules *rules,
		       const struct ps_policy_request *request,
		       const struct ps_rule_verdict *verdict, uint64_t now,
		       uint64_t us);

#endif
