/* dmarc.h - DMARC: policy discovery, alignment, disposition (RFC 9989). */
#ifndef PS_CORE_AUTH_DMARC_H
#define PS_CORE_AUTH_DMARC_H

#include "core/auth/dkim.h"
#include "core/auth/spf.h"
#include "core/text/dns.h"
#include "core/text/idn.h"

#define PS_DMARC_REASON_MAX 128

#define PS_DMARC_AUTHORS_MAX 8 /* author domains judged; ours (11.5) */

enum ps_dmarc_result {
	PS_DMARC_NONE, /* no policy, or no single author domain */
	PS_DMARC_PASS,
	PS_DMARC_FAIL,
	PS_DMARC_TEMPERROR,
	PS_DMARC_PERMERROR
};

enum ps_dmarc_policy {
	PS_DMARC_POLICY_NONE,
	PS_DMARC_POLICY_QUARANTINE,
	PS_DMARC_POLICY_REJECT
};

/* Borrowed for the time of the call. */
struct ps_dmarc_query {
	const struct ps_fields *fields;	  /* its From fields decide */
	const struct ps_spf_verdict *spf; /* NULL: not judged */
	const struct ps_dkim_verdict *dkim;
	size_t dkim_count;
	const struct ps_idn *idn; /* may be NULL */
};

/*
 * Holds no pointer.  All domains with A-labels.
 *
 * More than one author domain, or a From field that is repeated or cannot be
 * read to its end, is never a PASS: each domain found is judged, and the
 * strictest failure is the verdict (11.5).  With more than
 * PS_DMARC_AUTHORS_MAX it is PERMERROR with disposition REJECT: no honest
 * message has so many, and a forged one must not hide among them.
 */
struct ps_dmarc_verdict {
	enum ps_dmarc_result result;
	char from_domain[PS_DOMAIN_MAX + 1];   /* author domain; "" none */
	char policy_domain[PS_DOMAIN_MAX + 1]; /* where the record is; "" */
	char org_domain[PS_DOMAIN_MAX + 1];    /* "" unknown */
	enum ps_dmarc_policy policy;	       /* p, sp or np, as it applies */
	enum ps_dmarc_policy disposition; /* wished for this message, after t=;
					     NONE unless it fails */
	bool testing;			  /* t=y */
	bool spf_aligned, dkim_aligned;	  /* passed and aligned */
	char reason[PS_DMARC_REASON_MAX]; /* may be "" */
};

/*
 * Start the policy questions when the header is complete: same as check, but
 * needs only fields.  True when no answer is outstanding.
 */
bool ps_dmarc_prepare(const struct ps_fields *fields, const struct ps_idn *idn,
		      const struct ps_dns *dns);
/* True: judged.  False: answers are on their way; run it again. */
bool ps_dmarc_check(const struct ps_dmarc_query *query,
		    const struct ps_dns *dns,
		    struct ps_dmarc_verdict *verdict_r);

const char *ps_dmarc_result_name(enum ps_dmarc_result result);
const char *ps_dmarc_policy_name(enum ps_dmarc_policy policy);

#endif
