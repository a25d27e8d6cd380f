/* server_world.c - a server with a small protocol, in a folder of its own. */

#include "server_world.h"

#include "directory/log.h"
#include "io/clock.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned int waiting;
	bool open;
	char calls[32];
} gate = { .lock = PTHREAD_MUTEX_INITIALIZER,
	   .changed = PTHREAD_COND_INITIALIZER };

static void wait_at_gate(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.waiting++;
	pthread_cond_broadcast(&gate.changed);
	while (!gate.open)
		pthread_cond_wait(&gate.changed, &gate.lock);
	gate.waiting--;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
}

void server_gate(bool open)
{
	pthread_mutex_lock(&gate.lock);
	gate.open = open;
	if (!open)
		gate.calls[0] = '\0';
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
}

void server_gate_await(unsigned int count)
{
	pthread_mutex_lock(&gate.lock);
	while (gate.waiting != count)
		pthread_cond_wait(&gate.changed, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
}

static void note_call(const char *call)
{
	size_t len;

	pthread_mutex_lock(&gate.lock);
	len = strlen(gate.calls);
	snprintf(gate.calls + len, sizeof(gate.calls) - len, "%s", call);
	pthread_mutex_unlock(&gate.lock);
}

const char *server_calls(void)
{
	return gate.calls;
}

static void add_big(struct ps_buffer *replies)
{
	static char octets[SERVER_BIG];

	memset(octets, 'b', sizeof(octets));
	ps_buffer_add(replies, octets, sizeof(octets));
}

/* True: it is not answered yet. */
static bool put_off(struct ps_bytes line, bool *called)
{
	if (!ps_bytes_equal(line, PS_BYTES("soon")))
		return false;
	*called = !*called;
	note_call(*called ? "1" : "2");
	return *called;
}

static enum ps_request answer(void *ctx, void *work, struct ps_cursor *input,
			      struct ps_buffer *replies)
{
	struct ps_cursor ahead = *input;
	struct ps_bytes line = ps_cursor_until(&ahead, "\n");

	(void)ctx;
	if (!ps_cursor_skip(&ahead, '\n'))
		return PS_REQUEST_PART;
	if (put_off(line, work))
		return PS_REQUEST_WAITS;
	*input = ahead;
	if (ps_bytes_equal(line, PS_BYTES("wait")))
		ps_server_blocks();
	if (ps_bytes_equal(line, PS_BYTES("wait")) ||
	    ps_bytes_equal(line, PS_BYTES("hold")))
		wait_at_gate();
	if (ps_bytes_equal(line, PS_BYTES("big")))
		add_big(replies);
	ps_buffer_bytes(replies, line);
	ps_buffer_char(replies, '\n');
	return ps_bytes_equal(line, PS_BYTES("bye")) ? PS_REQUEST_LAST
						     : PS_REQUEST_ANSWERED;
}

static const struct ps_protocol protocol = {
	.name = "test",
	.request_max = SERVER_REQUEST_MAX,
	.reply_max = SERVER_BIG + SERVER_REQUEST_MAX,
	.answer_soon = answer,
	.work_size = sizeof(bool),
};

static char log_text[4096];
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

static void sink(enum ps_log_level level, const char *line)
{
	size_t len;

	(void)level;
	pthread_mutex_lock(&log_lock);
	len = strlen(log_text);
	snprintf(log_text + len, sizeof(log_text) - len, "%s\n", line);
	pthread_mutex_unlock(&log_lock);
}

bool server_logged(const char *text)
{
	bool found;

	pthread_mutex_lock(&log_lock);
	found = strstr(log_text, text) != NULL;
	pthread_mutex_unlock(&log_lock);
	return found;
}

static unsigned int connections_max(void *ctx)
{
	struct server_world *world = ctx;

	return atomic_load(&world->max);
}

static unsigned int together(void *ctx)
{
	struct server_world *world = ctx;

	return atomic_load(&world->together);
}

static int listen_and_serve(struct server_world *world,
			    unsigned int idle_seconds)
{
	const char *socket = world->socket;
	struct ps_config_list names = { 1, &socket };
	char error[PS_CONFIG_ERROR_MAX] = "no threads";
	struct ps_server_setup setup = {
		.protocol = &protocol,
		.ctx = world,
		.connections_max = connections_max,
		.threads = SERVER_THREADS,
		.busy = 1, /* which those that wait are not */
		.together = together,
		.together_max = SERVER_TOGETHER,
		.idle_seconds = idle_seconds,
		.microseconds = ps_clock_monotonic_us,
	};

	if (ps_listening_open(&world->config, "test.sockets", &names,
			      &world->listening, error) == 0 &&
	    ps_server_new(&setup, &world->listening, &world->server) == 0)
		return 0;
	fprintf(stderr, "%s\n", error);
	return -1;
}

int server_world_open(struct server_world *world, unsigned int max,
		      unsigned int idle_seconds)
{
	ps_log_set_sink(sink);
	memset(world, 0, sizeof(*world));
	snprintf(world->folder, sizeof(world->folder),
		 "/tmp/postseal-server-XXXXXX");
	if (mkdtemp(world->folder) == NULL)
		return -1;
	snprintf(world->socket, sizeof(world->socket), "unix:%s/socket",
		 world->folder);
	world->path = world->socket + strlen("unix:");
	/* Owners, where root runs the tests. */
	world->config.user = "root";
	world->config.milter.socket_group = "root";
	atomic_init(&world->max, max);
	atomic_init(&world->together, 1);
	server_gate(false);
	return listen_and_serve(world, idle_seconds);
}

int server_world_close(struct server_world *world)
{
	server_gate(true);
	ps_listening_remove(&world->listening);
	ps_server_free(&world->server);
	ps_listening_close(&world->listening);
	return rmdir(world->folder);
}
