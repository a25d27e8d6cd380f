/* ldap_write_password.c - passwords of accounts in LDAP, set. */

#include "directory/ldap_once.h"
#include "directory/ldap_write_parts.h"

#include <stdio.h>
#include <string.h>

#define PASSWORD_ATTRIBUTE "userPassword" /* RFC 4519 2.41 */

/* slapd.conf(5), password-hash: it knows what crypt(3) writes by one name. */
void ps_ldap_put_hash(struct ps_writer *writer, struct ps_ldap_change *change,
		      const char *hash)
{
	static const char *const crypts[] = { "{SHA512-CRYPT}",
					      "{SHA256-CRYPT}", "{BLF-CRYPT}",
					      "{MD5-CRYPT}" };
	struct ps_ldap_writer *own = ps_ldap_writer_of(writer);
	const char *attribute = own->config.ldap.password_attribute;
	char value[PS_CREDENTIAL_MAX + 8];
	size_t i;

	if (attribute == NULL)
		attribute = PASSWORD_ATTRIBUTE;
	for (i = 0; i < sizeof(crypts) / sizeof(crypts[0]); i++) {
		if (ps_bytes_starts_fold(ps_bytes_of(hash),
					 ps_bytes_of(crypts[i]))) {
			hash += strlen(crypts[i]);
			break;
		}
	}
	snprintf(value, sizeof(value), "%s%s", hash[0] == '$' ? "{CRYPT}" : "",
		 hash);
	ps_ldap_change_put(&own->changes, change, PS_LDAP_TAKE_ALL, attribute,
			   NULL);
	ps_ldap_change_put(&own->changes, change, PS_LDAP_PUT_VALUE, attribute,
			   value);
}

enum ps_write ps_ldap_set_credential(struct ps_writer *writer,
				     const char *address, const char *hash)
{
	const struct ps_ldap_entry *entry;
	struct ps_ldap_change *change;
	enum ps_write result =
		ps_ldap_write_change(writer, address, &entry, &change);

	if (result != PS_WRITE_DONE)
		return result;
	if (hash[0] == '\0' || strlen(hash) >= PS_CREDENTIAL_MAX)
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "the password hash for %.100s is empty or "
				     "too long",
				     address);
	ps_ldap_put_hash(writer, change, hash);
	ps_ldap_take_once(writer, entry, change);
	return PS_WRITE_DONE;
}

enum ps_write ps_ldap_set_password(struct ps_writer *writer,
				   const char *address, const char *password)
{
	const struct ps_ldap_entry *entry;
	struct ps_ldap_change *change;
	enum ps_write result =
		ps_ldap_write_change(writer, address, &entry, &change);

	if (result != PS_WRITE_DONE || change == NULL)
		return result;
	ps_ldap_take_once(writer, entry, change);
	ps_ldap_change_password(&ps_ldap_writer_of(writer)->changes, change->dn,
				password);
	return result;
}

/* ---- for one login ---- */

void ps_ldap_take_once(struct ps_writer *writer,
		       const struct ps_ldap_entry *entry,
		       struct ps_ldap_change *change)
{
	struct ps_ldap_writer *own = ps_ldap_writer_of(writer);

	if (entry != NULL && entry->once != NULL)
		ps_ldap_change_put(&own->changes, change, PS_LDAP_TAKE_ALL,
				   own->config.ldap.once_attribute, NULL);
}

/* The password in the entry stays, for what else asks for it: the driver does
 * not, as long as that stands here. */
enum ps_write ps_ldap_set_once(struct ps_writer *writer, const char *address,
			       const char *hash, long long expires)
{
	struct ps_ldap_writer *own = ps_ldap_writer_of(writer);
	const char *attribute = own->config.ldap.once_attribute;
	struct ps_credential once = { .kind = PS_CREDENTIAL_ONCE,
				      .expires = expires };
	const struct ps_ldap_entry *entry;
	struct ps_ldap_change *change;
	char value[PS_LDAP_ONCE_MAX];
	enum ps_write result;

	if (attribute == NULL)
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "setting ldap.once_attribute is empty: "
				     "LDAP holds no password for one login");
	if (hash[0] == '\0' ||
	    !ps_bytes_copy(ps_bytes_of(hash), once.hash, sizeof(once.hash)))
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "the password hash for %.100s is empty or "
				     "too long",
				     address);
	result = ps_ldap_write_change(writer, address, &entry, &change);
	if (result == PS_WRITE_DONE)
		result = ps_ldap_add_class(writer, entry, change);
	if (result != PS_WRITE_DONE)
		return result;
	ps_ldap_once_write(&once, value);
	ps_ldap_change_put(&own->changes, change, PS_LDAP_TAKE_ALL, attribute,
			   NULL);
	ps_ldap_change_put(&own->changes, change, PS_LDAP_PUT_VALUE, attribute,
			   value);
	return PS_WRITE_DONE;
}
