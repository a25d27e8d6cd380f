/* moody_server.h - a name server with the same answer for every question. */
#ifndef PS_TESTS_MOODY_SERVER_H
#define PS_TESTS_MOODY_SERVER_H

enum moody {
	MOODY_SILENT,
	MOODY_ANSWER, /* the address 192.0.2.7 */
	MOODY_SERVFAIL,
	MOODY_REFUSED
};

/* A thread behind an UDP socket of 127.0.0.1. */
struct moody_server;

struct moody_server *moody_server_new(enum moody mood);
void moody_server_free(struct moody_server **server);
unsigned int moody_server_port(const struct moody_server *server);
void moody_server_set(struct moody_server *server, enum moody mood);
/* Of every answer from now on. */
void moody_server_ttl(struct moody_server *server, unsigned int seconds);
void moody_server_delay(struct moody_server *server, unsigned int milliseconds);
/* Queries received. */
unsigned int moody_server_asked(struct moody_server *server);

#endif
