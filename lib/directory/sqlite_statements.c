/* sqlite_statements.c - SQL that is prepared once and run for each row. */

#include "directory/sqlite_statements.h"

#include <stddef.h>
#include <string.h>

/* Text that was made for one run may stand where another stood. */
static sqlite3_stmt *find(const struct ps_sqlite_statements *kept,
			  const char *sql)
{
	size_t i;

	for (i = 0; i < PS_SQLITE_STATEMENTS_MAX; i++) {
		if (kept->at[i].sql == sql && kept->at[i].statement != NULL &&
		    strcmp(sqlite3_sql(kept->at[i].statement), sql) == 0)
			return kept->at[i].statement;
	}
	return NULL;
}

static int prepare(struct ps_sqlite_statements *kept, sqlite3 *db,
		   const char *sql, sqlite3_stmt **statement_r)
{
	size_t place = kept->next;
	int code = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT,
				      statement_r, NULL);

	if (code != SQLITE_OK)
		return code;
	(void)sqlite3_finalize(kept->at[place].statement);
	kept->at[place].sql = sql;
	kept->at[place].statement = *statement_r;
	kept->next = (kept->next + 1) % PS_SQLITE_STATEMENTS_MAX;
	return code;
}

int ps_sqlite_statement(struct ps_sqlite_statements *kept, sqlite3 *db,
			const char *sql, const char *const *words,
			sqlite3_stmt **statement_r)
{
	int code = SQLITE_OK, i;

	*statement_r = find(kept, sql);
	if (*statement_r == NULL)
		code = prepare(kept, db, sql, statement_r);
	for (i = 0; code == SQLITE_OK && words != NULL && words[i] != NULL; i++)
		code = sqlite3_bind_text(*statement_r, i + 1, words[i], -1,
					 SQLITE_STATIC);
	return code;
}

void ps_sqlite_statement_end(sqlite3_stmt *statement)
{
	if (statement == NULL)
		return;
	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
}

void ps_sqlite_statements_free(struct ps_sqlite_statements *kept)
{
	size_t i;

	for (i = 0; i < PS_SQLITE_STATEMENTS_MAX; i++)
		(void)sqlite3_finalize(kept->at[i].statement);
	*kept = (struct ps_sqlite_statements){ 0 };
}
