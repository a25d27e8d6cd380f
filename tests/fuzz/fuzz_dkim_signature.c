/* fuzz_dkim_signature.c - any octets as the value of DKIM-Signature. */

#include "fuzz.h"

#include "core/auth/dkim_signature.h"

#include <string.h>

static bool is_inside(struct ps_bytes inner, struct ps_bytes outer)
{
	return inner.len == 0 || (inner.at >= outer.at &&
				  inner.at + inner.len <= outer.at + outer.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ps_dkim_signature signature;
	static struct ps_dkim_verdict verdict;
	const struct ps_field field = { PS_BYTES("DKIM-Signature"),
					fuzz_bytes(data, size) };
	struct ps_bytes rest, name;
	size_t names = 0;

	if (ps_dkim_signature_parse(PS_DKIM_SIGNATURE, &field, NULL, &signature,
				    &verdict) != NULL)
		return 0;
	FUZZ_CHECK(is_inside(signature.names, field.value));
	FUZZ_CHECK(is_inside(signature.b, field.value));
	FUZZ_CHECK(signature.domain[0] != '\0' &&
		   signature.selector[0] != '\0');
	FUZZ_CHECK(strlen(signature.domain) <= PS_DOMAIN_MAX);
	FUZZ_CHECK(signature.signature_len > 0 &&
		   signature.signature_len <= sizeof(signature.signature));
	FUZZ_CHECK(signature.body_hash_len > 0 &&
		   signature.body_hash_len <= sizeof(signature.body_hash));
	rest = signature.names;
	while (ps_dkim_signature_name(&rest, &name)) {
		FUZZ_CHECK(is_inside(name, field.value));
		names++;
	}
	FUZZ_CHECK(names > 0 && names <= PS_DKIM_NAMES_MAX);
	return 0;
}
