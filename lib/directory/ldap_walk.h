/* ldap_walk.h - all entries of the directory in LDAP, one after the other. */
#ifndef PS_DIRECTORY_LDAP_WALK_H
#define PS_DIRECTORY_LDAP_WALK_H

#include "directory/ldap_store.h"

/* entry is borrowed during the call; its search: by which of the filters. */
typedef void ps_ldap_entry_row(void *ctx, const struct ps_ldap_entry *entry);
/*
 * All that the filters find; NULL ends them, at most two.  For lists and
 * iterations: it may take a minute, not ldap.timeout.  It begins a lookup.
 */
enum ps_outcome ps_ldap_walk(struct ps_ldap_store *store,
			     const char *const *filters, ps_ldap_entry_row *row,
			     void *ctx, char reason_r[PS_REASON_MAX]);

/* Texts, copied; failed stays true when there was no memory. */
struct ps_ldap_sorted {
	char **at;
	size_t count, size;
	bool failed;
};
void ps_ldap_sorted_add(struct ps_ldap_sorted *sorted, const char *text);
/* Octet by octet, each once. */
void ps_ldap_sorted_sort(struct ps_ldap_sorted *sorted);
bool ps_ldap_sorted_has(const struct ps_ldap_sorted *sorted, const char *text);
void ps_ldap_sorted_free(struct ps_ldap_sorted *sorted);

#endif
