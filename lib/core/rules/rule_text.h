/* rule_text.h - lines of a rule file: continued, without comments, and with
 * macros put in. */
#ifndef PS_CORE_RULES_RULE_TEXT_H
#define PS_CORE_RULES_RULE_TEXT_H

#include "core/rules/rule_build.h"

/* One rule, or the definition of one macro; copied. */
struct ps_rule_line {
	struct ps_rule_line *next;
	unsigned int line; /* where it begins */
	struct ps_bytes text;
};

/* SP, HTAB, LF, VT, FF, CR: what separates in a rule. */
#define PS_RULE_SPACE " \t\n\v\f\r"

bool ps_rule_is_space(char c);
/* [A-Za-z0-9_] */
bool ps_rule_is_word(char c);
/* Without PS_RULE_SPACE at both ends. */
struct ps_bytes ps_rule_trim(struct ps_bytes text);
/* NULL: none, or no_memory. */
struct ps_rule_line *ps_rule_lines(struct ps_rule_build *build,
				   struct ps_bytes text);
/*
 * Take the definitions out of the list and put their texts in the place of
 * their names; what names an undefined macro is left out with a warning.
 */
void ps_rule_macros(struct ps_rule_build *build, struct ps_rule_line **lines);

#endif
