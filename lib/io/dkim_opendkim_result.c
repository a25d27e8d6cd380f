/* dkim_opendkim_result.c - libopendkim's errors in the words of RFC 8601. */

#include "io/opendkim_parts.h"

static enum ps_dkim_result result_of(DKIM_SIGERROR error)
{
	switch (error) {
	case DKIM_SIGERROR_BADSIG:
		return PS_DKIM_FAIL;
	case DKIM_SIGERROR_EXPIRED:
	case DKIM_SIGERROR_FUTURE:
	case DKIM_SIGERROR_KEYTOOSMALL:
		return PS_DKIM_POLICY;
	default: /* a number of the library's, not an enum of ours */
		return PS_DKIM_PERMERROR;
	}
}

enum ps_dkim_result ps_opendkim_result(DKIM_SIGINFO *signature,
				       const char **reason_r)
{
	const DKIM_SIGERROR error = dkim_sig_geterror(signature);

	*reason_r = "";
	/* A signature that fits, and a body that does: the one may be told
	 * before the other. */
	if (error == DKIM_SIGERROR_OK && DKIM_SIG_CHECK(signature))
		return PS_DKIM_PASS;
	if (error == DKIM_SIGERROR_BADSIG)
		*reason_r = dkim_sig_getbh(signature) == DKIM_SIGBH_MISMATCH
				    ? "the body was altered"
				    : "the signature does not fit the header";
	else
		*reason_r = dkim_sig_geterrorstr(error);
	if (*reason_r == NULL)
		*reason_r = "libopendkim cannot verify it";
	return result_of(error);
}
