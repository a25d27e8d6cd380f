/* counters_redis_count.c - counts that are shared: one, and several at once. */

#include "io/counters_redis_parts.h"

#include "directory/log.h"
#include "io/clock.h"
#include "io/siphash.h"

#include <string.h>

struct ps_counters_question
ps_counters_redis_question(const struct ps_counters_redis *redis,
			   const struct ps_rule_count *count)
{
	return (struct ps_counters_question){
		.sha = redis->sha,
		.prefix = redis->config.prefix,
		.mode = redis->mode,
		.count = count,
	};
}

/* What the host itself holds is told to Redis, too.  False: nothing can be
 * asked. */
static bool put(struct ps_counters_redis *redis,
		const struct ps_rule_count *count, bool by_name,
		struct ps_redis_ask *ask)
{
	struct ps_counters_question question =
		ps_counters_redis_question(redis, count);
	char octets[PS_COUNTERS_COMMAND_MAX];
	struct ps_buffer command = PS_BUFFER_AT(octets, sizeof(octets));

	if (!by_name)
		question.sha = NULL;
	question.held = ps_counters_window(
		redis->local, ps_bytes_of(count->rule), count->key);
	ps_counters_ask(&question, &command);
	return !command.failed &&
	       ps_redis_link_put(&redis->link, ask, command.data, command.len);
}

static void say_bad_key(struct ps_counters_redis *redis,
			const struct ps_rule_count *count, const char *what)
{
	struct ps_buffer name = PS_BUFFER(PS_COUNTERS_TEXT_MAX);
	uint64_t now = ps_clock_monotonic_us() + 1; /* 0: never said */
	unsigned long long before = atomic_load(&redis->said_bad_key);

	if ((before != 0 && now - before < PS_COUNTERS_QUIET_US) ||
	    !atomic_compare_exchange_strong(&redis->said_bad_key, &before, now))
		return;
	ps_counters_name(redis->config.prefix, redis->mode,
			 ps_bytes_of(count->rule), count->key, &name);
	ps_log(PS_LOG_WARNING,
	       "limits: Redis's key %s is not a count of ours, this host "
	       "counts alone there: %s",
	       ps_buffer_cstr(&name), what);
	ps_buffer_free(&name);
}

/* What an error leads to. */
static void consider(struct ps_counters_redis *redis,
		     const struct ps_rule_count *count, const redisReply *reply)
{
	switch (ps_counters_error_of(reply->str)) {
	case PS_COUNTERS_BAD_KEY:
		say_bad_key(redis, count, reply->str);
		break;
	case PS_COUNTERS_NO_SCRIPT:
	case PS_COUNTERS_BAD_SERVER:
		ps_redis_link_drop(&redis->link, reply->str);
		break;
	}
}

static bool is_unknown_script(const redisReply *reply)
{
	return reply != NULL && reply->type == REDIS_REPLY_ERROR &&
	       ps_counters_error_of(reply->str) == PS_COUNTERS_NO_SCRIPT;
}

/* What was put.  False: Redis has no part in it. */
static bool take(struct ps_counters_redis *redis, struct ps_redis_ask *ask,
		 const struct ps_rule_count *count, uint64_t *sum_r,
		 struct ps_window *window_r)
{
	redisReply *reply = ps_redis_link_wait(&redis->link, ask);
	bool good = false;

	if (is_unknown_script(reply)) {
		freeReplyObject(reply);
		reply = NULL;
		if (put(redis, count, false, ask))
			reply = ps_redis_link_wait(&redis->link, ask);
	}
	if (reply == NULL)
		return false;
	if (reply->type == REDIS_REPLY_ERROR) {
		consider(redis, count, reply);
	} else {
		good = ps_counters_read(reply, sum_r, window_r);
		if (!good)
			ps_redis_link_drop(&redis->link,
					   "answers what was not asked");
	}
	freeReplyObject(reply);
	return good;
}

static bool begin(struct ps_counters_redis *redis,
		  const struct ps_rule_count *count, struct ps_redis_ask *ask)
{
	return ps_bytes_of(count->rule).len <= PS_COUNTER_TEXT_MAX &&
	       count->key.len <= PS_COUNTER_TEXT_MAX &&
	       atomic_load(&redis->link.up) && put(redis, count, true, ask);
}

static enum ps_rule_counted end(struct ps_counters_redis *redis,
				const struct ps_rule_count *count,
				struct ps_redis_ask *ask, uint64_t *sum_r)
{
	struct ps_counter counter = { .rule = ps_bytes_of(count->rule),
				      .key = count->key,
				      .seconds = count->seconds };

	if (!take(redis, ask, count, sum_r, &counter.window))
		return ps_counters_add(redis->local, count, sum_r);
	counter.limited = *sum_r > count->max;
	(void)ps_counters_keep(redis->local, &counter, count->now);
	atomic_fetch_add_explicit(&redis->answered, 1, memory_order_relaxed);
	return PS_RULE_COUNTED;
}

enum ps_rule_counted ps_counters_redis_add(void *ctx,
					   const struct ps_rule_count *count,
					   uint64_t *sum_r)
{
	struct ps_counters_redis *redis = ctx;
	struct ps_redis_ask ask;

	return begin(redis, count, &ask)
		       ? end(redis, count, &ask, sum_r)
		       : ps_counters_add(redis->local, count, sum_r);
}

/* ---- the same in two calls ---- */

/* Tells one count from another by accident only. */
static uint64_t sum_of(const struct ps_rule_count *count)
{
	const struct ps_siphash_key numbers = { count->amount ^ count->max
									<< 32,
						count->seconds };

	return ps_siphash(&numbers, count->rule, strlen(count->rule)) +
	       ps_siphash(&numbers, count->key.at, count->key.len);
}

void ps_counters_redis_forget(struct ps_counters_redis *redis,
			      struct ps_counters_wait *wait)
{
	redisReply *reply;

	if (!wait->asked)
		return;
	wait->asked = false;
	reply = ps_redis_link_wait(&redis->link, &wait->ask);
	if (reply != NULL)
		freeReplyObject(reply);
}

enum ps_rule_counted
ps_counters_redis_add_soon(struct ps_counters_redis *redis,
			   struct ps_counters_wait *wait,
			   const struct ps_rule_count *count, uint64_t *sum_r)
{
	const uint64_t what = sum_of(count);

	/* Judged anew, it has come to another count: members of a group may
	 * have changed meanwhile. */
	if (wait->asked && wait->what != what)
		ps_counters_redis_forget(redis, wait);
	if (wait->asked) {
		wait->asked = false;
		return end(redis, count, &wait->ask, sum_r);
	}
	if (!begin(redis, count, &wait->ask))
		return ps_counters_add(redis->local, count, sum_r);
	wait->asked = true;
	wait->what = what;
	return PS_RULE_COUNT_PENDING;
}
