/* sqlite_write.h - both databases open to write, made and locked. */
#ifndef PS_DIRECTORY_SQLITE_WRITE_H
#define PS_DIRECTORY_SQLITE_WRITE_H

#include "directory/sqlite_file.h"
#include "directory/sqlite_statements.h"
#include "directory/writer_text.h"

struct ps_sqlite_writer {
	struct ps_writer writer;
	sqlite3 *db; /* credentials attached as "auth" */
	struct ps_sqlite_statements statements;
	int lock; /* of the lock file; -1 none */
};

/* DONE, or why not in writer->reason. */
enum ps_write ps_sqlite_prepare(struct ps_writer *writer);
/* What SQLite says of its last fault. */
enum ps_write ps_sqlite_failed(struct ps_writer *writer);
sqlite3 *ps_sqlite_db(const struct ps_writer *writer);
/* Run SQL without rows; the words are bound as ?1, ?2 …, NULL ends them. */
enum ps_write ps_sqlite_run(struct ps_writer *writer, const char *sql,
			    const char *const *words);
/* Run SQL with these words as ?1, ?2 ... */
#define PS_RUN(writer, sql, ...)                                               \
	ps_sqlite_run(writer, sql, (const char *[]){ __VA_ARGS__, NULL })
/* DONE when the last statement changed a row, NOTHING when not. */
enum ps_write ps_sqlite_changed(struct ps_writer *writer, enum ps_write result);
/* The number that a question with one word answers; -1 with a reason. */
int ps_sqlite_count(struct ps_writer *writer, const char *sql,
		    const char *word);
/* Is there one, closed or not / and not closed?  NOTHING, with a reason: no. */
enum ps_write ps_sqlite_need_account(struct ps_writer *writer,
				     const char *account);
enum ps_write ps_sqlite_need_open_account(struct ps_writer *writer,
					  const char *account);
/*
 * The domain is made where it is missing.  REFUSED: it is an alias of another,
 * or, for an account, relayed elsewhere.
 */
enum ps_write ps_sqlite_need_domain(struct ps_writer *writer,
				    const char *domain, bool for_account,
				    bool *added_r);

#endif
