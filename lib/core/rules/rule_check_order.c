/* rule_check_order.c - rules that others keep from acting. */

#include "core/rules/rule_check.h"

#include "core/rules/rule_number.h"

#include <string.h>

/* Is the rule, or one behind it up to limit, jumped to? */
static bool is_jumped_to(const struct ps_rules *rules, size_t from, size_t to)
{
	size_t i;

	for (i = 0; i < rules->count; i++) {
		const struct ps_rule *rule = &rules->rule[i];

		if (rule->action->verb == PS_VERB_JUMP && rule->jump < 0)
			return true; /* by a variable, to anywhere */
		if (rule->jump >= 0 && (size_t)rule->jump > from &&
		    (size_t)rule->jump <= to)
			return true;
	}
	return false;
}

static bool same_tests(const struct ps_rule_test *a,
		       const struct ps_rule_test *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next) {
		if (a->op != b->op || a->inverted != b->inverted ||
		    !ps_bytes_equal(a->text, b->text))
			return false;
	}
	return a == NULL && b == NULL;
}

static const struct ps_rule_item *same_item(const struct ps_rule_item *items,
					    const struct ps_rule_item *wanted)
{
	for (; items != NULL; items = items->next) {
		if (items->attr == wanted->attr &&
		    items->kind == wanted->kind &&
		    same_tests(items->tests, wanted->tests))
			return items;
	}
	return NULL;
}

/* Whatever b matches, a matches: each item of a is one of b's. */
static bool covers(const struct ps_rule *a, const struct ps_rule *b)
{
	const struct ps_rule_item *item;

	if (a->has_score || a->has_dns)
		return false;
	for (item = a->items; item != NULL; item = item->next) {
		if (item->never || same_item(b->items, item) == NULL)
			return false;
	}
	return true;
}

/* Does the item ask a group, which another rule fills? */
static bool asks_group(const struct ps_rule_item *item)
{
	const struct ps_rule_test *test;

	for (test = item->tests; test != NULL; test = test->next) {
		if (test->group.at != NULL)
			return true;
	}
	return false;
}

/* Does set() anywhere change an attribute that the rule looks at? */
static bool is_changed(const struct ps_rules *rules, const struct ps_rule *rule)
{
	const struct ps_rule_item *item;

	for (item = rule->items; item != NULL; item = item->next) {
		if (rules->names->is_set[item->attr] || asks_group(item) ||
		    (item->attr >= PS_ATTR_RATECOUNT &&
		     item->attr < PS_ATTR_FIRST_OTHER))
			return true;
	}
	return false;
}

static void check_reached(struct ps_rule_build *build,
			  const struct ps_rules *rules, size_t number)
{
	const struct ps_rule *rule = &rules->rule[number];
	size_t i;

	for (i = 0; i < number; i++) {
		const struct ps_rule *other = &rules->rule[i];

		if (other->action->verb != PS_VERB_ANSWER ||
		    !covers(other, rule) || is_changed(rules, other) ||
		    is_jumped_to(rules, i, number))
			continue;
		build->line = rule->line;
		ps_rule_warn(build, "unreachable",
			     "never reached: the rule of line %u ends all "
			     "that this one could match",
			     other->line);
		return;
	}
}

static struct ps_bytes argument(const struct ps_rule_action *action, size_t n)
{
	return (struct ps_bytes){ action->subst->text.at + action->arg[n].from,
				  action->arg[n].to - action->arg[n].from };
}

static bool is_fixed_rate(const struct ps_rule *rule)
{
	const struct ps_rule_action *action = rule->action;

	return (action->verb == PS_VERB_RATE || action->verb == PS_VERB_RCPT ||
		action->verb == PS_VERB_SIZE) &&
	       action->key >= 0 && action->subst->count == 0;
}

/* A limit behind a lower one, of the same things: the first one always fires
 * before, and what it refuses the second one does not see. */
static void check_hidden(struct ps_rule_build *build,
			 const struct ps_rules *rules, size_t number)
{
	const struct ps_rule *rule = &rules->rule[number];
	size_t i;

	for (i = 0; i < number && is_fixed_rate(rule); i++) {
		const struct ps_rule *other = &rules->rule[i];

		if (!is_fixed_rate(other) || !covers(other, rule) ||
		    other->action->verb != rule->action->verb ||
		    other->action->key != rule->action->key ||
		    other->action->then->verb != PS_VERB_ANSWER ||
		    !ps_bytes_equal(argument(other->action, 2),
				    argument(rule->action, 2)) ||
		    ps_rule_number(argument(other->action, 1)) >
			    ps_rule_number(argument(rule->action, 1)))
			continue;
		build->line = rule->line;
		ps_rule_warn(build, "hidden-limit",
			     "never fires: the lower limit of line %u stands "
			     "before it and fires first: put the higher one "
			     "first",
			     other->line);
		return;
	}
}

/* One counter for two rules: one id, and equal numbers. */
static void check_same_id(struct ps_rule_build *build,
			  const struct ps_rules *rules, size_t number)
{
	const struct ps_rule *rule = &rules->rule[number];
	size_t i;

	for (i = 0; i < number && rule->has_id; i++) {
		const struct ps_rule *other = &rules->rule[i];

		if (!other->has_id || strcmp(other->id, rule->id) != 0)
			continue;
		build->line = rule->line;
		ps_rule_warn(build, "same-id",
			     "the rule of line %u has the id %.100s, too: "
			     "jump() finds the last one, and limits with "
			     "equal numbers share their counters",
			     other->line, rule->id);
		return;
	}
}

#define ORDER_RULES_MAX 1000 /* each is compared with all before it; ours */

void ps_rules_lint_order(struct ps_rule_build *build,
			 const struct ps_rules *rules)
{
	size_t i;

	for (i = 0; i < rules->count && i < ORDER_RULES_MAX; i++) {
		check_reached(build, rules, i);
		check_hidden(build, rules, i);
		check_same_id(build, rules, i);
	}
}
