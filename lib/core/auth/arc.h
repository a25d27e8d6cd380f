/* arc.h - ARC: validation of the chain of one message (RFC 8617). */
#ifndef PS_CORE_AUTH_ARC_H
#define PS_CORE_AUTH_ARC_H

#include "core/auth/arc_chain.h"
#include "core/auth/dkim.h"

#define PS_ARC_REASON_MAX 128

/* Holds no pointer. */
struct ps_arc_verdict {
	enum ps_arc_result result;
	unsigned int sets; /* the highest number; 0 none */
	/* With PASS: the number of the oldest signature over the message that
	 * still holds, 0 when all do (5.2 step 5): so far back the message is
	 * as it was. */
	unsigned int oldest_pass;
	bool length_limited; /* l= of the newest signature over the message
				leaves some of the body unsigned */
	bool temporary; /* FAIL, but only because keys cannot be fetched now:
			   for the chain that is final (5.2.1), for a message
			   it must not decide */
	char domain[PS_DOMAIN_MAX +
		    1]; /* d= of the newest seal, A-labels; "" */
	char reason[PS_ARC_REASON_MAX]; /* why not pass; "" */
};

struct ps_arc_options {
	uint64_t now;		       /* seconds since 1970, for x= */
	const struct ps_idn *idn;      /* may be NULL */
	struct ps_dkim_bodies *bodies; /* borrowed; the body goes there */
};

struct ps_arc_validator;

/*
 * Made when the header is complete; fields, crypto and options' members are
 * borrowed until it is freed.  0, or -1 out of memory.
 */
int ps_arc_validator_new(const struct ps_fields *fields,
			 const struct ps_crypto *crypto,
			 const struct ps_arc_options *options,
			 struct ps_arc_validator **validator_r);
/* Ask for all keys; true: no answer is outstanding.  Any number of times. */
bool ps_arc_validator_keys(struct ps_arc_validator *validator,
			   const struct ps_dns *dns);
/* The body is complete: judge.  False: answers are on their way; again.  True:
 * *verdict_r, borrowed. */
bool ps_arc_validator_finish(struct ps_arc_validator *validator,
			     const struct ps_dns *dns,
			     const struct ps_arc_verdict **verdict_r);
/* Borrowed. */
const struct ps_arc_chain *
ps_arc_validator_chain(const struct ps_arc_validator *validator);
void ps_arc_validator_free(struct ps_arc_validator **validator);

#endif
