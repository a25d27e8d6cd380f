/* crypto_openssl.h - the core's crypto port over OpenSSL 3. */
#ifndef PS_IO_CRYPTO_OPENSSL_H
#define PS_IO_CRYPTO_OPENSSL_H

#include "core/auth/crypto.h"

#include <stdbool.h>

/*
 * One for a process; safe in any thread.  Decoded public keys are kept in a
 * bounded cache found by their octets: decoding costs some 100 us, verifying
 * 17 (measured), and one key serves every selector and name that publishes it.
 */
struct ps_openssl;

/* 0, or -1 when OpenSSL cannot give SHA-256. */
int ps_openssl_new(struct ps_openssl **openssl_r);
void ps_openssl_free(struct ps_openssl **openssl);
const struct ps_crypto *ps_openssl_port(const struct ps_openssl *openssl);

/*
 * Parse a PEM private key held in memory.  NULL with error_r (static text) when
 * it is none, RSA under 1,024 bits (RFC 8301 3.2) or over 4,096, or another
 * type.
 */
struct ps_private_key *ps_private_key_parse(const char *pem, size_t len,
					    const char **error_r);
enum ps_key_type ps_private_key_type(const struct ps_private_key *key);
unsigned int ps_private_key_bits(const struct ps_private_key *key);
void ps_private_key_free(struct ps_private_key **key);
/* A new pair: private key as PKCS#8 PEM, public key as the octets of p=
 * (SubjectPublicKeyInfo for RSA, 32 octets for Ed25519).  0 or -1. */
struct ps_buffer;
int ps_private_key_generate(enum ps_key_type type, unsigned int bits,
			    struct ps_buffer *pem,
			    struct ps_buffer *public_key);
/* Is the public key of these octets (p= decoded) the one of key? */
bool ps_private_key_fits(const struct ps_private_key *key,
			 const unsigned char *octets, size_t len);

#endif
