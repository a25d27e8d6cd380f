/* import_names.h - numbers of rows, found by a name. */
#ifndef PS_CLI_IMPORT_NAMES_H
#define PS_CLI_IMPORT_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct ps_import_names;

/* name is borrowed until the names are freed; the first of a name stays.  0, or
 * -1 out of memory.  *names is NULL at first. */
int ps_import_names_add(struct ps_import_names **names, const char *name,
			size_t number);
bool ps_import_names_find(struct ps_import_names *names, const char *name,
			  size_t *number_r);
void ps_import_names_free(struct ps_import_names **names);

#endif
