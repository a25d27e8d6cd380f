/* ldap_questions.h - what the views and accounts in LDAP ask in common. */
#ifndef PS_DIRECTORY_LDAP_QUESTIONS_H
#define PS_DIRECTORY_LDAP_QUESTIONS_H

#include "directory/ldap_kind.h"

#define PS_LDAP_MEMBERS_MAX 5000 /* of a group, nested ones in all; ours */

/* What is collected of entries and, for groups, of their members. */
enum ps_ldap_collect { PS_COLLECT_MAILDROPS, PS_COLLECT_LOGINS };
/*
 * Append to answer, joined by "," and each once, those of the entries (linked,
 * in the arena).  FOUND, also where there are none.  TEMPFAIL: more than
 * PS_LDAP_MEMBERS_MAX members.
 */
enum ps_outcome ps_ldap_collect(struct ps_ldap_store *store,
				const struct ps_ldap_entry *entries,
				enum ps_ldap_collect what,
				struct ps_buffer *answer,
				char reason_r[PS_REASON_MAX]);

/* Is it so by the settings alone? */
bool ps_ldap_domain_set(const struct ps_config_ldap *config,
			const char *domain);
/* Its entry; with a transport it is relayed. */
enum ps_outcome ps_ldap_domain_entry(struct ps_ldap_store *store,
				     const char *domain,
				     const struct ps_ldap_entry **entry_r,
				     char reason_r[PS_REASON_MAX]);
/* Is mail to domain received here, by the settings, its entry, or an address in
 * it? */
enum ps_outcome ps_ldap_domain_here(struct ps_ldap_store *store,
				    const char *domain,
				    char reason_r[PS_REASON_MAX]);
/* Accounts that login may mean: as it is, or an address as one of the entry's
 * three.  The caller ends it with ")". */
void ps_ldap_account_filter(const struct ps_ldap_store *store,
			    const char *login, struct ps_buffer *filter);
/* The one open account that login, or a mailbox's address, means. */
enum ps_outcome ps_ldap_account_entry(struct ps_ldap_store *store,
				      const char *login,
				      const struct ps_ldap_entry **entry_r,
				      bool *disabled_r,
				      char reason_r[PS_REASON_MAX]);
/*
 * The entry that ps_ldap_account() has found for login just now, or as above: a
 * login is several lookups behind each other.  It begins a lookup.
 */
enum ps_outcome ps_ldap_account_again(struct ps_ldap_store *store,
				      const char *login,
				      const struct ps_ldap_entry **entry_r,
				      char reason_r[PS_REASON_MAX]);

#endif
