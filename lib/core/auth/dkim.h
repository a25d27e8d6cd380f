/* dkim.h - DKIM verification of one message (RFC 6376, 8301, 8463). */
#ifndef PS_CORE_AUTH_DKIM_H
#define PS_CORE_AUTH_DKIM_H

#include "core/auth/dkim_bodies.h"
#include "core/text/dns.h"
#include "core/text/fields.h"
#include "core/text/idn.h"

#include <stdint.h>

#define PS_DKIM_SIGNATURES_MAX 32 /* looked at in one message; ours */
#define PS_DKIM_SELECTOR_MAX   253
#define PS_DKIM_IDENTITY_MAX   320
#define PS_DKIM_REASON_MAX     96

/* The words of RFC 8601 2.7.1. */
enum ps_dkim_result {
	PS_DKIM_NONE,
	PS_DKIM_PASS,
	PS_DKIM_FAIL,
	PS_DKIM_POLICY,
	PS_DKIM_NEUTRAL,
	PS_DKIM_TEMPERROR,
	PS_DKIM_PERMERROR
};

/* One DKIM-Signature field.  Holds no pointer. */
struct ps_dkim_verdict {
	enum ps_dkim_result result;
	char domain[PS_DOMAIN_MAX + 1]; /* d=, lower case; "" unreadable */
	char selector[PS_DKIM_SELECTOR_MAX + 1]; /* s= */
	char identity[PS_DKIM_IDENTITY_MAX + 1]; /* i=, or @d */
	char algorithm[24];			 /* a= */
	char signature_start[9];		 /* first 8 of b= (RFC 6008) */
	unsigned int key_bits;			 /* 0 unknown */
	bool length_limited; /* l=, and some of the body is behind it */
	bool testing;	     /* t=y in the key record */
	char reason[PS_DKIM_REASON_MAX]; /* why not pass; "" */
};

struct ps_dkim_options {
	unsigned int signatures_max;   /* verified; the rest are POLICY */
	uint64_t now;		       /* seconds since 1970, for t= and x= */
	const struct ps_idn *idn;      /* for d= and s= in UTF-8; may be NULL */
	struct ps_dkim_bodies *bodies; /* borrowed; NULL: the verifier's own */
};

struct ps_dkim_verifier;

/*
 * Made when the header is complete; fields, crypto and options are borrowed
 * until it is freed.  0, or -1 out of memory.
 */
int ps_dkim_verifier_new(const struct ps_fields *fields,
			 const struct ps_crypto *crypto,
			 const struct ps_dkim_options *options,
			 struct ps_dkim_verifier **verifier_r);
/* The body, in any pieces; never stored.  With options.bodies it goes there. */
void ps_dkim_verifier_body(struct ps_dkim_verifier *verifier, const void *data,
			   size_t len);
/* Ask for all keys.  True: no answer is outstanding.  Any number of times,
 * from the moment it was made, before or after the body. */
bool ps_dkim_verifier_keys(struct ps_dkim_verifier *verifier,
			   const struct ps_dns *dns);
/* The same as of finish; what is not judged yet has its domain, and NONE. */
const struct ps_dkim_verdict *
ps_dkim_verifier_verdicts(const struct ps_dkim_verifier *verifier,
			  size_t *count_r);
/*
 * The body is complete: judge.  False: key answers are on their way; again.
 * True: *verdicts_r (borrowed, one per field from the top down), *count_r.
 */
bool ps_dkim_verifier_finish(struct ps_dkim_verifier *verifier,
			     const struct ps_dns *dns,
			     const struct ps_dkim_verdict **verdicts_r,
			     size_t *count_r);
void ps_dkim_verifier_free(struct ps_dkim_verifier **verifier);

const char *ps_dkim_result_name(enum ps_dkim_result result);

#endif
