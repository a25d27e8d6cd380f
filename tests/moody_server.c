/* moody_server.c - the least of RFC 1035 4.1 that libunbound takes. */

#include "moody_server.h"

#include "name_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEAD	   12 /* octets, RFC 1035 4.1.1 */
#define ANSWER	   16
#define QUERY_SIZE 512

struct moody_server {
	pthread_t thread;
	int socket;
	unsigned int port;
	atomic_uint mood, ttl, delay, asked, stop;
};

/* The octets of head and question; 0: none. */
static size_t question_end(const unsigned char *query, size_t len)
{
	size_t at = HEAD;

	while (at < len && query[at] != 0)
		at += query[at] + 1u;
	return at + 5 <= len ? at + 5 : 0;
}

static size_t make_answer(enum moody mood, uint32_t ttl, unsigned char *message,
			  size_t len)
{
	/* A pointer to the question's name, A, IN, the ttl, 4 octets. */
	unsigned char record[ANSWER] = { 0xc0, HEAD, 0, 1, 0,	1, 0, 0,
					 0,    0,    0, 4, 192, 0, 2, 7 };
	const uint32_t wire_ttl = htonl(ttl);
	const unsigned char rcode = mood == MOODY_SERVFAIL  ? 2
				    : mood == MOODY_REFUSED ? 5
							    : 0;

	len = question_end(message, len);
	if (len == 0)
		return 0;
	message[2] |= 0x84; /* an answer, with authority */
	message[3] = 0x80 | rcode;
	memset(message + 6, 0, 6);
	if (mood != MOODY_ANSWER)
		return len;
	message[7] = 1;
	memcpy(record + 6, &wire_ttl, sizeof(wire_ttl));
	memcpy(message + len, record, ANSWER);
	return len + ANSWER;
}

static void serve(struct moody_server *server)
{
	unsigned char message[QUERY_SIZE + ANSWER];
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	const enum moody mood = (enum moody)atomic_load(&server->mood);
	const unsigned int delay = atomic_load(&server->delay);
	const struct timespec nap = { .tv_nsec = delay * 1000000L };
	ssize_t len = recvfrom(server->socket, message, QUERY_SIZE, 0,
			       (struct sockaddr *)&from, &from_len);
	size_t out;

	if (len < HEAD)
		return;
	atomic_fetch_add(&server->asked, 1);
	if (mood == MOODY_SILENT)
		return;
	nanosleep(&nap, NULL);
	out = make_answer(mood, atomic_load(&server->ttl), message,
			  (size_t)len);
	if (out > 0)
		(void)sendto(server->socket, message, out, 0,
			     (struct sockaddr *)&from, from_len);
}

static void *run(void *ctx)
{
	struct moody_server *server = ctx;
	struct pollfd end = { .fd = server->socket, .events = POLLIN };

	while (atomic_load(&server->stop) == 0) {
		if (poll(&end, 1, 20) > 0)
			serve(server);
	}
	return NULL;
}

struct moody_server *moody_server_new(enum moody mood)
{
	struct moody_server *server = calloc(1, sizeof(*server));

	if (server == NULL)
		abort();
	atomic_init(&server->mood, mood);
	atomic_init(&server->ttl, 300);
	server->socket = name_server_socket(SOCK_DGRAM, &server->port);
	if (server->socket < 0 ||
	    pthread_create(&server->thread, NULL, run, server) != 0)
		abort();
	return server;
}

void moody_server_free(struct moody_server **server)
{
	if (*server == NULL)
		return;
	atomic_store(&(*server)->stop, 1);
	pthread_join((*server)->thread, NULL);
	close((*server)->socket);
	free(*server);
	*server = NULL;
}

unsigned int moody_server_port(const struct moody_server *server)
{
	return server->port;
}

void moody_server_set(struct moody_server *server, enum moody mood)
{
	atomic_store(&server->mood, mood);
}

void moody_server_ttl(struct moody_server *server, unsigned int seconds)
{
	atomic_store(&server->ttl, seconds);
}

void moody_server_delay(struct moody_server *server, unsigned int milliseconds)
{
	atomic_store(&server->delay, milliseconds);
}

unsigned int moody_server_asked(struct moody_server *server)
{
	return atomic_load(&server->asked);
}
