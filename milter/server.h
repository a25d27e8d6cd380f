/* server.h - a service on listening sockets: its clients, its threads. */
#ifndef PS_MILTER_SERVER_H
#define PS_MILTER_SERVER_H

#include "milter/listening.h"
#include "milter/protocol.h"

#include <stdint.h>

struct ps_server_setup {
	const struct ps_protocol *protocol;
	void *ctx; /* handed to both functions; borrowed */
	/* Clients at a time, as the settings now say. */
	unsigned int (*connections_max)(void *ctx);
	unsigned int threads; /* requests that may block at a time */
	/* Of them, those that are at work at a time, but for what blocks and
	 * says so; 0: all.  Fewer wake each other less. */
	unsigned int busy;
	/* Clients that one thread takes at a time, as of now, where the
	 * protocol has answer_soon(); NULL: one.  More of them wait for each
	 * other.  Never more than together_max. */
	unsigned int (*together)(void *ctx);
	unsigned int together_max;
	unsigned int idle_seconds;
	uint64_t (*microseconds)(void); /* monotonic */
};

/*
 * One thread takes connections and watches the time; setup->threads others
 * wait for whatever connection has something to do, so that a request that
 * blocks holds up nobody else while a thread is left.
 *
 * A client that in idle_seconds has neither had a request answered nor taken
 * what was waiting for it is shut out.  A new client beyond connections_max, or
 * beyond what the system has file descriptors for, takes the place of the one
 * that was idle longest; when all of them wait for an answer, it waits.
 */
struct ps_server;

/* 0, or -1 (out of memory, threads or descriptors).  listening stays the
 * caller's, who closes it after the server is freed. */
int ps_server_new(const struct ps_server_setup *setup,
		  const struct ps_listening *listening,
		  struct ps_server **server_r);
/* Connections open now. */
unsigned int ps_server_clients(struct ps_server *server);
/*
 * By a protocol's answer(), before it waits for something: another thread may
 * be at work in the place of this one.  Does nothing in other threads.
 */
void ps_server_blocks(void);
/* Requests that are being answered are; then every connection is closed. */
void ps_server_free(struct ps_server **server);

#endif
