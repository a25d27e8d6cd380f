/* sqlite_write.c - SQLite for the command: one transaction, and its SQL. */

#include "directory/sqlite_write_parts.h"

#include <stdlib.h>
#include <unistd.h>

static struct ps_sqlite_writer *own_of(struct ps_writer *writer)
{
	return (struct ps_sqlite_writer *)writer;
}

sqlite3 *ps_sqlite_db(const struct ps_writer *writer)
{
	return ((const struct ps_sqlite_writer *)writer)->db;
}

/* What is no database at all does not become one by waiting. */
enum ps_write ps_sqlite_failed(struct ps_writer *writer)
{
	ps_sqlite_reason(writer->config->directory.database,
			 ps_sqlite_db(writer), writer->reason);
	return sqlite3_errcode(ps_sqlite_db(writer)) == SQLITE_NOTADB
		       ? PS_WRITE_REFUSED
		       : PS_WRITE_TEMPFAIL;
}

enum ps_write ps_sqlite_run(struct ps_writer *writer, const char *sql,
			    const char *const *words)
{
	struct ps_sqlite_writer *own = own_of(writer);
	enum ps_write result = PS_WRITE_DONE;
	sqlite3_stmt *query;
	int code;

	code = ps_sqlite_statement(&own->statements, own->db, sql, words,
				   &query);
	if (code == SQLITE_OK) {
		do
			code = sqlite3_step(query);
		while (code == SQLITE_ROW);
	}
	if (code != SQLITE_DONE)
		result = ps_sqlite_failed(writer);
	ps_sqlite_statement_end(query);
	return result;
}

enum ps_write ps_sqlite_changed(struct ps_writer *writer, enum ps_write result)
{
	if (result == PS_WRITE_DONE &&
	    sqlite3_changes(ps_sqlite_db(writer)) == 0)
		return PS_WRITE_NOTHING;
	return result;
}

int ps_sqlite_count(struct ps_writer *writer, const char *sql, const char *word)
{
	const char *const words[] = { word, NULL };
	struct ps_sqlite_writer *own = own_of(writer);
	sqlite3_stmt *query;
	int count = -1;

	if (ps_sqlite_statement(&own->statements, own->db, sql, words,
				&query) == SQLITE_OK &&
	    sqlite3_step(query) == SQLITE_ROW)
		count = sqlite3_column_int(query, 0);
	else
		ps_sqlite_reason(writer->config->directory.database, own->db,
				 writer->reason);
	ps_sqlite_statement_end(query);
	return count;
}

/* sql counts it. */
static enum ps_write need(struct ps_writer *writer, const char *sql,
			  const char *account)
{
	int count = ps_sqlite_count(writer, sql, account);

	if (count > 0)
		return PS_WRITE_DONE;
	return ps_writer_no_account(
		writer, count < 0 ? PS_WRITE_TEMPFAIL : PS_WRITE_NOTHING,
		account);
}

enum ps_write ps_sqlite_need_account(struct ps_writer *writer,
				     const char *account)
{
	return need(writer, "SELECT count(*) FROM accounts WHERE address = ?1",
		    account);
}

enum ps_write ps_sqlite_need_open_account(struct ps_writer *writer,
					  const char *account)
{
	return need(writer,
		    "SELECT count(*) FROM accounts"
		    " WHERE address = ?1 AND NOT closed",
		    account);
}

/* ---- the writer's functions ---- */

static struct ps_writer *make(void)
{
	struct ps_sqlite_writer *own = calloc(1, sizeof(*own));

	if (own == NULL)
		return NULL;
	own->lock = -1;
	return &own->writer;
}

static enum ps_write commit(struct ps_writer *writer)
{
	return ps_sqlite_run(writer, writer->rehearsal ? "ROLLBACK" : "COMMIT",
			     NULL);
}

static void close_writer(struct ps_writer *writer)
{
	struct ps_sqlite_writer *own = own_of(writer);

	ps_sqlite_statements_free(&own->statements);
	/* An open transaction is rolled back by this. */
	(void)sqlite3_close(own->db);
	if (own->lock >= 0)
		(void)close(own->lock);
	free(own);
}

static bool takes_password(const struct ps_config *config)
{
	(void)config;
	return false;
}

const struct ps_writer_backend ps_writer_sqlite = {
	.make = make,
	.prepare = ps_sqlite_prepare,
	.commit = commit,
	.close = close_writer,
	.takes_password = takes_password,
	.add_domain = ps_sqlite_add_domain,
	.add_alias_domain = ps_sqlite_add_alias_domain,
	.add_relayed_domain = ps_sqlite_add_relayed_domain,
	.add_system_aliases = ps_sqlite_add_system_aliases,
	.remove_domain = ps_sqlite_remove_domain,
	.add_alias = ps_sqlite_add_alias,
	.remove_alias = ps_sqlite_remove_alias,
	.remove_alias_id = ps_sqlite_remove_alias_id,
	.add_account = ps_sqlite_add_account,
	.has_account = ps_sqlite_has_account,
	.remove_account = ps_sqlite_remove_account,
	.set_credential = ps_sqlite_set_credential,
	.set_once = ps_sqlite_set_once,
	.set_state = ps_sqlite_set_state,
	.set = ps_sqlite_set,
	.add_sender = ps_sqlite_add_sender,
	.remove_sender = ps_sqlite_remove_sender,
};
