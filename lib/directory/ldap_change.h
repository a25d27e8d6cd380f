/* ldap_change.h - changes to entries in LDAP: collected, then made in order. */
#ifndef PS_DIRECTORY_LDAP_CHANGE_H
#define PS_DIRECTORY_LDAP_CHANGE_H

#include "core/text/arena.h"
#include "directory/ldap_connection.h"

enum ps_ldap_change_kind {
	PS_LDAP_CREATE,
	PS_LDAP_CHANGE, /* an entry that is there; nothing, if nothing is put */
	PS_LDAP_REMOVE,
	PS_LDAP_PASSWORD /* the server sets it (RFC 3062) */
};

enum ps_ldap_put {
	PS_LDAP_PUT_VALUE,
	PS_LDAP_TAKE_VALUE,
	PS_LDAP_TAKE_ALL /* of the attribute, whether it has any or not */
};

/* All that becomes of one entry by one request to the server. */
struct ps_ldap_change {
	struct ps_ldap_change *next, *same; /* same: bucket, of its DN */
	enum ps_ldap_change_kind kind;
	const char *dn;
	struct ps_ldap_value *first, *last;
	char *password; /* of PASSWORD */
};

#define PS_LDAP_CHANGE_BUCKETS 4096

struct ps_ldap_changes {
	struct ps_arena *arena; /* DNs, attributes and values are copied here */
	struct ps_ldap_change *first, *last;
	struct ps_ldap_change *bucket[PS_LDAP_CHANGE_BUCKETS];
	struct ps_ldap_named *named[PS_LDAP_CHANGE_BUCKETS];
	bool failed; /* no memory, or too many: none will be made */
};

/* The one of that entry, or a new one behind the others; NULL: no memory.  DNs
 * of one entry are taken to be spelt alike. */
struct ps_ldap_change *ps_ldap_change_of(struct ps_ldap_changes *changes,
					 const char *dn,
					 enum ps_ldap_change_kind kind);
/* Behind the others, of whatever kind. */
void ps_ldap_change_password(struct ps_ldap_changes *changes, const char *dn,
			     const char *password);
/* Passwords do not stay in memory. */
void ps_ldap_changes_wipe(struct ps_ldap_changes *changes);
/* The one that is there, or NULL. */
struct ps_ldap_change *
ps_ldap_change_find(const struct ps_ldap_changes *changes, const char *dn);
/* The entry will have that name, an address; who is it that has it? */
void ps_ldap_change_name(struct ps_ldap_changes *changes,
			 struct ps_ldap_change *change, const char *name);
struct ps_ldap_change *
ps_ldap_change_named(const struct ps_ldap_changes *changes, const char *name);
/* In order.  change may be NULL; attribute, too: then nothing is done. */
void ps_ldap_change_put(struct ps_ldap_changes *changes,
			struct ps_ldap_change *change, enum ps_ldap_put put,
			const char *attribute, const char *value);
/* Is there nothing to be made? */
bool ps_ldap_change_is_empty(const struct ps_ldap_change *change);
/* Is that value put by it? */
bool ps_ldap_change_puts(const struct ps_ldap_change *change,
			 const char *attribute, const char *value);
/*
 * Make it, on the connection there is, until io.until.  A result code of LDAP;
 * *referral_r: the URL of the server that would take it, from ldap_memalloc(),
 * or NULL.
 */
int ps_ldap_change_make(struct ps_ldap *ldap, struct ps_ldap_changes *changes,
			const struct ps_ldap_change *change, char **referral_r);

#endif
