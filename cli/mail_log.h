/* mail_log.h - one line of Postfix's log, as rsyslog and postlogd write it. */
#ifndef PS_CLI_MAIL_LOG_H
#define PS_CLI_MAIL_LOG_H

#include "core/text/cursor.h"

#include <stdint.h>

#define PS_MAIL_LINE_MAX 16384 /* octets; rsyslog takes 8,096; ours */

/* "Nov 26 14:00:01", of no year and zone, or RFC 3339. */
struct ps_mail_stamp {
	unsigned int year;	 /* 0: not said */
	unsigned int month, day; /* from 1 */
	unsigned int hour, minute, second;
	bool has_zone;
	int zone; /* minutes east of UTC */
};

enum ps_mail_event {
	PS_MAIL_OTHER,	 /* nothing that is needed here */
	PS_MAIL_CLIENT,	 /* smtpd has begun a message: client, login */
	PS_MAIL_QUEUED,	 /* qmgr has it: sender, size, recipients */
	PS_MAIL_DROPPED, /* refused at its end, or gone */
	PS_MAIL_REFUSED	 /* smtpd has refused one recipient */
};

/* Slices of the line; at is NULL: not of this event, or not said. */
struct ps_mail_line {
	enum ps_mail_event event;
	struct ps_mail_stamp stamp;
	struct ps_bytes queue_id;
	/* CLIENT, REFUSED */
	struct ps_bytes client_name, client_address, client_port;
	struct ps_bytes sasl_method, sasl_username, sasl_sender;
	bool is_again; /* handed back by a content filter */
	/* QUEUED, REFUSED */
	struct ps_bytes sender; /* "": the empty one */
	/* QUEUED */
	uint64_t size, recipients;
	/* REFUSED */
	struct ps_bytes recipient, protocol, helo;
};

/* A time stamp at the cursor, which then stands behind it. */
bool ps_mail_stamp_read(struct ps_cursor *cursor,
			struct ps_mail_stamp *stamp_r);
/* Seconds since 1970; without a zone by this machine's, without a year the last
 * such moment that is at most a day behind latest.  0: before 1970. */
uint64_t ps_mail_stamp_seconds(const struct ps_mail_stamp *stamp,
			       uint64_t latest);
/* False: no time stamp, host and program.  Strangers write parts of a line. */
bool ps_mail_line_read(struct ps_bytes text, struct ps_mail_line *line_r);

#endif
