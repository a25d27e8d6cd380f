/* rule_rule.c - one rule from its items. */

#include "core/rules/rule_rule.h"

#include "core/rules/rule_identity.h"
#include "core/rules/rule_number.h"

static struct ps_rule_item *find_item(struct ps_rule *rule, unsigned int attr,
				      const struct ps_rule_kind *kind)
{
	struct ps_rule_item *item;

	for (item = rule->items; item != NULL; item = item->next) {
		if (item->attr == attr && item->kind == kind)
			return item;
	}
	return NULL;
}

/* The item of that name: the same one again, or a new one. */
static struct ps_rule_item *item_of(struct ps_rule_build *build,
				    struct ps_rule *rule, struct ps_bytes key)
{
	const struct ps_rule_kind *kind = ps_rule_kind_of(key, build->strict);
	struct ps_rule_item *item, **at = &rule->items;
	int attr = kind->attr;

	if (attr < 0)
		attr = ps_rule_names_add(build->names, build->arena, key);
	if (attr < 0) {
		ps_rule_error(build, "too-many-names",
			      "more than %d different attributes",
			      PS_RULE_ATTRS_MAX);
		return NULL;
	}
	item = find_item(rule, (unsigned int)attr, kind);
	if (item != NULL)
		return item;
	item = ps_rule_alloc(build, sizeof(*item));
	if (item == NULL)
		return NULL;
	item->kind = kind;
	item->attr = (unsigned int)attr;
	item->end = &item->tests;
	/* DNS lists behind all, other questions behind what asks nothing. */
	while (*at != NULL && (*at)->kind->type <= kind->type)
		at = &(*at)->next;
	if (!ps_rule_type_asks(kind->type)) {
		at = &rule->items;
		while (*at != NULL && !ps_rule_type_asks((*at)->kind->type))
			at = &(*at)->next;
	}
	item->next = *at;
	*at = item;
	rule->item_count++;
	return item;
}

static void take_least(struct ps_rule_build *build,
		       const struct ps_rule_raw *raw,
		       struct ps_rule_least *least)
{
	if (raw->op != PS_OP_IS && raw->op != PS_OP_AT_LEAST)
		ps_rule_warn(build, "count-operator",
			     "the operator of %.*s is ignored: it is always "
			     "\"at least\"",
			     ps_rule_shown(raw->key), raw->key.at);
	least->given = true;
	least->all = ps_bytes_equal(raw->value, PS_BYTES("all"));
	least->number = ps_rule_number(raw->value);
	if (!(least->number >= 1) && !least->all)
		least->number = 1;
}

static int take_action(struct ps_rule_build *build,
		       const struct ps_rule_raw *raw, struct ps_rule *rule)
{
	struct ps_bytes text = ps_rule_copy(build, raw->value);

	if (text.at == NULL)
		return -1;
	if (rule->action != NULL)
		ps_rule_warn(build, "more-actions",
			     "of several action= the last one counts, as in "
			     "postfwd 1.35; postfwd 2 takes all: write a rule "
			     "for each");
	rule->action = ps_rule_action_new(build, text);
	return rule->action == NULL ? -1 : 0;
}

static int take(struct ps_rule_build *build, const struct ps_rule_raw *raw,
		struct ps_rule *rule)
{
	const struct ps_rule_kind *kind =
		ps_rule_kind_of(raw->key, build->strict);
	struct ps_rule_item *item;

	switch (kind->type) {
	case PS_TYPE_ID:
		rule->id = ps_arena_copy(build->arena, raw->value.at,
					 raw->value.len);
		rule->has_id = true;
		return rule->id == NULL ? -1 : 0;
	case PS_TYPE_ACTION:
		return take_action(build, raw, rule);
	case PS_TYPE_SCORE:
		rule->has_score = true;
		rule->score = ps_rule_copy(build, raw->value);
		return build->no_memory ? -1 : 0;
	case PS_TYPE_RBLCOUNT:
		take_least(build, raw, &rule->rbl);
		return 0;
	case PS_TYPE_RHSBLCOUNT:
		take_least(build, raw, &rule->rhsbl);
		return 0;
	default: /* values are compared */
		break;
	}
	/* postfwd 2's time in its cache of answers; there is none here. */
	if (!build->strict && ps_bytes_equal(raw->key, PS_BYTES("cache"))) {
		ps_rule_warn(build, "no-cache",
			     "cache= is ignored: each request is judged; "
			     "postfwd 2 answers the same one for 600 s as "
			     "before, and does not count it: start it with "
			     "--cache 0");
		return 0;
	}
	/* A list of nothing is no item. */
	if (kind->is_list && raw->value.len == 0)
		return 0;
	item = item_of(build, rule, raw->key);
	if (item == NULL || ps_rule_value_add(build, item, raw) < 0)
		return -1;
	rule->has_dns = rule->has_dns || ps_rule_type_asks(item->kind->type);
	return 0;
}

int ps_rule_new(struct ps_rule_build *build, const struct ps_rule_raw *raw,
		size_t number, struct ps_rule *rule_r)
{
	const struct ps_rule_raw *first = raw;
	struct ps_rule_item *item;

	*rule_r = (struct ps_rule){ .line = build->line, .jump = -1 };
	for (; raw != NULL; raw = raw->next) {
		if (take(build, raw, rule_r) < 0)
			return -1;
	}
	if (rule_r->action == NULL) {
		ps_rule_refuse(build, "no-action", "a rule without action=");
		return 0;
	}
	for (item = rule_r->items; item != NULL; item = item->next)
		ps_rule_value_end(build, item);
	if (ps_rule_identify(build, first, number, rule_r) < 0)
		return -1;
	return 1;
}
