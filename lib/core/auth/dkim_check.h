/* dkim_check.h - one signature against the message and its key records. */
#ifndef PS_CORE_AUTH_DKIM_CHECK_H
#define PS_CORE_AUTH_DKIM_CHECK_H

#include "core/auth/dkim_signature.h"

/* reason: static text; "" with PASS. */
struct ps_dkim_check {
	enum ps_dkim_result result;
	const char *reason;
	unsigned int bits; /* of the key; 0 unknown */
	bool testing;	   /* t=y */
	bool cut;	   /* l= leaves some of the body unsigned */
};

/* RFC 6376 3.6.2.1, RFC 8616 4.  A name that cannot be one is NOTFOUND. */
enum ps_dns_status ps_dkim_check_ask(const struct ps_dkim_signature *signature,
				     const struct ps_idn *idn,
				     const struct ps_dns *dns,
				     const struct ps_dns_answer **answer_r);
/* Over body and header, as DKIM and ARC-Message-Signature sign them.  body: of
 * signature's hash, canonicalization and length, complete. */
struct ps_dkim_check
ps_dkim_check_message(const struct ps_dkim_signature *signature,
		      struct ps_dkim_body *body, const struct ps_fields *fields,
		      const struct ps_crypto *crypto,
		      const struct ps_dns_answer *answer);
/*
 * Is the signature, over this digest, made with a key of the answer?  Several
 * records (3.6.2.2): one that verifies decides; else the first error of what
 * looks like a key.
 */
struct ps_dkim_check
ps_dkim_check_digest(const struct ps_dkim_signature *signature,
		     const struct ps_crypto *crypto,
		     const struct ps_dns_answer *answer,
		     const unsigned char *digest, size_t digest_len);

#endif
