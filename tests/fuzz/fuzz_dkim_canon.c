/* fuzz_dkim_canon.c - any octets as a body, whole and in pieces: the first
 * octet says how long the pieces are. */

#include "fuzz.h"

#include "core/auth/dkim_canon.h"
#include "io/crypto_openssl.h"

#include <string.h>

static struct ps_openssl *openssl;

static void hash(const struct ps_crypto *crypto, enum ps_dkim_canon canon,
		 struct ps_bytes body, size_t piece,
		 unsigned char digest_r[PS_DIGEST_MAX])
{
	struct ps_dkim_body *state;
	uint64_t octets;
	size_t at, len;

	FUZZ_CHECK(ps_dkim_body_new(crypto, PS_HASH_SHA256, canon, UINT64_MAX,
				    &state) == 0);
	for (at = 0; at < body.len; at += len) {
		len = body.len - at < piece ? body.len - at : piece;
		ps_dkim_body_add(state, body.at + at, len);
	}
	FUZZ_CHECK(ps_dkim_body_end(state, digest_r, &len, &octets) == 0);
	FUZZ_CHECK(octets <= body.len + 2);
	ps_dkim_body_free(&state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char whole[PS_DIGEST_MAX], pieces[PS_DIGEST_MAX];
	const struct ps_crypto *crypto;
	struct ps_bytes body;
	int canon;

	if (size == 0)
		return 0;
	if (openssl == NULL)
		FUZZ_CHECK(ps_openssl_new(&openssl) == 0);
	crypto = ps_openssl_port(openssl);
	body = (struct ps_bytes){ (const char *)data + 1, size - 1 };
	for (canon = 0; canon < 2; canon++) {
		hash(crypto, (enum ps_dkim_canon)canon, body, size, whole);
		hash(crypto, (enum ps_dkim_canon)canon, body, data[0] % 7u + 1,
		     pieces);
		FUZZ_CHECK(memcmp(whole, pieces, sizeof(whole)) == 0);
	}
	return 0;
}
