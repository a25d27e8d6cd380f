/* rule_group.h - groups that rules fill and ask: groupadd(%%G/item/ttl), and
 * item=%%G; of postfwd's second version, so in safe mode only. */
#ifndef PS_CORE_RULES_RULE_GROUP_H
#define PS_CORE_RULES_RULE_GROUP_H

#include "core/rules/rule_run.h"

#define PS_RULE_GROUP_NAME_MAX 64   /* octets, without "%%"; ours */
#define PS_RULE_GROUP_SECONDS  3600 /* when nothing is said: postfwd */

/* Is the text "%%NAME"?  *name_r is then the name, else left as it is. */
bool ps_rule_group_name(struct ps_bytes text, struct ps_bytes *name_r);
/* The parts of groupadd() and groupdel() are split; false: refused, which was
 * said. */
bool ps_rule_group_make(struct ps_rule_build *build,
			struct ps_rule_action *action);
/* Put the request's value in, or take it out. */
void ps_rule_group_act(struct ps_rule_run *run,
		       const struct ps_rule_action *action);
/* Is the value in the group that the test names? */
bool ps_rule_group_holds(const struct ps_rule_run *run,
			 const struct ps_rule_test *test,
			 struct ps_bytes value);

#endif
