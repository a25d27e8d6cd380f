/* ldap_entry.h - what an entry of the directory in LDAP says. */
#ifndef PS_DIRECTORY_LDAP_ENTRY_H
#define PS_DIRECTORY_LDAP_ENTRY_H

#include "core/text/arena.h"
#include "directory/directory.h"

#include <ldap.h>

#define PS_LDAP_CLASS "objectClass" /* RFC 4512 2.4.1 */

struct ps_ldap_texts {
	size_t count;
	const char **at;
};

/* Of an account or a group; in the arena it was read into. */
struct ps_ldap_entry {
	struct ps_ldap_entry *next;
	size_t search; /* which found it */
	const char *dn;
	struct ps_ldap_texts logins;	/* lower case; fit to stand in a list */
	struct ps_ldap_texts addresses; /* lower case */
	struct ps_ldap_texts maildrops; /* with login_domain where bare */
	struct ps_ldap_texts members;	/* DNs */
	struct ps_ldap_texts member_logins; /* lower case */
	struct ps_ldap_texts senders;	    /* lower case; addresses, @domain */
	struct ps_ldap_texts allow_nets;
	struct ps_ldap_texts classes; /* lower case */
	struct ps_ldap_texts domains; /* of an entry of domains; lower case */
	const char *home, *quota, *mail, *uid, *gid; /* NULL: none */
	const char *transport, *password, *once;     /* NULL: none */
};

/*
 * NULL with a sentence: no memory within the arena's bound, or a maildrop that
 * cannot be an address: mail must not be lost by leaving it out.
 */
struct ps_ldap_entry *ps_ldap_entry_read(const struct ps_config_ldap *config,
					 struct ps_arena *arena, LDAP *ld,
					 LDAPMessage *message,
					 char reason_r[PS_REASON_MAX]);
/* Octet for octet, ASCII case aside. */
bool ps_ldap_texts_hold(const struct ps_ldap_texts *texts, const char *text);
/* An account without a maildrop is closed. */
bool ps_ldap_entry_open(const struct ps_ldap_entry *entry);
bool ps_ldap_entry_is_group(const struct ps_ldap_entry *entry);
/* Logins in a list, the first in order; NULL: it has none. */
const char *ps_ldap_entry_login(const struct ps_ldap_entry *entry);
/*
 * The address it is known by: one that is a maildrop, too, if there is one;
 * LOGIN@... before others.  Without an address, a maildrop.  NULL: none.
 */
const char *ps_ldap_entry_address(const struct ps_ldap_entry *entry);
/*
 * What mail.home is made of: its login, in login_domain or the domain of the
 * address above.  Not a maildrop, which may be somebody else's mailbox, nor an
 * address, which two may have.  False: it has nothing, or it is too long.
 */
bool ps_ldap_entry_home(const struct ps_ldap_entry *entry,
			const struct ps_config_ldap *config,
			char address_r[PS_ADDRESS_MAX + 1]);

#endif
