/*
 * count_ask.c - counts through Redis, for hosted tests.
 *
 * usage: count_ask fixed|sliding [SETTING=VALUE...] <QUESTIONS
 *
 * A question is a line, its answer is one:
 *   count RULE KEY AMOUNT MAX SECONDS NOW	rule and key in hex: the sum, or
 *						"full"
 *   reset RULE KEY SECONDS NOW			"reset" or "unknown"
 *   hammer THREADS MILLISECONDS KEY MAX [TOGETHER]
 *						all at once, one each, in an
 *						hour: allowed, asked, and the
 *						longest in microseconds.
 *						TOGETHER: each thread asks for
 *						so many before it takes the
 *						first answer
 *   forget KEY					one is asked for, whose answer
 *						nobody takes; then another
 *   differ SEED TIMES SECONDS			what differs from the counters
 *						in memory
 *   up						"up" or "down"
 */

#include "io/clock.h"
#include "io/counters_redis.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS_MAX  64
#define TOGETHER_MAX 16

static struct ps_config_redis config = { .sentinel_master = "mymaster",
					 .prefix = "postseal",
					 .timeout = 100 };
static enum ps_window_mode mode;
static struct ps_counters *local;
static struct ps_counters_redis *redis;

/* ---- settings ---- */

static struct ps_config_list *list_of(char *text)
{
	static const char *at[2][8];
	static struct ps_config_list list[2];
	static size_t used;
	struct ps_config_list *one = &list[used];
	char *word, *rest = text;

	one->at = at[used];
	while ((word = strsep(&rest, ",")) != NULL && one->count < 8)
		at[used][one->count++] = word;
	used++;
	return one;
}

static void set(char *setting)
{
	char *value = strchr(setting, '=');

	if (value == NULL)
		exit(2);
	*value++ = '\0';
	if (strcmp(setting, "servers") == 0)
		config.servers = *list_of(value);
	else if (strcmp(setting, "sentinels") == 0)
		config.sentinels = *list_of(value);
	else if (strcmp(setting, "user") == 0)
		config.user = value;
	else if (strcmp(setting, "password_file") == 0)
		config.password_file = value;
	else if (strcmp(setting, "sentinel_password_file") == 0)
		config.sentinel_password_file = value;
	else if (strcmp(setting, "database") == 0)
		config.database = (unsigned int)strtoul(value, NULL, 10);
	else if (strcmp(setting, "ca_file") == 0)
		config.ca_file = value;
	else if (strcmp(setting, "tls") == 0)
		config.tls = PS_YES;
	else if (strcmp(setting, "tls_name") == 0)
		config.tls_name = value;
	else if (strcmp(setting, "timeout") == 0)
		config.timeout = (unsigned int)strtoul(value, NULL, 10);
	else
		exit(2);
}

/* ---- questions ---- */

/* Written over the digits. */
static struct ps_bytes from_hex(char *text)
{
	size_t len = strlen(text) / 2, i;
	unsigned int octet;

	for (i = 0; i < len; i++) {
		if (sscanf(text + 2 * i, "%2x", &octet) != 1)
			exit(2);
		text[i] = (char)octet;
	}
	text[len] = '\0';
	return (struct ps_bytes){ text, len };
}

static uint64_t next_number(char **rest)
{
	char *word = strsep(rest, " ");

	return word == NULL ? 0 : strtoull(word, NULL, 10);
}

static void ask_count(char *rest)
{
	struct ps_rule_count count = { 0 };
	uint64_t sum = 0;

	count.rule = from_hex(strsep(&rest, " ")).at;
	count.key = from_hex(strsep(&rest, " "));
	count.amount = next_number(&rest);
	count.max = next_number(&rest);
	count.seconds = (uint32_t)next_number(&rest);
	count.now = next_number(&rest);
	if (ps_counters_redis_add(redis, &count, &sum) == PS_RULE_COUNTED)
		printf("%llu\n", (unsigned long long)sum);
	else
		printf("full\n");
}

static void ask_reset(char *rest)
{
	struct ps_bytes rule = from_hex(strsep(&rest, " "));
	struct ps_bytes key = from_hex(strsep(&rest, " "));
	uint32_t seconds = (uint32_t)next_number(&rest);

	printf("%s\n", ps_counters_redis_reset(redis, rule, key, seconds,
					       next_number(&rest))
			       ? "reset"
			       : "unknown");
}

struct hammer {
	pthread_t thread;
	const char *key;
	uint64_t max, until, together, allowed, asked, longest;
};

static void strike_once(struct hammer *hammer,
			const struct ps_rule_count *count)
{
	uint64_t sum;

	hammer->allowed +=
		ps_counters_redis_add(redis, count, &sum) == PS_RULE_COUNTED &&
		sum <= count->max;
	hammer->asked++;
}

/* Those that were counted without Redis have no second call. */
static void strike_together(struct hammer *hammer,
			    const struct ps_rule_count *count)
{
	struct ps_counters_wait wait[TOGETHER_MAX] = { 0 };
	enum ps_rule_counted counted[TOGETHER_MAX];
	uint64_t sum[TOGETHER_MAX], i;

	for (i = 0; i < hammer->together; i++)
		counted[i] = ps_counters_redis_add_soon(redis, &wait[i], count,
							&sum[i]);
	for (i = 0; i < hammer->together; i++) {
		if (counted[i] == PS_RULE_COUNT_PENDING)
			counted[i] = ps_counters_redis_add_soon(redis, &wait[i],
								count, &sum[i]);
		hammer->allowed +=
			counted[i] == PS_RULE_COUNTED && sum[i] <= count->max;
		hammer->asked++;
	}
}

static void *strike(void *ctx)
{
	struct hammer *hammer = ctx;
	struct ps_rule_count count = { .rule = "hammer",
				       .key = ps_bytes_of(hammer->key),
				       .amount = 1,
				       .max = hammer->max,
				       .seconds = 3600 };
	uint64_t start, took;

	while ((start = ps_clock_monotonic_us()) < hammer->until) {
		count.now = ps_clock_seconds();
		if (hammer->together > 0)
			strike_together(hammer, &count);
		else
			strike_once(hammer, &count);
		took = ps_clock_monotonic_us() - start;
		if (took > hammer->longest)
			hammer->longest = took;
	}
	return NULL;
}

static void ask_hammer(char *rest)
{
	static struct hammer hammer[THREADS_MAX];
	uint64_t threads = next_number(&rest), i;
	struct hammer all = { .until = ps_clock_monotonic_us() +
				       next_number(&rest) * 1000 };

	all.key = strsep(&rest, " ");
	all.max = next_number(&rest);
	all.together = next_number(&rest);
	if (all.together > TOGETHER_MAX)
		exit(2);
	for (i = 0; i < threads && i < THREADS_MAX; i++) {
		hammer[i] = all;
		if (pthread_create(&hammer[i].thread, NULL, strike,
				   &hammer[i]) != 0)
			exit(1);
	}
	for (i = 0; i < threads && i < THREADS_MAX; i++) {
		(void)pthread_join(hammer[i].thread, NULL);
		all.allowed += hammer[i].allowed;
		all.asked += hammer[i].asked;
		if (hammer[i].longest > all.longest)
			all.longest = hammer[i].longest;
	}
	printf("%llu %llu %llu\n", (unsigned long long)all.allowed,
	       (unsigned long long)all.asked, (unsigned long long)all.longest);
}

/* Asked for, and then judged otherwise: another count, or none. */
static void ask_forget(char *rest)
{
	struct ps_rule_count count = { .rule = "forget",
				       .key = ps_bytes_of(rest),
				       .amount = 1,
				       .max = 100,
				       .seconds = 3600,
				       .now = 1700000000 };
	struct ps_counters_wait wait = { .asked = false };
	uint64_t sum = 0;

	(void)ps_counters_redis_add_soon(redis, &wait, &count, &sum);
	ps_counters_redis_forget(redis, &wait);
	ps_counters_redis_forget(redis, &wait);
	(void)ps_counters_redis_add_soon(redis, &wait, &count, &sum);
	count.amount = 10;
	while (ps_counters_redis_add_soon(redis, &wait, &count, &sum) ==
	       PS_RULE_COUNT_PENDING)
		;
	printf("%llu\n", (unsigned long long)sum);
}

/* The same counts here and there: keys, amounts and a clock that wanders. */
static void ask_differ(char *rest)
{
	struct ps_rule_count count = { .rule = "differ", .now = 1700000000 };
	uint64_t seed = next_number(&rest), times = next_number(&rest), i;
	uint64_t sum = 0, other = 0, differ = 0;
	struct ps_counters *memory;
	char key[64];

	count.seconds = (uint32_t)next_number(&rest);
	if (ps_counters_new(1000, mode, &memory) < 0)
		exit(1);
	srandom((unsigned int)seed);
	for (i = 0; i < times; i++) {
		snprintf(key, sizeof(key), "%llu-%ld", (unsigned long long)seed,
			 random() % 3);
		count.key = ps_bytes_of(key);
		count.amount = (uint64_t)(random() % 5 + 1);
		count.max = (uint64_t)(random() % 4 == 0 ? 3 : 20);
		count.now += (uint64_t)(random() % 8);
		count.now -= (uint64_t)(random() % 3);
		if (random() % 40 == 0)
			count.now += count.seconds;
		(void)ps_counters_add(memory, &count, &sum);
		(void)ps_counters_redis_add(redis, &count, &other);
		differ += sum != other;
	}
	ps_counters_free(&memory);
	printf("%llu\n", (unsigned long long)differ);
}

static void ask(char *line)
{
	char *rest = line, *what = strsep(&rest, " ");

	if (strcmp(what, "count") == 0)
		ask_count(rest);
	else if (strcmp(what, "reset") == 0)
		ask_reset(rest);
	else if (strcmp(what, "hammer") == 0)
		ask_hammer(rest);
	else if (strcmp(what, "forget") == 0)
		ask_forget(rest);
	else if (strcmp(what, "differ") == 0)
		ask_differ(rest);
	else if (strcmp(what, "up") == 0)
		printf("%s\n", ps_counters_redis_up(redis) ? "up" : "down");
	else
		exit(2);
	(void)fflush(stdout);
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int i;

	if (argc < 2)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	mode = strcmp(argv[1], "sliding") == 0 ? PS_WINDOW_SLIDING
					       : PS_WINDOW_FIXED;
	for (i = 2; i < argc; i++)
		set(argv[i]);
	if (ps_counters_new(100000, mode, &local) < 0 ||
	    ps_counters_redis_new(&config, mode, local, &redis) < 0)
		return 1;
	while ((len = getline(&line, &size, stdin)) > 0) {
		line[len - 1] = '\0';
		ask(line);
	}
	free(line);
	ps_counters_redis_free(&redis);
	ps_counters_free(&local);
	return 0;
}
