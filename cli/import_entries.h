/* import_entries.h - the entries of an LDIF file (RFC 2849). */
#ifndef PS_CLI_IMPORT_ENTRIES_H
#define PS_CLI_IMPORT_ENTRIES_H

#include "cli/import_rows.h"

struct ps_entry_value {
	const char *name, *value; /* name in lower case, without options */
	struct ps_entry_value *next;
};

/* Everything lives in the import's arena. */
struct ps_entry {
	const char *dn;
	unsigned long line; /* of its dn */
	struct ps_entry_value *first, **end;
	struct ps_entry *next;
};

/* In the order of the file; NULL: there is none.  What cannot be read is said
 * to be bad. */
struct ps_entry *ps_entries_read(struct ps_import *import,
				 struct ps_bytes text);

/* The value behind this one (NULL: the first) of that name; NULL: no more. */
const struct ps_entry_value *ps_entry_next(const struct ps_entry *entry,
					   const struct ps_entry_value *after,
					   const char *name);
/* The first value, or NULL. */
const char *ps_entry_get(const struct ps_entry *entry, const char *name);
/* ASCII case aside. */
bool ps_entry_has(const struct ps_entry *entry, const char *name,
		  const char *value);

#endif
