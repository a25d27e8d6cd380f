/* import_names.c - numbers of rows, found by a name. */

#include "cli/import_names.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct ps_import_names {
	UT_hash_handle hh;
	size_t number;
};

int ps_import_names_add(struct ps_import_names **names, const char *name,
			size_t number)
{
	struct ps_import_names *entry;
	size_t other;

	if (ps_import_names_find(*names, name, &other))
		return 0;
	entry = calloc(1, sizeof(*entry));
	if (entry == NULL)
		return -1;
	entry->number = number;
	HASH_ADD_KEYPTR(hh, *names, name, strlen(name), entry);
	if (entry->hh.tbl != NULL)
		return 0;
	free(entry);
	return -1;
}

bool ps_import_names_find(struct ps_import_names *names, const char *name,
			  size_t *number_r)
{
	struct ps_import_names *entry;

	HASH_FIND(hh, names, name, strlen(name), entry);
	if (entry != NULL)
		*number_r = entry->number;
	return entry != NULL;
}

void ps_import_names_free(struct ps_import_names **names)
{
	struct ps_import_names *entry, *next;

	HASH_ITER(hh, *names, entry, next)
	{
		HASH_DEL(*names, entry);
		free(entry);
	}
}
