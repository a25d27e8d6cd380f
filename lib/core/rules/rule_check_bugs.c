/* rule_check_bugs.c - warnings about what postfwd does to a rule, whoever
 * wrote it. */

#include "core/rules/rule_check.h"

#include "core/rules/rule_number.h"

static bool is_rate(const struct ps_rule_action *action)
{
	return action->verb == PS_VERB_RATE || action->verb == PS_VERB_RCPT ||
	       action->verb == PS_VERB_SIZE;
}

/* Does a stranger choose what stands in it? */
static bool is_foreign(unsigned int attr)
{
	switch (attr) {
	case PS_ATTR_SENDER:
	case PS_ATTR_SENDER_LOCALPART:
	case PS_ATTR_SENDER_DOMAIN:
	case PS_ATTR_RECIPIENT:
	case PS_ATTR_RECIPIENT_LOCALPART:
	case PS_ATTR_RECIPIENT_DOMAIN:
	case PS_ATTR_HELO_NAME:
	case PS_ATTR_SASL_USERNAME:
		return true;
	default: /* others are Postfix's own, or this file's */
		return false;
	}
}

/* One of its values is put into the action; said once in a file. */
static bool check_again(struct ps_rule_build *build,
			const struct ps_rules *rules,
			const struct ps_rule *rule)
{
	const struct ps_rule_subst *subst = rule->action->subst;
	struct ps_bytes name;
	size_t i;

	for (i = 0; i < subst->count; i++) {
		if (!is_foreign(subst->token[i].attr))
			continue;
		name = rules->names->name[subst->token[i].attr];
		ps_rule_warn(build, "put-in-again",
			     "postfwd searches what it has put in for $$%.*s "
			     "for variables again, and hangs on \"$$%.*s\" in "
			     "it: while postfwd still runs, put it into no "
			     "answer (said once)",
			     ps_rule_shown(name), name.at, ps_rule_shown(name),
			     name.at);
		return true;
	}
	return false;
}

/* Is the rule held to this state, or to another one? */
enum held { HELD_NOT, HELD_TO_IT, HELD_TO_OTHERS };

static enum held held_to(const struct ps_rule *rule, struct ps_bytes state)
{
	const struct ps_rule_item *item;
	const struct ps_rule_test *test;
	enum held held = HELD_NOT;

	for (item = rule->items; item != NULL; item = item->next) {
		if (item->attr != PS_ATTR_PROTOCOL_STATE)
			continue;
		for (test = item->tests; test != NULL; test = test->next) {
			if (ps_rule_test_is_negative(test))
				continue;
			if (ps_bytes_equal_fold(test->text, state))
				return HELD_TO_IT;
			held = HELD_TO_OTHERS;
		}
	}
	return held;
}

/* Is the file asked for messages, and not for recipients alone? */
static bool sees_messages(const struct ps_rules *rules)
{
	size_t i;

	for (i = 0; i < rules->count; i++) {
		if (held_to(&rules->rule[i], PS_BYTES("END-OF-MESSAGE")) ==
			    HELD_TO_IT ||
		    held_to(&rules->rule[i], PS_BYTES("DATA")) == HELD_TO_IT)
			return true;
	}
	return false;
}

static void check_recipient(struct ps_rule_build *build,
			    const struct ps_rules *rules,
			    const struct ps_rule *rule)
{
	const struct ps_rule_item *item;
	struct ps_bytes name;

	if (held_to(rule, PS_BYTES("END-OF-MESSAGE")) == HELD_TO_OTHERS &&
	    held_to(rule, PS_BYTES("DATA")) == HELD_TO_OTHERS)
		return;
	for (item = rule->items; item != NULL; item = item->next) {
		if (item->attr != PS_ATTR_RECIPIENT_DOMAIN &&
		    item->attr != PS_ATTR_RECIPIENT_LOCALPART)
			continue;
		name = rules->names->name[item->attr];
		ps_rule_warn(build, "no-recipient",
			     "a message with several recipients has no "
			     "%.*s, and postfwd takes the sender's: add "
			     "protocol_state==RCPT",
			     ps_rule_shown(name), name.at);
		return;
	}
}

/* A limit whose text names more than its key: of the window's first request. */
static void check_frozen(struct ps_rule_build *build,
			 const struct ps_rules *rules,
			 const struct ps_rule *rule)
{
	const struct ps_rule_action *action = rule->action;
	const struct ps_rule_subst *subst = action->subst;
	struct ps_bytes name;
	size_t i;

	if (!is_rate(action) || action->key < 0)
		return;
	for (i = 0; i < subst->count; i++) {
		if (subst->token[i].attr == (unsigned int)action->key ||
		    subst->token[i].from < action->arg[2].to)
			continue;
		name = rules->names->name[subst->token[i].attr];
		ps_rule_warn(build, "frozen-text",
			     "postfwd keeps this limit's text as the first "
			     "request of the window made it, so that others "
			     "read its $$%.*s: name none but the key there",
			     ps_rule_shown(name), name.at);
		return;
	}
}

static void check_lists(struct ps_rule_build *build, const struct ps_rule *rule)
{
	const struct ps_rule_item *item;

	for (item = rule->items; item != NULL; item = item->next) {
		if (item->kind->type == PS_TYPE_RHSBL_HELO)
			ps_rule_warn(build, "rhsbl-helo",
				     "postfwd never matches rhsbl_helo: leave "
				     "it out, or expect more matches here");
	}
}

static void check_ask(struct ps_rule_build *build, const struct ps_rule *rule)
{
	const struct ps_rule_action *action = rule->action;

	while (action != NULL && is_rate(action))
		action = action->then;
	if (action != NULL && action->verb == PS_VERB_ASK &&
	    action->ignore_regex == NULL)
		ps_rule_warn(build, "ask-any",
			     "postfwd takes whatever answers for an action, "
			     "without \"action=\" too, and sends attributes "
			     "without a value as ARRAY(...): name a pattern "
			     "of answers to pass over, as :^DUNNO");
}

/* A threshold that postfwd does not know yet when the score changes. */
static void check_thresholds(struct ps_rule_build *build,
			     const struct ps_rules *rules)
{
	const struct ps_rule *first = NULL, *rule;
	size_t i;

	for (i = 0; i < rules->count; i++) {
		rule = &rules->rule[i];
		if (rule->action->verb == PS_VERB_SCORE && first == NULL)
			first = rule;
		if (!rule->has_score || first == NULL)
			continue;
		build->line = rule->line;
		ps_rule_warn(build, "score-behind",
			     "postfwd knows this threshold only when a request "
			     "has come this far: put it above line %u",
			     first->line);
	}
}

void ps_rules_lint_bugs(struct ps_rule_build *build,
			const struct ps_rules *rules)
{
	const bool messages = sees_messages(rules);
	bool again = false;
	size_t i;

	for (i = 0; i < rules->count; i++) {
		const struct ps_rule *rule = &rules->rule[i];

		build->line = rule->line;
		if (!again)
			again = check_again(build, rules, rule);
		if (messages)
			check_recipient(build, rules, rule);
		check_frozen(build, rules, rule);
		check_lists(build, rule);
		check_ask(build, rule);
	}
	check_thresholds(build, rules);
}
