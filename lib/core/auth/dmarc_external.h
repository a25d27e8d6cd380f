/* dmarc_external.h - may reports go to an address outside the domain they are
 * about (RFC 9990 section 4, RFC 7489 section 7.1)? */
#ifndef PS_CORE_AUTH_DMARC_EXTERNAL_H
#define PS_CORE_AUTH_DMARC_EXTERNAL_H

#include "core/auth/dmarc.h"

/* RFC 5321 4.5.3.1.1: 64 octets, an @, and the domain. */
#define PS_DMARC_ADDRESS_MAX (64 + 1 + PS_DOMAIN_MAX)

/* Borrowed for the time of the call. */
struct ps_dmarc_external_query {
	const char *policy_domain; /* where the record is; with A-labels */
	struct ps_bytes uri;	   /* one of its rua */
	const struct ps_idn *idn;  /* may be NULL */
	const struct ps_psl *psl;  /* by RFC 7489; NULL: by RFC 9990 */
};

/*
 * FOUND: they may, and address_r says where to: uri, or the address at the
 * same host that its owner published instead; percent signs decoded, the host
 * with A-labels.  Nobody is asked for an address within the organization.
 * NOTFOUND: they must not; also when uri is no mailto with one address, or the
 * host's owner would have them at another host.  TEMPFAIL: to be asked again
 * later.  PENDING: answers are on their way; run it again.
 */
enum ps_dns_status
ps_dmarc_external(const struct ps_dmarc_external_query *query,
		  const struct ps_dns *dns,
		  char address_r[PS_DMARC_ADDRESS_MAX + 1]);

#endif
