/* test_resolver_trouble.c - servers that are away, slow or wrong, and questions
 * that nobody waits for any more. */

#include "table.h"

#include "asking.h"
#include "io/clock.h"
#include "moody_server.h"
#include "name_server.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define WORDS_MAX 1024
#define ADDRESS	  "192.0.2.7;" /* moody_server.h */
#define QUESTIONS 512	       /* of one session, ours */

/* Asked of a server; then once more after a second, in another message. */
static const struct row {
	const char *name;
	bool open; /* else nobody has the port */
	enum moody mood, then;
	unsigned int ttl, delay;
	unsigned int wait;	 /* milliseconds */
	bool in_time;		 /* what the wait says */
	const char *want, *next; /* the answer; in the other message */
	unsigned int sent;	 /* in all; 0: once or twice */
} rows[] = {
	{ "in time", true, MOODY_ANSWER, MOODY_SILENT, 300, 0, 5000, true,
	  ADDRESS, ADDRESS, 1 },
	{ "late, but in time", true, MOODY_ANSWER, MOODY_SILENT, 300, 200, 5000,
	  true, ADDRESS, ADDRESS, 1 },
	/* Well before 376 ms, when libunbound would ask again. */
	{ "too late: the next message has it", true, MOODY_ANSWER, MOODY_SILENT,
	  300, 210, 60, false, "tempfail", ADDRESS, 1 },
	{ "never: the next message waits for the same question", true,
	  MOODY_SILENT, MOODY_SILENT, 300, 0, 600, false, "tempfail",
	  "tempfail", 1 },
	{ "nobody has the port", false, MOODY_SILENT, MOODY_SILENT, 300, 0, 300,
	  false, "tempfail", "tempfail", 1 },
	{ "no time", true, MOODY_SILENT, MOODY_SILENT, 300, 0, 0, false,
	  "tempfail", "tempfail", 1 },
	{ "2181 8: ttl 0 is for one message", true, MOODY_ANSWER, MOODY_ANSWER,
	  0, 0, 5000, true, ADDRESS, ADDRESS, 2 },
	/* No ttl by RFC 2181 8 (libunbound 1.17), a long one by RFC 8767 4. */
	{ "ttl over 2**31", true, MOODY_ANSWER, MOODY_ANSWER, 0xffffffff, 0,
	  5000, true, ADDRESS, ADDRESS, 0 },
	{ "2308 7.1: a failure is for one message", true, MOODY_SERVFAIL,
	  MOODY_SERVFAIL, 300, 0, 9000, true, "tempfail", "tempfail", 2 },
	{ "refused", true, MOODY_REFUSED, MOODY_REFUSED, 300, 0, 9000, true,
	  "tempfail", "tempfail", 2 },
	{ "back after some lost packets", true, MOODY_SILENT, MOODY_ANSWER, 300,
	  0, 300, false, "tempfail", ADDRESS, 1 },
};

static void sleep_for(unsigned int milliseconds)
{
	const struct timespec time = { milliseconds / 1000,
				       milliseconds % 1000 * 1000000L };

	nanosleep(&time, NULL);
}

/* The question is there, so that a change of mood cannot be too early. */
static void wait_until_asked(struct moody_server *server)
{
	int tries;

	for (tries = 0; tries < 500 && moody_server_asked(server) == 0; tries++)
		sleep_for(10);
	assert_true(moody_server_asked(server) > 0);
}

/* Of the first question; wait as the row says. */
static void check_wait(struct ps_dns_session *session, const struct row *row)
{
	struct ps_buffer words = PS_BUFFER(WORDS_MAX);
	const uint64_t start = ps_clock_monotonic_us();
	uint64_t took;

	asking_words(session, "a.test", PS_DNS_A, &words);
	assert_int_equal(ps_dns_session_wait(session, row->wait), row->in_time);
	took = ps_clock_monotonic_us() - start;
	if (!row->in_time) {
		assert_true(took >= row->wait * UINT64_C(1000));
		assert_true(took < 1000000);
	}
	ps_buffer_reset(&words);
	asking_words(session, "a.test", PS_DNS_A, &words);
	assert_string_equal(ps_buffer_cstr(&words), row->want);
	/* There is nothing to wait for now. */
	assert_true(ps_dns_session_wait(session, 0));
	ps_buffer_free(&words);
}

static void check(const struct row *row)
{
	struct ps_buffer words = PS_BUFFER(WORDS_MAX);
	struct moody_server *server = moody_server_new(row->mood);
	struct ps_resolver *resolver = asking_resolver(
		row->open ? moody_server_port(server) : name_server_free_port(),
		300);
	struct ps_dns_session *session = asking_session(resolver), *next;

	moody_server_ttl(server, row->ttl);
	moody_server_delay(server, row->delay);
	check_wait(session, row);
	if (row->open)
		wait_until_asked(server);
	moody_server_set(server, row->then);
	sleep_for(1000);

	next = asking_session(resolver);
	asking_words(next, "a.test", PS_DNS_A, &words);
	(void)ps_dns_session_wait(next, 2000);
	ps_buffer_reset(&words);
	asking_words(next, "a.test", PS_DNS_A, &words);
	assert_string_equal(ps_buffer_cstr(&words), row->next);
	ps_dns_session_free(&next);

	/* The first message has its answer for good. */
	ps_buffer_reset(&words);
	asking_words(session, "a.test", PS_DNS_A, &words);
	assert_string_equal(ps_buffer_cstr(&words), row->want);
	if (row->sent != 0)
		assert_int_equal(asking_stats(resolver).sent, row->sent);
	assert_int_equal(asking_stats(resolver).questions, 2);
	assert_int_equal(ps_dns_session_questions(session), 1);
	ps_dns_session_free(&session);
	ps_resolver_free(&resolver);
	moody_server_free(&server);
	ps_buffer_free(&words);
}

/* One answer is there, the other never comes: the first stays. */
static void check_half(void **state)
{
	struct moody_server *server = moody_server_new(MOODY_ANSWER);
	struct ps_resolver *resolver =
		asking_resolver(moody_server_port(server), 300);
	struct ps_dns_session *session = asking_session(resolver);
	struct ps_buffer words = PS_BUFFER(WORDS_MAX);

	(void)state;
	asking_wait(session, "a.test", PS_DNS_A, &words);
	moody_server_set(server, MOODY_SILENT);
	asking_words(session, "b.test", PS_DNS_A, &words);
	asking_words(session, "c.test", PS_DNS_A, &words);
	assert_false(ps_dns_session_wait(session, 100));
	assert_int_equal(asking_stats(resolver).timeouts, 2);
	asking_words(session, "a.test", PS_DNS_A, &words);
	asking_words(session, "b.test", PS_DNS_A, &words);
	asking_words(session, "c.test", PS_DNS_A, &words);
	assert_string_equal(ps_buffer_cstr(&words), ADDRESS
			    "pendingpending" ADDRESS "tempfailtempfail");
	ps_dns_session_free(&session);
	ps_resolver_free(&resolver);
	moody_server_free(&server);
	ps_buffer_free(&words);
}

/* A name server that is started again, on the same port. */
static void check_restart(void **state)
{
	static const char *const zones[] = { "test", "a A 192.0.2.1\n", NULL };
	const unsigned int port = name_server_free_port();
	struct ps_resolver *resolver = asking_resolver(port, 300);
	struct ps_dns_session *session = asking_session(resolver);
	struct ps_buffer words = PS_BUFFER(WORDS_MAX);
	struct name_server *server;

	(void)state;
	asking_words(session, "ns.test", PS_DNS_A, &words);
	assert_false(ps_dns_session_wait(session, 500));
	server = name_server_new(zones, port);
	ps_buffer_reset(&words);
	asking_once(resolver, "a.test", PS_DNS_A, &words);
	asking_once(resolver, "ns.test", PS_DNS_A, &words);
	asking_words(session, "ns.test", PS_DNS_A, &words);
	assert_string_equal(ps_buffer_cstr(&words),
			    "192.0.2.1;127.0.0.1;tempfail");
	ps_dns_session_free(&session);
	ps_resolver_free(&resolver);
	name_server_free(&server);
	ps_buffer_free(&words);
}

static void ask_number(struct ps_dns_session *session, unsigned int number,
		       struct ps_buffer *words)
{
	char name[32];

	snprintf(name, sizeof(name), "host%u.test", number);
	asking_words(session, name, PS_DNS_A, words);
}

/* Sessions that end before their answers: these are kept all the same. */
static void check_freed_session(void **state)
{
	struct moody_server *server = moody_server_new(MOODY_SILENT);
	struct ps_resolver *resolver =
		asking_resolver(moody_server_port(server), 300);
	struct ps_buffer words = PS_BUFFER(16 * WORDS_MAX);
	struct ps_dns_session *session;
	unsigned int i, j;

	(void)state;
	for (i = 0; i < 20; i++) {
		session = asking_session(resolver);
		for (j = 0; j < 10; j++)
			ask_number(session, i / 2 * 10 + j, &words);
		ps_dns_session_free(&session);
	}
	assert_int_equal(asking_stats(resolver).sent, 100);
	assert_int_equal(asking_stats(resolver).timeouts, 200);
	moody_server_set(server, MOODY_ANSWER);
	for (i = 0; i < 100 && asking_stats(resolver).cached < 100; i++)
		sleep_for(100);
	assert_int_equal(asking_stats(resolver).cached, 100);
	ps_resolver_free(&resolver);
	moody_server_free(&server);
	ps_buffer_free(&words);
}

static void check_freed_resolver(void **state)
{
	struct moody_server *server = moody_server_new(MOODY_SILENT);
	struct ps_resolver *resolver =
		asking_resolver(moody_server_port(server), 300);
	struct ps_dns_session *session = asking_session(resolver);
	struct ps_buffer words = PS_BUFFER(WORDS_MAX);
	uint64_t start;
	unsigned int i;

	(void)state;
	for (i = 0; i < 50; i++)
		ask_number(session, i, &words);
	ps_dns_session_free(&session);
	start = ps_clock_monotonic_us();
	ps_resolver_free(&resolver);
	assert_null(resolver);
	assert_true(ps_clock_monotonic_us() - start < 1000000);
	ps_resolver_free(&resolver);
	moody_server_free(&server);
	ps_buffer_free(&words);
}

/* The bound at n and n + 1; what was asked before still has its answer. */
static void check_questions(void **state)
{
	struct moody_server *server = moody_server_new(MOODY_ANSWER);
	struct ps_resolver *resolver =
		asking_resolver(moody_server_port(server), 300);
	struct ps_dns_session *session = asking_session(resolver);
	struct ps_buffer words = PS_BUFFER(16 * WORDS_MAX);
	unsigned int i;

	(void)state;
	for (i = 0; i < QUESTIONS; i++)
		ask_number(session, i, &words);
	assert_true(ps_dns_session_wait(session, ASKING_PATIENCE));
	ps_buffer_reset(&words);
	ask_number(session, QUESTIONS - 1, &words);
	ask_number(session, QUESTIONS, &words);
	ask_number(session, QUESTIONS, &words);
	ask_number(session, 0, &words);
	assert_string_equal(ps_buffer_cstr(&words),
			    ADDRESS "tempfailtempfail" ADDRESS);
	assert_int_equal(ps_dns_session_questions(session), QUESTIONS);
	assert_int_equal(asking_stats(resolver).sent, QUESTIONS);
	ps_dns_session_free(&session);
	ps_resolver_free(&resolver);
	moody_server_free(&server);
	ps_buffer_free(&words);
}

static void run(void **state)
{
	check(*state);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		{ .name = "one of two", .test_func = check_half },
		{ .name = "server restarted", .test_func = check_restart },
		{ .name = "session freed", .test_func = check_freed_session },
		{ .name = "resolver freed", .test_func = check_freed_resolver },
		{ .name = "bound: 512 questions",
		  .test_func = check_questions },
	};
	static struct CMUnitTest tests[TABLE_COUNT(rows) + TABLE_COUNT(others)];

	TABLE_TESTS(tests, rows, run);
	memcpy(tests + TABLE_COUNT(rows), others, sizeof(others));
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
				       NULL, NULL);
}
