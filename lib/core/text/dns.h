/* dns.h - the questions the core asks; whoever calls it brings the answers. */
#ifndef PS_CORE_TEXT_DNS_H
#define PS_CORE_TEXT_DNS_H

#include "core/text/ip.h"
#include "core/text/bytes.h"

#define PS_DOMAIN_MAX	   253 /* RFC 1035 2.3.4, in text without final dot */
#define PS_LABEL_MAX	   63  /* RFC 1035 2.3.4 */
#define PS_DNS_RECORDS_MAX 256 /* ours; an answer has at most 64 KB */

/* Numbers of the registry. */
enum ps_dns_type {
	PS_DNS_A = 1,
	PS_DNS_NS = 2,
	PS_DNS_PTR = 12,
	PS_DNS_MX = 15,
	PS_DNS_TXT = 16,
	PS_DNS_AAAA = 28
};

/*
 * NOTFOUND is an answer: no such name, or no record of this type.
 * PENDING: the question is on its way; note it, ask what else you can, and
 * be run again from the start when answers are there.
 */
enum ps_dns_status {
	PS_DNS_FOUND,
	PS_DNS_NOTFOUND,
	PS_DNS_TEMPFAIL,
	PS_DNS_PENDING
};

struct ps_dns_record {
	struct ps_ip ip;	 /* A, AAAA */
	unsigned int preference; /* MX */
	struct ps_bytes text;	 /* NS, PTR and MX: the host without final dot,
				    behind it; TXT: strings joined, NUL behind */
};

/* Borrowed from the port, for as long as the port says (a message). */
struct ps_dns_answer {
	bool nxdomain; /* with NOTFOUND: the name does not exist at all */
	size_t count;
	const struct ps_dns_record *record;
};

/*
 * name: lower case, no final dot.  One that cannot be a DNS name (an empty or
 * too long label, over 253 octets) is NOTFOUND with nxdomain, never an error.
 * CNAMEs are followed.  *answer_r is set with FOUND and NOTFOUND.
 */
struct ps_dns {
	enum ps_dns_status (*lookup)(void *ctx, const char *name,
				     enum ps_dns_type type,
				     const struct ps_dns_answer **answer_r);
	void *ctx;
};

#endif
