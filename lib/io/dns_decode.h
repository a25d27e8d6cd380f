/* dns_decode.h - a decoded answer, shared by the cache and the sessions. */
#ifndef PS_IO_DNS_DECODE_H
#define PS_IO_DNS_DECODE_H

#include "core/text/dns.h"

#include <stdatomic.h>
#include <stdint.h>

#define PS_DNS_OCTETS_MAX 65535 /* of one answer, RFC 1035 4.2.2 */

/* Immutable, once others hold it, but for its count of holders; one piece of
 * memory. */
struct ps_dns_kept {
	atomic_uint holders;
	enum ps_dns_status status; /* FOUND or NOTFOUND */
	struct ps_dns_answer answer;
	unsigned int ttl; /* seconds, as it came; 0 until somebody says */
	size_t octets;	  /* of memory, in all */
};

/*
 * The records of one answer, as octets off the wire without compression, ended
 * by a NULL.  FOUND, NOTFOUND (none, or none that can be used: a host name
 * with octets that no host name has is left out), or TEMPFAIL: damaged, over
 * PS_DNS_RECORDS_MAX or PS_DNS_OCTETS_MAX, or no memory.  *kept_r, held once by
 * the caller, is set unless TEMPFAIL.
 */
enum ps_dns_status ps_dns_decode(enum ps_dns_type type, const char *const *data,
				 const int *len, struct ps_dns_kept **kept_r);
/* No record.  NULL: no memory. */
struct ps_dns_kept *ps_dns_kept_none(bool nxdomain);
struct ps_dns_kept *ps_dns_kept_hold(struct ps_dns_kept *kept);
void ps_dns_kept_release(struct ps_dns_kept **kept);

#endif
