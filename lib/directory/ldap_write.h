/* ldap_write.h - LDAP for the command: what is to be changed, and how. */
#ifndef PS_DIRECTORY_LDAP_WRITE_H
#define PS_DIRECTORY_LDAP_WRITE_H

#include "directory/ldap_change.h"
#include "directory/ldap_store.h"
#include "directory/writer_text.h"

#define PS_LDAP_DN_MAX 4096 /* octets of one that is made; ours */

/*
 * Lookups go over the connection that writes, and see the directory as it was
 * when the command began; what was to be added since is in changes.  Nothing
 * is written before the commit.
 */
struct ps_ldap_writer {
	struct ps_writer writer;
	struct ps_config config; /* a copy, whose bind is that of writing */
	struct ps_ldap_store *store;
	struct ps_ldap_changes changes;
	size_t made; /* of the changes, by the commit */
};

struct ps_ldap_writer *ps_ldap_writer_of(struct ps_writer *writer);
/* The reason of a lookup that failed. */
enum ps_write ps_ldap_write_unknown(struct ps_writer *writer,
				    const char *reason);

/* ---- who has what: entries are in the store's arena, until the next ---- */

/* Accounts, then groups (search 1), that have the address. */
enum ps_write ps_ldap_write_owners(struct ps_writer *writer,
				   const char *address,
				   struct ps_ldap_entry **owners_r);
/*
 * An account, open or not, by the address it is known by, or its login.
 * NOTHING, with a sentence: there is none, or that is another's second one.
 * REFUSED: two have it.
 */
enum ps_write ps_ldap_write_account(struct ps_writer *writer,
				    const char *address,
				    const struct ps_ldap_entry **entry_r);
/* The same, ready to be changed; *entry_r is NULL where it is to be added by
 * this command. */
enum ps_write ps_ldap_write_change(struct ps_writer *writer,
				   const char *address,
				   const struct ps_ldap_entry **entry_r,
				   struct ps_ldap_change **change_r);
/* Is it the account's own address or login, not one it has beside? */
bool ps_ldap_is_known_as(const struct ps_ldap_entry *entry,
			 const char *address);
/* Was it made by the command, for an alias? */
bool ps_ldap_is_alias_entry(struct ps_writer *writer,
			    const struct ps_ldap_entry *entry);
/* The address goes from its owner; the whole entry, where it was made for that
 * alias. */
void ps_ldap_take_address(struct ps_writer *writer,
			  const struct ps_ldap_entry *owner,
			  const char *address);
/* That is the account's password, as crypt(3) or with a {SCHEME}. */
void ps_ldap_put_hash(struct ps_writer *writer, struct ps_ldap_change *change,
		      const char *hash);
/* DONE: mail to domain is received here, or is from now on. */
enum ps_write ps_ldap_need_domain(struct ps_writer *writer, const char *domain,
				  bool for_account, bool *added_r);

#endif
