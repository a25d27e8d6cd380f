/* published.c - is the key that signs the one that the DNS has? */

#include "io/published.h"

#include "core/auth/dkim_keyrecord.h"
#include "io/crypto_openssl.h"

#include <stdio.h>

bool ps_published_fits(struct ps_bytes text, const struct ps_private_key *key)
{
	struct ps_dkim_keyrecord record;

	return ps_dkim_keyrecord_parse(text, &record) == NULL &&
	       !record.revoked && record.allows_sha256 && record.allows_email &&
	       record.type == ps_private_key_type(key) &&
	       ps_private_key_fits(key, record.key, record.key_len);
}

/* RFC 6376 3.6.2.2: with several, a verifier may take any. */
static bool one_fits(const struct ps_dns_answer *answer,
		     const struct ps_private_key *key)
{
	size_t i;

	for (i = 0; i < answer->count; i++) {
		if (ps_published_fits(answer->record[i].text, key))
			return true;
	}
	return false;
}

enum ps_published ps_published_ask(const char *domain,
				   const struct ps_signing_key *key,
				   const struct ps_dns *dns)
{
	char name[PS_SELECTOR_MAX + PS_DOMAIN_MAX + sizeof("._domainkey.")];
	const struct ps_dns_answer *answer = NULL;

	snprintf(name, sizeof(name), "%s._domainkey.%s", key->selector, domain);
	switch (dns->lookup(dns->ctx, name, PS_DNS_TXT, &answer)) {
	case PS_DNS_PENDING:
		return PS_PUBLISHED_PENDING;
	case PS_DNS_TEMPFAIL:
		return PS_PUBLISHED_UNKNOWN;
	case PS_DNS_NOTFOUND:
		return PS_PUBLISHED_OTHER;
	case PS_DNS_FOUND:
		break;
	}
	return one_fits(answer, key->private) ? PS_PUBLISHED_SAME
					      : PS_PUBLISHED_OTHER;
}
