/* dmarc_walk.h - the DNS tree walk (RFC 9989 section 4.10). */
#ifndef PS_CORE_AUTH_DMARC_WALK_H
#define PS_CORE_AUTH_DMARC_WALK_H

#include "core/auth/dmarc_record.h"

#define PS_DMARC_QUERIES_MAX 8 /* 4.10 */

/* What was found at one name; NOTFOUND also when several records were. */
struct ps_dmarc_step {
	const char *name; /* the domain or an end of it */
	enum ps_dns_status status;
	struct ps_dmarc_record record;
};

/* From the domain upwards.  Holds pointers into itself: never copy it. */
struct ps_dmarc_walk {
	char domain[PS_DOMAIN_MAX + 1];
	size_t count;
	struct ps_dmarc_step step[PS_DMARC_QUERIES_MAX];
};

/* Ask for all records on the way at once.  True: no answer is outstanding.
 * domain: normalized, with A-labels. */
bool ps_dmarc_walk(const char *domain, const struct ps_dns *dns,
		   struct ps_dmarc_walk *walk_r);
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

#endif
