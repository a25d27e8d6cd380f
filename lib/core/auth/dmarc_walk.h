/* dmarc_walk.h - where a domain's DMARC records are (RFC 9989 section 4.10: the
 * DNS tree walk; RFC 7489 sections 3.2 and 6.6.3: the domain, then what the
 * list of public suffixes says is the organization's). */
#ifndef PS_CORE_AUTH_DMARC_WALK_H
#define PS_CORE_AUTH_DMARC_WALK_H

#include "core/auth/dmarc_record.h"

#define PS_DMARC_QUERIES_MAX 8 /* 4.10 */

/* What was found at one name; NOTFOUND also when several records were. */
struct ps_dmarc_step {
	const char *name; /* the domain or an end of it */
	enum ps_dns_status status;
	bool several;
	struct ps_dmarc_record record;
};

/* From the domain upwards.  Holds pointers into itself: never copy it. */
struct ps_dmarc_walk {
	char domain[PS_DOMAIN_MAX + 1];
	const char *listed_org; /* by the list; NULL: by the walk */
	size_t count;
	struct ps_dmarc_step step[PS_DMARC_QUERIES_MAX];
};

/*
 * Ask for all records on the way at once.  True: no answer is outstanding.
 * domain: normalized, with A-labels.  psl: by RFC 7489; NULL: by RFC 9989.
 */
bool ps_dmarc_walk(const char *domain, const struct ps_psl *psl,
		   const struct ps_dns *dns, struct ps_dmarc_walk *walk_r);
/*
 * The organizational domain of a finished walk (4.10.2), a part of
 * walk->domain.  NULL: a temporary failure hides it.
 */
const char *ps_dmarc_walk_org(const struct ps_dmarc_walk *walk);
/*
 * The record that applies to mail from walk->domain (4.10.1).  NOTFOUND: none;
 * TEMPFAIL: unknown.
 */
enum ps_dns_status ps_dmarc_walk_policy(const struct ps_dmarc_walk *walk,
					const struct ps_dmarc_step **policy_r);

/* RFC 7489 3.2: an end of domain; a public suffix is its own. */
const char *ps_dmarc_listed_org(const struct ps_psl *psl, const char *domain);

#endif
