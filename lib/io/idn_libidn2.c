/* idn_libidn2.c - the core's port for international domains over libidn2. */

#include "io/idn_libidn2.h"

#include <idn2.h>

static bool to_ascii(void *ctx, const char *name,
		     char ascii_r[PS_DOMAIN_MAX + 1])
{
	char *ascii = NULL;
	bool good;

	(void)ctx;
	if (idn2_to_ascii_8z(name, &ascii, IDN2_NONTRANSITIONAL) != IDN2_OK)
		return false;
	good = ps_bytes_copy(ps_bytes_of(ascii), ascii_r, PS_DOMAIN_MAX + 1);
	idn2_free(ascii);
	return good;
}

const struct ps_idn ps_idn_libidn2 = { to_ascii, NULL };
