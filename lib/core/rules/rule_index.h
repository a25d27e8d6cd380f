/* rule_index.h - which rules can match a request: what the values of its
 * attributes rule out is never tried. */
#ifndef PS_CORE_RULES_RULE_INDEX_H
#define PS_CORE_RULES_RULE_INDEX_H

#include "core/rules/rule_rule.h"

/* A bit for each rule. */
struct ps_rule_candidates {
	uint64_t *word;
	size_t words;
};

/* NULL: no memory. */
struct ps_rule_index *ps_rule_index_new(struct ps_rule_build *build,
					const struct ps_rules *rules);
/* How many words a set of candidates has. */
size_t ps_rule_index_words(const struct ps_rules *rules);
/* Those that no value rules out. */
void ps_rule_index_begin(const struct ps_rules *rules,
			 struct ps_rule_candidates *candidates);
/* Attributes that rules are found by: number n of them, or -1 behind the
 * last. */
int ps_rule_index_attr(const struct ps_rules *rules, size_t n);
/* Add those that this value of the attribute lets match; also when set() has
 * given it another one. */
void ps_rule_index_value(const struct ps_rules *rules, unsigned int attr,
			 struct ps_bytes value,
			 struct ps_rule_candidates *candidates);
/* The first candidate at or behind from; rules->count: none. */
size_t ps_rule_index_next(const struct ps_rules *rules,
			  const struct ps_rule_candidates *candidates,
			  size_t from);

#endif
