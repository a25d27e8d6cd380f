/* policy.h - Postfix's policy service (SMTPD_POLICY_README), by a rule file. */
#ifndef PS_MILTER_POLICY_H
#define PS_MILTER_POLICY_H

#include "milter/policy_effects.h"
#include "milter/policy_work.h"
#include "milter/protocol.h"

/* Requests that one thread judges at a time, where counts are asked for in one
 * write; ours. */
#define PS_POLICY_TOGETHER  16
/* "action=", an answer, an empty line. */
#define PS_POLICY_REPLY_MAX (7 + PS_RULE_ANSWER_MAX + 2)
/* Requests that may block at a time: for the DNS, or wait(); ours. */
#define PS_POLICY_THREADS   64
/* Of those in wait(); the others have their answer at once. */
#define PS_POLICY_WAITS_MAX (PS_POLICY_THREADS / 2)

/* One for the process, whatever is reloaded.  Safe in any thread. */
struct ps_policy;

/*
 * After root was dropped.  limits: borrowed for the call; world is asked for
 * where rules ask the DNS or others.  0, or -1 with a
 * sentence in error_r: a rule file that cannot be used (file and line), a
 * journal that cannot be opened, no memory.
 */
int ps_policy_new(const struct ps_config_limits *limits,
		  struct ps_policy_world world, struct ps_policy **policy_r,
		  char error_r[PS_CONFIG_ERROR_MAX]);
/* What rules may use, before anything is asked; until then nothing. */
void ps_policy_equip(struct ps_policy *policy,
		     const struct ps_policy_means *means);
/* Once nothing is asked of it. */
void ps_policy_free(struct ps_policy **policy);
/* The process is to stop: no wait() lasts any longer. */
void ps_policy_hurry(struct ps_policy *policy);
/* And when all requests are answered: counts are on the disk. */
void ps_policy_stop(struct ps_policy *policy);

/* ps_protocol's answer, and answer_soon; how many connections are to be taken
 * together for it now.  A fault of ours is answered by a 4xx. */
enum ps_request ps_policy_answer(struct ps_policy *policy,
				 struct ps_cursor *input,
				 struct ps_buffer *replies);
enum ps_request ps_policy_answer_soon(struct ps_policy *policy,
				      struct ps_policy_work *work,
				      struct ps_cursor *input,
				      struct ps_buffer *replies);
unsigned int ps_policy_together(struct ps_policy *policy);

/*
 * One thread at a time: to reload, prepare what is new, and take it or free it;
 * each second, look for value files that have changed.  Counts of rules that
 * still exist go on.  take: false, and nothing has changed: no memory.
 */
bool ps_policy_take(struct ps_policy *policy,
		    const struct ps_config_limits *limits,
		    struct ps_policy_book *book);
void ps_policy_look(struct ps_policy *policy);

/* A suspension is about to be lifted: what items of logins have counted of it
 * must not bring it back with the next message. */
void ps_policy_forgive(struct ps_policy *policy, struct ps_bytes login);
/* Requests that were answered by a 451 for a fault of ours, or of the rules. */
uint64_t ps_policy_faults(const struct ps_policy *policy);
/* For who lists and resets counts, or tells what rules have done. */
struct ps_policy_counts *ps_policy_counts_of(struct ps_policy *policy);
struct ps_policy_rules *ps_policy_rules_of(struct ps_policy *policy);

#endif
