/* import_tables.c - tables of another program's SQLite database. */

#include "cli/import_tables.h"

#include "directory/log.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char magic[] = "SQLite format 3"; /* and NUL */

struct ps_table *ps_tables_begin(struct ps_tables *tables, struct ps_bytes name)
{
	const char *const *wanted = tables->wanted;
	struct ps_table *table;

	while (*wanted != NULL &&
	       !ps_bytes_equal_fold(ps_bytes_of(*wanted), name))
		wanted++;
	if (*wanted == NULL)
		return NULL;
	for (table = tables->first; table != NULL; table = table->next) {
		if (table->name == *wanted)
			return table;
	}
	table = calloc(1, sizeof(*table));
	if (table == NULL) {
		tables->import->no_memory = true;
		return NULL;
	}
	table->name = *wanted;
	table->next = tables->first;
	tables->first = table;
	return table;
}

void ps_table_column(struct ps_tables *tables, struct ps_table *table,
		     struct ps_bytes name)
{
	const char *text = ps_import_text(tables->import, name);

	if (text == NULL)
		return;
	if (table->columns < PS_TABLE_COLUMNS_MAX)
		table->column[table->columns++] = text;
	else
		ps_import_bad(tables->import, table->name, 0,
			      "table %s has more than %d columns", table->name,
			      PS_TABLE_COLUMNS_MAX);
}

void ps_table_forget_columns(struct ps_table *table)
{
	if (table->count == 0)
		table->columns = 0;
}

void ps_table_row(struct ps_tables *tables, struct ps_table *table,
		  const char *const values[PS_TABLE_COLUMNS_MAX])
{
	struct ps_import *import = tables->import;
	const char **row, ***rows;
	size_t size, i;

	row = ps_arena_alloc(import->arena,
			     (table->columns + 1) * sizeof(*row));
	if (row != NULL && table->count == table->size) {
		size = table->size == 0 ? 256 : 2 * table->size;
		rows = realloc(table->rows, size * sizeof(*rows));
		if (rows == NULL) {
			import->no_memory = true;
			return;
		}
		table->rows = rows;
		table->size = size;
	}
	if (row == NULL) {
		import->no_memory = true;
		return;
	}
	for (i = 0; i < table->columns; i++)
		row[i] = values[i] == NULL
				 ? NULL
				 : ps_import_text(import,
						  ps_bytes_of(values[i]));
	table->rows[table->count++] = row;
}

void ps_tables_free(struct ps_tables *tables)
{
	struct ps_table *table;

	while ((table = tables->first) != NULL) {
		tables->first = table->next;
		free(table->rows);
		free(table);
	}
}

const struct ps_table *ps_tables_find(const struct ps_tables *tables,
				      const char *name)
{
	const struct ps_table *table = tables->first;

	while (table != NULL && strcmp(table->name, name) != 0)
		table = table->next;
	return table;
}

static size_t column_at(const struct ps_table *table, const char *column)
{
	size_t i;

	for (i = 0; i < table->columns; i++) {
		if (ps_bytes_equal_fold(ps_bytes_of(table->column[i]),
					ps_bytes_of(column)))
			break;
	}
	return i;
}

const char *ps_table_get(const struct ps_table *table, size_t row,
			 const char *column)
{
	size_t at = column_at(table, column);

	if (at == table->columns || table->rows[row][at] == NULL)
		return "";
	return table->rows[row][at];
}

bool ps_table_has(const struct ps_table *table, const char *column)
{
	return table != NULL && column_at(table, column) < table->columns;
}

/* ---- SQLite ---- */

static void take_row(struct ps_tables *tables, struct ps_table *table,
		     sqlite3_stmt *query)
{
	const char *values[PS_TABLE_COLUMNS_MAX] = { NULL };
	size_t i;

	for (i = 0; i < table->columns; i++) {
		values[i] = (const char *)sqlite3_column_text(query, (int)i);
		if (values[i] != NULL &&
		    strlen(values[i]) !=
			    (size_t)sqlite3_column_bytes(query, (int)i))
			ps_import_bad(tables->import, table->name,
				      table->count + 1, "%s has a NUL in it",
				      table->column[i]);
	}
	ps_table_row(tables, table, values);
}

static bool take_table(struct ps_tables *tables, sqlite3 *database,
		       const char *name)
{
	struct ps_table *table = ps_tables_begin(tables, ps_bytes_of(name));
	sqlite3_stmt *query = NULL;
	char sql[160];
	int i, code;

	if (table == NULL)
		return false;
	/* The name is one of ours. */
	snprintf(sql, sizeof(sql), "SELECT * FROM \"%.100s\"", name);
	code = sqlite3_prepare_v2(database, sql, -1, &query, NULL);
	for (i = 0; code == SQLITE_OK && i < sqlite3_column_count(query); i++)
		ps_table_column(tables, table,
				ps_bytes_of(sqlite3_column_name(query, i)));
	while (code == SQLITE_OK || code == SQLITE_ROW) {
		code = sqlite3_step(query);
		if (code == SQLITE_ROW)
			take_row(tables, table, query);
	}
	(void)sqlite3_finalize(query);
	if (code == SQLITE_DONE)
		return true;
	/* SQLITE_ERROR: there is no such table, which may well be. */
	if (code == SQLITE_ERROR)
		return true;
	ps_log(PS_LOG_ERROR, "%s: table %s: %s", tables->import->file, name,
	       sqlite3_errmsg(database));
	return false;
}

static bool read_sqlite(struct ps_tables *tables, const char *path)
{
	const char *const *name;
	sqlite3 *database = NULL;
	bool good;

	good = sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY, NULL) ==
	       SQLITE_OK;
	if (!good)
		ps_log(PS_LOG_ERROR, "%s: %s", path,
		       database == NULL ? "out of memory"
					: sqlite3_errmsg(database));
	for (name = tables->wanted; good && *name != NULL; name++)
		good = take_table(tables, database, *name);
	(void)sqlite3_close(database);
	return good;
}

/* False also of what cannot be read: that is said of it as a dump. */
static bool is_sqlite(const char *path)
{
	char head[sizeof(magic)];
	FILE *file = strcmp(path, "-") == 0 ? NULL : fopen(path, "re");
	bool is;

	if (file == NULL)
		return false;
	is = fread(head, 1, sizeof(head), file) == sizeof(head) &&
	     memcmp(head, magic, sizeof(head)) == 0;
	(void)fclose(file);
	return is;
}

bool ps_tables_read(struct ps_tables *tables, const char *path)
{
	size_t len = 0;
	char *text;
	bool good;

	if (is_sqlite(path))
		return read_sqlite(tables, path);
	text = ps_import_file(path, &len);
	if (text == NULL)
		return false;
	if (len >= sizeof(magic) && memcmp(text, magic, sizeof(magic)) == 0) {
		ps_log(PS_LOG_ERROR,
		       "an SQLite database cannot come from standard input");
		free(text);
		return false;
	}
	good = ps_tables_read_dump(tables, (struct ps_bytes){ text, len });
	free(text);
	return good;
}
