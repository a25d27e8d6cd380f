/* policy_counts.c - where the limits of rules are counted, and kept. */

#include "milter/policy_counts.h"

#include "directory/log.h"
#include "io/clock.h"
#include "io/counters_journal.h"
#include "milter/policy_logins.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct ps_policy_counts {
	struct ps_counters *counters;
	struct ps_counters_redis *redis; /* NULL: each host by itself */
	/* The thread's, while it runs. */
	struct ps_journal *journal;
	struct ps_policy_logins logins;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t stop;
	bool stopping, started;
	unsigned int sync;   /* seconds; 0: never */
	atomic_bool failing; /* the journal cannot be written */
};

struct writing {
	uint64_t synced; /* monotonic seconds */
	bool failing;
};

static uint64_t seconds_now(void)
{
	return ps_clock_monotonic_us() / 1000000;
}

static void write_now(struct ps_policy_counts *counts, struct writing *writing,
		      bool sync)
{
	char reason[PS_REASON_MAX];

	if (ps_journal_write(counts->journal, sync, reason) < 0) {
		if (!writing->failing)
			ps_log(PS_LOG_ERROR,
			       "limits.journal: %s; counts are kept in memory "
			       "only",
			       reason);
		writing->failing = true;
		atomic_store(&counts->failing, true);
		return;
	}
	if (writing->failing)
		ps_log(PS_LOG_INFO, "limits.journal: written again");
	writing->failing = false;
	atomic_store(&counts->failing, false);
	if (sync)
		writing->synced = seconds_now();
}

/* Under the lock.  False: the end has come. */
static bool wait_seconds(struct ps_policy_counts *counts, unsigned int seconds)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	while (!counts->stopping) {
		if (pthread_cond_timedwait(&counts->stop, &counts->lock,
					   &until) != 0)
			break;
	}
	return !counts->stopping;
}

static void *keep(void *ctx)
{
	struct ps_policy_counts *counts = ctx;
	struct writing writing = { .synced = seconds_now() };
	unsigned int sync;

	pthread_mutex_lock(&counts->lock);
	while (wait_seconds(counts,
			    writing.failing ? PS_COUNTS_RETRY_SECONDS : 1)) {
		sync = counts->sync;
		pthread_mutex_unlock(&counts->lock);
		write_now(counts, &writing,
			  sync > 0 && seconds_now() - writing.synced >= sync);
		ps_policy_logins_write(&counts->logins, false);
		pthread_mutex_lock(&counts->lock);
	}
	pthread_mutex_unlock(&counts->lock);
	write_now(counts, &writing, true);
	ps_policy_logins_write(&counts->logins, true);
	return NULL;
}

static int open_journal(struct ps_policy_counts *counts, const char *path,
			char error_r[PS_CONFIG_ERROR_MAX])
{
	char note[PS_REASON_MAX], reason[PS_REASON_MAX];
	int result = ps_journal_open(path, counts->counters, ps_clock_seconds(),
				     &counts->journal, note, reason);

	if (result < 0) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX, "limits.journal: %s",
			 reason);
		return -1;
	}
	if (note[0] != '\0')
		ps_log(result > 0 ? PS_LOG_ERROR : PS_LOG_WARNING,
		       "limits.journal: %s", note);
	return 0;
}

static int open_redis(struct ps_policy_counts *counts,
		      const struct ps_config_limits *limits)
{
	if (limits->redis.servers.count == 0 &&
	    limits->redis.sentinels.count == 0)
		return 0;
	return ps_counters_redis_new(&limits->redis, limits->mode,
				     counts->counters, &counts->redis);
}

static int start_thread(struct ps_policy_counts *counts,
			char error_r[PS_CONFIG_ERROR_MAX])
{
	if (pthread_create(&counts->thread, NULL, keep, counts) != 0) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX, "cannot start a thread");
		return -1;
	}
	counts->started = true;
	return 0;
}

int ps_policy_counts_new(const struct ps_config_limits *limits,
			 struct ps_logins *logins,
			 struct ps_policy_counts **counts_r,
			 char error_r[PS_CONFIG_ERROR_MAX])
{
	struct ps_policy_counts *counts = calloc(1, sizeof(*counts));
	pthread_condattr_t monotonic;

	*counts_r = counts;
	snprintf(error_r, PS_CONFIG_ERROR_MAX, "out of memory");
	if (counts == NULL)
		return -1;
	counts->sync = limits->sync;
	pthread_mutex_init(&counts->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&counts->stop, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (ps_counters_new(limits->keys_max, limits->mode,
			    &counts->counters) == 0 &&
	    open_redis(counts, limits) == 0 &&
	    open_journal(counts, limits->journal, error_r) == 0 &&
	    ps_policy_logins_open(&counts->logins, limits->journal, logins) ==
		    0 &&
	    start_thread(counts, error_r) == 0)
		return 0;
	ps_policy_counts_free(counts_r);
	return -1;
}

void ps_policy_counts_stop(struct ps_policy_counts *counts)
{
	if (!counts->started)
		return;
	pthread_mutex_lock(&counts->lock);
	counts->stopping = true;
	pthread_cond_signal(&counts->stop);
	pthread_mutex_unlock(&counts->lock);
	pthread_join(counts->thread, NULL);
	counts->started = false;
}

void ps_policy_counts_free(struct ps_policy_counts **counts_p)
{
	struct ps_policy_counts *counts = *counts_p;

	if (counts == NULL)
		return;
	ps_policy_counts_stop(counts);
	ps_policy_logins_close(&counts->logins);
	ps_counters_redis_free(&counts->redis);
	ps_journal_close(&counts->journal);
	ps_counters_free(&counts->counters);
	pthread_cond_destroy(&counts->stop);
	pthread_mutex_destroy(&counts->lock);
	free(counts);
	*counts_p = NULL;
}

void ps_policy_counts_sync(struct ps_policy_counts *counts,
			   unsigned int seconds)
{
	pthread_mutex_lock(&counts->lock);
	counts->sync = seconds;
	pthread_mutex_unlock(&counts->lock);
}

struct ps_rule_counters ps_policy_counts_port(struct ps_policy_counts *counts)
{
	if (counts->redis != NULL)
		return (struct ps_rule_counters){ ps_counters_redis_add,
						  counts->redis };
	return (struct ps_rule_counters){ ps_counters_add, counts->counters };
}

enum ps_rule_counted ps_policy_counts_soon(struct ps_policy_counts *counts,
					   struct ps_counters_wait *wait,
					   const struct ps_rule_count *count,
					   uint64_t *sum_r)
{
	if (counts->redis == NULL)
		return ps_counters_add(counts->counters, count, sum_r);
	return ps_counters_redis_add_soon(counts->redis, wait, count, sum_r);
}

void ps_policy_counts_forget(struct ps_policy_counts *counts,
			     struct ps_counters_wait *wait)
{
	if (counts->redis != NULL)
		ps_counters_redis_forget(counts->redis, wait);
}

bool ps_policy_counts_wait(const struct ps_policy_counts *counts)
{
	return counts->redis != NULL && ps_counters_redis_up(counts->redis);
}

bool ps_policy_counts_kept(const struct ps_policy_counts *counts)
{
	return !atomic_load(&counts->failing);
}

bool ps_policy_counts_redis(const struct ps_policy_counts *counts,
			    struct ps_policy_redis *redis_r)
{
	if (counts->redis == NULL)
		return false;
	redis_r->up = ps_counters_redis_up(counts->redis);
	redis_r->answered = ps_counters_redis_answered(counts->redis);
	return true;
}

bool ps_policy_counts_reset(struct ps_policy_counts *counts,
			    const struct ps_counter *counter, uint64_t now)
{
	if (counts->redis != NULL)
		return ps_counters_redis_reset(counts->redis, counter->rule,
					       counter->key, counter->seconds,
					       now);
	return ps_counters_reset(counts->counters, counter->rule, counter->key);
}

struct ps_counters *ps_policy_counts_memory(struct ps_policy_counts *counts)
{
	return counts->counters;
}
