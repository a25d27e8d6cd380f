/* server.c - a service on listening sockets: its clients, its threads. */

#include "milter/server.h"

#include "milter/clients.h"
#include "milter/quiet.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM_WAIT_MS 100   /* for one to go, before it is tried again; ours */
#define LOOK_MS	     10000 /* for idle ones, at the latest; ours */

/* One client of those that a thread has. */
struct seat {
	struct ps_desk desk;
	struct ps_client *client; /* NULL: it was given back */
};

struct worker {
	struct ps_server *server;
	pthread_t thread;
	bool has_place;
	struct seat *seat;
	unsigned int seats, seats_made; /* there can be / that have a desk */
};

struct ps_server {
	struct ps_server_setup setup;
	const struct ps_listening *listening;
	struct ps_clients clients;
	pthread_t taker;
	unsigned int started;
	/* For those at work. */
	pthread_mutex_t lock;
	pthread_cond_t left;
	unsigned int places;
	struct worker worker[]; /* setup.threads */
};

static uint64_t now_of(const struct ps_server *server)
{
	return server->setup.microseconds();
}

/* ---- the threads that answer ---- */

static _Thread_local struct worker *self;

static void take_place(struct worker *worker)
{
	struct ps_server *server = worker->server;

	if (worker->has_place)
		return;
	pthread_mutex_lock(&server->lock);
	while (server->places == 0)
		pthread_cond_wait(&server->left, &server->lock);
	server->places--;
	pthread_mutex_unlock(&server->lock);
	worker->has_place = true;
}

static void leave_place(struct worker *worker)
{
	struct ps_server *server = worker->server;

	if (!worker->has_place)
		return;
	worker->has_place = false;
	pthread_mutex_lock(&server->lock);
	server->places++;
	pthread_cond_signal(&server->left);
	pthread_mutex_unlock(&server->lock);
}

void ps_server_blocks(void)
{
	if (self != NULL)
		leave_place(self);
}

/* With desks, as far as there is memory for more than the first. */
static unsigned int seats_wanted(struct worker *worker)
{
	const struct ps_server_setup *setup = &worker->server->setup;
	unsigned int wanted =
		setup->together == NULL ? 1 : setup->together(setup->ctx);

	if (wanted > worker->seats)
		wanted = worker->seats;
	while (worker->seats_made < wanted) {
		if (ps_desk_init(&worker->seat[worker->seats_made].desk,
				 setup->protocol, setup->ctx) < 0) {
			ps_desk_free(&worker->seat[worker->seats_made].desk);
			return worker->seats_made;
		}
		worker->seats_made++;
	}
	return wanted;
}

/* The next ones, once there is a place; 0: the end, for the next thread too. */
static unsigned int next_clients(struct worker *worker)
{
	struct ps_client *client[PS_CLIENTS_TOGETHER_MAX];
	unsigned int count, i;

	take_place(worker);
	count = ps_clients_next(&worker->server->clients, seats_wanted(worker),
				client);
	for (i = 0; i < count; i++)
		worker->seat[i].client = client[i];
	if (count == 0)
		leave_place(worker);
	return count;
}

typedef enum ps_wait turn_fn(struct ps_connection *connection,
			     struct ps_desk *desk, bool *progress_r);

/* True: it is to be called again. */
static bool serve(struct worker *worker, struct seat *seat, turn_fn *turn)
{
	bool progress;
	enum ps_wait wait =
		turn(&seat->client->connection, &seat->desk, &progress);

	if (wait == PS_WAIT_ANSWER)
		return true;
	ps_clients_give_back(&worker->server->clients, seat->client, wait,
			     progress, now_of(worker->server));
	seat->client = NULL;
	return false;
}

static void *work(void *ctx)
{
	struct worker *worker = ctx;
	unsigned int count, waiting, i;

	self = worker;
	while ((count = next_clients(worker)) > 0) {
		for (i = waiting = 0; i < count; i++)
			waiting += serve(worker, &worker->seat[i],
					 ps_connection_turn);
		while (waiting > 0) {
			for (i = waiting = 0; i < count; i++)
				waiting += worker->seat[i].client != NULL &&
					   serve(worker, &worker->seat[i],
						 ps_connection_go_on);
		}
	}
	return NULL;
}

/* ---- the thread that takes connections ---- */

static void say(struct ps_server *server, const char *what, const char *more)
{
	ps_quiet_log(now_of(server), PS_LOG_WARNING, "%s: %s%s",
		     server->setup.protocol->name, what, more);
}

/* Idle ones make room.  False: none yet, or the server stops. */
static bool have_room(struct ps_server *server)
{
	unsigned int max = server->setup.connections_max(server->setup.ctx);
	unsigned int shut;
	bool room;

	room = ps_clients_make_room(&server->clients, max, ROOM_WAIT_MS, &shut);
	if (shut > 0)
		say(server, "as many connections as may be: ",
		    "closed those that were idle longest");
	else if (!room)
		say(server, "as many connections as may be: ",
		    "new ones wait until others are answered");
	return room;
}

/* accept(2) failed for want of something: trying again at once would fail as
 * well, and for ever. */
static void wait_for_one_to_go(struct ps_server *server, const char *why)
{
	unsigned int shut;

	say(server, "cannot take a connection: ", why);
	(void)ps_clients_make_room(&server->clients,
				   ps_clients_count(&server->clients),
				   ROOM_WAIT_MS, &shut);
}

static void set_options(int fd)
{
	const int yes = 1;

	/* Of no use, and an error, for unix: sockets. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
}

static void take_connection(struct ps_server *server, int listening)
{
	int fd;

	if (!have_room(server))
		return;
	fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			wait_for_one_to_go(server, strerror(errno));
		return;
	}
	set_options(fd);
	if (ps_clients_add(&server->clients, fd, now_of(server)) < 0)
		wait_for_one_to_go(server, "out of memory");
}

/* Milliseconds until there is something to look at, whoever comes. */
static int look_at_idle(struct ps_server *server)
{
	uint64_t idle = (uint64_t)server->setup.idle_seconds * 1000000;
	uint64_t next =
		ps_clients_expire(&server->clients, now_of(server), idle);

	if (next == UINT64_MAX)
		return -1;
	return next / 1000 >= LOOK_MS ? LOOK_MS : (int)(next / 1000) + 1;
}

static void *take_connections(void *ctx)
{
	struct ps_server *server = ctx;
	struct pollfd wait[PS_SOCKETS_MAX + 1];
	size_t i, count = server->listening->count;

	for (i = 0; i < count; i++)
		wait[i] = (struct pollfd){ .fd = server->listening->fd[i],
					   .events = POLLIN };
	wait[count] =
		(struct pollfd){ .fd = server->clients.stop, .events = POLLIN };
	for (;;) {
		if (poll(wait, count + 1, look_at_idle(server)) <= 0)
			continue;
		if (wait[count].revents != 0)
			return NULL;
		for (i = 0; i < count; i++) {
			if (wait[i].revents != 0)
				take_connection(server, wait[i].fd);
		}
	}
}

/* ---- from start to end ---- */

static void stop_threads(struct ps_server *server)
{
	unsigned int i;

	ps_clients_stop(&server->clients);
	pthread_join(server->taker, NULL);
	for (i = 0; i < server->started; i++)
		pthread_join(server->worker[i].thread, NULL);
}

static void clear(struct ps_server *server)
{
	struct worker *worker;
	unsigned int i;

	for (i = 0; i < server->setup.threads; i++) {
		worker = &server->worker[i];
		while (worker->seats_made > 0)
			ps_desk_free(&worker->seat[--worker->seats_made].desk);
		free(worker->seat);
	}
	ps_clients_free(&server->clients);
	pthread_cond_destroy(&server->left);
	pthread_mutex_destroy(&server->lock);
	free(server);
}

/* The first desk of each; the others when they are needed. */
static int make_desks(struct ps_server *server)
{
	const struct ps_server_setup *setup = &server->setup;
	unsigned int i,
		seats = setup->together == NULL ? 1 : setup->together_max;
	struct worker *worker;

	for (i = 0; i < setup->threads; i++) {
		worker = &server->worker[i];
		worker->server = server;
		worker->seat = calloc(seats, sizeof(*worker->seat));
		if (worker->seat == NULL)
			return -1;
		worker->seats = seats;
		worker->seats_made = 1;
		if (ps_desk_init(&worker->seat[0].desk, setup->protocol,
				 setup->ctx) < 0)
			return -1;
	}
	return 0;
}

static int start_threads(struct ps_server *server)
{
	struct worker *worker = server->worker;

	if (pthread_create(&server->taker, NULL, take_connections, server) != 0)
		return -1;
	while (server->started < server->setup.threads) {
		if (pthread_create(&worker[server->started].thread, NULL, work,
				   &worker[server->started]) != 0) {
			stop_threads(server);
			return -1;
		}
		server->started++;
	}
	return 0;
}

int ps_server_new(const struct ps_server_setup *setup,
		  const struct ps_listening *listening,
		  struct ps_server **server_r)
{
	struct ps_server *server;

	*server_r = NULL;
	server = calloc(1, sizeof(*server) +
				   setup->threads * sizeof(server->worker[0]));
	if (server == NULL)
		return -1;
	server->setup = *setup;
	server->listening = listening;
	server->places = setup->busy == 0 ? setup->threads : setup->busy;
	pthread_mutex_init(&server->lock, NULL);
	pthread_cond_init(&server->left, NULL);
	if (ps_clients_init(&server->clients) < 0 || make_desks(server) < 0 ||
	    start_threads(server) < 0) {
		clear(server);
		return -1;
	}
	*server_r = server;
	return 0;
}

unsigned int ps_server_clients(struct ps_server *server)
{
	return ps_clients_count(&server->clients);
}

void ps_server_free(struct ps_server **server)
{
	if (*server == NULL)
		return;
	stop_threads(*server);
	clear(*server);
	*server = NULL;
}
