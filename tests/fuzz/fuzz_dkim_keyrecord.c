/* fuzz_dkim_keyrecord.c - any octets as a key record. */

#include "fuzz.h"

#include "core/auth/dkim_keyrecord.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_bytes text = fuzz_bytes(data, size);
	static struct ps_dkim_keyrecord record;
	const char *error = ps_dkim_keyrecord_parse(text, &record);

	if (error != NULL) {
		FUZZ_CHECK(error[0] != '\0');
		return 0;
	}
	FUZZ_CHECK(size <= PS_DKIM_KEYRECORD_MAX);
	FUZZ_CHECK(record.key_len <= sizeof(record.key));
	FUZZ_CHECK(record.revoked || record.key_len > 0);
	FUZZ_CHECK(record.type != PS_KEY_ED25519 || record.revoked ||
		   record.key_len == 32);
	return 0;
}
