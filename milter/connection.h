/* connection.h - one client: what it has sent, what it has yet to take. */
#ifndef PS_MILTER_CONNECTION_H
#define PS_MILTER_CONNECTION_H

#include "milter/protocol.h"

/* Octets read at once, and replies gathered before they are sent; ours. */
#define PS_CONNECTION_READ_MAX	 16384
#define PS_CONNECTION_GATHER_MAX 4096
/* Requests answered before others have their turn; ours. */
#define PS_CONNECTION_TURN_MAX	 64

/*
 * Memory is held only for what is unfinished: the input is at most
 * request_max + PS_CONNECTION_READ_MAX, and nothing more is read or answered
 * while output waits, which is at most PS_CONNECTION_GATHER_MAX + reply_max.
 */
struct ps_connection {
	int fd;			/* does not block */
	struct ps_buffer input; /* not answered yet */
	struct ps_buffer output;
	size_t sent; /* of output */
	bool unread; /* input may hold whole requests */
	bool last;   /* over when output is sent */
};

/* Work space of a thread, for one connection after another. */
struct ps_desk {
	const struct ps_protocol *protocol;
	void *ctx;
	char *input;
	struct ps_buffer replies;
	void *work; /* the protocol's; NULL: it has none */
	/* Of a turn that goes on. */
	struct ps_cursor rest;
	unsigned int count; /* requests answered */
	bool sent;	    /* what waited for the client */
};

/* What a connection goes on with. */
enum ps_wait {
	PS_WAIT_INPUT,
	PS_WAIT_OUTPUT,
	PS_WAIT_TURN, /* there is more to do at once: behind the others */
	PS_WAIT_OVER,
	PS_WAIT_ANSWER /* of others: the same desk, ps_connection_go_on() */
};

/* 0, or -1 out of memory. */
int ps_desk_init(struct ps_desk *desk, const struct ps_protocol *protocol,
		 void *ctx);
void ps_desk_free(struct ps_desk *desk);

/* Takes fd over. */
void ps_connection_init(struct ps_connection *connection, int fd);
void ps_connection_close(struct ps_connection *connection);
/*
 * Send, read and answer what can be without waiting for the client.
 * *progress_r: a request was answered and its reply is on its way, or the
 * client took what was waiting for it.
 */
enum ps_wait ps_connection_turn(struct ps_connection *connection,
				struct ps_desk *desk, bool *progress_r);
/* The same turn, after PS_WAIT_ANSWER. */
enum ps_wait ps_connection_go_on(struct ps_connection *connection,
				 struct ps_desk *desk, bool *progress_r);

#endif
