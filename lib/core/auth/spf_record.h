/* spf_record.h - one SPF record (RFC 7208 section 12); for spf*.c only. */
#ifndef PS_CORE_AUTH_SPF_RECORD_H
#define PS_CORE_AUTH_SPF_RECORD_H

#include "core/auth/spf.h"

/* Octets; ours.  RFC 7208 3.4 wants an answer to fit 512, real ones do 2,000.
 */
#define PS_SPF_RECORD_MAX 4096

enum ps_spf_mechanism {
	PS_SPF_ALL,
	PS_SPF_INCLUDE,
	PS_SPF_A,
	PS_SPF_MX,
	PS_SPF_PTR,
	PS_SPF_IP4,
	PS_SPF_IP6,
	PS_SPF_EXISTS
};

/* One directive.  Slices of the record. */
struct ps_spf_term {
	enum ps_spf_mechanism mechanism;
	enum ps_spf_result result; /* what its qualifier says on a match */
	struct ps_bytes spec;	   /* domain-spec; empty: the record's domain */
	struct ps_ip net;	   /* ip4, ip6 */
	unsigned int prefix4, prefix6;
	struct ps_bytes text; /* as written, all printable ASCII */
};

struct ps_spf_record {
	struct ps_bytes terms;	       /* behind the version */
	struct ps_bytes redirect, exp; /* domain-spec; at NULL: none */
};

/* Does it begin as a record does (4.5)?  Any other TXT is not ours. */
bool ps_spf_record_is(struct ps_bytes text);
/*
 * Check the syntax of all of it (4.6).  False: *error_r is static text, and
 * *where_r the term (any octets), or empty.
 */
bool ps_spf_record_parse(struct ps_bytes text, struct ps_spf_record *record_r,
			 const char **error_r, struct ps_bytes *where_r);
/* The next directive of a record that was parsed; start with *rest as its
 * terms.  False: there are no more. */
bool ps_spf_record_next(struct ps_bytes *rest, struct ps_spf_term *term_r);

#endif
