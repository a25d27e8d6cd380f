/* rule_check.h - what in a rule file will not do what it seems to. */
#ifndef PS_CORE_RULES_RULE_CHECK_H
#define PS_CORE_RULES_RULE_CHECK_H

#include "core/rules/rule_rule.h"

/* Says it; those warnings that need all rules.  For ps_rules_new(). */
void ps_rules_lint(struct ps_rule_build *build, const struct ps_rules *rules);

#endif
