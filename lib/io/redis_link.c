/* redis_link.c - one connection to Redis that many threads ask at once. */

#include "io/redis_link.h"

#include "io/clock.h"

#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Octets of commands that wait; a hundred of the longest.  Ours. */
#define OUT_MAX (1u << 20)

/* One thread that waits, on its stack. */
struct ps_redis_ask {
	struct ps_redis_ask *next;
	pthread_cond_t told;
	redisReply *reply;
	bool done, leads; /* it is over / it is its turn to write */
};

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

/* ---- under the lock ---- */

static void tell(struct ps_redis_ask *ask, redisReply *reply)
{
	ask->reply = reply;
	ask->done = true;
	(void)pthread_cond_signal(&ask->told);
}

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

/* What waits is the next one's to send. */
static void hand_over(struct ps_redis_link *link)
{
	link->led = false;
	if (!atomic_load(&link->up)) {
		ps_redis_link_wake(link);
	} else if (link->first != NULL) {
		link->led = true;
		link->first->leads = true;
		(void)pthread_cond_signal(&link->first->told);
	}
}

/* ---- one who asks ---- */

/* Send what has come together, and hand out the replies in its order. */
static void lead(struct ps_redis_link *link)
{
	struct ps_redis_ask *batch = link->first, *next;
	struct ps_buffer swap = link->out;
	char reason[PS_REASON_MAX];
	redisReply *reply;
	uint64_t until = ps_clock_monotonic_us() + link->answer_us;
	int sent;

	link->out = link->spare;
	link->spare = swap;
	link->first = NULL;
	link->last = &link->first;
	(void)pthread_mutex_unlock(&link->lock);
	sent = ps_redis_stream_write(&link->stream, link->spare.data,
				     link->spare.len, until, reason);
	for (; sent == 0 && batch != NULL; batch = next) {
		reply = ps_redis_stream_read(&link->stream, until, reason);
		if (reply == NULL)
			break;
		(void)pthread_mutex_lock(&link->lock);
		next = batch->next;
		tell(batch, reply);
		(void)pthread_mutex_unlock(&link->lock);
	}
	(void)pthread_mutex_lock(&link->lock);
	ps_buffer_reset(&link->spare);
	tell_all(batch);
	if (batch != NULL)
		go_down(link, reason);
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

redisReply *ps_redis_link_ask(struct ps_redis_link *link, const char *command,
			      size_t len)
{
	struct ps_redis_ask ask = { .told = PTHREAD_COND_INITIALIZER };

	if (!atomic_load(&link->up))
		return NULL;
	(void)pthread_mutex_lock(&link->lock);
	if (enqueue(link, &ask, command, len)) {
		ask.leads = !link->led;
		link->led = true;
		while (!ask.leads && !ask.done)
			(void)pthread_cond_wait(&ask.told, &link->lock);
		/* It may have gone down just when the turn came. */
		if (ask.leads && ask.done)
			hand_over(link);
		else if (ask.leads)
			lead(link);
	}
	(void)pthread_mutex_unlock(&link->lock);
	(void)pthread_cond_destroy(&ask.told);
	return ask.reply;
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
