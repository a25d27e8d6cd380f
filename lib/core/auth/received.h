/* received.h - who handed the message to the host that wrote a Received. */
#ifndef PS_CORE_AUTH_RECEIVED_H
#define PS_CORE_AUTH_RECEIVED_H

#include "core/text/dns.h"

/*
 * The client in the value of a Received field, as the host that wrote it saw it
 * (RFC 5321 4.4: from NAME (TCP-info), TCP-info with an address in brackets;
 * Exim's "helo=" as well).  False: there is none to be found.  helo_r: what the
 * client called itself; "" when that is too long to be a name.
 */
bool ps_received_client(struct ps_bytes value, struct ps_ip *ip_r,
			char helo_r[PS_DOMAIN_MAX + 1]);

#endif
