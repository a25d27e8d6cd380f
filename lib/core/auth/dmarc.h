/* dmarc.h - DMARC: policy discovery, alignment, disposition (RFC 9989, 7489).
 */
#ifndef PS_CORE_AUTH_DMARC_H
#define PS_CORE_AUTH_DMARC_H

#include "core/auth/dkim.h"
#include "core/auth/dmarc_result.h"
#include "core/auth/spf.h"
#include "core/text/dns.h"
#include "core/text/idn.h"
#include "core/text/psl.h"

#define PS_DMARC_AUTHORS_MAX 8 /* author domains judged; ours (11.5) */

/* What says where the organizational domain is, and how a record is read. */
enum ps_dmarc_standard {
	PS_DMARC_RFC9989, /* the DNS, by its tree walk (4.10) */
	PS_DMARC_RFC7489  /* a list of public suffixes (3.2) */
};

struct ps_dmarc_watch; /* dmarc_watch.h */

/* Borrowed for the time of the call. */
struct ps_dmarc_query {
	const struct ps_fields *fields;	  /* its From fields decide */
	const struct ps_spf_verdict *spf; /* NULL: not judged */
	const struct ps_dkim_verdict *dkim;
	size_t dkim_count;
	bool trust_length;	  /* also of a body signed in part (l=) */
	const struct ps_idn *idn; /* may be NULL */
	const struct ps_psl *psl; /* judge by RFC 7489 with this list; NULL: by
				     RFC 9989 */
	const struct ps_dmarc_watch *watch; /* is told how; NULL: nobody */
};

/*
 * Start the policy questions when the header is complete: same as check, but of
 * spf and dkim only the domains are there yet.  Again whenever answers came.
 * True when no answer that is certainly needed is outstanding.
 */
bool ps_dmarc_prepare(const struct ps_dmarc_query *query,
		      const struct ps_dns *dns);
/*
 * True: judged.  False: answers are on their way; run it again.
 *
 * More than one author domain, or a From field that is repeated or cannot be
 * read to its end, is never a PASS: each domain found is judged, and the
 * strictest failure is the verdict (11.5).  With more than
 * PS_DMARC_AUTHORS_MAX it is PERMERROR with disposition REJECT: no honest
 * message has so many, and a forged one must not hide among them.
 */
bool ps_dmarc_check(const struct ps_dmarc_query *query,
		    const struct ps_dns *dns,
		    struct ps_dmarc_verdict *verdict_r);

#endif
