/* rule_subst.h - text with $$attribute and $$(attribute) in it. */
#ifndef PS_CORE_RULES_RULE_SUBST_H
#define PS_CORE_RULES_RULE_SUBST_H

#include "core/rules/rule_build.h"
#include "core/text/buffer.h"

#define PS_RULE_TOKENS_MAX 64 /* in one text; ours */

struct ps_rule_token {
	unsigned int attr;
	bool parens;
	uint32_t from, to; /* where it stands in the text */
};

struct ps_rule_subst {
	struct ps_bytes text; /* of the set's lifetime */
	size_t count;
	struct ps_rule_token token[];
};

/* A piece of the text. */
struct ps_rule_span {
	uint32_t from, to;
};

/* The value of an attribute now; at is NULL: it has none. */
struct ps_rule_values {
	struct ps_bytes (*value)(void *ctx, unsigned int attr);
	void *ctx;
	bool strict;
};

/* NULL: too many tokens (said), or no memory.  Names new to the set get a
 * number; is_set of them is left alone. */
struct ps_rule_subst *ps_rule_subst_new(struct ps_rule_build *build,
					struct ps_bytes text);
/*
 * The values of the tokens within the span, into those of value[] (one for
 * each token) that have none yet.  strict: as the original, which goes through
 * $$name from the last to the first and stops at the first one without a
 * value, and then so through $$(name).  True: one at least has got its value.
 * A value is never searched for tokens itself: it may come from a stranger.
 */
bool ps_rule_subst_resolve(const struct ps_rule_subst *subst,
			   struct ps_rule_span span,
			   const struct ps_rule_values *values,
			   struct ps_bytes value[PS_RULE_TOKENS_MAX]);
/* The span with the values put in; a token without one stays as it is. */
void ps_rule_subst_put(const struct ps_rule_subst *subst,
		       struct ps_rule_span span, const struct ps_bytes *value,
		       struct ps_buffer *out);
struct ps_rule_span ps_rule_subst_all(const struct ps_rule_subst *subst);
/* Is a token, or more, within the span? */
bool ps_rule_subst_within(const struct ps_rule_subst *subst,
			  struct ps_rule_span span);

#endif
