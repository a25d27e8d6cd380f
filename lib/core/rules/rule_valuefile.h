/* rule_valuefile.h - values that stand in files: file: lfile: table: ltable:,
 * which may name others.  For rule_value*.c only. */
#ifndef PS_CORE_RULES_RULE_VALUEFILE_H
#define PS_CORE_RULES_RULE_VALUEFILE_H

#include "core/rules/rule_value.h"

#define PS_RULE_FILES_DEPTH_MAX 16	/* files in files; ours */
#define PS_RULE_VALUES_MAX	4000000 /* of one item; ours */

/* One word of a list, or a whole value: itself, or what its file holds.
 * depth: of files around it.  -1: no memory, or refused. */
int ps_rule_value_word(struct ps_rule_build *build, struct ps_rule_item *item,
		       enum ps_rule_op op, struct ps_bytes text, bool inverted,
		       unsigned int depth);
/* The value itself (rule_value.c). */
int ps_rule_value_one(struct ps_rule_build *build, struct ps_rule_item *item,
		      enum ps_rule_op op, struct ps_bytes text, bool inverted);

#endif
