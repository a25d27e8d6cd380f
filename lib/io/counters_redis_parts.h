/* counters_redis_parts.h - what the files of shared counts have in common. */
#ifndef PS_IO_COUNTERS_REDIS_PARTS_H
#define PS_IO_COUNTERS_REDIS_PARTS_H

#include "core/text/arena.h"
#include "io/counters_redis.h"
#include "io/counters_script.h"
#include "io/redis_connect.h"

#define PS_COUNTERS_QUIET_US 60000000 /* before the same is said again; ours   \
				       */

struct ps_counters_redis {
	struct ps_arena *arena; /* of the texts in config */
	struct ps_config_redis config;
	enum ps_window_mode mode;
	struct ps_counters *local;
	char sha[PS_COUNTERS_SHA_SIZE];
	struct ps_redis_link link;
	atomic_ullong answered, said_bad_key;
	pthread_t keeper;
	pthread_mutex_t lock; /* what follows */
	pthread_cond_t changed;
	bool tried, stop;
	/* The keeper's own. */
	bool said_away;
	uint64_t said_lost; /* microseconds; 0: never */
	char said_at[PS_REDIS_WHERE_MAX];
};

/* By the script's name; what the host holds is not in it. */
struct ps_counters_question
ps_counters_redis_question(const struct ps_counters_redis *redis,
			   const struct ps_rule_count *count);

#endif
