/* notifier.c - mails to the administrator: queued, and sent by a thread. */

#include "milter/notifier.h"

#include "directory/log.h"
#include "milter/quiet.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct queued {
	struct queued *next;
	uint64_t since; /* seconds since 1970 */
	size_t len;
	char *to, *subject, *text; /* of the same piece of memory */
};

struct told {
	UT_hash_handle hh;
	uint64_t until;
	char key[];
};

struct ps_notifier {
	struct ps_notifier_setup setup;
	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t news;
	bool stopping;
	atomic_bool stop; /* the same, for who holds no lock */
	char relay[PS_CONFIG_VALUE_MAX + 1], to[PS_CONFIG_VALUE_MAX + 1];
	char host[PS_CONFIG_VALUE_MAX + 1];
	struct queued *first, **last;
	struct queued *sending; /* of the thread; not in the queue */
	struct told *told;	/* the oldest first */
	uint64_t number;
	struct ps_notifier_counts counts;
};

/* ---- who was told; under the lock ---- */

static void forget(struct ps_notifier *notifier, struct told *told)
{
	HASH_DEL(notifier->told, told);
	free(told);
}

static bool was_told(struct ps_notifier *notifier, const char *key,
		     uint64_t now)
{
	struct told *told;

	HASH_FIND_STR(notifier->told, key, told);
	if (told != NULL && told->until <= now) {
		forget(notifier, told);
		told = NULL;
	}
	return told != NULL;
}

/* Without memory the next one of the key is sent, too. */
static void remember(struct ps_notifier *notifier, const char *key,
		     uint64_t until)
{
	size_t len = strlen(key) + 1;
	struct told *told;

	if (HASH_COUNT(notifier->told) >= PS_NOTIFY_TOLD_MAX)
		forget(notifier, notifier->told);
	told = calloc(1, sizeof(*told) + len);
	if (told == NULL)
		return;
	memcpy(told->key, key, len);
	told->until = until;
	HASH_ADD_STR(notifier->told, key, told);
	if (told->hh.tbl == NULL)
		free(told);
}

/* ---- the queue ---- */

static struct queued *queued_new(const char *to, const char *subject,
				 const struct ps_buffer *text, uint64_t now)
{
	size_t to_len = strlen(to) + 1, subject_len = strlen(subject) + 1;
	struct queued *queued =
		calloc(1, sizeof(*queued) + to_len + subject_len + text->len);

	if (queued == NULL)
		return NULL;
	queued->to = (char *)(queued + 1);
	queued->subject = queued->to + to_len;
	queued->text = queued->subject + subject_len;
	queued->len = text->len;
	queued->since = now;
	memcpy(queued->to, to, to_len);
	memcpy(queued->subject, subject, subject_len);
	memcpy(queued->text, text->data, text->len);
	return queued;
}

/* Under the lock. */
static enum ps_notified enqueue(struct ps_notifier *notifier,
				const struct ps_notice *notice, uint64_t now)
{
	struct ps_buffer text = PS_BUFFER(PS_LETTER_OCTETS_MAX);
	const struct ps_letter letter = {
		.host = notifier->host,
		.to = notice->to == NULL ? notifier->to : notice->to,
		.subject = notice->subject,
		.body = notice->body,
		.now = now,
		.number = ++notifier->number,
		.process = (unsigned int)getpid(),
	};
	struct queued *queued = NULL;

	if (!ps_letter_address(letter.to))
		return PS_NOTIFIED_NOBODY;
	if (notice->seconds > 0 && was_told(notifier, notice->key, now))
		return PS_NOTIFIED_BEFORE;
	ps_letter_write(&letter, &text);
	if (!text.failed && notifier->counts.waiting < PS_NOTIFY_QUEUE_MAX)
		queued = queued_new(letter.to, letter.subject, &text, now);
	ps_buffer_free(&text);
	if (queued == NULL) {
		notifier->counts.dropped++;
		return PS_NOTIFIED_DROPPED;
	}
	*notifier->last = queued;
	notifier->last = &queued->next;
	notifier->counts.waiting++;
	if (notice->seconds > 0)
		remember(notifier, notice->key, now + notice->seconds);
	pthread_cond_signal(&notifier->news);
	return PS_NOTIFIED_QUEUED;
}

enum ps_notified ps_notifier_put(struct ps_notifier *notifier,
				 const struct ps_notice *notice)
{
	enum ps_notified result;

	if (notifier == NULL)
		return PS_NOTIFIED_NOBODY;
	pthread_mutex_lock(&notifier->lock);
	result = enqueue(notifier, notice, notifier->setup.seconds());
	pthread_mutex_unlock(&notifier->lock);
	if (result == PS_NOTIFIED_DROPPED)
		ps_quiet_log(notifier->setup.microseconds(), PS_LOG_ERROR,
			     "notify: too many wait: some are dropped");
	return result;
}

/* ---- the thread ---- */

/* Under the lock.  NULL: the end has come. */
static struct queued *next(struct ps_notifier *notifier)
{
	struct queued *queued;

	while (notifier->first == NULL && !notifier->stopping)
		pthread_cond_wait(&notifier->news, &notifier->lock);
	if (notifier->stopping)
		return NULL;
	queued = notifier->first;
	notifier->first = queued->next;
	if (notifier->first == NULL)
		notifier->last = &notifier->first;
	notifier->sending = queued;
	return queued;
}

/* Under the lock, which is not held meanwhile. */
static enum ps_smtp send_one(struct ps_notifier *notifier,
			     const struct queued *queued,
			     char reason_r[PS_REASON_MAX])
{
	const struct ps_smtp_letter letter = { queued->to, queued->text,
					       queued->len, &notifier->stop };
	char host[PS_CONFIG_VALUE_MAX + 1], text[PS_CONFIG_VALUE_MAX + 1];
	struct ps_socket_name relay;
	enum ps_smtp result;

	memcpy(host, notifier->host, sizeof(host));
	memcpy(text, notifier->relay, sizeof(text));
	pthread_mutex_unlock(&notifier->lock);
	if (ps_socket_peer_parse(text, &relay)) {
		result = notifier->setup.send(&relay, host, &letter, reason_r);
	} else {
		result = PS_SMTP_LATER;
		snprintf(reason_r, PS_REASON_MAX, "notify.relay is none");
	}
	pthread_mutex_lock(&notifier->lock);
	return result;
}

/* Under the lock: what could not be sent is the next one again, unless it has
 * waited for too long. */
static void put_back(struct ps_notifier *notifier, struct queued *queued,
		     const char *reason)
{
	uint64_t now = notifier->setup.seconds();

	if (now < queued->since + PS_NOTIFY_KEEP_SECONDS) {
		queued->next = notifier->first;
		if (notifier->first == NULL)
			notifier->last = &queued->next;
		notifier->first = queued;
		return;
	}
	ps_log(PS_LOG_ERROR, "notify: \"%s\" to %s is given up: %s",
	       queued->subject, queued->to, reason);
	notifier->counts.waiting--;
	notifier->counts.dropped++;
	free(queued);
}

/* Under the lock. */
static void finish(struct ps_notifier *notifier, struct queued *queued,
		   bool sent, const char *reason)
{
	if (sent)
		ps_log(PS_LOG_INFO, "notify: \"%s\" sent to %s",
		       queued->subject, queued->to);
	else
		ps_log(PS_LOG_ERROR, "notify: \"%s\" to %s is refused: %s",
		       queued->subject, queued->to, reason);
	notifier->counts.waiting--;
	if (sent)
		notifier->counts.sent++;
	else
		notifier->counts.dropped++;
	free(queued);
}

/* Under the lock. */
static void wait_seconds(struct ps_notifier *notifier, unsigned int seconds)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	while (!notifier->stopping &&
	       pthread_cond_timedwait(&notifier->news, &notifier->lock,
				      &until) == 0)
		;
}

static void *work(void *ctx)
{
	struct ps_notifier *notifier = ctx;
	char reason[PS_REASON_MAX] = "";
	struct queued *queued;
	unsigned int pause = 1;
	enum ps_smtp result;

	pthread_mutex_lock(&notifier->lock);
	while ((queued = next(notifier)) != NULL) {
		result = send_one(notifier, queued, reason);
		notifier->sending = NULL;
		if (result != PS_SMTP_LATER) {
			finish(notifier, queued, result == PS_SMTP_SENT,
			       reason);
			pause = 1;
			continue;
		}
		if (pause == 1)
			ps_log(PS_LOG_WARNING,
			       "notify: the relay takes nothing now, letters "
			       "wait: %s",
			       reason);
		put_back(notifier, queued, reason);
		wait_seconds(notifier, pause);
		pause = pause * 2 > PS_NOTIFY_RETRY_MAX ? PS_NOTIFY_RETRY_MAX
							: pause * 2;
	}
	pthread_mutex_unlock(&notifier->lock);
	return NULL;
}

/* ---- from start to end ---- */

static void copy(char text_r[PS_CONFIG_VALUE_MAX + 1], const char *text)
{
	snprintf(text_r, PS_CONFIG_VALUE_MAX + 1, "%s",
		 text == NULL ? "" : text);
}

void ps_notifier_settings(struct ps_notifier *notifier,
			  const struct ps_config *config)
{
	if (notifier == NULL)
		return;
	pthread_mutex_lock(&notifier->lock);
	copy(notifier->relay, config->notify.relay);
	copy(notifier->to, config->notify.to);
	copy(notifier->host, config->authserv_id);
	pthread_mutex_unlock(&notifier->lock);
}

static void init_news(pthread_cond_t *news)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(news, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

static void clear(struct ps_notifier *notifier)
{
	struct queued *queued;

	while ((queued = notifier->first) != NULL) {
		notifier->first = queued->next;
		ps_log(PS_LOG_WARNING, "notify: \"%s\" to %s was never sent",
		       queued->subject, queued->to);
		free(queued);
	}
	while (notifier->told != NULL)
		forget(notifier, notifier->told);
	pthread_cond_destroy(&notifier->news);
	pthread_mutex_destroy(&notifier->lock);
	free(notifier);
}

int ps_notifier_new(const struct ps_notifier_setup *setup,
		    const struct ps_config *config,
		    struct ps_notifier **notifier_r)
{
	struct ps_notifier *notifier = calloc(1, sizeof(*notifier));

	*notifier_r = NULL;
	if (notifier == NULL)
		return -1;
	notifier->setup = *setup;
	notifier->last = &notifier->first;
	pthread_mutex_init(&notifier->lock, NULL);
	init_news(&notifier->news);
	ps_notifier_settings(notifier, config);
	if (pthread_create(&notifier->thread, NULL, work, notifier) != 0) {
		clear(notifier);
		return -1;
	}
	*notifier_r = notifier;
	return 0;
}

void ps_notifier_free(struct ps_notifier **notifier)
{
	if (*notifier == NULL)
		return;
	pthread_mutex_lock(&(*notifier)->lock);
	(*notifier)->stopping = true;
	atomic_store(&(*notifier)->stop, true);
	pthread_cond_signal(&(*notifier)->news);
	pthread_mutex_unlock(&(*notifier)->lock);
	pthread_join((*notifier)->thread, NULL);
	clear(*notifier);
	*notifier = NULL;
}

bool ps_notifier_is_sending(struct ps_notifier *notifier,
			    struct ps_bytes recipient)
{
	bool is;

	if (notifier == NULL)
		return false;
	pthread_mutex_lock(&notifier->lock);
	is = notifier->sending != NULL &&
	     (recipient.len == 0 ||
	      ps_bytes_equal_fold(recipient,
				  ps_bytes_of(notifier->sending->to)));
	pthread_mutex_unlock(&notifier->lock);
	return is;
}

void ps_notifier_count(struct ps_notifier *notifier,
		       struct ps_notifier_counts *counts_r)
{
	*counts_r = (struct ps_notifier_counts){ 0 };
	if (notifier == NULL)
		return;
	pthread_mutex_lock(&notifier->lock);
	*counts_r = notifier->counts;
	pthread_mutex_unlock(&notifier->lock);
}
