/* client.h - what the DNS says of a client's address. */
#ifndef PS_CORE_AUTH_CLIENT_H
#define PS_CORE_AUTH_CLIENT_H

#include "core/text/dns.h"

/*
 * Each: FOUND yes, NOTFOUND no, TEMPFAIL not to be told, PENDING on its way:
 * run it again.  An address that is none (bits 0) cannot be told of.
 */

/* Has it a name, whatever that one's own addresses are (RFC 1035 3.5)? */
enum ps_dns_status ps_client_named(const struct ps_ip *ip,
				   const struct ps_dns *dns);
/*
 * Is it in the DNS list of that name (RFC 5782 2.1, 2.4)?  list: normalized.
 * Its answers are in 127.0.0.0/8: others are of somebody who answers for any
 * name, and make no entry.  127.0.0.1 and 127.255.255.0/24 are how lists
 * commonly say that they do not answer to whoever asks: not to be told.
 */
enum ps_dns_status ps_client_listed(const struct ps_ip *ip, const char *list,
				    const struct ps_dns *dns);

#endif
