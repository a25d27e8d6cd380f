/* counters_redis.c - the counts of rate limits, shared by several hosts. */

#include "io/counters_redis.h"

#include "core/text/arena.h"
#include "directory/log.h"
#include "io/clock.h"
#include "io/counters_script.h"
#include "io/redis_connect.h"
#include "io/redis_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CONFIG_MAX 65536    /* octets of the settings; ours */
#define START_MS   1000	    /* new() waits for the first connection; ours */
#define RETRY_MS   1000	    /* between two attempts; ours */
#define QUIET_US   60000000 /* a key that is not ours is named again after */

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

/* ---- one count ---- */

static struct ps_counters_question
question_of(const struct ps_counters_redis *redis,
	    const struct ps_rule_count *count)
{
	return (struct ps_counters_question){
		.sha = redis->sha,
		.prefix = redis->config.prefix,
		.mode = redis->mode,
		.count = count,
	};
}

/* NULL: no answer. */
static redisReply *ask(struct ps_counters_redis *redis,
		       const struct ps_counters_question *question)
{
	char *command;
	int len = ps_counters_ask(question, &command);
	redisReply *reply = NULL;

	if (len >= 0)
		reply = ps_redis_link_ask(&redis->link, command, (size_t)len);
	redisFreeCommand(command);
	return reply;
}

static void say_bad_key(struct ps_counters_redis *redis,
			const struct ps_rule_count *count, const char *what)
{
	struct ps_buffer name = PS_BUFFER(PS_COUNTERS_TEXT_MAX);
	uint64_t now = ps_clock_monotonic_us() + 1; /* 0: never said */
	unsigned long long before = atomic_load(&redis->said_bad_key);

	if ((before != 0 && now - before < QUIET_US) ||
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

/* False: Redis has no part in it. */
static bool count_there(struct ps_counters_redis *redis,
			const struct ps_rule_count *count, uint64_t *sum_r,
			struct ps_window *window_r)
{
	struct ps_counters_question question = question_of(redis, count);
	redisReply *reply;
	bool good = false;

	question.held = ps_counters_window(
		redis->local, ps_bytes_of(count->rule), count->key);
	reply = ask(redis, &question);
	if (reply != NULL && reply->type == REDIS_REPLY_ERROR &&
	    ps_counters_error_of(reply->str) == PS_COUNTERS_NO_SCRIPT) {
		freeReplyObject(reply);
		question.sha = NULL;
		reply = ask(redis, &question);
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

enum ps_rule_counted ps_counters_redis_add(void *ctx,
					   const struct ps_rule_count *count,
					   uint64_t *sum_r)
{
	struct ps_counters_redis *redis = ctx;
	struct ps_counter counter = { .rule = ps_bytes_of(count->rule),
				      .key = count->key,
				      .seconds = count->seconds };

	if (counter.rule.len > PS_COUNTER_TEXT_MAX ||
	    counter.key.len > PS_COUNTER_TEXT_MAX ||
	    !atomic_load(&redis->link.up) ||
	    !count_there(redis, count, sum_r, &counter.window))
		return ps_counters_add(redis->local, count, sum_r);
	counter.limited = *sum_r > count->max;
	(void)ps_counters_keep(redis->local, &counter, count->now);
	atomic_fetch_add_explicit(&redis->answered, 1, memory_order_relaxed);
	return PS_RULE_COUNTED;
}

bool ps_counters_redis_reset(struct ps_counters_redis *redis,
			     struct ps_bytes rule, struct ps_bytes key,
			     uint32_t seconds, uint64_t now)
{
	char text[PS_COUNTER_TEXT_MAX + 1], *command;
	const struct ps_rule_count count = {
		.rule = text, .key = key, .seconds = seconds, .now = now
	};
	const struct ps_counters_question question = question_of(redis, &count);
	bool known = ps_counters_reset(redis->local, rule, key);
	redisReply *reply = NULL;
	int len;

	if (!ps_bytes_copy(rule, text, sizeof(text)) ||
	    key.len > PS_COUNTER_TEXT_MAX)
		return false;
	len = ps_counters_ask_reset(&question, &command);
	if (len >= 0)
		reply = ps_redis_link_ask(&redis->link, command, (size_t)len);
	redisFreeCommand(command);
	if (reply != NULL) {
		known = reply->type != REDIS_REPLY_ERROR || known;
		freeReplyObject(reply);
	}
	return known;
}

bool ps_counters_redis_up(const struct ps_counters_redis *redis)
{
	return atomic_load(&redis->link.up);
}

uint64_t ps_counters_redis_answered(const struct ps_counters_redis *redis)
{
	return atomic_load_explicit(&redis->answered, memory_order_relaxed);
}

/* ---- the thread that looks after the connection ---- */

/* A count, so that a server that takes none is not called good. */
static bool try_it(struct ps_counters_redis *redis,
		   struct ps_redis_stream *stream, char reason_r[PS_REASON_MAX])
{
	const struct ps_rule_count count = { .rule = "trial",
					     .key = PS_BYTES("trial"),
					     .amount = 1,
					     .max = 1,
					     .seconds = 1,
					     .now = ps_clock_seconds() };
	struct ps_counters_question question = question_of(redis, &count);
	uint64_t until = ps_clock_monotonic_us() + PS_REDIS_CONNECT_US, sum;
	struct ps_window window;
	redisReply *reply = NULL;
	bool good = false;
	char *command;
	int len;

	question.sha = NULL;
	len = ps_counters_ask(&question, &command);
	snprintf(reason_r, PS_REASON_MAX, "out of memory");
	if (len >= 0 && ps_redis_stream_write(stream, command, (size_t)len,
					      until, reason_r) == 0)
		reply = ps_redis_stream_read(stream, until, reason_r);
	redisFreeCommand(command);
	if (reply != NULL) {
		good = ps_counters_read(reply, &sum, &window);
		snprintf(reason_r, PS_REASON_MAX, "%.200s",
			 reply->type == REDIS_REPLY_ERROR
				 ? reply->str
				 : "answers what was not asked");
	}
	freeReplyObject(reply);
	return good;
}

static void say_away(struct ps_counters_redis *redis, const char *reason)
{
	if (!redis->said_away)
		ps_log(PS_LOG_WARNING,
		       "limits: Redis does not count, each host counts alone "
		       "until it does: %s",
		       reason);
	redis->said_away = true;
}

static void say_back(struct ps_counters_redis *redis, const char *where)
{
	if (redis->said_away || strcmp(redis->said_at, where) != 0)
		ps_log(PS_LOG_INFO,
		       "limits: counted together with other hosts, in Redis at "
		       "%s",
		       where);
	redis->said_away = false;
	snprintf(redis->said_at, sizeof(redis->said_at), "%s", where);
}

/* It may be back at once: no more than a line a minute. */
static void say_lost(struct ps_counters_redis *redis)
{
	uint64_t now = ps_clock_monotonic_us();
	char reason[PS_REASON_MAX];

	if (redis->said_lost != 0 && now - redis->said_lost < QUIET_US)
		return;
	redis->said_lost = now;
	ps_redis_link_reason(&redis->link, reason);
	ps_log(PS_LOG_INFO, "limits: connecting to Redis anew: %s", reason);
}

static bool connect_once(struct ps_counters_redis *redis)
{
	char where[PS_REDIS_WHERE_MAX], reason[PS_REASON_MAX];
	char said[PS_REASON_MAX];
	struct ps_redis_stream stream;
	int done = ps_redis_connect(&redis->config, &stream, where, reason);

	if (done == 0 && !try_it(redis, &stream, said)) {
		ps_redis_stream_close(&stream);
		snprintf(reason, sizeof(reason), "%.100s: %.150s", where, said);
		done = -1;
	}
	if (done < 0) {
		say_away(redis, reason);
		return false;
	}
	ps_redis_link_raise(&redis->link, &stream);
	say_back(redis, where);
	return true;
}

/* The keeper's pause, which the end cuts short. */
static bool pause_for(struct ps_counters_redis *redis,
		      unsigned int milliseconds)
{
	struct timespec until;
	bool stop;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += (time_t)(milliseconds / 1000);
	(void)pthread_mutex_lock(&redis->lock);
	if (!redis->stop && milliseconds > 0)
		(void)pthread_cond_timedwait(&redis->changed, &redis->lock,
					     &until);
	stop = redis->stop;
	(void)pthread_mutex_unlock(&redis->lock);
	return !stop;
}

static void tell_tried(struct ps_counters_redis *redis)
{
	(void)pthread_mutex_lock(&redis->lock);
	redis->tried = true;
	(void)pthread_cond_broadcast(&redis->changed);
	(void)pthread_mutex_unlock(&redis->lock);
}

static void *keep(void *ctx)
{
	struct ps_counters_redis *redis = ctx;
	unsigned int wait_ms = 0;
	uint64_t since;
	bool up, was_up;

	while (pause_for(redis, wait_ms)) {
		since = ps_clock_monotonic_us();
		up = was_up = connect_once(redis);
		tell_tried(redis);
		while (up && pause_for(redis, 0))
			up = !ps_redis_link_watch(&redis->link);
		if (was_up && !up)
			say_lost(redis);
		/* One that falls at once is not taken up at once. */
		wait_ms = ps_clock_monotonic_us() - since < RETRY_MS * 1000
				  ? RETRY_MS
				  : 0;
	}
	return NULL;
}

/* ---- from start to end ---- */

static void wait_for_first(struct ps_counters_redis *redis)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += START_MS / 1000;
	(void)pthread_mutex_lock(&redis->lock);
	while (!redis->tried &&
	       pthread_cond_timedwait(&redis->changed, &redis->lock, &until) ==
		       0)
		;
	(void)pthread_mutex_unlock(&redis->lock);
}

static void clear(struct ps_counters_redis **redis)
{
	ps_redis_link_free(&(*redis)->link);
	(void)pthread_cond_destroy(&(*redis)->changed);
	(void)pthread_mutex_destroy(&(*redis)->lock);
	ps_arena_free(&(*redis)->arena);
	free(*redis);
	*redis = NULL;
}

int ps_counters_redis_new(const struct ps_config_redis *config,
			  enum ps_window_mode mode, struct ps_counters *local,
			  struct ps_counters_redis **redis_r)
{
	struct ps_counters_redis *redis = calloc(1, sizeof(*redis));

	*redis_r = redis;
	if (redis == NULL)
		return -1;
	redis->mode = mode;
	redis->local = local;
	(void)pthread_mutex_init(&redis->lock, NULL);
	(void)pthread_cond_init(&redis->changed, NULL);
	if (ps_redis_link_init(&redis->link, (uint64_t)config->timeout * 1000) <
		    0 ||
	    ps_arena_new(CONFIG_MAX, &redis->arena) < 0 ||
	    !ps_config_redis_copy(config, redis->arena, &redis->config) ||
	    !ps_counters_script_sha(redis->sha) ||
	    pthread_create(&redis->keeper, NULL, keep, redis) != 0) {
		clear(redis_r);
		return -1;
	}
	wait_for_first(redis);
	return 0;
}

void ps_counters_redis_free(struct ps_counters_redis **redis)
{
	if (*redis == NULL)
		return;
	(void)pthread_mutex_lock(&(*redis)->lock);
	(*redis)->stop = true;
	(void)pthread_cond_broadcast(&(*redis)->changed);
	(void)pthread_mutex_unlock(&(*redis)->lock);
	ps_redis_link_wake(&(*redis)->link);
	(void)pthread_join((*redis)->keeper, NULL);
	clear(redis);
}
