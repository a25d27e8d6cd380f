/* notifier.h - mails to the administrator: queued, and sent by a thread. */
#ifndef PS_MILTER_NOTIFIER_H
#define PS_MILTER_NOTIFIER_H

#include "directory/config.h"
#include "io/smtp_curl.h"
#include "milter/letter.h"

#define PS_NOTIFY_QUEUE_MAX    1000  /* letters that wait; ours */
#define PS_NOTIFY_TOLD_MAX     10000 /* keys that are remembered; ours */
#define PS_NOTIFY_RETRY_MAX    300   /* seconds between tries, from 1 on */
#define PS_NOTIFY_KEEP_SECONDS 86400 /* then it is given up; ours */

/*
 * A letter goes from <> to the relay of the settings.  When the relay is away
 * all wait, and are tried again, less and less often.  What waits at the end of
 * the process is lost, which is logged.  Safe in any thread; no call waits for
 * the relay.
 */
struct ps_notifier;

struct ps_notifier_setup {
	enum ps_smtp (*send)(const struct ps_socket_name *relay,
			     const char *helo,
			     const struct ps_smtp_letter *letter,
			     char reason_r[PS_REASON_MAX]);
	uint64_t (*seconds)(void);	/* since 1970 */
	uint64_t (*microseconds)(void); /* monotonic */
};

/* Texts are copied, and may hold any octets. */
struct ps_notice {
	const char *key;      /* of one key at most one in seconds */
	unsigned int seconds; /* 0: each */
	const char *to;	      /* NULL: notify.to */
	const char *subject, *body;
};

enum ps_notified {
	PS_NOTIFIED_QUEUED,
	PS_NOTIFIED_BEFORE,  /* of that key, not long ago */
	PS_NOTIFIED_NOBODY,  /* notify.to is not set, or to is no address */
	PS_NOTIFIED_DROPPED, /* the queue is full, no memory, or too long */
};

struct ps_notifier_counts {
	unsigned long sent, dropped;
	unsigned int waiting;
};

/* 0, or -1: no memory, no thread. */
int ps_notifier_new(const struct ps_notifier_setup *setup,
		    const struct ps_config *config,
		    struct ps_notifier **notifier_r);
void ps_notifier_free(struct ps_notifier **notifier);
/* As the settings are from now on; config is not kept. */
void ps_notifier_settings(struct ps_notifier *notifier,
			  const struct ps_config *config);
/* notifier NULL: NOBODY. */
enum ps_notified ps_notifier_put(struct ps_notifier *notifier,
				 const struct ps_notice *notice);
/* A mail from <> to recipient ("": not known yet) that comes just now: is it a
 * letter of ours? */
bool ps_notifier_is_sending(struct ps_notifier *notifier,
			    struct ps_bytes recipient);
void ps_notifier_count(struct ps_notifier *notifier,
		       struct ps_notifier_counts *counts_r);

#endif
