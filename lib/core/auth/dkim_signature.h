/* dkim_signature.h - one signature field, taken apart (RFC 6376 3.5). */
#ifndef PS_CORE_AUTH_DKIM_SIGNATURE_H
#define PS_CORE_AUTH_DKIM_SIGNATURE_H

#include "core/auth/dkim.h"
#include "core/auth/dkim_canon.h"

#define PS_DKIM_NAMES_MAX 512 /* in h=; ours */

/*
 * ARC's two signatures have the same syntax but for this (RFC 8617 4.1.2,
 * 4.1.3): neither has a version, i= is the number of the set and is not looked
 * at here; the seal has no h=, bh=, c=, l= and x= either.
 */
enum ps_signature_kind { PS_DKIM_SIGNATURE, PS_ARC_MESSAGE, PS_ARC_SEAL };

/* Slices point into the field's value. */
struct ps_dkim_signature {
	const struct ps_field *field;
	enum ps_key_type key_type;
	enum ps_hash hash;
	enum ps_dkim_canon header_canon, body_canon;
	char domain[PS_DOMAIN_MAX + 1];		 /* lower case */
	char selector[PS_DKIM_SELECTOR_MAX + 1]; /* lower case */
	bool identity_below;			 /* i= is below d=, not at it */
	struct ps_bytes names;			 /* h= */
	struct ps_bytes b; /* with the white space around it: what is
			      emptied for the hash */
	unsigned char body_hash[PS_DIGEST_MAX];
	size_t body_hash_len;
	unsigned char signature[PS_SIGNATURE_MAX * 2]; /* RSA-8192 too */
	size_t signature_len;
	uint64_t length;  /* l=; UINT64_MAX none */
	uint64_t time;	  /* t=; 0 none */
	uint64_t expires; /* x=; UINT64_MAX none */
};

/*
 * NULL: *signature_r is complete.  Else why it can never verify (6.1.1), as
 * static text.  verdict_r gets what could be read, either way.  idn may be
 * NULL.
 */
const char *ps_dkim_signature_parse(enum ps_signature_kind kind,
				    const struct ps_field *field,
				    const struct ps_idn *idn,
				    struct ps_dkim_signature *signature_r,
				    struct ps_dkim_verdict *verdict_r);
/* The next name of h= from *rest; false at the end. */
bool ps_dkim_signature_name(struct ps_bytes *rest, struct ps_bytes *name_r);

#endif
