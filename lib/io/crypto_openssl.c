/* crypto_openssl.c - the core's crypto port over OpenSSL 3. */

#include "io/openssl_memory.h"
#include "io/private_key.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#define KEYS_MAX 10000 /* decoded public keys kept, some 2 KB each; ours */

/* One decoded public key, found by the octets it was published as. */
struct cached {
	UT_hash_handle hh;
	EVP_PKEY *key;
	enum ps_key_type type;
	size_t len;
	unsigned char octets[];
};

struct ps_openssl {
	struct ps_crypto port;
	EVP_MD *sha256, *sha1;
	pthread_mutex_t lock; /* of keys; least recently used first */
	struct cached *keys;
};

struct ps_hasher {
	EVP_MD_CTX *ctx;
};

/* ---- hashes ---- */

static void hash_free(struct ps_hasher **hasher)
{
	if (*hasher == NULL)
		return;
	EVP_MD_CTX_free((*hasher)->ctx);
	free(*hasher);
	*hasher = NULL;
}

static struct ps_hasher *hash_new(void *ctx, enum ps_hash hash)
{
	struct ps_openssl *openssl = ctx;
	struct ps_hasher *hasher = malloc(sizeof(*hasher));
	const EVP_MD *md = NULL;

	if (hasher == NULL)
		return NULL;
	switch (hash) {
	case PS_HASH_SHA1:
		md = openssl->sha1;
		break;
	case PS_HASH_SHA256:
		md = openssl->sha256;
		break;
	}
	hasher->ctx = EVP_MD_CTX_new();
	if (md == NULL || hasher->ctx == NULL ||
	    EVP_DigestInit_ex2(hasher->ctx, md, NULL) != 1)
		hash_free(&hasher);
	return hasher;
}

/* A failure is remembered by dropping the context: hash_end() reports it. */
static void hash_add(struct ps_hasher *hasher, const void *data, size_t len)
{
	if (hasher->ctx == NULL ||
	    EVP_DigestUpdate(hasher->ctx, data, len) == 1)
		return;
	EVP_MD_CTX_free(hasher->ctx);
	hasher->ctx = NULL;
}

static int hash_end(struct ps_hasher *hasher,
		    unsigned char digest_r[PS_DIGEST_MAX], size_t *len_r)
{
	unsigned int len = 0;

	if (hasher->ctx == NULL ||
	    EVP_MD_CTX_get_size(hasher->ctx) > PS_DIGEST_MAX ||
	    EVP_DigestFinal_ex(hasher->ctx, digest_r, &len) != 1)
		return -1;
	*len_r = len;
	return 0;
}

/* ---- public keys ---- */

static void drop(struct ps_openssl *openssl, struct cached *cached)
{
	HASH_DEL(openssl->keys, cached);
	EVP_PKEY_free(cached->key);
	free(cached);
}

/* The caller's own reference, or NULL.  A hit becomes the youngest. */
static EVP_PKEY *find(struct ps_openssl *openssl, enum ps_key_type type,
		      const unsigned char *octets, size_t len)
{
	struct cached *cached = NULL;
	EVP_PKEY *key = NULL;

	(void)pthread_mutex_lock(&openssl->lock);
	HASH_FIND(hh, openssl->keys, octets, len, cached);
	if (cached != NULL && cached->type == type &&
	    EVP_PKEY_up_ref(cached->key) == 1) {
		key = cached->key;
		if (HASH_COUNT(openssl->keys) > KEYS_MAX / 2) {
			HASH_DEL(openssl->keys, cached);
			HASH_ADD_KEYPTR(hh, openssl->keys, cached->octets,
					cached->len, cached);
		}
	}
	(void)pthread_mutex_unlock(&openssl->lock);
	return key;
}

static void keep(struct ps_openssl *openssl, enum ps_key_type type,
		 const unsigned char *octets, size_t len, EVP_PKEY *key)
{
	struct cached *cached = malloc(sizeof(*cached) + len), *other = NULL;

	if (cached == NULL)
		return;
	memset(cached, 0, sizeof(*cached));
	cached->key = key;
	cached->type = type;
	cached->len = len;
	memcpy(cached->octets, octets, len);
	(void)pthread_mutex_lock(&openssl->lock);
	HASH_FIND(hh, openssl->keys, octets, len, other);
	if (other == NULL && EVP_PKEY_up_ref(key) == 1) {
		if (HASH_COUNT(openssl->keys) >= KEYS_MAX)
			drop(openssl, openssl->keys);
		HASH_ADD_KEYPTR(hh, openssl->keys, cached->octets, len, cached);
		/* Out of memory: uthash left it out, with no table of its own.
		 */
		if (cached->hh.tbl == NULL) {
			EVP_PKEY_free(key);
			free(cached);
		}
	} else {
		free(cached);
	}
	(void)pthread_mutex_unlock(&openssl->lock);
}

/* 1 good, 0 bad, negative: could not be tried. */
static int verify_rsa(EVP_PKEY *key, const EVP_MD *md,
		      const unsigned char *digest, size_t digest_len,
		      const unsigned char *signature, size_t signature_len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	int result = -1;

	if (ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(ctx, md) == 1)
		result = EVP_PKEY_verify(ctx, signature, signature_len, digest,
					 digest_len) == 1;
	EVP_PKEY_CTX_free(ctx);
	return result;
}

static int verify_ed25519(EVP_PKEY *key, const unsigned char *digest,
			  size_t digest_len, const unsigned char *signature,
			  size_t signature_len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int result = -1;

	if (ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1)
		result = EVP_DigestVerify(ctx, signature, signature_len, digest,
					  digest_len) == 1;
	EVP_MD_CTX_free(ctx);
	return result;
}

static enum ps_verify verify(void *ctx, enum ps_key_type type,
			     enum ps_hash hash, const unsigned char *public_key,
			     size_t public_key_len, const unsigned char *digest,
			     size_t digest_len, const unsigned char *signature,
			     size_t signature_len, unsigned int *bits_r)
{
	struct ps_openssl *openssl = ctx;
	const EVP_MD *md =
		hash == PS_HASH_SHA1 ? openssl->sha1 : openssl->sha256;
	EVP_PKEY *key;
	int result;

	*bits_r = 0;
	ps_openssl_memory_look();
	key = find(openssl, type, public_key, public_key_len);
	if (key == NULL) {
		key = ps_public_key_decode(type, public_key, public_key_len);
		/* Not even what came of it is sure to be the key. */
		if (ps_openssl_memory_short()) {
			EVP_PKEY_free(key);
			return PS_VERIFY_FAILED;
		}
		if (key == NULL)
			return PS_VERIFY_BAD_KEY;
		keep(openssl, type, public_key, public_key_len, key);
	}
	*bits_r = (unsigned int)EVP_PKEY_get_bits(key);
	if (type == PS_KEY_ED25519)
		result = verify_ed25519(key, digest, digest_len, signature,
					signature_len);
	else
		result = verify_rsa(key, md, digest, digest_len, signature,
				    signature_len);
	EVP_PKEY_free(key);
	if (result < 0 || (result == 0 && ps_openssl_memory_short()))
		return PS_VERIFY_FAILED;
	return result == 1 ? PS_VERIFY_GOOD : PS_VERIFY_BAD;
}

/* ---- private keys ---- */

static int sign_rsa(struct ps_openssl *openssl, EVP_PKEY *key,
		    const unsigned char *digest, size_t digest_len,
		    unsigned char signature_r[PS_SIGNATURE_MAX], size_t *len_r)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	int result = -1;

	*len_r = PS_SIGNATURE_MAX;
	if (ctx != NULL && EVP_PKEY_sign_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(ctx, openssl->sha256) == 1 &&
	    EVP_PKEY_sign(ctx, signature_r, len_r, digest, digest_len) == 1)
		result = 0;
	EVP_PKEY_CTX_free(ctx);
	return result;
}

static int sign_ed25519(EVP_PKEY *key, const unsigned char *digest,
			size_t digest_len,
			unsigned char signature_r[PS_SIGNATURE_MAX],
			size_t *len_r)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int result = -1;

	*len_r = PS_SIGNATURE_MAX;
	if (ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestSign(ctx, signature_r, len_r, digest, digest_len) == 1)
		result = 0;
	EVP_MD_CTX_free(ctx);
	return result;
}

static int sign(void *ctx, struct ps_private_key *private,
		const unsigned char *digest, size_t digest_len,
		unsigned char signature_r[PS_SIGNATURE_MAX],
		size_t *signature_len_r)
{
	EVP_PKEY *key = ps_private_key_openssl(private);

	if (ps_private_key_type(private) == PS_KEY_ED25519)
		return sign_ed25519(key, digest, digest_len, signature_r,
				    signature_len_r);
	return sign_rsa(ctx, key, digest, digest_len, signature_r,
			signature_len_r);
}

/* ---- the port ---- */

int ps_openssl_new(struct ps_openssl **openssl_r)
{
	struct ps_openssl *openssl = calloc(1, sizeof(*openssl));

	*openssl_r = openssl;
	if (openssl == NULL)
		return -1;
	ps_openssl_memory_watch();
	openssl->port = (struct ps_crypto){
		.hash_new = hash_new,
		.hash_add = hash_add,
		.hash_end = hash_end,
		.hash_free = hash_free,
		.verify = verify,
		.sign = sign,
		.ctx = openssl,
	};
	(void)pthread_mutex_init(&openssl->lock, NULL);
	openssl->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	openssl->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	if (openssl->sha256 != NULL)
		return 0;
	ps_openssl_free(openssl_r);
	return -1;
}

void ps_openssl_free(struct ps_openssl **openssl_p)
{
	struct ps_openssl *openssl = *openssl_p;

	*openssl_p = NULL;
	if (openssl == NULL)
		return;
	while (openssl->keys != NULL)
		drop(openssl, openssl->keys);
	EVP_MD_free(openssl->sha256);
	EVP_MD_free(openssl->sha1);
	(void)pthread_mutex_destroy(&openssl->lock);
	free(openssl);
}

const struct ps_crypto *ps_openssl_port(const struct ps_openssl *openssl)
{
	return &openssl->port;
}
