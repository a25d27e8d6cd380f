/* rule_identity.h - what makes a rule the same rule after a reload. */
#ifndef PS_CORE_RULES_RULE_IDENTITY_H
#define PS_CORE_RULES_RULE_IDENTITY_H

#include "core/rules/rule_rule.h"

/* Sets text, id and identity of rule (id: already set when it has one).
 * -1: no memory. */
int ps_rule_identify(struct ps_rule_build *build, const struct ps_rule_raw *raw,
		     size_t number, struct ps_rule *rule);

#endif
