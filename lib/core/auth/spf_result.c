/* spf_result.c - the words for SPF results (RFC 7208 section 9.1). */

#include "core/auth/spf.h"

const char *ps_spf_result_name(enum ps_spf_result result)
{
	static const char *const names[] = {
		[PS_SPF_NONE] = "none",
		[PS_SPF_NEUTRAL] = "neutral",
		[PS_SPF_PASS] = "pass",
		[PS_SPF_FAIL] = "fail",
		[PS_SPF_SOFTFAIL] = "softfail",
		[PS_SPF_TEMPERROR] = "temperror",
		[PS_SPF_PERMERROR] = "permerror",
	};

	return names[result];
}
