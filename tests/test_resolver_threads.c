/* test_resolver_threads.c - one resolver, many threads. */

#include "table.h"

#include "asking.h"
#include "moody_server.h"
#include "name_server.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define WORDS_MAX 1024
#define THREADS	  64
#define NAMES	  50
#define CROWD	  16  /* threads that do not wait for each other */
#define MESSAGES  100 /* of each */

static struct ps_resolver *resolver;

struct worker {
	pthread_t thread;
	pthread_barrier_t *start;
	unsigned int seed, wrong;
};

static void run_all(struct worker *workers, unsigned int count,
		    void *(*work)(void *))
{
	pthread_barrier_t start;
	unsigned int i;

	pthread_barrier_init(&start, NULL, count);
	for (i = 0; i < count; i++) {
		workers[i] = (struct worker){ .start = &start, .seed = i };
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work,
						&workers[i]),
				 0);
	}
	for (i = 0; i < count; i++) {
		pthread_join(workers[i].thread, NULL);
		assert_int_equal(workers[i].wrong, 0);
	}
	pthread_barrier_destroy(&start);
}

/* All ask for the same name at the same time, then for the next. */
static void *ask_alike(void *ctx)
{
	struct worker *worker = ctx;
	struct ps_buffer words = PS_BUFFER(WORDS_MAX);
	char name[32];
	int i;

	for (i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "host%d.test", i);
		ps_buffer_reset(&words);
		pthread_barrier_wait(worker->start);
		asking_once(resolver, name, PS_DNS_A, &words);
		worker->wrong +=
			strcmp(ps_buffer_cstr(&words), "192.0.2.3;") != 0;
	}
	ps_buffer_free(&words);
	return NULL;
}

static void check_alike(void **state)
{
	static const char *const zones[] = { "test", "* A 192.0.2.3\n", NULL };
	static struct worker workers[THREADS];
	struct name_server *server = name_server_new(zones, 0);
	struct ps_resolver_stats stats;

	(void)state;
	resolver = asking_resolver(name_server_port(server), 300);
	run_all(workers, THREADS, ask_alike);
	stats = asking_stats(resolver);
	assert_int_equal(stats.questions, THREADS * NAMES);
	assert_int_equal(stats.sent, NAMES);
	assert_int_equal(stats.timeouts, 0);
	assert_int_equal(stats.cached, NAMES);
	ps_resolver_free(&resolver);
	name_server_free(&server);
}

/* True: one of the four things that may be said, and the same twice. */
static bool is_steady(struct ps_dns_session *session, const char *name,
		      struct ps_buffer *first, struct ps_buffer *second)
{
	const char *said;

	ps_buffer_reset(first);
	ps_buffer_reset(second);
	asking_words(session, name, PS_DNS_A, first);
	asking_words(session, name, PS_DNS_A, second);
	said = ps_buffer_cstr(first);
	if (strcmp(said, "pending") == 0)
		return false;
	return strcmp(said, ps_buffer_cstr(second)) == 0 &&
	       (strcmp(said, "192.0.2.7;") == 0 ||
		strcmp(said, "tempfail") == 0);
}

/* Ask for some names, wait not at all or a little, look, and go. */
static void *come_and_go(void *ctx)
{
	struct worker *worker = ctx;
	struct ps_buffer first = PS_BUFFER(WORDS_MAX);
	struct ps_buffer second = PS_BUFFER(WORDS_MAX);
	struct ps_dns_session *session;
	char name[32];
	int i, j;

	pthread_barrier_wait(worker->start);
	for (i = 0; i < MESSAGES; i++) {
		session = asking_session(resolver);
		for (j = 0; j < 4; j++) {
			worker->seed = worker->seed * 1103515245u + 12345u;
			snprintf(name, sizeof(name), "host%u.test",
				 (worker->seed >> 16) % 500);
			ps_buffer_reset(&first);
			asking_words(session, name, PS_DNS_A, &first);
		}
		if (i % 4 != 0) {
			(void)ps_dns_session_wait(session,
						  (unsigned int)i % 4 * 2);
			worker->wrong +=
				!is_steady(session, name, &first, &second);
		}
		ps_dns_session_free(&session);
	}
	ps_buffer_free(&first);
	ps_buffer_free(&second);
	return NULL;
}

static void check_crowd(void **state)
{
	static struct worker workers[CROWD];
	struct moody_server *server = moody_server_new(MOODY_ANSWER);
	struct ps_resolver_stats stats;

	(void)state;
	resolver = asking_resolver(moody_server_port(server), 300);
	moody_server_delay(server, 2);
	run_all(workers, CROWD, come_and_go);
	stats = asking_stats(resolver);
	assert_true(stats.timeouts > 0);
	assert_true(stats.cache_hits > 0);
	assert_true(stats.sent <= stats.questions - stats.cache_hits);
	ps_resolver_free(&resolver);
	moody_server_free(&server);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		{ .name = "the same question leaves once",
		  .test_func = check_alike },
		{ .name = "messages that come and go",
		  .test_func = check_crowd },
	};

	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
				       NULL, NULL);
}
