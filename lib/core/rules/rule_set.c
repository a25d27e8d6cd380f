/* rule_set.c - a rule file in the language of postfwd, compiled. */

#include "core/rules/rule_set.h"

#include "core/rules/rule_check.h"
#include "core/rules/rule_index.h"
#include "core/rules/rule_number.h"
#include "core/rules/rule_rule.h"
#include "core/rules/rule_text.h"

#include <stdlib.h>
#include <string.h>

#define SCORE_DEFAULT	   "5.0" /* postfwd */
#define SCORE_DEFAULT_TEXT "554 5.7.1 postfwd score exceeded"

int ps_rules_find(const struct ps_rules *rules, struct ps_bytes id)
{
	size_t i;

	for (i = rules->count; i-- > 0;) {
		if (ps_bytes_equal(ps_bytes_of(rules->rule[i].id), id))
			return (int)i;
	}
	return -1;
}

static size_t count_lines(const struct ps_rule_line *line)
{
	size_t count = 0;

	for (; line != NULL; line = line->next)
		count++;
	return count;
}

static void make_rules(struct ps_rule_build *build, struct ps_rules *rules,
		       const struct ps_rule_line *line)
{
	size_t most = count_lines(line);
	struct ps_rule_raw *raw;

	if (most > PS_RULES_MAX) {
		ps_rule_error(build, "too-many-rules", "more than %d rules",
			      PS_RULES_MAX);
		return;
	}
	rules->rule = ps_rule_alloc(build, (most + 1) * sizeof(*rules->rule));
	for (; line != NULL && !build->no_memory; line = line->next) {
		build->line = line->line;
		raw = ps_rule_parse(build, line->text);
		if (raw != NULL && ps_rule_new(build, raw, rules->count,
					       &rules->rule[rules->count]) > 0)
			rules->count++;
	}
}

static void resolve_jumps(struct ps_rule_build *build, struct ps_rules *rules)
{
	size_t i;

	for (i = 0; i < rules->count; i++) {
		struct ps_rule *rule = &rules->rule[i];
		const struct ps_rule_action *action = rule->action;
		struct ps_bytes id;

		if (action->verb != PS_VERB_JUMP ||
		    ps_rule_subst_within(action->subst, action->span))
			continue;
		id = (struct ps_bytes){
			action->subst->text.at + action->arg[0].from,
			action->arg[0].to - action->arg[0].from
		};
		rule->jump = ps_rules_find(rules, id);
		build->line = rule->line;
		if (rule->jump < 0)
			ps_rule_warn(build, "no-such-rule",
				     "jump(%.*s): no rule has that id: it is "
				     "ignored",
				     ps_rule_shown(id), id.at);
	}
}

/* Is a before b?  strict: the texts decide, as in the original. */
static bool is_before(const struct ps_rules *rules,
		      const struct ps_rule_threshold *a,
		      const struct ps_rule_threshold *b)
{
	size_t len = a->text.len < b->text.len ? a->text.len : b->text.len;
	int order;

	if (!rules->strict)
		return a->number > b->number;
	order = memcmp(a->text.at, b->text.at, len);
	return order > 0 || (order == 0 && a->text.len > b->text.len);
}

static bool is_same(const struct ps_rules *rules,
		    const struct ps_rule_threshold *a,
		    const struct ps_rule_threshold *b)
{
	if (rules->strict)
		return ps_bytes_equal(a->text, b->text);
	return !(a->number < b->number) && !(a->number > b->number);
}

static void add_threshold(struct ps_rules *rules, struct ps_bytes text,
			  const struct ps_rule_action *action)
{
	struct ps_rule_threshold added = { text, ps_rule_number(text), action };
	size_t at;

	for (at = 0; at < rules->thresholds; at++) {
		if (is_same(rules, &rules->threshold[at], &added)) {
			rules->threshold[at] = added;
			return;
		}
	}
	for (at = rules->thresholds++;
	     at > 0 && is_before(rules, &added, &rules->threshold[at - 1]);
	     at--)
		rules->threshold[at] = rules->threshold[at - 1];
	rules->threshold[at] = added;
}

static void make_thresholds(struct ps_rule_build *build, struct ps_rules *rules)
{
	struct ps_bytes text = PS_BYTES(SCORE_DEFAULT_TEXT);
	const struct ps_rule_action *action;
	size_t i, count = 1;

	for (i = 0; i < rules->count; i++)
		count += rules->rule[i].has_score;
	rules->threshold =
		ps_rule_alloc(build, count * sizeof(*rules->threshold));
	action = ps_rule_action_new(build, text);
	if (rules->threshold == NULL || action == NULL)
		return;
	add_threshold(rules, PS_BYTES(SCORE_DEFAULT), action);
	for (i = 0; i < rules->count; i++) {
		if (rules->rule[i].has_score)
			add_threshold(rules, rules->rule[i].score,
				      rules->rule[i].action);
	}
}

/* A name that only $$dnsbltext or an item of that name brings in. */
static bool wants_text(const struct ps_rules *rules)
{
	size_t i;

	for (i = 0; i < rules->count; i++) {
		if (strstr(rules->rule[i].text, "dnsbltext") != NULL)
			return true;
	}
	return false;
}

/* Does a rule look at, or an action name, what is kept of logins? */
static bool wants_logins(const struct ps_rules *rules)
{
	size_t i;

	for (i = 0; i < rules->count && !rules->strict; i++) {
		if (strstr(rules->rule[i].text, "login_addresses") != NULL ||
		    strstr(rules->rule[i].text, "login_countries") != NULL ||
		    strstr(rules->rule[i].text, "login_new_recipients") != NULL)
			return true;
	}
	return false;
}

static bool may_wait(const struct ps_rules *rules)
{
	const struct ps_rule_action *action;
	size_t i;

	for (i = 0; i < rules->count; i++) {
		if (rules->rule[i].has_dns)
			return true;
		for (action = rules->rule[i].action; action != NULL;
		     action = action->then) {
			if (action->verb == PS_VERB_ASK ||
			    action->verb == PS_VERB_WAIT)
				return true;
		}
	}
	return false;
}

static void compile(struct ps_rule_build *build, struct ps_rules *rules,
		    struct ps_bytes text)
{
	struct ps_rule_line *lines;

	build->line = 1;
	if (text.len > PS_RULE_FILE_MAX) {
		ps_rule_error(build, "too-long", "more than %u octets",
			      PS_RULE_FILE_MAX);
		return;
	}
	if (ps_bytes_find(text, '\0') != NULL) {
		ps_rule_error(build, "binary", "holds a NUL octet");
		return;
	}
	lines = ps_rule_lines(build, text);
	ps_rule_macros(build, &lines);
	if (build->no_memory)
		return;
	make_rules(build, rules, lines);
	if (build->no_memory || build->errors > 0)
		return;
	resolve_jumps(build, rules);
	make_thresholds(build, rules);
	rules->wants_text = wants_text(rules);
	rules->wants_logins = wants_logins(rules);
	rules->may_wait = may_wait(rules);
	if (!build->no_memory)
		rules->index = ps_rule_index_new(build, rules);
	if (!build->no_memory)
		ps_rules_lint(build, rules);
}

int ps_rules_new(const struct ps_rule_options *options, const char *name,
		 struct ps_bytes text, struct ps_rules **rules_r)
{
	struct ps_rule_build build = {
		.options = options,
		.strict = options->compat == PS_RULE_STRICT,
	};
	struct ps_rules *rules = malloc(sizeof(*rules));

	*rules_r = NULL;
	if (rules == NULL)
		return -1;
	*rules = (struct ps_rules){ .strict = build.strict,
				    .regex = options->regex,
				    .options = *options };
	if (ps_arena_new(PS_RULES_MEMORY_MAX, &rules->arena) < 0) {
		free(rules);
		return -1;
	}
	build.arena = rules->arena;
	rules->names = build.names = ps_rule_names_new(rules->arena);
	rules->file = build.file = ps_arena_text(rules->arena, name);
	build.no_memory = build.names == NULL || build.file == NULL;
	if (!build.no_memory && build.strict)
		ps_rule_names_forget_ours(build.names);
	if (!build.no_memory)
		compile(&build, rules, text);
	rules->owned = build.owned;
	rules->live = build.live;
	rules->options.files = NULL;
	rules->options.report = NULL;
	if (build.no_memory)
		ps_rule_error(&build, "no-memory",
			      "more memory is needed than there is");
	if (build.errors > 0)
		ps_rules_free(&rules);
	*rules_r = rules;
	return rules == NULL ? -1 : 0;
}

void ps_rules_free(struct ps_rules **rules)
{
	struct ps_rule_owned *owned;

	if (*rules == NULL)
		return;
	for (owned = (*rules)->owned; owned != NULL; owned = owned->next)
		(*rules)->regex->free(&owned->regex);
	ps_arena_free(&(*rules)->arena);
	free(*rules);
	*rules = NULL;
}

size_t ps_rules_count(const struct ps_rules *rules)
{
	return rules->count;
}

void ps_rules_info(const struct ps_rules *rules, size_t index,
		   struct ps_rule_info *info_r)
{
	const struct ps_rule *rule = &rules->rule[index];

	*info_r = (struct ps_rule_info){ .line = rule->line,
					 .id = rule->id,
					 .identity = rule->identity,
					 .text = rule->text };
}

bool ps_rules_may_wait(const struct ps_rules *rules)
{
	return rules->may_wait;
}

const char *ps_rules_live(const struct ps_rules *rules, size_t index)
{
	const struct ps_rule_live *live = rules->live;

	for (; live != NULL && index > 0; index--)
		live = live->next;
	return live == NULL ? NULL : live->path;
}
