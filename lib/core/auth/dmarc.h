/* dmarc.h - DMARC: policy discovery, alignment, disposition (RFC 9989). */
#ifndef PS_CORE_AUTH_DMARC_H
#define PS_CORE_AUTH_DMARC_H

#include "core/auth/dkim.h"
#include "core/auth/spf.h"
#include "core/text/dns.h"

#define PS_DMARC_REASON_MAX 128

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
};

/* Holds no pointer. */
struct ps_dmarc_verdict {
	enum ps_dmarc_result result;
	char from_domain[PS_DOMAIN_MAX + 1];   /* author domain; "" none */
	char policy_domain[PS_DOMAIN_MAX + 1]; /* where the record is */
	char org_domain[PS_DOMAIN_MAX + 1];
	enum ps_dmarc_policy policy;	  /* p, sp or np, as it applies */
	enum ps_dmarc_policy disposition; /* of a fail, after t= */
	bool testing;			  /* t=y */
	bool spf_aligned, dkim_aligned;
	char reason[PS_DMARC_REASON_MAX];
};

/*
 * Start the policy questions when the header is complete: same as check, but
 * needs only fields.  True when no answer is outstanding.
 */
bool ps_dmarc_prepare(const struct ps_fields *fields, const struct ps_dns *dns);
/* True: judged.  False: answers are on their way; run it again. */
bool ps_dmarc_check(const struct ps_dmarc_query *query,
		    const struct ps_dns *dns,
		    struct ps_dmarc_verdict *verdict_r);

const char *ps_dmarc_result_name(enum ps_dmarc_result result);
const char *ps_dmarc_policy_name(enum ps_dmarc_policy policy);

#endif
