/* server_world.h - a server with a small protocol, in a folder of its own. */
#ifndef PS_TESTS_SERVER_WORLD_H
#define PS_TESTS_SERVER_WORLD_H

#include "milter/server.h"

#include <stdatomic.h>

#define SERVER_THREADS	   4
#define SERVER_TOGETHER	   8
#define SERVER_REQUEST_MAX 64
#define SERVER_BIG	   100000 /* octets of a reply, and "big" */

/*
 * A request is a line.  "wait" is answered once the gate is open, and "hold",
 * in whose place nobody is at work; "soon" when it is called again; "big"
 * behind SERVER_BIG times "b"; "bye" ends the connection.  Each line is its own
 * answer.
 */
struct server_world {
	struct ps_config config;
	struct ps_listening listening;
	struct ps_server *server;
	atomic_uint max;      /* connections */
	atomic_uint together; /* clients of a thread */
	char folder[40], socket[80];
	const char *path; /* of the socket */
};

/* The gate is shut.  0, or -1 with a sentence on standard error. */
int server_world_open(struct server_world *world, unsigned int max,
		      unsigned int idle_seconds);
/* Opens the gate.  -1: something was left. */
int server_world_close(struct server_world *world);

void server_gate(bool open);
/* Until so many requests wait at the gate. */
void server_gate_await(unsigned int count);
/* What was done for "soon" since the gate was shut: "1" it was called, "2" it
 * was called again. */
const char *server_calls(void);
/* Since the first was opened. */
bool server_logged(const char *text);

#endif
