/* idn.h - internationalized domain names (RFC 5890), through a port. */
#ifndef PS_CORE_TEXT_IDN_H
#define PS_CORE_TEXT_IDN_H

#include "core/text/bytes.h"
#include "core/text/dns.h"

struct ps_idn {
	/* A normalized name with UTF-8 in it, with A-labels instead ("xn--")
	 * and normalized.  False: it has none. */
	bool (*to_ascii)(void *ctx, const char *name,
			 char ascii_r[PS_DOMAIN_MAX + 1]);
	void *ctx;
};

/*
 * As ps_domain_normalize(), and with A-labels for U-labels, as the DNS knows
 * the name and as names are compared (RFC 5891 5.5, RFC 9989 5.3.1).  idn may
 * be NULL: a name with UTF-8 then is none.  The port is not asked for others.
 */
bool ps_idn_domain(const struct ps_idn *idn, struct ps_bytes domain,
		   char text_r[PS_DOMAIN_MAX + 1]);

#endif
