/* mail_messages.h - the messages of a log: what several lines say of one. */
#ifndef PS_CLI_MAIL_MESSAGES_H
#define PS_CLI_MAIL_MESSAGES_H

#include "cli/mail_log.h"

struct ps_mail_messages;

struct ps_mail_tally {
	uint64_t unknown; /* queued, but no client was seen: from this machine,
			     tried again, or begun before the log */
	uint64_t again;	  /* handed back by a content filter: left out */
	uint64_t dropped; /* refused at their end: left out */
	uint64_t open;	  /* begun, but not seen to end */
};

/* Keeps at most max that have begun, the oldest go.  0, or -1: no memory. */
int ps_mail_messages_new(size_t max, struct ps_mail_messages **messages_r);
void ps_mail_messages_free(struct ps_mail_messages **messages);
/*
 * Take a line.  True: it is QUEUED and has all that is known now, client and
 * login too; these are borrowed until the next call.  False: it is no message,
 * or not yet, or counted in the tally.
 */
bool ps_mail_messages_take(struct ps_mail_messages *messages,
			   struct ps_mail_line *line);
/* How many are kept at the moment. */
size_t ps_mail_messages_held(const struct ps_mail_messages *messages);
struct ps_mail_tally
ps_mail_messages_tally(const struct ps_mail_messages *messages);

#endif
