/* ldap_store.h - the directory in LDAP: what its parts share. */
#ifndef PS_DIRECTORY_LDAP_STORE_H
#define PS_DIRECTORY_LDAP_STORE_H

#include "directory/directory.h"
#include "directory/ldap_entry.h"
#include "directory/ldap_search.h"

#define PS_LDAP_FILTER_MAX 65536 /* octets of one filter; ours */

/* What of an entry is asked for; the rest of it is then empty. */
enum ps_ldap_wanted {
	PS_LDAP_ALL,
	PS_LDAP_PLACES, /* addresses and maildrops */
	PS_LDAP_OWNERS, /* these and members */
	PS_LDAP_PEOPLE, /* these, logins and senders */
	PS_LDAP_DOMAIN	/* domains and transport */
};
#define PS_LDAP_WANTED_COUNT 5
#define PS_LDAP_CLASS_MAX    63 /* octets of a name; ours */

struct ps_ldap_store {
	const struct ps_config_ldap *config;
	struct ps_ldap ldap;	/* bound as the settings say */
	struct ps_ldap login;	/* where passwords are tried */
	struct ps_arena *arena; /* of one lookup */
	const char **attributes[PS_LDAP_WANTED_COUNT]; /* ended by NULL */
	/* Where a filter of the settings asks for a class alone; else "". */
	char account_class[PS_LDAP_CLASS_MAX + 1];
	char group_class[PS_LDAP_CLASS_MAX + 1];
	/* What ps_ldap_account() found last, in the arena; NULL: a lookup has
	 * begun since. */
	const struct ps_ldap_entry *known;
	char known_login[PS_ADDRESS_MAX + 1];
	long long known_at; /* by ps_ldap_now() */
	char **logins;	    /* of an iteration, sorted; NULL: none is */
	size_t login_count;
};

/* A lookup begins: its time, and an empty arena. */
void ps_ldap_store_begin(struct ps_ldap_store *store);
/*
 * The entries that the searches find, linked, in the arena.  FOUND, also where
 * there are none, or TEMPFAIL.
 */
enum ps_outcome ps_ldap_find(struct ps_ldap_store *store,
			     enum ps_ldap_wanted wanted,
			     struct ps_ldap_search *searches, size_t count,
			     struct ps_ldap_entry **entries_r,
			     char reason_r[PS_REASON_MAX]);
/* The same for one filter, freed by it. */
enum ps_outcome ps_ldap_find_by(struct ps_ldap_store *store,
				enum ps_ldap_wanted wanted,
				struct ps_buffer *filter,
				struct ps_ldap_entry **entries_r,
				char reason_r[PS_REASON_MAX]);

#endif
