/* ldap_write_parts.h - the parts of ps_writer_ldap; none writes. */
#ifndef PS_DIRECTORY_LDAP_WRITE_PARTS_H
#define PS_DIRECTORY_LDAP_WRITE_PARTS_H

#include "directory/ldap_write.h"

/* The class that fields need, where the entry has it not yet. */
enum ps_write ps_ldap_add_class(struct ps_writer *writer,
				const struct ps_ldap_entry *entry,
				struct ps_ldap_change *change);
/* No password for one login stands in the way any more; entry may be NULL. */
void ps_ldap_take_once(struct ps_writer *writer,
		       const struct ps_ldap_entry *entry,
		       struct ps_ldap_change *change);
enum ps_write ps_ldap_add_domain(struct ps_writer *writer, const char *name);
enum ps_write ps_ldap_add_alias_domain(struct ps_writer *writer,
				       const char *name, const char *target);
enum ps_write ps_ldap_add_relayed_domain(struct ps_writer *writer,
					 const char *name, const char *nexthop);
enum ps_write ps_ldap_add_system_aliases(struct ps_writer *writer,
					 const char *domain, const char *admin,
					 unsigned int *count_r);
enum ps_write ps_ldap_remove_domain(struct ps_writer *writer, const char *name,
				    bool cascade);
enum ps_write ps_ldap_add_alias(struct ps_writer *writer, const char *source,
				const char *destination, bool *domain_added_r);
enum ps_write ps_ldap_remove_alias(struct ps_writer *writer,
				   const char *source);
enum ps_write ps_ldap_remove_alias_id(struct ps_writer *writer, long long id);
enum ps_write ps_ldap_add_account(struct ps_writer *writer, const char *address,
				  const char *hash, bool *domain_added_r);
enum ps_write ps_ldap_has_account(struct ps_writer *writer,
				  const char *address);
enum ps_write ps_ldap_remove_account(struct ps_writer *writer,
				     const char *address, bool cascade);
enum ps_write ps_ldap_set_credential(struct ps_writer *writer,
				     const char *address, const char *hash);
enum ps_write ps_ldap_set_password(struct ps_writer *writer,
				   const char *address, const char *password);
enum ps_write ps_ldap_set_once(struct ps_writer *writer, const char *address,
			       const char *hash, long long expires);
enum ps_write ps_ldap_set_state(struct ps_writer *writer, const char *address,
				enum ps_account_state state);
enum ps_write ps_ldap_set(struct ps_writer *writer, const char *address,
			  const char *field, const char *value);
enum ps_write ps_ldap_add_sender(struct ps_writer *writer, const char *address,
				 const char *sender);
enum ps_write ps_ldap_remove_sender(struct ps_writer *writer,
				    const char *address, const char *sender);

#endif
