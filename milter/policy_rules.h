/* policy_rules.h - the rules in force, and what one request is judged with. */
#ifndef PS_MILTER_POLICY_RULES_H
#define PS_MILTER_POLICY_RULES_H

#include "core/rules/rule_eval.h"
#include "milter/policy_book.h"

/*
 * Compiled rules that can be changed for others while requests are judged by
 * them: each goes on with those it began with.  Safe in any thread.
 */
struct ps_policy_rules;

/* Kept from one request to the next; one thread at a time. */
struct ps_policy_seat {
	struct ps_rule_run *run;
	const struct ps_rules *rules;
	uint64_t second;	    /* clock is of that one */
	struct ps_rule_clock clock; /* local time */
	struct ps_policy_page *page;
	struct ps_policy_seat *next;
};

/* Takes book over.  0, or -1: no memory; book is then still the caller's. */
int ps_policy_rules_new(struct ps_policy_book *book,
			struct ps_policy_rules **rules_r);
/* Once every seat was given back. */
void ps_policy_rules_free(struct ps_policy_rules **rules);
/* Takes book over; what was counted of a rule that it still has (by identity)
 * is kept.  -1: no memory; nothing has changed. */
int ps_policy_rules_change(struct ps_policy_rules *rules,
			   struct ps_policy_book *book);
/* The book in force; by the thread that changes it. */
struct ps_policy_book *ps_policy_rules_book(struct ps_policy_rules *rules);

/* NULL: no memory. */
struct ps_policy_seat *ps_policy_rules_take(struct ps_policy_rules *rules);
/* verdict: what it was used for, to be counted; NULL: for nothing. */
void ps_policy_rules_give_back(struct ps_policy_rules *rules,
			       struct ps_policy_seat *seat,
			       const struct ps_rule_verdict *verdict);

/* What a rule has done since the start; texts are borrowed for the call. */
struct ps_policy_tally {
	struct ps_rule_info info;
	uint64_t matched, decided;
	uint64_t limited; /* its limit has fired */
};
typedef void ps_policy_tally_each(void *ctx,
				  const struct ps_policy_tally *tally);
/* In the order of the file.  -1: no memory, and none was told. */
int ps_policy_rules_all(struct ps_policy_rules *rules,
			ps_policy_tally_each *each, void *ctx);

#endif
