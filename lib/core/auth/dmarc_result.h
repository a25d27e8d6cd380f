/* dmarc_result.h - a DMARC verdict. */
#ifndef PS_CORE_AUTH_DMARC_RESULT_H
#define PS_CORE_AUTH_DMARC_RESULT_H

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

/* Holds no pointer.  All domains with A-labels. */
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
	bool one_author;  /* one From field, well written, of one domain */
	unsigned int pct; /* RFC 7489 6.3: of how many in 100 it is wished;
			     100 by RFC 9989 */
	char reason[PS_DMARC_REASON_MAX]; /* may be "" */
};

/* "reject" becomes "quarantine", that "none". */
enum ps_dmarc_policy ps_dmarc_policy_below(enum ps_dmarc_policy policy);
/* RFC 7489 6.6.4: one level below for the share that pct leaves out.  chance: 0
 * to 99, each as likely. */
void ps_dmarc_sample(struct ps_dmarc_verdict *verdict, unsigned int chance);
/* Would the two treat the message differently, or report it differently? */
bool ps_dmarc_differ(const struct ps_dmarc_verdict *verdict,
		     const struct ps_dmarc_verdict *other);

const char *ps_dmarc_result_name(enum ps_dmarc_result result);
const char *ps_dmarc_policy_name(enum ps_dmarc_policy policy);

#endif
