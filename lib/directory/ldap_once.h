/* ldap_once.h - passwords for one login, as an entry in LDAP has them. */
#ifndef PS_DIRECTORY_LDAP_ONCE_H
#define PS_DIRECTORY_LDAP_ONCE_H

#include "core/text/bytes.h"
#include "directory/account.h"

/* Octets of a value: a time, a blank and a hash, with NUL. */
#define PS_LDAP_ONCE_MAX (PS_CREDENTIAL_MAX + 24)

/*
 * The value of ldap.once_attribute: when it expires, in seconds since 1970, or
 * 0 once it is used up, a blank, and the hash.
 */
void ps_ldap_once_write(const struct ps_credential *credential,
			char text_r[PS_LDAP_ONCE_MAX]);
/* ONCE or SPENT.  False: it is no such value. */
bool ps_ldap_once_read(struct ps_bytes text,
		       struct ps_credential *credential_r);

#endif
