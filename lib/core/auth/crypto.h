/* crypto.h - hashes and signatures, as the core asks for them. */
#ifndef PS_CORE_AUTH_CRYPTO_H
#define PS_CORE_AUTH_CRYPTO_H

#include <stddef.h>

#define PS_DIGEST_MAX	  32   /* octets of SHA-256 */
#define PS_SIGNATURE_MAX  512  /* octets; RSA with 4,096 bits */
#define PS_PUBLIC_KEY_MAX 2048 /* octets of p= decoded; RSA-8192 has 1,062 */

enum ps_hash { PS_HASH_SHA1, PS_HASH_SHA256 };

/* RFC 6376 3.3, RFC 8463 3: the signature is over a digest in both. */
enum ps_key_type { PS_KEY_RSA, PS_KEY_ED25519 };

enum ps_verify {
	PS_VERIFY_GOOD,
	PS_VERIFY_BAD,	   /* the signature does not belong to the digest */
	PS_VERIFY_BAD_KEY, /* these octets are no key of that type */
	PS_VERIFY_FAILED   /* our own fault (no memory): nothing is known */
};

struct ps_hasher;      /* one running digest; made by the port */
struct ps_private_key; /* parsed once and kept; belongs to the key folder */

struct ps_crypto {
	/* NULL: no memory, or the hash is not to be had. */
	struct ps_hasher *(*hash_new)(void *ctx, enum ps_hash hash);
	void (*hash_add)(struct ps_hasher *hasher, const void *data,
			 size_t len);
	/* *len_r octets to digest_r.  -1 when anything failed on the way. */
	int (*hash_end)(struct ps_hasher *hasher,
			unsigned char digest_r[PS_DIGEST_MAX], size_t *len_r);
	void (*hash_free)(struct ps_hasher **hasher);
	/*
	 * public_key: p= decoded; RSA as SubjectPublicKeyInfo or RSAPublicKey,
	 * Ed25519 as 32 octets.  *bits_r: size of the key, also when the
	 * signature is bad; the caller judges it.
	 */
	enum ps_verify (*verify)(void *ctx, enum ps_key_type type,
				 enum ps_hash hash,
				 const unsigned char *public_key,
				 size_t public_key_len,
				 const unsigned char *digest, size_t digest_len,
				 const unsigned char *signature,
				 size_t signature_len, unsigned int *bits_r);
	/* SHA-256 only (RFC 8301 3.1).  -1: failed; signing must not go on. */
	int (*sign)(void *ctx, struct ps_private_key *key,
		    const unsigned char *digest, size_t digest_len,
		    unsigned char signature_r[PS_SIGNATURE_MAX],
		    size_t *signature_len_r);
	void *ctx;
};

#endif
