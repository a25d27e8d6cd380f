/* dkim_result.c - the words for DKIM results (RFC 8601 section 2.7.1). */

#include "core/auth/dkim.h"

const char *ps_dkim_result_name(enum ps_dkim_result result)
{
	switch (result) {
	case PS_DKIM_NONE:
		return "none";
	case PS_DKIM_PASS:
		return "pass";
	case PS_DKIM_FAIL:
		return "fail";
	case PS_DKIM_POLICY:
		return "policy";
	case PS_DKIM_NEUTRAL:
		return "neutral";
	case PS_DKIM_TEMPERROR:
		return "temperror";
	case PS_DKIM_PERMERROR:
		return "permerror";
	}
	return "none";
}
