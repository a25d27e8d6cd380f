/* answer.h - what is done with one message: changes, then a disposition. */
#ifndef PS_MILTER_ANSWER_H
#define PS_MILTER_ANSWER_H

#include "core/text/arena.h"

#define PS_REPLY_TEXT_MAX 400 /* octets; RFC 5321 4.5.3.1.5: a line has 512 */

enum ps_disposition {
	PS_ACCEPT,
	PS_HOLD,   /* Postfix's hold queue */
	PS_REFUSE, /* for good, 5xx */
	PS_DEFER   /* for now, 4xx */
};

struct ps_change {
	struct ps_change *next;
	const char *name;
	const char *value; /* put on top of the header; NULL: remove */
	unsigned int nth;  /* the one of that name to remove, from 1 */
};

/* Lives in its arena; changes are carried out in order, and only with ACCEPT
 * and HOLD. */
struct ps_answer {
	struct ps_arena *arena;
	enum ps_disposition disposition;
	const char *code, *status; /* "550", "5.7.1"; REFUSE and DEFER */
	const char *text;	   /* printable; not with ACCEPT */
	struct ps_change *first, **end;
};

void ps_answer_init(struct ps_answer *answer, struct ps_arena *arena);
/*
 * value: what stands behind the colon.  CRLF in it becomes LF, which is how a
 * milter folds.  Out of memory: the disposition becomes DEFER for good.
 */
void ps_answer_insert(struct ps_answer *answer, const char *name,
		      struct ps_bytes value);
void ps_answer_remove(struct ps_answer *answer, const char *name,
		      unsigned int nth);
/* The first refusal or deferral stands; what is not printable becomes "?". */
void ps_answer_refuse(struct ps_answer *answer, const char *code,
		      const char *status, const char *text);
void ps_answer_defer(struct ps_answer *answer, const char *status,
		     const char *text);
void ps_answer_hold(struct ps_answer *answer, const char *text);

/* "accept", "hold", "reject", "defer" */
const char *ps_disposition_name(enum ps_disposition disposition);

#endif
