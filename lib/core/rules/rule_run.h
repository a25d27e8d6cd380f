/* rule_run.h - one request being judged; for rule_*.c only. */
#ifndef PS_CORE_RULES_RULE_RUN_H
#define PS_CORE_RULES_RULE_RUN_H

#include "core/rules/rule_eval.h"
#include "core/rules/rule_index.h"
#include "core/rules/rule_trace.h"

#define PS_RULE_RUN_MEMORY_MAX (1u << 20) /* octets, of one request; ours */

/* A rate as it was counted in an earlier run of the same request. */
struct ps_rule_memo {
	enum ps_rule_counted counted;
	uint64_t sum;
};

struct ps_rule_run {
	const struct ps_rules *rules;
	struct ps_rule_facts facts;
	struct ps_arena *arena; /* of one run */
	struct ps_rule_candidates candidates;
	/* By attribute; at NULL: it has none.  Asked for when needed. */
	struct ps_bytes *value;
	bool *asked;
	struct ps_buffer hits, text; /* text: scratch */
	size_t *hit;		     /* rules that matched, by number */
	size_t hit_count;
	struct ps_rule_verdict *verdict;
	struct ps_rule_memo memo[PS_RULE_COUNTS_MAX];
	size_t memos, counts; /* known; asked for in this run */
	double score;
	unsigned int jumps;
	size_t matches, rbl, rhsbl; /* of the rule tried last */
	struct ps_bytes lists[32];  /* dnsbltext, one of each */
	size_t list_count;
	bool waiting; /* for an answer: only questions are asked from here */
	bool fault;
	const char *why; /* of the fault */
};

/* NO also when it cannot be known: nothing is judged by a failing DNS. */
enum ps_rule_truth { PS_TRUTH_NO, PS_TRUTH_YES, PS_TRUTH_WAITING };

/* As it was sent; at NULL: it was not. */
struct ps_bytes ps_rule_run_sent(const struct ps_rule_run *run,
				 unsigned int attr);
struct ps_bytes ps_rule_run_value(struct ps_rule_run *run, unsigned int attr);
/* Copies; what can match now is a candidate, too. */
void ps_rule_run_set(struct ps_rule_run *run, unsigned int attr,
		     struct ps_bytes value);
/* For substitution. */
struct ps_rule_values ps_rule_run_values(struct ps_rule_run *run);
void ps_rule_run_fault(struct ps_rule_run *run, const char *why);
/* Neither empty nor "0". */
bool ps_rule_is_true(struct ps_bytes value);

/* rule_match.c: one value against one test, without the DNS; 1, 0. */
bool ps_rule_match_test(struct ps_rule_run *run, enum ps_rule_type type,
			const struct ps_rule_test *test, struct ps_bytes value);
bool ps_rule_compare(enum ps_rule_op op, double a, double b);
/* rule_login.c: tell the port of the request, before it is judged. */
void ps_rule_login_note(struct ps_rule_run *run);
bool ps_rule_match_login(struct ps_rule_run *run, enum ps_rule_type type,
			 const struct ps_rule_test *test);
/* Of a day, for $$; at NULL: not known. */
struct ps_bytes ps_rule_login_text(struct ps_rule_run *run, unsigned int attr);
/* All of the rule's items; *failed_r: the first that does not hold. */
enum ps_rule_truth ps_rule_match(struct ps_rule_run *run,
				 const struct ps_rule *rule,
				 const struct ps_rule_item **failed_r);
/* rule_dns.c: *count_r: values that hold.  least: how many must. */
enum ps_rule_truth ps_rule_match_dns(struct ps_rule_run *run,
				     const struct ps_rule *rule,
				     const struct ps_rule_item *item,
				     size_t *count_r);

/* rule_act.c: what became of a rule that matched. */
enum ps_rule_went { PS_WENT_ON, PS_WENT_END, PS_WENT_WAITING };
/* *next_r: the rule to try next, with WENT_ON. */
enum ps_rule_went ps_rule_act(struct ps_rule_run *run, size_t number,
			      size_t *next_r);
/* rule_count.c: 1 the limit has fired, 0 not, -1 the store will answer. */
int ps_rule_count_rate(struct ps_rule_run *run, const struct ps_rule *rule,
		       const struct ps_rule_action *action,
		       const struct ps_bytes *values);

#endif
