/* rule_check.c - warnings about names, limits and scores. */

#include "core/rules/rule_check.h"

#include "core/rules/rule_number.h"

static bool is_rate(const struct ps_rule_action *action)
{
	return action->verb == PS_VERB_RATE || action->verb == PS_VERB_RCPT ||
	       action->verb == PS_VERB_SIZE;
}

/* Names that somebody brings in: Postfix, postfwd, or a set() of the file. */
static bool is_brought(const struct ps_rules *rules, unsigned int attr)
{
	return rules->names->is_known[attr] || rules->names->is_set[attr];
}

static void check_name(struct ps_rule_build *build,
		       const struct ps_rules *rules, unsigned int attr,
		       const char *where)
{
	struct ps_bytes name = rules->names->name[attr];

	if (!is_brought(rules, attr))
		ps_rule_warn(build, "unknown-name",
			     "%s%.*s: Postfix sends no such attribute, and no "
			     "set() makes it",
			     where, ps_rule_shown(name), name.at);
}

static void check_names(struct ps_rule_build *build,
			const struct ps_rules *rules,
			const struct ps_rule *rule)
{
	const struct ps_rule_subst *subst = rule->action->subst;
	const struct ps_rule_item *item;
	size_t i;

	for (item = rule->items; item != NULL; item = item->next) {
		if (item->kind->type == PS_TYPE_TEXT)
			check_name(build, rules, item->attr, "");
	}
	for (i = 0; i < subst->count; i++)
		check_name(build, rules, subst->token[i].attr, "$$");
}

/* Is the attribute held to be something, by a test of the rule? */
static bool is_held(const struct ps_rule *rule, unsigned int attr)
{
	const struct ps_rule_item *item;
	const struct ps_rule_test *test;

	for (item = rule->items; item != NULL; item = item->next) {
		if (item->attr != attr)
			continue;
		for (test = item->tests; test != NULL; test = test->next) {
			if (!ps_rule_test_is_negative(test) ||
			    test->text.len == 0 ||
			    ps_bytes_equal(test->text, PS_BYTES("^$")))
				return true;
		}
	}
	return false;
}

static bool can_be_empty(const struct ps_rules *rules, unsigned int attr)
{
	struct ps_bytes name = rules->names->name[attr];

	return attr == PS_ATTR_SASL_USERNAME || attr == PS_ATTR_RECIPIENT ||
	       attr == PS_ATTR_SENDER_DOMAIN ||
	       attr == PS_ATTR_RECIPIENT_DOMAIN ||
	       ps_bytes_equal(name, PS_BYTES("sasl_sender")) ||
	       ps_bytes_starts_fold(name, PS_BYTES("ccert_"));
}

static void check_key(struct ps_rule_build *build, const struct ps_rules *rules,
		      const struct ps_rule *rule,
		      const struct ps_rule_action *action)
{
	unsigned int attr = (unsigned int)action->key;
	struct ps_bytes name = rules->names->name[attr];

	check_name(build, rules, attr, "the key ");
	if (can_be_empty(rules, attr) && !is_held(rule, attr))
		ps_rule_warn(build, "empty-key",
			     "postfwd counts all requests without %.*s "
			     "together: add %.*s!~^$",
			     ps_rule_shown(name), name.at, ps_rule_shown(name),
			     name.at);
}

/* Does the rule say that it is for another state than the end? */
static bool is_before_data(const struct ps_rule *rule)
{
	const struct ps_rule_item *item;
	const struct ps_rule_test *test;

	for (item = rule->items; item != NULL; item = item->next) {
		if (item->attr != PS_ATTR_PROTOCOL_STATE)
			continue;
		for (test = item->tests; test != NULL; test = test->next) {
			if (!ps_rule_test_is_negative(test) &&
			    (ps_bytes_equal_fold(test->text,
						 PS_BYTES("RCPT")) ||
			     ps_bytes_equal_fold(test->text, PS_BYTES("MAIL"))))
				return true;
		}
	}
	return false;
}

static void check_limits(struct ps_rule_build *build,
			 const struct ps_rules *rules,
			 const struct ps_rule *rule)
{
	const struct ps_rule_action *action = rule->action;
	struct ps_bytes max;

	for (; action != NULL && is_rate(action); action = action->then) {
		if (action->key >= 0)
			check_key(build, rules, rule, action);
		max = (struct ps_bytes){
			action->subst->text.at + action->arg[1].from,
			action->arg[1].to - action->arg[1].from
		};
		if (!ps_rule_subst_within(action->subst, action->arg[1]) &&
		    !(ps_rule_number(max) > 0))
			ps_rule_warn(build, "no-limit",
				     "a maximum of %.*s is no limit: nothing "
				     "is counted",
				     ps_rule_shown(max), max.at);
		if (action->verb != PS_VERB_RATE && is_before_data(rule))
			ps_rule_warn(build, "count-at-rcpt",
				     "Postfix tells number and size at "
				     "END-OF-MESSAGE (the number at DATA, "
				     "too): 0 before, which is not counted");
	}
}

/* As texts, "9" stands above "10". */
static void check_scores(struct ps_rule_build *build,
			 const struct ps_rules *rules)
{
	size_t i, k;

	for (i = 0; i < rules->count; i++) {
		const struct ps_rule *rule = &rules->rule[i];

		for (k = 0; k < i && rule->has_score; k++) {
			const struct ps_rule *other = &rules->rule[k];
			double a = ps_rule_number(rule->score),
			       b = ps_rule_number(other->score);

			if (!other->has_score ||
			    (a < b) ==
				    (rule->score.at[0] < other->score.at[0]) ||
			    rule->score.at[0] == other->score.at[0])
				continue;
			build->line = rule->line;
			ps_rule_warn(build, "score-order",
				     "postfwd sorts scores as texts, so that "
				     "%.*s and %.*s stand the wrong way "
				     "round: give them equally many digits",
				     ps_rule_shown(rule->score), rule->score.at,
				     ps_rule_shown(other->score),
				     other->score.at);
			break;
		}
	}
}

void ps_rules_lint(struct ps_rule_build *build, const struct ps_rules *rules)
{
	size_t i;

	if (build->options->report == NULL)
		return;
	for (i = 0; i < rules->count; i++) {
		const struct ps_rule *rule = &rules->rule[i];

		build->line = rule->line;
		ps_rules_lint_items(build, rules, rule);
		check_names(build, rules, rule);
		check_limits(build, rules, rule);
	}
	check_scores(build, rules);
	ps_rules_lint_bugs(build, rules);
	ps_rules_lint_order(build, rules);
}
