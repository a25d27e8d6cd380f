/* dkim_candidates.h - which signatures of a message are verified at all. */
#ifndef PS_CORE_AUTH_DKIM_CANDIDATES_H
#define PS_CORE_AUTH_DKIM_CANDIDATES_H

#include "core/auth/dkim_signature.h"

struct ps_dkim_candidate {
	struct ps_dkim_signature parsed;
	bool judged; /* its verdict stands */
};

/* From the top down; of both arrays, count. */
struct ps_dkim_candidates {
	size_t count;
	struct ps_dkim_candidate *at;
	struct ps_dkim_verdict *verdict;
};

/*
 * Reads the DKIM-Signature fields and judges what no key can mend: what cannot
 * be parsed, RFC 8301's rsa-sha1, what has expired, and all in a header that
 * overflowed.  Of the others options->signatures_max are left to be verified:
 * the author's own domain first, then its neighbours, then from the top down;
 * the rest are POLICY.  Of more than PS_DKIM_SIGNATURES_MAX fields, the same
 * order decides which are read.
 *
 * fields are borrowed until it is freed.  0, or -1 out of memory.
 */
int ps_dkim_candidates_read(const struct ps_fields *fields,
			    const struct ps_dkim_options *options,
			    struct ps_dkim_candidates *candidates_r);
void ps_dkim_candidates_judge(struct ps_dkim_candidates *candidates, size_t i,
			      enum ps_dkim_result result, const char *reason);
void ps_dkim_candidates_free(struct ps_dkim_candidates *candidates);

#endif
