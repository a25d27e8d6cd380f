/* rule_check.c - what in a rule file will not do what it seems to. */

#include "core/rules/rule_check.h"

void ps_rules_lint(struct ps_rule_build *build, const struct ps_rules *rules)
{
	(void)build;
	(void)rules;
}
