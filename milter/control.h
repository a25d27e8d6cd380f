/* control.h - requests at the control socket: one JSON object on a line, and
 * one in answer. */
#ifndef PS_MILTER_CONTROL_H
#define PS_MILTER_CONTROL_H

#include "milter/protocol.h"

#include <jansson.h>

#define PS_CONTROL_REQUEST_MAX 4096	 /* octets, with the LF; ours */
#define PS_CONTROL_REPLY_MAX   (1 << 20) /* the same */
#define PS_CONTROL_SUBJECT_MAX 2048	 /* octets; ours */
#define PS_CONTROL_REASON_MAX  500	 /* the same */
#define PS_CONTROL_MOST_MAX    2000	 /* rows of a list; ours */

enum ps_control_verb {
	PS_CONTROL_STATUS,
	PS_CONTROL_RELOAD,
	PS_CONTROL_SUSPEND,   /* subject: the login; reason */
	PS_CONTROL_ENABLE,    /* the same, no longer */
	PS_CONTROL_SUSPENDED, /* is it? */
	PS_CONTROL_LIMITS,    /* control_limits.h */
	PS_CONTROL_RESET,
	PS_CONTROL_VERBS /* how many there are */
};

/* {"command": "status"}; what a command does not use is ignored. */
struct ps_control_request {
	enum ps_control_verb verb;
	char subject[PS_CONTROL_SUBJECT_MAX + 1]; /* "subject"; "" none */
	char reason[PS_CONTROL_REASON_MAX + 1];	  /* "reason"; "" none */
	unsigned int most;			  /* "most"; 0: not given */
	bool all;				  /* "all" */
};

/*
 * As ps_protocol's answer: PART leaves request_r alone; LAST: it is no request,
 * and a reply that says so was appended; ANSWERED: request_r is to be answered
 * with one of the two below, and the connection is over then.
 */
enum ps_request ps_control_read(struct ps_cursor *input,
				struct ps_control_request *request_r,
				struct ps_buffer *replies);
/* Appends answer, an object that is taken over (NULL: no memory), with
 * "ok": true. */
void ps_control_answer(struct ps_buffer *replies, json_t *answer);
/* Appends {"ok": false, "error": why}; nothing: there is no such thing. */
void ps_control_refuse(struct ps_buffer *replies, bool nothing,
		       const char *why);
const char *ps_control_verb_name(enum ps_control_verb verb);
/* A JSON string; what is not UTF-8 has \xNN for its octets over ASCII. */
json_t *ps_control_text(const char *text);

#endif
