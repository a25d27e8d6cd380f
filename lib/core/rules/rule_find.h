/* rule_find.h - many texts and networks, looked for in one value at once: the
 * cost grows with the value, not with their number. */
#ifndef PS_CORE_RULES_RULE_FIND_H
#define PS_CORE_RULES_RULE_FIND_H

#include "core/rules/rule_build.h"
#include "core/text/ip.h"

struct ps_rule_find;

enum ps_rule_where {
	PS_WHERE_WHOLE, /* is the value */
	PS_WHERE_START,
	PS_WHERE_END,
	PS_WHERE_ANYWHERE
};

/* NULL: no memory. */
struct ps_rule_find *ps_rule_find_new(struct ps_rule_build *build);
/* lower: not empty unless WHOLE, in lower case, borrowed for the set's
 * lifetime. */
void ps_rule_find_add_text(struct ps_rule_build *build,
			   struct ps_rule_find *find, enum ps_rule_where where,
			   struct ps_bytes lower, uint32_t number);
/* Bits behind the prefix are clear. */
void ps_rule_find_add_net(struct ps_rule_build *build,
			  struct ps_rule_find *find, const struct ps_net *net,
			  uint32_t number);
/* No more is added; needed before the first run. */
void ps_rule_find_end(struct ps_rule_build *build, struct ps_rule_find *find);
/* Calls hit for what was found, perhaps more than once, until it returns
 * true; so does this then. */
typedef bool ps_rule_hit(void *ctx, uint32_t number);
bool ps_rule_find_texts(const struct ps_rule_find *find, struct ps_bytes text,
			ps_rule_hit *hit, void *ctx);
bool ps_rule_find_nets(const struct ps_rule_find *find, const struct ps_ip *ip,
		       ps_rule_hit *hit, void *ctx);
bool ps_rule_find_has_nets(const struct ps_rule_find *find);

#endif
