/* ldap_search.h - searches, several at a time, each answered whole or not. */
#ifndef PS_DIRECTORY_LDAP_SEARCH_H
#define PS_DIRECTORY_LDAP_SEARCH_H

#include "directory/ldap_connection.h"

struct ps_ldap_search {
	const char *base;   /* NULL: ldap.base and all below it */
			    /* else this entry alone, which may not be there */
	const char *filter; /* NULL: any entry */
	unsigned int limit; /* entries; 0 as many as the server gives */
	bool some;	    /* a part of the entries will do */
	bool truncated;	    /* out: there were more */
};

/* An entry, borrowed during the call; search: which of the searches. */
typedef void ps_ldap_row(void *ctx, size_t search, LDAP *ld,
			 LDAPMessage *entry);

/*
 * Ask all of them, in one round trip where they are few.  row is called when
 * one was answered whole, in whatever order the answers come.  A connection
 * that is lost is opened anew once in a lookup, and what was not answered asked
 * again.  FOUND: all were answered.  TEMPFAIL: one was not, or not wholly (a
 * size limit), or its base is not there.  attributes: ended by NULL.
 */
enum ps_outcome ps_ldap_ask(struct ps_ldap *ldap,
			    struct ps_ldap_search *searches, size_t count,
			    const char *const *attributes, ps_ldap_row *row,
			    void *ctx, char reason_r[PS_REASON_MAX]);

#endif
