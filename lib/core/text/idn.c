/* idn.c - internationalized domain names, through a port. */

#include "core/text/idn.h"

#include "core/text/address.h"

static bool is_ascii(const char *name)
{
	while (*name != '\0' && (unsigned char)*name < 128)
		name++;
	return *name == '\0';
}

bool ps_idn_domain(const struct ps_idn *idn, struct ps_bytes domain,
		   char text_r[PS_DOMAIN_MAX + 1])
{
	char name[PS_DOMAIN_MAX + 1], ascii[PS_DOMAIN_MAX + 1];

	if (!ps_domain_normalize(domain, text_r))
		return false;
	if (is_ascii(text_r))
		return true;
	(void)ps_bytes_copy(ps_bytes_of(text_r), name, sizeof(name));
	text_r[0] = '\0';
	return idn != NULL && idn->to_ascii(idn->ctx, name, ascii) &&
	       ps_domain_normalize(ps_bytes_of(ascii), text_r);
}
