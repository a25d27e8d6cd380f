/* spf_macro.h - macro strings of SPF (RFC 7208 section 7); for spf*.c only. */
#ifndef PS_CORE_AUTH_SPF_MACRO_H
#define PS_CORE_AUTH_SPF_MACRO_H

#include "core/text/bytes.h"
#include "core/text/dns.h"

#include <stdint.h>

/* Octets of one expansion; ours.  A name has 253, cut from the left. */
#define PS_SPF_EXPANDED_MAX 4096

/* What the letters stand for.  Borrowed. */
struct ps_spf_facts {
	struct ps_bytes sender;	       /* s: never without a local part (4.3) */
	struct ps_bytes local;	       /* l */
	struct ps_bytes sender_domain; /* o */
	const char *domain;	       /* d: of the record being evaluated */
	const char *helo;	       /* h */
	const char *receiver;	       /* r; "" unknown */
	const char *validated;	       /* p; "" unknown (5.5) */
	struct ps_ip client;	       /* i, c, v */
	uint64_t now;		       /* t, seconds since 1970 */
};

/* Where a macro string stands decides what it may hold. */
enum ps_spf_place {
	PS_SPF_IN_NAME,	    /* domain-spec: not c, r, t; ends as a domain */
	PS_SPF_IN_MODIFIER, /* value of an unknown modifier */
	PS_SPF_IN_TEXT	    /* explain-string: SP too */
};

/* The syntax (7.1), octet for octet. */
bool ps_spf_macro_valid(struct ps_bytes text, enum ps_spf_place place);
/* Does a valid text use one of these (lower-case) letters? */
bool ps_spf_macro_uses(struct ps_bytes text, const char *letters);
/*
 * The name that a valid domain-spec stands for: lower case, without final dot,
 * labels removed from the left until 253 octets are left (7.3).  "" when that
 * cannot be done.  It may hold any octet but NUL, and be no name of the DNS.
 */
void ps_spf_macro_name(struct ps_bytes spec, const struct ps_spf_facts *facts,
		       char name_r[PS_DOMAIN_MAX + 1]);
/*
 * The text that a valid explain-string stands for, as much as fits: what is
 * not printable ASCII becomes '?'.
 */
void ps_spf_macro_text(struct ps_bytes text, const struct ps_spf_facts *facts,
		       char *text_r, size_t size);

#endif
