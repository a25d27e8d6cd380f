/* fake_crypto.c - the core's crypto port, made up: nothing here is secret. */

#include "fake_crypto.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct ps_hasher {
	uint64_t sum;
	bool weak;
};

/* What the port is promised. */
static void need(bool good)
{
	if (!good)
		abort();
}

static struct ps_hasher *hash_new(void *ctx, enum ps_hash hash)
{
	struct ps_hasher *hasher = malloc(sizeof(*hasher));

	need(hasher != NULL);
	hasher->sum = UINT64_C(14695981039346656037) + (uint64_t)hash;
	hasher->weak = *(const bool *)ctx;
	return hasher;
}

static void hash_add(struct ps_hasher *hasher, const void *data, size_t len)
{
	const unsigned char *at = data;

	while (len-- > 0)
		hasher->sum = (hasher->sum ^ *at++) * UINT64_C(1099511628211);
}

static int hash_end(struct ps_hasher *hasher,
		    unsigned char digest_r[PS_DIGEST_MAX], size_t *len_r)
{
	uint64_t sum = hasher->weak ? hasher->sum >> 60 & 3 : hasher->sum;

	memset(digest_r, 0, PS_DIGEST_MAX);
	memcpy(digest_r, &sum, sizeof(sum));
	*len_r = PS_DIGEST_MAX;
	return 0;
}

static void hash_free(struct ps_hasher **hasher)
{
	free(*hasher);
	*hasher = NULL;
}

static enum ps_verify verify(void *ctx, enum ps_key_type type,
			     enum ps_hash hash, const unsigned char *public_key,
			     size_t public_key_len, const unsigned char *digest,
			     size_t digest_len, const unsigned char *signature,
			     size_t signature_len, unsigned int *bits_r)
{
	(void)ctx;
	(void)type;
	(void)hash;
	*bits_r = 2048;
	need(public_key_len > 0 && public_key_len <= PS_PUBLIC_KEY_MAX);
	need(digest_len == PS_DIGEST_MAX && signature_len > 0);
	if (signature_len == digest_len &&
	    memcmp(signature, digest, digest_len) == 0)
		return PS_VERIFY_GOOD;
	switch (signature[0] ^ public_key[0]) {
	case 1:
		return PS_VERIFY_GOOD;
	case 2:
		return PS_VERIFY_BAD_KEY;
	case 3:
		return PS_VERIFY_FAILED;
	default:
		return PS_VERIFY_BAD;
	}
}

static int sign(void *ctx, struct ps_private_key *key,
		const unsigned char *digest, size_t digest_len,
		unsigned char signature_r[PS_SIGNATURE_MAX],
		size_t *signature_len_r)
{
	(void)ctx;
	(void)key;
	memcpy(signature_r, digest, digest_len);
	*signature_len_r = digest_len;
	return 0;
}

struct ps_crypto fake_crypto(bool weak)
{
	static bool is_weak = true, is_not = false;

	return (struct ps_crypto){ hash_new,
				   hash_add,
				   hash_end,
				   hash_free,
				   verify,
				   sign,
				   weak ? &is_weak : &is_not };
}
