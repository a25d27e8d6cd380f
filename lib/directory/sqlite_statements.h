/* sqlite_statements.h - SQL that is prepared once and run for each row. */
#ifndef PS_DIRECTORY_SQLITE_STATEMENTS_H
#define PS_DIRECTORY_SQLITE_STATEMENTS_H

#include <sqlite3.h>

#define PS_SQLITE_STATEMENTS_MAX 32 /* kept; ours: an import needs eleven */

/* Of one database; zeroed at first. */
struct ps_sqlite_statements {
	struct {
		const char *sql; /* borrowed, compared by its text too */
		sqlite3_stmt *statement;
	} at[PS_SQLITE_STATEMENTS_MAX];
	unsigned int next;
};

/*
 * The statement with words as ?1, ?2 ... (NULL ends them; they must stay until
 * it is given back), and SQLite's result code.  One at a time.
 */
int ps_sqlite_statement(struct ps_sqlite_statements *kept, sqlite3 *db,
			const char *sql, const char *const *words,
			sqlite3_stmt **statement_r);
/* Give it back: it holds no lock and no word any more.  NULL is none. */
void ps_sqlite_statement_end(sqlite3_stmt *statement);
/* Before the database is closed. */
void ps_sqlite_statements_free(struct ps_sqlite_statements *kept);

#endif
