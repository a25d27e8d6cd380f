/* published.h - is the key that signs the one that the DNS has? */
#ifndef PS_IO_PUBLISHED_H
#define PS_IO_PUBLISHED_H

#include "core/text/dns.h"
#include "io/keyfolder.h"

/* Would verifiers find key good in this key record (RFC 6376 3.6.1)? */
bool ps_published_fits(struct ps_bytes record,
		       const struct ps_private_key *key);
/*
 * Ask for the record of an active key of domain.  OTHER: there is none, or of
 * those there none fits; UNKNOWN: the DNS does not answer now.
 */
enum ps_published ps_published_ask(const char *domain,
				   const struct ps_signing_key *key,
				   const struct ps_dns *dns);

#endif
