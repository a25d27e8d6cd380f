/* ldap_store.h - the directory in LDAP: what its parts share. */
#ifndef PS_DIRECTORY_LDAP_STORE_H
#define PS_DIRECTORY_LDAP_STORE_H

#include "directory/directory.h"
#include "directory/ldap_entry.h"
#include "directory/ldap_search.h"

#define PS_LDAP_FILTER_MAX 65536 /* octets of one filter; ours */

struct ps_ldap_store {
	const struct ps_config_ldap *config;
	struct ps_ldap ldap;	 /* bound as the settings say */
	struct ps_ldap login;	 /* where passwords are tried */
	struct ps_arena *arena;	 /* of one lookup */
	const char **attributes; /* of accounts and groups */
	char **logins;		 /* of an iteration, sorted; NULL: none is */
	size_t login_count;
};

/* A lookup begins: its time, and an empty arena. */
void ps_ldap_store_begin(struct ps_ldap_store *store);
/*
 * The entries that the searches find, linked, in the arena.  FOUND, also where
 * there are none, or TEMPFAIL.
 */
enum ps_outcome ps_ldap_find(struct ps_ldap_store *store,
			     struct ps_ldap_search *searches, size_t count,
			     struct ps_ldap_entry **entries_r,
			     char reason_r[PS_REASON_MAX]);
/* The same for one filter, freed by it. */
enum ps_outcome ps_ldap_find_by(struct ps_ldap_store *store,
				struct ps_buffer *filter,
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
/* Accounts whose mailbox may be address; a whole filter. */
void ps_ldap_mailbox_filter(const struct ps_ldap_store *store,
			    const char *address, struct ps_buffer *filter);

#endif
