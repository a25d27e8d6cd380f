/* import_tables.h - tables of another program's database, or of its dump. */
#ifndef PS_CLI_IMPORT_TABLES_H
#define PS_CLI_IMPORT_TABLES_H

#include "cli/import_rows.h"

#define PS_TABLE_COLUMNS_MAX 64 /* of one table; ours */

/* Values are text, NULL where SQL has NULL; all live in the import's arena. */
struct ps_table {
	const char *name;
	size_t columns;
	const char *column[PS_TABLE_COLUMNS_MAX];
	const char ***rows; /* each of so many values as there are columns */
	size_t count, size;
	struct ps_table *next;
};

struct ps_tables {
	struct ps_import *import;
	const char *const *wanted; /* names of tables, ended by NULL */
	struct ps_table *first;
};

/*
 * path: an SQLite database, or a dump by mysqldump(1), mariadb-dump(1),
 * pg_dump(1) or sqlite3(1).  False: it was said why.  Free with
 * ps_tables_free() in any case.
 */
bool ps_tables_read(struct ps_tables *tables, const char *path);
void ps_tables_free(struct ps_tables *tables);

/* For the readers.  NULL: not a wanted one, or out of memory. */
struct ps_table *ps_tables_begin(struct ps_tables *tables,
				 struct ps_bytes name);
void ps_table_column(struct ps_tables *tables, struct ps_table *table,
		     struct ps_bytes name);
void ps_table_forget_columns(struct ps_table *table);
/* Values for the columns that there are, in order; copied. */
void ps_table_row(struct ps_tables *tables, struct ps_table *table,
		  const char *const values[PS_TABLE_COLUMNS_MAX]);

/* import_dump.c: a dump.  False: it was said why. */
bool ps_tables_read_dump(struct ps_tables *tables, struct ps_bytes text);

/* NULL: no such table; then nothing is in it. */
const struct ps_table *ps_tables_find(const struct ps_tables *tables,
				      const char *name);
/* "" for NULL and for a column that is not there. */
const char *ps_table_get(const struct ps_table *table, size_t row,
			 const char *column);
bool ps_table_has(const struct ps_table *table, const char *column);

#endif
