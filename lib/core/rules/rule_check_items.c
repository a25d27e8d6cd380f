/* rule_check_items.c - warnings about the items of one rule. */

#include "core/rules/rule_check.h"

#include <string.h>

/* A word that somebody meant to be the whole: letters and such, no anchor. */
static bool is_word(struct ps_bytes text)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		if (text.at[i] == '\0' ||
		    strchr("^$*+?[](){}|\\/", text.at[i]) != NULL)
			return false;
	}
	return text.len > 0;
}

/* Names of one thing, where a longer one is another thing. */
static bool is_name(const struct ps_rules *rules, unsigned int attr)
{
	struct ps_bytes name = rules->names->name[attr];

	return attr == PS_ATTR_SASL_USERNAME ||
	       attr == PS_ATTR_SENDER_LOCALPART ||
	       attr == PS_ATTR_RECIPIENT_LOCALPART ||
	       attr == PS_ATTR_SENDER_DOMAIN ||
	       attr == PS_ATTR_RECIPIENT_DOMAIN ||
	       ps_bytes_equal(name, PS_BYTES("sasl_sender"));
}

static void check_unanchored(struct ps_rule_build *build,
			     const struct ps_rules *rules,
			     const struct ps_rule_item *item)
{
	struct ps_bytes name = rules->names->name[item->attr];
	const struct ps_rule_test *test;

	if (!is_name(rules, item->attr))
		return;
	for (test = item->tests; test != NULL; test = test->next) {
		if (test->op != PS_OP_IS || !is_word(test->text) ||
		    test->subst != NULL || test->group.at != NULL)
			continue;
		build->file = test->file;
		build->line = test->line;
		ps_rule_warn(build, "unanchored",
			     "%.*s=%.*s also matches what %.*s is only a part "
			     "of: write %.*s==%.*s",
			     ps_rule_shown(name), name.at,
			     ps_rule_shown(test->text), test->text.at,
			     ps_rule_shown(test->text), test->text.at,
			     ps_rule_shown(name), name.at,
			     ps_rule_shown(test->text), test->text.at);
		return; /* one of a list is enough */
	}
}

static void check_negated(struct ps_rule_build *build,
			  const struct ps_rules *rules,
			  const struct ps_rule_item *item)
{
	struct ps_bytes name = rules->names->name[item->attr];
	const struct ps_rule_test *test;
	size_t negative = 0;

	for (test = item->tests; test != NULL; test = test->next)
		negative += ps_rule_test_is_negative(test);
	if (negative > 0 && item->count > 1)
		ps_rule_warn(build, "negated-twice",
			     "postfwd takes any one of several values of "
			     "%.*s, so that what one excludes another one "
			     "lets in: use a rule that jumps over this one, "
			     "or one pattern for all",
			     ps_rule_shown(name), name.at);
}

static void check_empty(struct ps_rule_build *build,
			const struct ps_rules *rules,
			const struct ps_rule_item *item)
{
	struct ps_bytes name = rules->names->name[item->attr];
	const struct ps_rule_test *test;

	if (item->kind->type != PS_TYPE_TEXT)
		return;
	for (test = item->tests; test != NULL; test = test->next) {
		if (test->op == PS_OP_EQUAL && test->text.len == 0 &&
		    !item->never)
			ps_rule_warn(build, "equal-nothing",
				     "%.*s== with nothing behind it never "
				     "holds in postfwd: write %.*s=~^$",
				     ps_rule_shown(name), name.at,
				     ps_rule_shown(name), name.at);
		if (test->op == PS_OP_NOT_EQUAL && test->text.len > 0 &&
		    item->attr == PS_ATTR_SASL_USERNAME)
			ps_rule_warn(build, "unequal-empty",
				     "%.*s!=%.*s does not hold in postfwd "
				     "when there is none: write "
				     "%.*s!~^%.*s$",
				     ps_rule_shown(name), name.at,
				     ps_rule_shown(test->text), test->text.at,
				     ps_rule_shown(name), name.at,
				     ps_rule_shown(test->text), test->text.at);
	}
}

static void check_variables(struct ps_rule_build *build,
			    const struct ps_rule_item *item)
{
	const struct ps_rule_test *test;

	for (test = item->tests; test != NULL; test = test->next) {
		if (test->subst == NULL || test->op == PS_OP_EQUAL ||
		    test->op == PS_OP_NOT_EQUAL)
			continue;
		if (strpbrk(test->text.at, "^*+?[]{}|\\/") == NULL &&
		    test->text.at[test->text.len - 1] != '$')
			continue;
		ps_rule_warn(build, "escaped-pattern",
			     "postfwd escapes the rule's own signs in "
			     "\"%.*s\", too: compare with ==",
			     ps_rule_shown(test->text), test->text.at);
	}
}

/* "size>5; size<9": the same item twice is or. */
static void check_bounds(struct ps_rule_build *build,
			 const struct ps_rules *rules,
			 const struct ps_rule_item *item)
{
	struct ps_bytes name = rules->names->name[item->attr];
	const struct ps_rule_test *test;
	bool up = false, down = false;

	for (test = item->tests; test != NULL; test = test->next) {
		up = up || test->op == PS_OP_ABOVE ||
		     test->op == PS_OP_AT_LEAST;
		down = down || test->op == PS_OP_BELOW ||
		       test->op == PS_OP_AT_MOST;
	}
	if (up && down)
		ps_rule_warn(build, "two-bounds",
			     "two bounds of %.*s in one rule hold when one of "
			     "them does: put the other one into a rule that "
			     "jumps over this one",
			     ps_rule_shown(name), name.at);
}

static bool uses_everything(const struct ps_rule_item *item)
{
	const struct ps_rule_test *test;

	for (test = item->tests; test != NULL; test = test->next) {
		if (ps_bytes_equal(test->text, PS_BYTES("0.0.0.0/0")))
			return true;
	}
	return false;
}

static void check_networks(struct ps_rule_build *build,
			   const struct ps_rule_item *item)
{
	if (ps_rule_type_is_net(item->kind->type) && uses_everything(item))
		ps_rule_warn(build, "everything",
			     "postfwd takes 0.0.0.0/0 for every address, "
			     "IPv6 and \"unknown\" too");
}

void ps_rules_lint_items(struct ps_rule_build *build,
			 const struct ps_rules *rules,
			 const struct ps_rule *rule)
{
	const struct ps_rule_item *item;

	for (item = rule->items; item != NULL; item = item->next) {
		check_networks(build, item);
		check_empty(build, rules, item);
		check_negated(build, rules, item);
		check_variables(build, item);
		check_bounds(build, rules, item);
		check_unanchored(build, rules, item);
		build->file = rules->file;
		build->line = rule->line;
	}
}
