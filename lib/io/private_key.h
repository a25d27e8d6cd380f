/* private_key.h - what the OpenSSL port sees of a private key. */
#ifndef PS_IO_PRIVATE_KEY_H
#define PS_IO_PRIVATE_KEY_H

#include "io/crypto_openssl.h"

#include <openssl/evp.h>

struct ps_buffer;

/* Borrowed. */
EVP_PKEY *ps_private_key_openssl(const struct ps_private_key *key);
/* As PKCS#8 PEM.  0 or -1. */
int ps_private_key_pem(const struct ps_private_key *key, struct ps_buffer *pem);

/* The key that p= decoded is; NULL none of that type.  The caller's own. */
EVP_PKEY *ps_public_key_decode(enum ps_key_type type,
			       const unsigned char *octets, size_t len);

#endif
