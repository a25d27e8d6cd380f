/* counters_redis.c - the counts of rate limits, shared by several hosts: the
 * connection, from start to end. */

#include "io/counters_redis_parts.h"

#include "directory/log.h"
#include "io/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CONFIG_MAX 65536 /* octets of the settings; ours */
#define START_MS   1000	 /* new() waits for the first connection; ours */
#define RETRY_MS   1000	 /* between two attempts; ours */

bool ps_counters_redis_reset(struct ps_counters_redis *redis,
			     struct ps_bytes rule, struct ps_bytes key,
			     uint32_t seconds, uint64_t now)
{
	char text[PS_COUNTER_TEXT_MAX + 1], octets[PS_COUNTERS_COMMAND_MAX];
	struct ps_buffer command = PS_BUFFER_AT(octets, sizeof(octets));
	const struct ps_rule_count count = {
		.rule = text, .key = key, .seconds = seconds, .now = now
	};
	const struct ps_counters_question question =
		ps_counters_redis_question(redis, &count);
	bool known = ps_counters_reset(redis->local, rule, key);
	redisReply *reply = NULL;

	if (!ps_bytes_copy(rule, text, sizeof(text)) ||
	    key.len > PS_COUNTER_TEXT_MAX)
		return false;
	ps_counters_ask_reset(&question, &command);
	if (!command.failed)
		reply = ps_redis_link_ask(&redis->link, command.data,
					  command.len);
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
	struct ps_counters_question question =
		ps_counters_redis_question(redis, &count);
	uint64_t until = ps_clock_monotonic_us() + PS_REDIS_CONNECT_US, sum;
	struct ps_window window;
	char octets[PS_COUNTERS_COMMAND_MAX];
	struct ps_buffer command = PS_BUFFER_AT(octets, sizeof(octets));
	redisReply *reply = NULL;
	bool good = false;

	question.sha = NULL;
	ps_counters_ask(&question, &command);
	snprintf(reason_r, PS_REASON_MAX, "redis.prefix is too long");
	if (!command.failed &&
	    ps_redis_stream_write(stream, command.data, command.len, until,
				  reason_r) == 0)
		reply = ps_redis_stream_read(stream, until, reason_r);
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

	if (redis->said_lost != 0 &&
	    now - redis->said_lost < PS_COUNTERS_QUIET_US)
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
