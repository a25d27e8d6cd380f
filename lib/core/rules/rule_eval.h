/* rule_eval.h - judge requests by a compiled rule file. */
#ifndef PS_CORE_RULES_RULE_EVAL_H
#define PS_CORE_RULES_RULE_EVAL_H

#include "core/rules/rule_memory.h"
#include "core/rules/rule_effect.h"
#include "core/rules/rule_set.h"
#include "core/rules/rule_time.h"

#define PS_RULE_ANSWER_MAX  900 /* octets; Postfix takes lines of 2,048 */
#define PS_RULE_EFFECTS_MAX 16	/* of one request; ours */
#define PS_RULE_WAIT_MAX    60	/* seconds of all wait(); ours */
#define PS_RULE_JUMPS_MAX   100 /* of one request; ours */
#define PS_RULE_COUNTS_MAX  100 /* rates of one request; ours */

/* Everything is borrowed until the request is judged. */
struct ps_rule_facts {
	const struct ps_rule_request *request;
	uint64_t now; /* seconds since 1970; the same in each run */
	struct ps_rule_clock clock; /* the same moment, local time */
	const struct ps_dns *dns;   /* NULL: no DNS item holds */
	const struct ps_rule_counters *counters; /* NULL: no limit fires */
	const struct ps_rule_ask *ask;		 /* NULL: ask() is ignored */
	const struct ps_rule_groups *groups;	 /* NULL: all are empty */
	const struct ps_rule_logins *logins;	 /* NULL: no item holds */
	const struct ps_rule_trace *trace;	 /* NULL: nobody watches */
};

enum ps_rule_outcome {
	PS_RULE_DEFAULT, /* no rule has decided: DUNNO */
	PS_RULE_DECIDED,
	PS_RULE_FAULT /* of ours, or of the rule file: a 4xx, to be logged */
};

/* Borrowed from the run until its next request; texts are printable. */
struct ps_rule_verdict {
	enum ps_rule_outcome outcome;
	const char *action; /* what Postfix is answered */
	size_t rule;	    /* that decided; with DEFAULT: no meaning */
	const char *hits;   /* ids of all rules that matched, "a;b" */
	/* The same by number; of more than there are rules (jump), not all. */
	const size_t *matched;
	size_t matched_count;
	const char *why;   /* with FAULT: for the log */
	unsigned int wait; /* seconds before the answer */
	size_t effects;
	struct ps_rule_effect effect[PS_RULE_EFFECTS_MAX];
	struct ps_rule_limit limit; /* that fired last */
};

struct ps_rule_run; /* for one request after the other, in one thread */

/* rules must live as long.  -1: no memory. */
int ps_rule_run_new(const struct ps_rules *rules, struct ps_rule_run **run_r);
void ps_rule_run_free(struct ps_rule_run **run);
void ps_rule_run_begin(struct ps_rule_run *run,
		       const struct ps_rule_facts *facts);
/*
 * True: *verdict_r is filled.  False: answers are on their way; run it again
 * when they are there.  However often, each limit is counted once.
 */
bool ps_rule_run_judge(struct ps_rule_run *run,
		       struct ps_rule_verdict *verdict_r);

#endif
