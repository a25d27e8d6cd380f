/* test_server.c - clients of every kind at a server with a small protocol. */

#include "table.h"

#include "server_world.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_MS 20000 /* of a client, on a busy machine */

static struct server_world world;

static void open_world(unsigned int max, unsigned int idle_seconds)
{
	assert_int_equal(server_world_open(&world, max, idle_seconds), 0);
}

static void close_world(void)
{
	assert_int_equal(server_world_close(&world), 0);
}

/* ---- clients ---- */

static int new_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	return fd;
}

static bool connected(int fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", world.path);
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

static void connect_to(int fd)
{
	assert_true(connected(fd));
}

static int client(void)
{
	int fd = new_socket();

	connect_to(fd);
	return fd;
}

static void put(int fd, const char *text)
{
	size_t len = strlen(text);

	assert_int_equal(send(fd, text, len, MSG_NOSIGNAL), len);
}

/* False: the end came, or nothing within PATIENCE_MS. */
static bool get(int fd, char *data, size_t len)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	ssize_t now;

	while (len > 0) {
		if (poll(&wait, 1, PATIENCE_MS) != 1)
			return false;
		now = recv(fd, data, len, 0);
		if (now <= 0)
			return false;
		data += now;
		len -= (size_t)now;
	}
	return true;
}

static void expect(int fd, const char *text)
{
	size_t len = strlen(text);
	char found[SERVER_REQUEST_MAX + 1];

	assert_true(len < sizeof(found) && get(fd, found, len));
	found[len] = '\0';
	assert_string_equal(found, text);
}

static void expect_end(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	char octet;

	assert_int_equal(poll(&wait, 1, PATIENCE_MS), 1);
	assert_true(recv(fd, &octet, 1, 0) <= 0);
	close(fd);
}

static void echo(int fd, const char *line)
{
	put(fd, line);
	expect(fd, line);
}

/* ---- the tests ---- */

static void requests(void **state)
{
	int fd;

	(void)state;
	open_world(10, 600);
	fd = client();
	echo(fd, "one\n");
	put(fd, "two\nth");
	expect(fd, "two\n");
	put(fd, "re");
	put(fd, "e\n");
	expect(fd, "three\n");
	put(fd, "bye\nfour\n");
	expect(fd, "bye\n");
	expect_end(fd);
	close_world();
}

/* More than is read at once, and than is answered at once. */
static void pipelined(void **state)
{
	char line[16], *all = malloc(80000), *back = malloc(80000);
	size_t i, len = 0;
	int fd;

	(void)state;
	open_world(10, 600);
	for (i = 0; i < 9999; i++) {
		snprintf(line, sizeof(line), "%05zu\n", i);
		memcpy(all + len, line, 6);
		len += 6;
	}
	fd = client();
	assert_int_equal(send(fd, all, len, MSG_NOSIGNAL), len);
	assert_true(get(fd, back, len));
	assert_memory_equal(back, all, len);
	close(fd);
	free(all);
	free(back);
	close_world();
}

static void half_closed(void **state)
{
	int fd;

	(void)state;
	open_world(10, 600);
	fd = client();
	put(fd, "one\ntwo\n");
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	expect(fd, "one\ntwo\n");
	expect_end(fd);
	close_world();
}

static void too_long(void **state)
{
	char line[SERVER_REQUEST_MAX + 2];
	int fd;

	(void)state;
	memset(line, 'x', sizeof(line));
	line[SERVER_REQUEST_MAX + 1] = '\0';
	open_world(10, 600);
	fd = client();
	put(fd, line); /* one octet too many, and no end yet */
	expect_end(fd);
	line[SERVER_REQUEST_MAX - 1] = '\n';
	line[SERVER_REQUEST_MAX] = '\0';
	fd = client();
	echo(fd, line);
	close(fd);
	close_world();
}

static void one_waits(void **state)
{
	int slow, quick;

	(void)state;
	open_world(10, 600);
	slow = client();
	put(slow, "wait\nthen\n");
	server_gate_await(1);
	quick = client();
	echo(quick, "meanwhile\n");
	server_gate(true);
	expect(slow, "wait\nthen\n");
	close(slow);
	close(quick);
	close_world();
}

/* More wait than there are threads: all are answered in the end. */
static void all_wait(void **state)
{
	int fd[2 * SERVER_THREADS], i;

	(void)state;
	open_world(10, 600);
	for (i = 0; i < 2 * SERVER_THREADS; i++) {
		fd[i] = client();
		put(fd[i], "wait\n");
	}
	server_gate_await(SERVER_THREADS);
	server_gate(true);
	for (i = 0; i < 2 * SERVER_THREADS; i++) {
		expect(fd[i], "wait\n");
		close(fd[i]);
	}
	close_world();
}

/* Three clients while the only thread at work has a fourth; then all of them
 * are there at once. */
static void have_three_called(unsigned int together)
{
	int fd[4], i;

	open_world(10, 600);
	atomic_store(&world.together, together);
	fd[0] = client();
	put(fd[0], "hold\n");
	server_gate_await(1);
	for (i = 1; i < 4; i++) {
		fd[i] = client();
		put(fd[i], "soon\nthen\n");
	}
	while (ps_server_clients(world.server) < 4)
		usleep(1000);
	server_gate(true);
	for (i = 1; i < 4; i++)
		expect(fd[i], "soon\nthen\n");
	expect(fd[0], "hold\n");
	for (i = 0; i < 4; i++)
		close(fd[i]);
	close_world();
}

static void one_by_one(void **state)
{
	(void)state;
	have_three_called(1);
	assert_string_equal(server_calls(), "121212");
}

/* Each is called for the first time before one is for the second. */
static void together(void **state)
{
	(void)state;
	have_three_called(SERVER_TOGETHER);
	assert_string_equal(server_calls(), "111222");
}

/* As many as may be taken; the others come after them. */
static void two_together(void **state)
{
	(void)state;
	have_three_called(2);
	assert_string_equal(server_calls(), "112212");
}

/* How many of them have come to their end; these are closed and -1. */
static unsigned int count_ended(int *fd, size_t count)
{
	struct pollfd wait = { .events = POLLIN };
	unsigned int ended = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		wait.fd = fd[i];
		if (fd[i] < 0 || poll(&wait, 1, 0) == 0)
			continue;
		expect_end(fd[i]);
		fd[i] = -1;
		ended++;
	}
	return ended;
}

/* Which of them goes is for test_clients.c: an answer is with the client a
 * moment before the server knows it idle. */
static void too_many(void **state)
{
	int fd[4], i;

	(void)state;
	open_world(3, 600);
	for (i = 0; i < 4; i++) {
		fd[i] = client();
		echo(fd[i], "here\n");
	}
	assert_int_equal(count_ended(fd, 3), 1);
	assert_true(server_logged("closed those that were idle longest"));
	for (i = 0; i < 4; i++) {
		if (fd[i] >= 0)
			echo(fd[i], "still here\n");
	}
	atomic_store(&world.max, 1); /* by a reload */
	i = client();
	echo(i, "alone\n");
	assert_int_equal(count_ended(fd, 4), 3);
	close(i);
	close_world();
}

static void too_many_at_work(void **state)
{
	int fd[3], i;

	(void)state;
	open_world(2, 600);
	for (i = 0; i < 2; i++) {
		fd[i] = client();
		put(fd[i], "wait\n");
	}
	server_gate_await(2);
	fd[2] = client();
	put(fd[2], "late\n");
	server_gate(true);
	for (i = 0; i < 2; i++)
		expect(fd[i], "wait\n");
	expect(fd[2], "late\n");
	for (i = 0; i < 3; i++)
		close(fd[i]);
	close_world();
}

/* Octets that never make a request do not keep a connection alive. */
static void idle(void **state)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	int silent, slow, i;

	(void)state;
	open_world(10, 1);
	silent = client();
	slow = client();
	echo(silent, "last words\n");
	for (i = 0; i < 400 && send(slow, "x", 1, MSG_NOSIGNAL) == 1; i++)
		nanosleep(&pause, NULL);
	expect_end(slow);
	assert_true(i < SERVER_REQUEST_MAX);
	expect_end(silent);
	close_world();
}

/* Who does not read is not read from either: what it may ask is bounded. */
static void slow_reader(void **state)
{
	char *back = malloc(SERVER_BIG + 4);
	struct pollfd wait;
	size_t i, asked = 0;
	int fd, other;

	(void)state;
	open_world(10, 600);
	fd = client();
	wait = (struct pollfd){ .fd = fd, .events = POLLOUT };
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	while (poll(&wait, 1, 500) == 1) {
		if (send(fd, "big\n", 4, MSG_NOSIGNAL) == 4)
			asked++;
		assert_true(asked < 1000000);
	}
	other = client();
	echo(other, "hello\n");
	close(other);
	for (i = 0; i < asked; i++) {
		assert_true(get(fd, back, SERVER_BIG + 4));
		assert_memory_equal(back, "bbbb", 4);
		assert_memory_equal(back + SERVER_BIG - 1, "bbig\n", 5);
	}
	close(fd);
	free(back);
	close_world();
}

static rlim_t limit_files(rlim_t soft)
{
	struct rlimit limit;
	rlim_t before;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	before = limit.rlim_cur;
	limit.rlim_cur = soft;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return before;
}

static double processor_seconds(void)
{
	struct rusage used;

	assert_int_equal(getrusage(RUSAGE_SELF, &used), 0);
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* No descriptor is left for the server's side of a connection. */
static void no_files(void **state)
{
	const struct timespec pause = { .tv_nsec = 500000000 };
	int first, second, third;
	rlim_t before;
	double used;

	(void)state;
	open_world(10, 600);
	first = client();
	echo(first, "first\n");
	second = new_socket();
	third = new_socket();
	before = limit_files((rlim_t)third + 1);
	connect_to(second);
	echo(second, "in its place\n");
	expect_end(first); /* which frees a descriptor of ours */
	first = dup(third);
	put(second, "wait\n");
	server_gate_await(1);
	connect_to(third);
	put(third, "late\n");
	used = processor_seconds();
	nanosleep(&pause, NULL);
	used = processor_seconds() - used;
	server_gate(true);
	expect(second, "wait\n");
	expect(third, "late\n");
	(void)limit_files(before);
	assert_true(used < 0.25);
	assert_true(
		server_logged("cannot take a connection: Too many open files"));
	close(first);
	close(second);
	close(third);
	close_world();
}

static void *open_gate(void *ctx)
{
	const struct timespec pause = { .tv_nsec = 100000000 };

	(void)ctx;
	nanosleep(&pause, NULL);
	server_gate(true);
	return NULL;
}

/* What is being answered is, before the server is gone. */
static void stopped(void **state)
{
	pthread_t helper;
	int fd, idle_one;

	(void)state;
	open_world(10, 600);
	fd = client();
	idle_one = client();
	echo(idle_one, "here\n");
	put(fd, "wait\n");
	server_gate_await(1);
	assert_int_equal(pthread_create(&helper, NULL, open_gate, NULL), 0);
	ps_server_free(&world.server);
	pthread_join(helper, NULL);
	expect(fd, "wait\n");
	expect_end(fd);
	expect_end(idle_one);
	close_world();
}

/* NULL, or what failed: cmocka's own words are for the first thread. */
static const char *ask_once(int *fd, const char *line)
{
	char found[32];
	size_t len = strlen(line);

	if (*fd < 0) {
		*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (*fd < 0 || !connected(*fd))
			return "connect";
	}
	if (send(*fd, line, len, MSG_NOSIGNAL) != (ssize_t)len)
		return "send";
	if (!get(*fd, found, len))
		return "get";
	return memcmp(found, line, len) == 0 ? NULL : "another's answer";
}

static void *ask_often(void *ctx)
{
	const char *failed = NULL;
	char line[32];
	int i, fd = -1;

	for (i = 0; i < 300 && failed == NULL; i++) {
		if (i % 50 == 49) {
			close(fd);
			fd = -1;
		}
		snprintf(line, sizeof(line), "%d of %zu\n", i, (size_t)ctx);
		failed = ask_once(&fd, line);
	}
	if (failed != NULL)
		fprintf(stderr, "%s: %s\n", failed, strerror(errno));
	close(fd);
	return (void *)(uintptr_t)failed;
}

static void many(void **state)
{
	pthread_t helper[8];
	void *failed[8];
	size_t i;

	(void)state;
	open_world(100, 600);
	for (i = 0; i < TABLE_COUNT(helper); i++)
		assert_int_equal(
			pthread_create(&helper[i], NULL, ask_often, (void *)i),
			0);
	for (i = 0; i < TABLE_COUNT(helper); i++)
		pthread_join(helper[i], &failed[i]);
	close_world();
	for (i = 0; i < TABLE_COUNT(helper); i++)
		assert_null(failed[i]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),	    cmocka_unit_test(pipelined),
		cmocka_unit_test(half_closed),	    cmocka_unit_test(too_long),
		cmocka_unit_test(one_waits),	    cmocka_unit_test(all_wait),
		cmocka_unit_test(one_by_one),	    cmocka_unit_test(together),
		cmocka_unit_test(two_together),	    cmocka_unit_test(too_many),
		cmocka_unit_test(too_many_at_work), cmocka_unit_test(idle),
		cmocka_unit_test(slow_reader),	    cmocka_unit_test(no_files),
		cmocka_unit_test(stopped),	    cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
