/* arc_trust.h - what the sealers of a chain vouch for (RFC 8617 section 7.2).
 */
#ifndef PS_CORE_AUTH_ARC_TRUST_H
#define PS_CORE_AUTH_ARC_TRUST_H

#include "core/auth/arc.h"
#include "core/auth/dmarc_author.h"

#define PS_ARC_SAID_MAX 64

/* Borrowed for the time of the call. */
struct ps_arc_trust_query {
	const struct ps_arc_chain *chain;
	const struct ps_arc_verdict *verdict;
	const struct ps_dmarc_authors *authors;
	const char *const *trusted; /* domains; a sealer's d= is one of them */
	size_t trusted_count;
	const struct ps_idn *idn; /* may be NULL */
	struct ps_arena *arena;	  /* for reading the sets' results */
};

/* Holds no pointer. */
struct ps_arc_trust {
	bool vouched; /* a trusted sealer saw the author's DMARC pass */
	bool unknown; /* the same, if the keys that cannot be fetched now were
			 to show that the chain holds */
	unsigned int set;		/* whose results say so; 0 none */
	char sealer[PS_DOMAIN_MAX + 1]; /* its d=, A-labels */
	char said[PS_ARC_SAID_MAX];	/* by the newest set, vouched for or
					   not: "spf=pass dkim=fail"; "" */
};

/*
 * The newest set counts that is a trusted sealer's, whose results say
 * dmarc=pass for our author (header.from, where it is there), and since when
 * nobody who is not trusted altered the message: all later sealers are trusted,
 * or its signature over the message still holds.
 *
 * Never, where the chain does not hold, the newest signature leaves some of the
 * body unsigned, or the message has not one author domain in one From field.
 */
void ps_arc_trust_find(const struct ps_arc_trust_query *query,
		       struct ps_arc_trust *trust_r);

#endif
