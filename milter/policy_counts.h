/* policy_counts.h - where the limits of rules are counted, and kept. */
#ifndef PS_MILTER_POLICY_COUNTS_H
#define PS_MILTER_POLICY_COUNTS_H

#include "directory/config.h"
#include "io/counters_redis.h"
#include "io/logins_memory.h"

/*
 * Counts in memory, and a thread that writes them into limits.journal each
 * second.  A journal that cannot be written is logged once, is tried again
 * every PS_COUNTS_RETRY_SECONDS, and holds up nothing.  With limits.redis,
 * other hosts' counts are among them (io/counters_redis.h).  Safe in any
 * thread.
 */
struct ps_policy_counts;

#define PS_COUNTS_RETRY_SECONDS 10 /* ours */

/*
 * With what the journal holds.  What is known of logins (borrowed, empty so
 * far) is read and written beside it (policy_logins.h).  limits: borrowed.  0,
 * or -1 with a sentence in error_r: no memory, or a journal that cannot be
 * opened, is no journal, or is another process's.
 */
int ps_policy_counts_new(const struct ps_config_limits *limits,
			 struct ps_logins *logins,
			 struct ps_policy_counts **counts_r,
			 char error_r[PS_CONFIG_ERROR_MAX]);
/* What is counted is on the disk, and from here on is written no more. */
void ps_policy_counts_stop(struct ps_policy_counts *counts);
/* Stops, too. */
void ps_policy_counts_free(struct ps_policy_counts **counts);
/* As limits.sync is now. */
void ps_policy_counts_sync(struct ps_policy_counts *counts,
			   unsigned int seconds);

/* What a rule file counts in, for as long as counts are. */
struct ps_rule_counters ps_policy_counts_port(struct ps_policy_counts *counts);
/* Is the journal written?  False: what is counted is in memory only. */
bool ps_policy_counts_kept(const struct ps_policy_counts *counts);
struct ps_policy_redis {
	bool up;
	uint64_t answered; /* counts, since the start */
};
/* False: limits.redis is not set. */
bool ps_policy_counts_redis(const struct ps_policy_counts *counts,
			    struct ps_policy_redis *redis_r);
/* Its add() as ps_counters_redis_add_soon(); alone, at once. */
enum ps_rule_counted ps_policy_counts_soon(struct ps_policy_counts *counts,
					   struct ps_counters_wait *wait,
					   const struct ps_rule_count *count,
					   uint64_t *sum_r);
void ps_policy_counts_forget(struct ps_policy_counts *counts,
			     struct ps_counters_wait *wait);
/* Does a count wait for the answer of another host, at present? */
bool ps_policy_counts_wait(const struct ps_policy_counts *counts);
/* Nothing was counted of this one, by any host.  False: there is none. */
bool ps_policy_counts_reset(struct ps_policy_counts *counts,
			    const struct ps_counter *counter, uint64_t now);
/* The windows of this process, to be listed. */
struct ps_counters *ps_policy_counts_memory(struct ps_policy_counts *counts);

#endif
