/* test_policy_asking.c - what the policy service asks of the DNS and of other
 * policy servers, by table. */

#include "table.h"

#include "milter/policy.h"
#include "milter_world.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char folder[] = "/tmp/postseal-asking-XXXXXX";
static char rules_path[64], journal_path[64], lock_path[70];

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ssize_t len = (ssize_t)strlen(text);

	assert_true(fd >= 0 && write(fd, text, (size_t)len) == len);
	assert_int_equal(close(fd), 0);
}

static struct ps_service *hold(void *ctx)
{
	return world_hold(ctx);
}

/* ---- one policy server that says what it is told to ---- */

static struct {
	int fd;
	unsigned int port;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	const char *reply;    /* NULL: nothing, and the end */
	char request[4096];
	unsigned int asked;
} server = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void take_request(int fd)
{
	size_t len = 0;
	ssize_t got;

	do {
		got = recv(fd, server.request + len,
			   sizeof(server.request) - 1 - len, 0);
		len += got > 0 ? (size_t)got : 0;
		server.request[len] = '\0';
	} while (got > 0 && strstr(server.request, "\n\n") == NULL);
}

static void *serve(void *ctx)
{
	int fd;

	while ((fd = accept(server.fd, NULL, NULL)) >= 0) {
		pthread_mutex_lock(&server.lock);
		server.asked++;
		take_request(fd);
		if (server.reply != NULL)
			(void)!send(fd, server.reply, strlen(server.reply),
				    MSG_NOSIGNAL);
		pthread_mutex_unlock(&server.lock);
		close(fd);
	}
	return ctx;
}

static void listen_server(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(address);

	server.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(server.fd >= 0);
	assert_int_equal(
		bind(server.fd, (struct sockaddr *)&address, sizeof(address)),
		0);
	assert_int_equal(listen(server.fd, 5), 0);
	assert_int_equal(
		getsockname(server.fd, (struct sockaddr *)&address, &size), 0);
	server.port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
}

static void close_server(void)
{
	(void)shutdown(server.fd, SHUT_RDWR);
	assert_int_equal(pthread_join(server.thread, NULL), 0);
	close(server.fd);
}

/* ---- rows ---- */

#define IP "client_address=10.0.0.1\n\n"

static const struct row {
	const char *name, *rules; /* PORT: the server's */
	const char *zone, *request, *reply, *want;
	unsigned int asked;
	bool dead;
} rows[] = {
	{ "a DNS list", "rbl=bl.test; action=REJECT listed",
	  "1.0.0.10.bl.test A 127.0.0.2", IP, NULL, "REJECT listed", 0, false },
	{ "not listed", "rbl=bl.test; action=REJECT listed", "", IP, NULL,
	  "DUNNO", 0, false },
	{ "answers that need answers",
	  "sender_mx_addrs=10.0.0.0/8; action=REJECT mx",
	  "a.test MX 10 mx.test\nmx.test A 10.1.1.1", "sender=x@a.test\n\n",
	  NULL, "REJECT mx", 0, false },
	{ "a DNS that never answers lists nobody",
	  "rbl=bl.test; action=REJECT listed\naction=450 last", "", IP, NULL,
	  "450 last", 0, true },
	{ "a limit behind a DNS item counts once",
	  "id=A; action=rate(client_address/1/60/450 $$ratecount)\n"
	  "rbl=bl.test; action=REJECT listed",
	  "1.0.0.10.bl.test A 127.0.0.2", IP, NULL, "REJECT listed", 0, false },
	{ "another server", "action=ask(127.0.0.1:PORT)", "", IP,
	  "action=450 wait\n\n", "450 wait", 1, false },
	{ "another server, its pattern to ignore",
	  "action=ask(127.0.0.1:PORT:^dunno$)\naction=REJECT last", "", IP,
	  "action=dunno\n\n", "REJECT last", 1, false },
	{ "another server, by name", "action=ask(Policy.test:PORT)",
	  "policy.test A 127.0.0.1", IP, "action=450 wait\n\n", "450 wait", 1,
	  false },
	{ "another server, on this host", "action=ask(localhost:PORT)", "", IP,
	  "action=450 wait\n\n", "450 wait", 1, false },
	{ "another server, unknown",
	  "action=ask(policy.test:PORT)\naction=REJECT last", "", IP,
	  "action=450 wait\n\n", "REJECT last", 0, false },
	{ "another server that ends at once",
	  "action=ask(127.0.0.1:PORT)\naction=REJECT last", "", IP, NULL,
	  "REJECT last", 1, false },
	{ "another server that has no action",
	  "action=ask(127.0.0.1:PORT)\naction=REJECT last", "", IP, "hello\n\n",
	  "REJECT last", 1, false },
	{ "another server, nobody listens",
	  "action=ask(127.0.0.1:1)\naction=REJECT last", "", IP, NULL,
	  "REJECT last", 0, false },
	{ "asked once, however often the rules are run",
	  "id=A; action=ask(127.0.0.1:PORT:dunno)\n"
	  "sender_mx_addrs=10.0.0.0/8; action=REJECT mx",
	  "a.test MX 10 mx.test\nmx.test A 10.1.1.1", "sender=x@a.test\n\n",
	  "action=dunno\n\n", "REJECT mx", 1, false },
};

static void put_rules(const char *rules)
{
	const char *at = strstr(rules, "PORT");
	char text[500];

	if (at == NULL) {
		put(rules_path, rules);
		return;
	}
	snprintf(text, sizeof(text), "%.*s%u%s", (int)(at - rules), rules,
		 server.port, at + strlen("PORT"));
	put(rules_path, text);
}

static void check(void **state)
{
	const struct row *row = *state;
	const struct ps_config_limits limits = { .rules = rules_path,
						 .keys_max = 1000,
						 .journal = journal_path };
	struct world *world = world_new(row->zone);
	struct ps_cursor cursor = ps_cursor_of(ps_bytes_of(row->request));
	struct ps_buffer replies = PS_BUFFER(1000);
	char error[PS_CONFIG_ERROR_MAX], want[200];
	struct ps_policy *policy;

	put_rules(row->rules);
	world->dead = row->dead;
	if (!row->dead)
		fake_dns_pending(world->dns, true);
	pthread_mutex_lock(&server.lock);
	server.reply = row->reply;
	server.asked = 0;
	pthread_mutex_unlock(&server.lock);
	if (ps_policy_new(&limits, (struct ps_policy_world){ hold, world },
			  &policy, error) < 0)
		fail_msg("%s", error);
	assert_int_equal(ps_policy_answer(policy, &cursor, &replies),
			 PS_REQUEST_ANSWERED);
	snprintf(want, sizeof(want), "action=%s\n\n", row->want);
	assert_string_equal(ps_buffer_cstr(&replies), want);
	pthread_mutex_lock(&server.lock);
	assert_int_equal(server.asked, row->asked);
	if (row->asked > 0)
		assert_string_equal(server.request, row->request);
	pthread_mutex_unlock(&server.lock);
	ps_buffer_free(&replies);
	ps_policy_free(&policy);
	world_free(&world);
	(void)unlink(journal_path);
	(void)unlink(lock_path);
}

static int set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(rules_path, sizeof(rules_path), "%s/rules.cf", folder);
	snprintf(journal_path, sizeof(journal_path), "%s/counters", folder);
	snprintf(lock_path, sizeof(lock_path), "%s.lock", journal_path);
	listen_server();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close_server();
	(void)unlink(rules_path);
	return rmdir(folder);
}

int main(void)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows)];

	TABLE_TESTS(tests, rows, check);
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
				       set_up, tear_down);
}
