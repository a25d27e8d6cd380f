/* ldap_kind.h - which entries in LDAP are accounts, groups and domains. */
#ifndef PS_DIRECTORY_LDAP_KIND_H
#define PS_DIRECTORY_LDAP_KIND_H

#include "directory/ldap_store.h"

/* Of a new store: the classes that its settings name. */
void ps_ldap_kinds_set(struct ps_ldap_store *store);
struct ps_ldap_kind {
	bool groups;		    /* or accounts only */
	enum ps_ldap_wanted wanted; /* not PS_LDAP_DOMAIN */
	unsigned int most; /* more entries are NOTFOUND; 0: any number */
};
/* Those of that kind that condition finds, a filter in itself; it is freed.  As
 * ps_ldap_find() else. */
enum ps_outcome ps_ldap_find_kind(struct ps_ldap_store *store,
				  const struct ps_ldap_kind *kind,
				  struct ps_buffer *condition,
				  struct ps_ldap_entry **entries_r,
				  char reason_r[PS_REASON_MAX]);

/* Filters, begun; the caller ends each with ")" ("))" where it opens more). */
void ps_ldap_accounts_and(const struct ps_ldap_store *store,
			  struct ps_buffer *filter);
void ps_ldap_groups_and(const struct ps_ldap_store *store,
			struct ps_buffer *filter);
/* Entries of domains. */
void ps_ldap_domains_and(const struct ps_ldap_store *store,
			 struct ps_buffer *filter);
/* Accounts or groups. */
void ps_ldap_any_and(const struct ps_ldap_store *store,
		     struct ps_buffer *filter);
/* Whose mailbox may be address; a whole filter, for accounts. */
void ps_ldap_mailbox_filter(const struct ps_ldap_store *store,
			    const char *address, struct ps_buffer *filter);

#endif
