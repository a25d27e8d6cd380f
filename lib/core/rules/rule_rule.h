/* rule_rule.h - one rule, and the set of all; for rule_*.c only. */
#ifndef PS_CORE_RULES_RULE_RULE_H
#define PS_CORE_RULES_RULE_RULE_H

#include "core/rules/rule_action.h"
#include "core/rules/rule_value.h"

/* rblcount, rhsblcount: how many lists must have it. */
struct ps_rule_least {
	bool given, all; /* all: the rule matches by however many */
	double number;
};

struct ps_rule {
	unsigned int line;
	const char *id, *identity;
	const char *text;	    /* normalized: items and action */
	struct ps_rule_item *items; /* those that ask the DNS stand last */
	size_t item_count;
	const struct ps_rule_action *action;
	bool has_id, has_score, has_dns;
	struct ps_bytes score; /* a threshold: as written */
	struct ps_rule_least rbl, rhsbl;
	int jump; /* jump(id): the rule; -1: none, or found at run time */
};

/* score at or above number: the action */
struct ps_rule_threshold {
	struct ps_bytes text;
	double number;
	const struct ps_rule_action *action;
};

struct ps_rule_index;

struct ps_rules {
	struct ps_arena *arena;
	bool strict;
	const struct ps_rule_regex *regex;
	struct ps_rule_options options; /* for ps_rule_pattern_match() */
	struct ps_rule_names *names;
	struct ps_rule_owned *owned;
	struct ps_rule_live *live;
	const char *file;
	size_t count;
	struct ps_rule *rule;
	size_t thresholds; /* the first one that holds decides */
	struct ps_rule_threshold *threshold;
	bool wants_text;   /* $$dnsbltext is used: ask for it */
	bool wants_logins; /* an item or $$ needs to know of logins */
	bool may_wait;	   /* for the DNS, ask() or wait() */
	struct ps_rule_index *index;
};

/* The rule of that id, the last one; -1: none. */
int ps_rules_find(const struct ps_rules *rules, struct ps_bytes id);
/* Fills rule_r from the items.  1; 0: left out, which was said; -1: error. */
int ps_rule_new(struct ps_rule_build *build, const struct ps_rule_raw *raw,
		size_t number, struct ps_rule *rule_r);

#endif
