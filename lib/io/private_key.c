/* private_key.c - private keys: parsed once, and made. */

#include "io/private_key.h"

#include "core/text/buffer.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>

#define RSA_BITS_MIN 1024 /* RFC 8301 3.2: signers must use this or more */
#define RSA_BITS_MAX 4096 /* PS_SIGNATURE_MAX */

struct ps_private_key {
	EVP_PKEY *key;
	enum ps_key_type type;
};

/* A daemon has nobody to ask for a passphrase. */
static int no_passphrase(char *buffer, int size, int writing, void *ctx)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

static const char *check(EVP_PKEY *key, enum ps_key_type *type_r)
{
	if (key == NULL)
		return "is no PEM private key without a passphrase";
	*type_r = PS_KEY_ED25519;
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519)
		return NULL;
	*type_r = PS_KEY_RSA;
	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
		return "is neither an RSA nor an Ed25519 key";
	if (EVP_PKEY_get_bits(key) < RSA_BITS_MIN)
		return "is an RSA key under 1024 bits (RFC 8301)";
	if (EVP_PKEY_get_bits(key) > RSA_BITS_MAX)
		return "is an RSA key over 4096 bits";
	return NULL;
}

struct ps_private_key *ps_private_key_parse(const char *pem, size_t len,
					    const char **error_r)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)len);
	struct ps_private_key *key = malloc(sizeof(*key));

	*error_r = "cannot be parsed: out of memory";
	if (bio == NULL || key == NULL) {
		(void)BIO_free(bio);
		free(key);
		return NULL;
	}
	key->key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	(void)BIO_free(bio);
	*error_r = check(key->key, &key->type);
	if (*error_r != NULL)
		ps_private_key_free(&key);
	return key;
}

enum ps_key_type ps_private_key_type(const struct ps_private_key *key)
{
	return key->type;
}

unsigned int ps_private_key_bits(const struct ps_private_key *key)
{
	return (unsigned int)EVP_PKEY_get_bits(key->key);
}

void ps_private_key_free(struct ps_private_key **key)
{
	if (*key == NULL)
		return;
	EVP_PKEY_free((*key)->key);
	free(*key);
	*key = NULL;
}

EVP_PKEY *ps_private_key_openssl(const struct ps_private_key *key)
{
	return key->key;
}

/* The octets of p=. */
static int public_octets(EVP_PKEY *key, enum ps_key_type type,
			 struct ps_buffer *public_key)
{
	unsigned char raw[64], *der = NULL;
	size_t raw_len = sizeof(raw);
	int len;

	if (type == PS_KEY_ED25519) {
		if (EVP_PKEY_get_raw_public_key(key, raw, &raw_len) != 1)
			return -1;
		ps_buffer_add(public_key, raw, raw_len);
		return public_key->failed ? -1 : 0;
	}
	len = i2d_PUBKEY(key, &der);
	if (len <= 0)
		return -1;
	ps_buffer_add(public_key, der, (size_t)len);
	OPENSSL_free(der);
	return public_key->failed ? -1 : 0;
}

static int private_pem(EVP_PKEY *key, struct ps_buffer *pem)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len = 0;
	int result = -1;

	if (bio != NULL && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL,
							 0, NULL, NULL) == 1)
		len = BIO_get_mem_data(bio, &text);
	if (len > 0) {
		ps_buffer_add(pem, text, (size_t)len);
		result = pem->failed ? -1 : 0;
	}
	(void)BIO_free(bio);
	return result;
}

int ps_private_key_pem(const struct ps_private_key *key, struct ps_buffer *pem)
{
	return private_pem(key->key, pem);
}

int ps_private_key_generate(enum ps_key_type type, unsigned int bits,
			    struct ps_buffer *pem, struct ps_buffer *public_key)
{
	EVP_PKEY *key = NULL;
	int result = -1;

	switch (type) {
	case PS_KEY_RSA:
		key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
		break;
	case PS_KEY_ED25519:
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		break;
	}
	if (key != NULL && private_pem(key, pem) == 0)
		result = public_octets(key, type, public_key);
	EVP_PKEY_free(key);
	return result;
}

EVP_PKEY *ps_public_key_decode(enum ps_key_type type,
			       const unsigned char *octets, size_t len)
{
	const unsigned char *at = octets;
	EVP_PKEY *key;

	if (type == PS_KEY_ED25519)
		return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
						   octets, len);
	/* RFC 6376 3.6.1 names RSAPublicKey, its examples and everybody else
	 * use SubjectPublicKeyInfo (erratum 3017). */
	key = d2i_PUBKEY(NULL, &at, (long)len);
	if (key == NULL) {
		at = octets;
		key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)len);
	}
	if (key != NULL && EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

bool ps_private_key_fits(const struct ps_private_key *key,
			 const unsigned char *octets, size_t len)
{
	EVP_PKEY *public_key = ps_public_key_decode(key->type, octets, len);
	bool fits =
		public_key != NULL && EVP_PKEY_eq(public_key, key->key) == 1;

	EVP_PKEY_free(public_key);
	return fits;
}
