/* rule_group.c - groups that rules fill and ask. */

#include "core/rules/rule_group.h"

#include "core/rules/rule_number.h"
#include "core/rules/rule_text.h"

#define SECONDS_MAX 315360000u /* ten years, as of a window; ours */
#define VALUE_MAX   512 /* octets of a member; longer ones are cut; ours */

bool ps_rule_group_name(struct ps_bytes text, struct ps_bytes *name_r)
{
	size_t i;

	if (text.len < 3 || text.len - 2 > PS_RULE_GROUP_NAME_MAX ||
	    text.at[0] != '%' || text.at[1] != '%')
		return false;
	for (i = 2; i < text.len; i++) {
		if (!ps_rule_is_word(text.at[i]) && text.at[i] != '-')
			return false;
	}
	*name_r = (struct ps_bytes){ text.at + 2, text.len - 2 };
	return true;
}

static struct ps_bytes argument(const struct ps_rule_action *action, size_t n)
{
	struct ps_rule_span span = action->arg[n];

	return ps_rule_trim((struct ps_bytes){
		action->subst->text.at + span.from, span.to - span.from });
}

bool ps_rule_group_make(struct ps_rule_build *build,
			struct ps_rule_action *action)
{
	const bool adds = action->verb == PS_VERB_GROUPADD;
	unsigned long long seconds = PS_RULE_GROUP_SECONDS;
	struct ps_bytes key = { NULL, 0 };
	bool good = action->args == 2 || (adds && action->args == 3);

	action->key = -1;
	if (good)
		key = argument(action, 1);
	good = good &&
	       ps_rule_group_name(argument(action, 0), &action->group) &&
	       key.len > 0 && ps_bytes_find(key, '$') == NULL;
	if (good && action->args == 3)
		good = ps_ascii_number(argument(action, 2), SECONDS_MAX,
				       &seconds) &&
		       seconds > 0;
	if (!good) {
		ps_rule_error(build, "bad-group",
			      "not %s, with the name of an attribute for ITEM",
			      adds ? "groupadd(%%NAME/ITEM/SECONDS)"
				   : "groupdel(%%NAME/ITEM)");
		return false;
	}
	action->seconds = (uint32_t)seconds;
	action->key = ps_rule_names_add(build->names, build->arena, key);
	if (action->key < 0)
		ps_rule_error(build, "too-many-names",
			      "more than %d different attributes",
			      PS_RULE_ATTRS_MAX);
	return action->key >= 0;
}

/* In lower case, in what the caller lends; len 0: nothing to keep. */
static struct ps_bytes member(struct ps_bytes value, char text[VALUE_MAX])
{
	size_t i;

	if (value.len > VALUE_MAX)
		value.len = VALUE_MAX;
	for (i = 0; i < value.len; i++)
		text[i] = ps_ascii_lower(value.at[i]);
	return (struct ps_bytes){ text, value.len };
}

void ps_rule_group_act(struct ps_rule_run *run,
		       const struct ps_rule_action *action)
{
	const struct ps_rule_groups *groups = run->facts.groups;
	struct ps_bytes value =
		ps_rule_run_value(run, (unsigned int)action->key);
	char text[VALUE_MAX];

	value = member(value, text);
	if (groups == NULL || value.len == 0)
		return;
	if (action->verb == PS_VERB_GROUPADD)
		groups->add(groups->ctx, action->group, value, run->facts.now,
			    action->seconds);
	else
		groups->remove(groups->ctx, action->group, value);
}

bool ps_rule_group_holds(const struct ps_rule_run *run,
			 const struct ps_rule_test *test, struct ps_bytes value)
{
	const struct ps_rule_groups *groups = run->facts.groups;
	char text[VALUE_MAX];
	bool in = false;

	value = member(value, text);
	if (groups != NULL && value.len > 0)
		in = groups->has(groups->ctx, test->group, value,
				 run->facts.now);
	return in != ps_rule_op_is_negative(test->op);
}
