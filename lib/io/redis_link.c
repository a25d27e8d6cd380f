/* redis_link.c - one connection to Redis that many threads ask at once. */

#include "io/redis_link.h"

#include "io/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Octets of commands that wait; a hundred of the longest.  Ours. */
#define OUT_MAX (1u << 20)

int ps_redis_link_init(struct ps_redis_link *link, uint64_t answer_us)
{
	*link = (struct ps_redis_link){ .answer_us = answer_us,
					.fell = eventfd(
						0, EFD_CLOEXEC | EFD_NONBLOCK),
					.stream = PS_REDIS_STREAM_CLOSED,
					.out = PS_BUFFER(OUT_MAX),
					.spare = PS_BUFFER(OUT_MAX) };
	link->last = &link->first;
	atomic_init(&link->up, false);
	(void)pthread_mutex_init(&link->lock, NULL);
	return link->fell < 0 ? -1 : 0;
}

void ps_redis_link_free(struct ps_redis_link *link)
{
	ps_redis_stream_close(&link->stream);
	ps_buffer_free(&link->out);
	ps_buffer_free(&link->spare);
	if (link->fell >= 0)
		(void)close(link->fell);
	(void)pthread_mutex_destroy(&link->lock);
}

/* Its memory is the asker's again.  Only to who waits does this cost a wake-up,
 * and neither takes the lock for it. */
static void tell(struct ps_redis_ask *ask, redisReply *reply)
{
	ask->reply = reply;
	(void)sem_post(&ask->told);
}

static bool was_told(struct ps_redis_ask *ask)
{
	return sem_trywait(&ask->told) == 0;
}

/* ---- under the lock ---- */

/* Nobody is told again: an ask is gone once its thread has woken. */
static void tell_all(struct ps_redis_ask *ask)
{
	struct ps_redis_ask *next;

	for (; ask != NULL; ask = next) {
		next = ask->next;
		tell(ask, NULL);
	}
}

static void go_down(struct ps_redis_link *link, const char *reason)
{
	struct ps_redis_ask *waiting = link->first;

	if (atomic_exchange(&link->up, false))
		snprintf(link->reason, sizeof(link->reason), "%s", reason);
	link->first = NULL;
	link->last = &link->first;
	ps_buffer_reset(&link->out);
	tell_all(waiting);
	ps_redis_link_wake(link);
}

/* What is there is for the next one who waits; when all of them are busy
 * otherwise, it is for the first of them who will. */
static void hand_over(struct ps_redis_link *link)
{
	struct ps_redis_ask *ask = link->first;

	link->led = false;
	if (!atomic_load(&link->up))
		ps_redis_link_wake(link);
	while (ask != NULL && !ask->waits)
		ask = ask->next;
	if (ask == NULL)
		return;
	link->led = ask->leads = true;
	(void)sem_post(&ask->told);
}

/* ---- one who asks ---- */

/* Write what has come together, and hand out the replies in its order.  Those
 * that are left have none. */
static struct ps_redis_ask *exchange(struct ps_redis_link *link,
				     struct ps_redis_ask *batch,
				     char reason_r[PS_REASON_MAX])
{
	uint64_t until = ps_clock_monotonic_us() + link->answer_us;
	struct ps_redis_ask *next;
	redisReply *reply;

	if (ps_redis_stream_write(&link->stream, link->spare.data,
				  link->spare.len, until, reason_r) < 0)
		return batch;
	for (; batch != NULL; batch = next) {
		reply = ps_redis_stream_read(&link->stream, until, reason_r);
		if (reply == NULL)
			return batch;
		next = batch->next;
		tell(batch, reply);
	}
	return NULL;
}

static void lead(struct ps_redis_link *link)
{
	struct ps_redis_ask *batch = link->first;
	struct ps_buffer swap = link->out;
	char reason[PS_REASON_MAX];

	link->out = link->spare;
	link->spare = swap;
	link->first = NULL;
	link->last = &link->first;
	(void)pthread_mutex_unlock(&link->lock);
	batch = exchange(link, batch, reason);
	(void)pthread_mutex_lock(&link->lock);
	ps_buffer_reset(&link->spare);
	if (batch != NULL) {
		tell_all(batch);
		go_down(link, reason);
	}
	hand_over(link);
}

static bool enqueue(struct ps_redis_link *link, struct ps_redis_ask *ask,
		    const char *command, size_t len)
{
	if (!atomic_load(&link->up) || link->out.len + len > OUT_MAX)
		return false;
	ps_buffer_add(&link->out, command, len);
	if (link->out.failed) {
		go_down(link, "out of memory");
		return false;
	}
	*link->last = ask;
	link->last = &ask->next;
	return true;
}

bool ps_redis_link_put(struct ps_redis_link *link, struct ps_redis_ask *ask,
		       const char *command, size_t len)
{
	bool put;

	*ask = (struct ps_redis_ask){ .next = NULL };
	if (!atomic_load(&link->up) || sem_init(&ask->told, 0, 0) < 0)
		return false;
	(void)pthread_mutex_lock(&link->lock);
	put = enqueue(link, ask, command, len);
	(void)pthread_mutex_unlock(&link->lock);
	if (!put)
		(void)sem_destroy(&ask->told);
	return put;
}

static void await(struct ps_redis_link *link, struct ps_redis_ask *ask)
{
	(void)pthread_mutex_lock(&link->lock);
	if (link->led) {
		ask->waits = true;
		(void)pthread_mutex_unlock(&link->lock);
		while (sem_wait(&ask->told) < 0 && errno == EINTR)
			;
		if (!ask->leads)
			return;
		(void)pthread_mutex_lock(&link->lock);
	}
	if (!was_told(ask)) {
		link->led = true;
		lead(link);
	} else if (ask->leads) { /* told just when its turn came */
		hand_over(link);
	}
	(void)pthread_mutex_unlock(&link->lock);
}

redisReply *ps_redis_link_wait(struct ps_redis_link *link,
			       struct ps_redis_ask *ask)
{
	if (!was_told(ask))
		await(link, ask);
	(void)sem_destroy(&ask->told);
	return ask->reply;
}

redisReply *ps_redis_link_ask(struct ps_redis_link *link, const char *command,
			      size_t len)
{
	struct ps_redis_ask ask;

	if (!ps_redis_link_put(link, &ask, command, len))
		return NULL;
	return ps_redis_link_wait(link, &ask);
}

void ps_redis_link_drop(struct ps_redis_link *link, const char *reason)
{
	(void)pthread_mutex_lock(&link->lock);
	go_down(link, reason);
	(void)pthread_mutex_unlock(&link->lock);
}

/* ---- the one who looks after it ---- */

void ps_redis_link_raise(struct ps_redis_link *link,
			 struct ps_redis_stream *stream)
{
	(void)pthread_mutex_lock(&link->lock);
	ps_redis_stream_close(&link->stream);
	link->stream = *stream;
	*stream = PS_REDIS_STREAM_CLOSED;
	atomic_store(&link->up, true);
	(void)pthread_mutex_unlock(&link->lock);
}

/* Nobody uses the stream any more: it can be closed. */
static bool is_over(struct ps_redis_link *link)
{
	bool over;

	(void)pthread_mutex_lock(&link->lock);
	over = !atomic_load(&link->up) && !link->led;
	if (over)
		ps_redis_stream_close(&link->stream);
	(void)pthread_mutex_unlock(&link->lock);
	return over;
}

/* Who leads will find out as well, and with an error to tell. */
static void find_closed(struct ps_redis_link *link)
{
	(void)pthread_mutex_lock(&link->lock);
	if (!link->led)
		go_down(link, "closed the connection");
	(void)pthread_mutex_unlock(&link->lock);
}

bool ps_redis_link_watch(struct ps_redis_link *link)
{
	struct pollfd wait[] = { { .fd = link->fell, .events = POLLIN },
				 { .fd = link->stream.fd,
				   .events = POLLRDHUP } };
	uint64_t times;

	while (!is_over(link)) {
		if (poll(wait, 2, -1) < 0)
			continue;
		if (wait[1].revents != 0) {
			find_closed(link);
			wait[1].fd = -1;
		}
		if (wait[0].revents != 0) {
			(void)!read(link->fell, &times, sizeof(times));
			return is_over(link);
		}
	}
	return true;
}

void ps_redis_link_wake(struct ps_redis_link *link)
{
	const uint64_t one = 1;

	(void)!write(link->fell, &one, sizeof(one));
}

void ps_redis_link_reason(struct ps_redis_link *link,
			  char reason_r[PS_REASON_MAX])
{
	(void)pthread_mutex_lock(&link->lock);
	snprintf(reason_r, PS_REASON_MAX, "%s", link->reason);
	(void)pthread_mutex_unlock(&link->lock);
}
