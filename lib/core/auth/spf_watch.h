/* spf_watch.h - an SPF evaluation told step by step, for who explains it. */
#ifndef PS_CORE_AUTH_SPF_WATCH_H
#define PS_CORE_AUTH_SPF_WATCH_H

#include "core/auth/spf.h"

enum ps_spf_step_kind {
	PS_SPF_STEP_RECORD,   /* the record of domain is read */
	PS_SPF_STEP_INCLUDE,  /* a term opens the record that comes next */
	PS_SPF_STEP_REDIRECT, /* the same, in the place of this one */
	PS_SPF_STEP_TERM      /* a directive was evaluated */
};

/* Borrowed for the time of the call. */
struct ps_spf_step {
	enum ps_spf_step_kind kind;
	unsigned int depth;   /* of includes */
	const char *domain;   /* whose record; any octets a macro made */
	struct ps_bytes text; /* of the record (empty: there is none), the term
				 as written, of redirect= what is behind it */
	/*
	 * RECORD: PASS, it is followed; NONE, there is none; TEMPERROR,
	 * PERMERROR.  TERM: what it says of the message; NONE, it does not
	 * match.  INCLUDE, REDIRECT: NONE.
	 */
	enum ps_spf_result result;
};

/*
 * Of a query: step is called in order.  Of a run that ended with answers on
 * their way they mean nothing; the next one tells them from the start.
 */
struct ps_spf_watch {
	void (*step)(void *ctx, const struct ps_spf_step *step);
	void *ctx;
};

#endif
