/* counters_redis.h - the counts of rate limits, shared by several hosts. */
#ifndef PS_IO_COUNTERS_REDIS_H
#define PS_IO_COUNTERS_REDIS_H

#include "directory/config_redis.h"
#include "io/counters_memory.h"
#include "io/redis_link.h"

/*
 * Each count is one script in Redis, which adds and judges in one step: hosts
 * that share it allow together what one would.  What Redis answers is kept in
 * the local counters, too.  While it does not answer, they go on by themselves
 * from there, so that each host holds the limit; when it does again, the larger
 * of both counts.
 *
 * An answer that takes longer than config->timeout is not waited for, and from
 * then on requests do not ask until a thread of our own has reached a server
 * again and made a count there for trial.  Both are logged, once.
 *
 * Safe in any thread.
 */
struct ps_counters_redis;

/*
 * config, with at least a server or sentinel: copied.  local: borrowed; mode as
 * local's.  Waits for the first connection, at most a second; that there is
 * none is no error.  0, or -1: no memory, thread, or randomness.
 */
int ps_counters_redis_new(const struct ps_config_redis *config,
			  enum ps_window_mode mode, struct ps_counters *local,
			  struct ps_counters_redis **redis_r);
/* Nobody counts any more. */
void ps_counters_redis_free(struct ps_counters_redis **redis);

/* ps_rule_counters' add(), with these counters as ctx; as ps_counters_add(),
 * but that numbers above 2^53 are taken as that. */
enum ps_rule_counted ps_counters_redis_add(void *redis,
					   const struct ps_rule_count *count,
					   uint64_t *sum_r);
/* A count that was asked for; all zero: none.  For counters_redis.c alone. */
struct ps_counters_wait {
	struct ps_redis_ask ask;
	bool asked;
	uint64_t what; /* was asked for */
};

/*
 * The same in two calls.  The first one asks Redis and answers PENDING: counts
 * of other requests can be asked for before the second one, by this thread and
 * with the same count, has the answer of all.  Without Redis the first call
 * counts.  wait stays where it is between them.
 */
enum ps_rule_counted
ps_counters_redis_add_soon(struct ps_counters_redis *redis,
			   struct ps_counters_wait *wait,
			   const struct ps_rule_count *count, uint64_t *sum_r);
/* There will be no second call, if one is due: what was asked is counted. */
void ps_counters_redis_forget(struct ps_counters_redis *redis,
			      struct ps_counters_wait *wait);
/* For all hosts; seconds: of the window.  False: not known here, and Redis did
 * not answer. */
bool ps_counters_redis_reset(struct ps_counters_redis *redis,
			     struct ps_bytes rule, struct ps_bytes key,
			     uint32_t seconds, uint64_t now);

/* Is it asked at present?  Counts that it has answered, since the start. */
bool ps_counters_redis_up(const struct ps_counters_redis *redis);
uint64_t ps_counters_redis_answered(const struct ps_counters_redis *redis);

#endif
