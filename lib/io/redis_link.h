/* redis_link.h - one connection to Redis that many threads ask at once. */
#ifndef PS_IO_REDIS_LINK_H
#define PS_IO_REDIS_LINK_H

#include "core/text/buffer.h"
#include "io/redis_stream.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

/* A question that was put; for redis_link.c alone. */
struct ps_redis_ask {
	struct ps_redis_ask *next;
	uint64_t until; /* its answer is late then */
	sem_t told;	/* that it is over, or that it is to read */
	redisReply *reply;
	bool waits, reads;
};

/*
 * Of those who wait for a reply one reads, and hands out what comes to all of
 * them; each writes what has come together meanwhile, also while another one
 * reads, and no thread is in between.  Down at first.  After a fault, or an
 * answer that is late, it is down, all who wait are told, and asking costs
 * nothing until it is raised.
 */
struct ps_redis_link {
	uint64_t answer_us;
	atomic_bool up;
	int fell;		       /* eventfd: perhaps it is down */
	pthread_mutex_t lock;	       /* all that follows */
	struct ps_redis_stream stream; /* changes only while it is down */
	bool reads, writes;	       /* somebody does */
	struct ps_redis_ask *first,
		**last;		     /* without a reply, in their order */
	size_t sent, unsent;	     /* of those */
	struct ps_buffer out, spare; /* spare: that of who writes */
	char reason[PS_REASON_MAX];  /* why it went down last */
};

/* answer_us: how long an answer may take.  0, or -1: no descriptor. */
int ps_redis_link_init(struct ps_redis_link *link, uint64_t answer_us);
/* Nobody asks any more. */
void ps_redis_link_free(struct ps_redis_link *link);

/*
 * command: one, in Redis's protocol; copied.  True: its reply must be waited
 * for, soon, by this thread, and ask stays where it is until then: one thread
 * may put several before it waits for the first.  False: it is down.
 */
bool ps_redis_link_put(struct ps_redis_link *link, struct ps_redis_ask *ask,
		       const char *command, size_t len);
/* The reply, which may be an error, to be freed by freeReplyObject(); NULL: it
 * is down, the server may have done it or not. */
redisReply *ps_redis_link_wait(struct ps_redis_link *link,
			       struct ps_redis_ask *ask);
/* Both. */
redisReply *ps_redis_link_ask(struct ps_redis_link *link, const char *command,
			      size_t len);
/* It was of no use (an error of the whole server): down, as after a fault. */
void ps_redis_link_drop(struct ps_redis_link *link, const char *reason);

/* For one thread, which looks after it: */
/* A new connection, while it is down; takes it over. */
void ps_redis_link_raise(struct ps_redis_link *link,
			 struct ps_redis_stream *stream);
/* Until it is down (true) or somebody wakes it (false).  Notices a connection
 * that is closed while nobody asks. */
bool ps_redis_link_watch(struct ps_redis_link *link);
void ps_redis_link_wake(struct ps_redis_link *link);
/* Why it went down last. */
void ps_redis_link_reason(struct ps_redis_link *link,
			  char reason_r[PS_REASON_MAX]);

#endif
