/* rule_trace.h - who wants to know which rules were tried, and why. */
#ifndef PS_CORE_RULES_RULE_TRACE_H
#define PS_CORE_RULES_RULE_TRACE_H

#include "core/text/bytes.h"

enum ps_rule_step_kind {
	PS_STEP_MATCHED,
	PS_STEP_FAILED,	 /* item and value say where */
	PS_STEP_ACTED,	 /* action: what an action that goes on has done */
	PS_STEP_DECIDED, /* action: the answer */
};

/* Borrowed for the time of the call; may hold any octets. */
struct ps_rule_step {
	enum ps_rule_step_kind kind;
	size_t rule;
	struct ps_bytes item;  /* the first one that does not hold */
	struct ps_bytes value; /* what the request has there */
	struct ps_bytes action;
};

/* With it all rules are tried, also those that the index rules out. */
struct ps_rule_trace {
	void (*step)(void *ctx, const struct ps_rule_step *step);
	void *ctx;
};

#endif
