/* dkim_sign.h - make DKIM signatures (RFC 6376 section 5, RFC 8463). */
#ifndef PS_CORE_AUTH_DKIM_SIGN_H
#define PS_CORE_AUTH_DKIM_SIGN_H

#include "core/auth/crypto.h"
#include "core/auth/dkim_canon.h"
#include "core/text/buffer.h"
#include "core/text/fields.h"

#include <stdint.h>

struct ps_dkim_sign_options {
	enum ps_dkim_canon header_canon, body_canon;
	uint64_t now;	      /* t= */
	uint64_t expires;     /* x=, seconds since 1970; 0 none */
	const char *identity; /* i=; NULL none */
	/* Lower-case names; NULL: the built-in lists (RFC 6376 5.4.1). */
	const char *const *sign, *const *oversign; /* each ended by NULL */
};

/* One body, hashed once for every signature of the message. */
struct ps_dkim_signer;

/* options and crypto are borrowed.  0, or -1 out of memory. */
int ps_dkim_signer_new(const struct ps_crypto *crypto,
		       const struct ps_dkim_sign_options *options,
		       struct ps_dkim_signer **signer_r);
void ps_dkim_signer_body(struct ps_dkim_signer *signer, const void *data,
			 size_t len);
/*
 * The body is complete: append to value_r what stands behind
 * "DKIM-Signature:" (leading space, lines folded with CRLF HTAB at 76 octets).
 * As often as there are keys.  0, or -1: the crypto port or memory failed, and
 * the message must not go out as if it were signed.
 */
int ps_dkim_signer_sign(struct ps_dkim_signer *signer,
			const struct ps_fields *fields, const char *domain,
			const char *selector, enum ps_key_type type,
			struct ps_private_key *key, struct ps_buffer *value_r);
void ps_dkim_signer_free(struct ps_dkim_signer **signer);

#endif
