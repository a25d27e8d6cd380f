/* fuzz_dmarc_record.c - any octets as a policy record, by both standards. */

#include "fuzz.h"

#include "core/auth/dmarc_record.h"

#include <string.h>

static bool parse(struct ps_bytes text, enum ps_dmarc_standard standard)
{
	struct ps_dmarc_record record;

	if (!ps_dmarc_record_parse(text, standard, &record))
		return false;
	FUZZ_CHECK(record.p <= PS_DMARC_POLICY_REJECT &&
		   record.sp <= PS_DMARC_POLICY_REJECT &&
		   record.np <= PS_DMARC_POLICY_REJECT);
	FUZZ_CHECK(record.psd <= PS_DMARC_PSD_NO && record.pct <= 100);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_bytes text = fuzz_bytes(data, size);
	bool old = parse(text, PS_DMARC_RFC7489);

	if (!parse(text, PS_DMARC_RFC9989))
		return 0;
	/* RFC 9989 4.8: nothing stands before v, and it is exact. */
	FUZZ_CHECK(size >= 8 && memchr(data, 'v', size) != NULL &&
		   memchr(data, '=', size) != NULL);
	FUZZ_CHECK(old);
	return 0;
}
