/* rule_check.h - what in a rule file will not do what it seems to; those
 * warnings that need whole rules, or all of them. */
#ifndef PS_CORE_RULES_RULE_CHECK_H
#define PS_CORE_RULES_RULE_CHECK_H

#include "core/rules/rule_rule.h"

/* For ps_rules_new(). */
void ps_rules_lint(struct ps_rule_build *build, const struct ps_rules *rules);
/* rule_check_items.c: within one rule. */
void ps_rules_lint_items(struct ps_rule_build *build,
			 const struct ps_rules *rules,
			 const struct ps_rule *rule);
/* rule_check_order.c: rules that others keep from acting. */
void ps_rules_lint_order(struct ps_rule_build *build,
			 const struct ps_rules *rules);
/* rule_check_bugs.c: what postfwd does to a rule, whoever wrote it. */
void ps_rules_lint_bugs(struct ps_rule_build *build,
			const struct ps_rules *rules);

#endif
