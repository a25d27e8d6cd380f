/* clients.c - the clients of a server: who has something to do, who idles. */

#include "milter/clients.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int ps_clients_init(struct ps_clients *clients)
{
	struct epoll_event event = { .events = EPOLLIN };
	pthread_condattr_t monotonic;

	*clients = (struct ps_clients){
		.events = epoll_create1(EPOLL_CLOEXEC),
		.stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};
	pthread_mutex_init(&clients->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&clients->gone, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (clients->events < 0 || clients->stop < 0)
		return -1;
	return epoll_ctl(clients->events, EPOLL_CTL_ADD, clients->stop, &event);
}

static void link_last(struct ps_clients *clients, struct ps_client *client,
		      uint64_t now)
{
	client->since = now;
	client->behind = NULL;
	client->before = clients->last;
	if (clients->last == NULL)
		clients->first = client;
	else
		clients->last->behind = client;
	clients->last = client;
}

static void unlink_one(struct ps_clients *clients, struct ps_client *client)
{
	if (client->before == NULL)
		clients->first = client->behind;
	else
		client->before->behind = client->behind;
	if (client->behind == NULL)
		clients->last = client->before;
	else
		client->behind->before = client->before;
}

static int arm_client(struct ps_clients *clients, struct ps_client *client,
		      int how, enum ps_wait wait)
{
	struct epoll_event event = { .data.ptr = client };

	switch (wait) {
	case PS_WAIT_INPUT:
		event.events = EPOLLIN | EPOLLONESHOT;
		break;
	case PS_WAIT_OUTPUT:
	case PS_WAIT_TURN: /* it can take octets, so its turn comes at once */
		event.events = EPOLLOUT | EPOLLONESHOT;
		break;
	case PS_WAIT_ANSWER: /* whoever waits for one keeps the client */
	case PS_WAIT_OVER:
		return -1;
	}
	return epoll_ctl(clients->events, how, client->connection.fd, &event);
}

/* Nobody finds it any more. */
static void drop(struct ps_clients *clients, struct ps_client *client)
{
	/* Before it is counted out: the next one needs its descriptor. */
	ps_connection_close(&client->connection);
	pthread_mutex_lock(&clients->lock);
	clients->count--;
	if (client->shut)
		clients->shut--;
	pthread_cond_signal(&clients->gone);
	pthread_mutex_unlock(&clients->lock);
	free(client);
}

void ps_clients_free(struct ps_clients *clients)
{
	struct ps_client *client;

	while ((client = clients->first) != NULL) {
		unlink_one(clients, client);
		drop(clients, client);
	}
	if (clients->events >= 0)
		close(clients->events);
	if (clients->stop >= 0)
		close(clients->stop);
	pthread_cond_destroy(&clients->gone);
	pthread_mutex_destroy(&clients->lock);
}

int ps_clients_add(struct ps_clients *clients, int fd, uint64_t now)
{
	struct ps_client *client = calloc(1, sizeof(*client));
	int result;

	if (client == NULL) {
		close(fd);
		return -1;
	}
	ps_connection_init(&client->connection, fd);
	pthread_mutex_lock(&clients->lock);
	clients->count++;
	link_last(clients, client, now);
	result = arm_client(clients, client, EPOLL_CTL_ADD, PS_WAIT_INPUT);
	if (result < 0)
		unlink_one(clients, client);
	pthread_mutex_unlock(&clients->lock);
	if (result < 0)
		drop(clients, client);
	return result;
}

unsigned int ps_clients_next(struct ps_clients *clients, unsigned int max,
			     struct ps_client **client_r)
{
	struct epoll_event event[PS_CLIENTS_TOGETHER_MAX];
	unsigned int count = 0;
	int got, i;

	if (max > PS_CLIENTS_TOGETHER_MAX)
		max = PS_CLIENTS_TOGETHER_MAX;
	do {
		got = epoll_wait(clients->events, event, (int)max, -1);
	} while (got < 1);
	pthread_mutex_lock(&clients->lock);
	for (i = 0; i < got; i++) {
		if (event[i].data.ptr == NULL)
			continue; /* the end, which the next call finds again */
		client_r[count] = event[i].data.ptr;
		client_r[count++]->busy = true;
	}
	pthread_mutex_unlock(&clients->lock);
	return count;
}

void ps_clients_give_back(struct ps_clients *clients, struct ps_client *client,
			  enum ps_wait wait, bool progress, uint64_t now)
{
	pthread_mutex_lock(&clients->lock);
	client->busy = false;
	if (progress) {
		unlink_one(clients, client);
		link_last(clients, client, now);
	}
	pthread_mutex_unlock(&clients->lock);
	/* Once armed it may be somebody else's.  Who is given it takes the lock
	 * first, and so sees all that was done with it. */
	if (arm_client(clients, client, EPOLL_CTL_MOD, wait) == 0)
		return;
	pthread_mutex_lock(&clients->lock);
	unlink_one(clients, client);
	pthread_mutex_unlock(&clients->lock);
	drop(clients, client);
}

unsigned int ps_clients_count(struct ps_clients *clients)
{
	unsigned int count;

	pthread_mutex_lock(&clients->lock);
	count = clients->count;
	pthread_mutex_unlock(&clients->lock);
	return count;
}

static void shut(struct ps_clients *clients, struct ps_client *client)
{
	client->shut = true;
	clients->shut++;
	(void)shutdown(client->connection.fd, SHUT_RDWR);
}

/* Of those at work there are as many as threads, so it is found soon. */
static bool shut_longest(struct ps_clients *clients)
{
	struct ps_client *client = clients->first;

	while (client != NULL && (client->busy || client->shut))
		client = client->behind;
	if (client == NULL)
		return false;
	shut(clients, client);
	return true;
}

bool ps_clients_make_room(struct ps_clients *clients, unsigned int max,
			  unsigned int milliseconds, unsigned int *shut_r)
{
	struct timespec until;
	bool room;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)milliseconds * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	*shut_r = 0;
	pthread_mutex_lock(&clients->lock);
	while (clients->count >= max && !clients->stopping) {
		if (clients->count - clients->shut >= max &&
		    shut_longest(clients)) {
			++*shut_r;
			continue;
		}
		if (pthread_cond_timedwait(&clients->gone, &clients->lock,
					   &until) == ETIMEDOUT)
			break;
	}
	room = clients->count < max;
	pthread_mutex_unlock(&clients->lock);
	return room;
}

uint64_t ps_clients_expire(struct ps_clients *clients, uint64_t now,
			   uint64_t idle)
{
	struct ps_client *client;
	uint64_t next;

	pthread_mutex_lock(&clients->lock);
	/* Other threads may have looked at the clock later than now. */
	for (client = clients->first;
	     client != NULL && client->since + idle <= now;
	     client = client->behind) {
		if (!client->busy && !client->shut)
			shut(clients, client);
	}
	/* What is due and still here is somebody's work now. */
	next = client != NULL	    ? client->since + idle - now
	       : clients->count > 0 ? idle
				    : UINT64_MAX;
	pthread_mutex_unlock(&clients->lock);
	return next;
}

void ps_clients_stop(struct ps_clients *clients)
{
	const uint64_t one = 1;

	pthread_mutex_lock(&clients->lock);
	clients->stopping = true;
	pthread_cond_broadcast(&clients->gone);
	pthread_mutex_unlock(&clients->lock);
	/* Fails only when it was told before. */
	while (write(clients->stop, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}
