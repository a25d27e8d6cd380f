/* fuzz_ldap_once.c - any octets as a password for one login in LDAP: what is
 * read of one stays in its bounds, and written anew it means the same. */

#include "fuzz.h"

#include "directory/ldap_once.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_credential credential = { .hash = "" },
			     again = { .hash = "" };
	char text[PS_LDAP_ONCE_MAX];

	if (!ps_ldap_once_read(fuzz_bytes(data, size), &credential))
		return 0;
	FUZZ_CHECK(credential.kind == PS_CREDENTIAL_ONCE ||
		   credential.kind == PS_CREDENTIAL_SPENT);
	FUZZ_CHECK((credential.kind == PS_CREDENTIAL_SPENT) ==
		   (credential.expires == 0));
	FUZZ_CHECK(credential.expires >= 0 && credential.hash[0] != '\0');
	ps_ldap_once_write(&credential, text);
	FUZZ_CHECK(strlen(text) < sizeof(text) - 1);
	FUZZ_CHECK(ps_ldap_once_read(ps_bytes_of(text), &again));
	FUZZ_CHECK(again.kind == credential.kind &&
		   again.expires == credential.expires &&
		   strcmp(again.hash, credential.hash) == 0);
	return 0;
}
