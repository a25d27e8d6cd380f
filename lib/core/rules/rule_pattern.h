/* rule_pattern.h - one regular expression: plain text as such, the rest by the
 * port.  ASCII case is ignored. */
#ifndef PS_CORE_RULES_RULE_PATTERN_H
#define PS_CORE_RULES_RULE_PATTERN_H

#include "core/rules/rule_build.h"

#define PS_RULE_NEEDLES_MAX                                                    \
	64 /* alternatives looked at for the index; ours                       \
	    */

struct ps_rule_pattern {
	struct ps_bytes text;	      /* as written, without the slashes */
	struct ps_bytes plain;	      /* at NULL: not plain text; lower case */
	bool start, end;	      /* plain: has "^", "$" */
	const struct ps_regex *regex; /* not plain */
	/* Not plain: one of these is in whatever matches, in lower case;
	 * 0: not known. */
	size_t needles;
	const struct ps_bytes *needle;
};

/* -1: no pattern, which was said, or no memory. */
int ps_rule_pattern_new(struct ps_rule_build *build, struct ps_bytes text,
			struct ps_rule_pattern *pattern_r);
/* 1, 0, or -1: the port gave up. */
int ps_rule_pattern_match(const struct ps_rule_options *options,
			  const struct ps_rule_pattern *pattern,
			  struct ps_bytes subject);
/* Where lower (in lower case) first stands in text at or behind from; dots:
 * a "." in it stands for any octet.  text.len + 1: nowhere. */
size_t ps_rule_find_plain(struct ps_bytes text, struct ps_bytes lower,
			  bool dots);

#endif
