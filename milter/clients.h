/* clients.h - the clients of a server: who has something to do, who idles. */
#ifndef PS_MILTER_CLIENTS_H
#define PS_MILTER_CLIENTS_H

#include "milter/connection.h"

#include <pthread.h>
#include <stdint.h>

/*
 * One thread at a time has a client: from ps_clients_next() until it gives it
 * back, and only it may close it.  To be rid of one, another thread shuts its
 * socket: then it is the next for somebody, who will.
 */
struct ps_client {
	struct ps_connection connection;
	struct ps_client *before, *behind; /* under the lock, as the rest */
	uint64_t since;			   /* of its last progress */
	bool busy, shut;
};

struct ps_clients {
	int events; /* epoll: each client once, and stop, whose data is NULL */
	int stop;   /* readable: the end */
	pthread_mutex_t lock;
	pthread_cond_t gone;
	struct ps_client *first, *last; /* first: longest without progress */
	unsigned int count, shut;
	bool stopping;
};

/* Times are monotonic microseconds.  -1: no descriptors to be had; free it in
 * either case, once no thread has a client: closes them all. */
int ps_clients_init(struct ps_clients *clients);
void ps_clients_free(struct ps_clients *clients);
/* Takes fd over.  -1: out of memory, fd is closed. */
int ps_clients_add(struct ps_clients *clients, int fd, uint64_t now);
#define PS_CLIENTS_TOGETHER_MAX 64 /* ours */
/* Waits for one that has something to do, and takes what others have as well,
 * at most max in all.  How many; 0: the end has come. */
unsigned int ps_clients_next(struct ps_clients *clients, unsigned int max,
			     struct ps_client **client_r);
void ps_clients_give_back(struct ps_clients *clients, struct ps_client *client,
			  enum ps_wait wait, bool progress, uint64_t now);
unsigned int ps_clients_count(struct ps_clients *clients);
/*
 * True: there are fewer than max.  Else those longest without progress that
 * nobody has are shut, and up to milliseconds are waited for some to go.
 * *shut_r: how many were shut.
 */
bool ps_clients_make_room(struct ps_clients *clients, unsigned int max,
			  unsigned int milliseconds, unsigned int *shut_r);
/* Shut those without progress for idle microseconds.  Returns microseconds
 * until the next may be due; UINT64_MAX: there are no clients. */
uint64_t ps_clients_expire(struct ps_clients *clients, uint64_t now,
			   uint64_t idle);
/* The end: nobody waits any more. */
void ps_clients_stop(struct ps_clients *clients);

#endif
