/* redis_link.c - one connection to Redis that many threads ask at once. */

#include "io/redis_link.h"

#include "io/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
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
	link->sent = link->unsent = 0;
	ps_buffer_reset(&link->out);
	tell_all(waiting);
	/* Whoever reads or writes need not wait any more. */
	if (link->stream.fd >= 0)
		(void)shutdown(link->stream.fd, SHUT_RDWR);
	ps_redis_link_wake(link);
}

/* Who has read is through: the next one is the first of those who wait. */
static void hand_over(struct ps_redis_link *link)
{
	struct ps_redis_ask *ask = link->first;

	link->reads = false;
	if (!atomic_load(&link->up))
		ps_redis_link_wake(link);
	while (ask != NULL && !ask->waits)
		ask = ask->next;
	if (ask == NULL)
		return;
	link->reads = ask->reads = true;
	(void)sem_post(&ask->told);
}

/* What has come together, and what comes meanwhile; one thread at a time. */
static void write_out(struct ps_redis_link *link)
{
	char reason[PS_REASON_MAX];
	struct ps_buffer swap;
	uint64_t until;
	int done;

	while (!link->writes && link->out.len > 0) {
		until = ps_clock_monotonic_us() + link->answer_us;
		swap = link->out;
		link->out = link->spare;
		link->spare = swap;
		link->sent += link->unsent;
		link->unsent = 0;
		link->writes = true;
		(void)pthread_mutex_unlock(&link->lock);
		done = ps_redis_stream_write(&link->stream, link->spare.data,
					     link->spare.len, until, reason);
		(void)pthread_mutex_lock(&link->lock);
		link->writes = false;
		ps_buffer_reset(&link->spare);
		if (done < 0)
			go_down(link, reason);
		else if (!atomic_load(&link->up))
			ps_redis_link_wake(link);
	}
}

/* The first of those who wait has it. */
static void hand_out(struct ps_redis_link *link, redisReply *reply)
{
	struct ps_redis_ask *ask = link->first;

	if (link->sent == 0) { /* also when it went down meanwhile */
		freeReplyObject(reply);
		go_down(link, "answers what was not asked");
		return;
	}
	link->sent--;
	link->first = ask->next;
	if (link->first == NULL)
		link->last = &link->first;
	tell(ask, reply);
}

/* ---- one who asks ---- */

/* Until this one is told, and then what has come with it. */
static void read_replies(struct ps_redis_link *link, struct ps_redis_ask *ask)
{
	char reason[PS_REASON_MAX];
	redisReply *reply;
	uint64_t until;

	while (!was_told(ask)) {
		write_out(link);
		if (!atomic_load(&link->up))
			continue; /* it was told */
		until = link->first->until;
		(void)pthread_mutex_unlock(&link->lock);
		reply = ps_redis_stream_read(&link->stream, until, reason);
		(void)pthread_mutex_lock(&link->lock);
		if (reply != NULL)
			hand_out(link, reply);
		else
			go_down(link, reason);
	}
	while (link->sent > 0 &&
	       (reply = ps_redis_stream_here(&link->stream)) != NULL)
		hand_out(link, reply);
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
	link->unsent++;
	return true;
}

bool ps_redis_link_put(struct ps_redis_link *link, struct ps_redis_ask *ask,
		       const char *command, size_t len)
{
	bool put;

	*ask = (struct ps_redis_ask){ .next = NULL };
	if (!atomic_load(&link->up) || sem_init(&ask->told, 0, 0) < 0)
		return false;
	ask->until = ps_clock_monotonic_us() + link->answer_us;
	(void)pthread_mutex_lock(&link->lock);
	put = enqueue(link, ask, command, len);
	(void)pthread_mutex_unlock(&link->lock);
	if (!put)
		(void)sem_destroy(&ask->told);
	return put;
}

/* Others' replies need not be waited for; but with TLS a connection is for one
 * thread at a time, and who reads also writes. */
static void await(struct ps_redis_link *link, struct ps_redis_ask *ask)
{
	(void)pthread_mutex_lock(&link->lock);
	if (link->stream.ssl == NULL)
		write_out(link);
	if (link->reads) {
		ask->waits = true;
		(void)pthread_mutex_unlock(&link->lock);
		while (sem_wait(&ask->told) < 0 && errno == EINTR)
			;
		if (!ask->reads)
			return;
		(void)pthread_mutex_lock(&link->lock);
	}
	link->reads = true;
	read_replies(link, ask);
	hand_over(link);
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
	over = !atomic_load(&link->up) && !link->reads && !link->writes;
	if (over)
		ps_redis_stream_close(&link->stream);
	(void)pthread_mutex_unlock(&link->lock);
	return over;
}

/* Who reads will find out as well, and with an error to tell. */
static void find_closed(struct ps_redis_link *link)
{
	(void)pthread_mutex_lock(&link->lock);
	if (!link->reads)
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
