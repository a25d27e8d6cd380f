/* fuzz_dmarc_record.c - any octets as a policy record. */

#include "fuzz.h"

#include "core/auth/dmarc_record.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_bytes text = fuzz_bytes(data, size);
	struct ps_dmarc_record record;

	if (!ps_dmarc_record_parse(text, &record))
		return 0;
	/* RFC 9989 4.8: nothing stands before v, and it is exact. */
	FUZZ_CHECK(size >= 8 && memchr(data, 'v', size) != NULL &&
		   memchr(data, '=', size) != NULL);
	FUZZ_CHECK(record.p <= PS_DMARC_POLICY_REJECT &&
		   record.sp <= PS_DMARC_POLICY_REJECT &&
		   record.np <= PS_DMARC_POLICY_REJECT);
	FUZZ_CHECK(record.psd <= PS_DMARC_PSD_NO);
	return 0;
}
