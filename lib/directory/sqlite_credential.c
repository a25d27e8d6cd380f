/* sqlite_credential.c - one password written from where logins are checked. */

#include "directory/sqlite_store.h"

#include <stdio.h>

/*
 * The writer's lock is not taken: SQLite's own orders this one statement
 * among the command's transactions.  Where the writer holds the file for more
 * than two seconds, this is TEMPFAIL.
 */
static int run_update(sqlite3 *db, const char *login,
		      const struct ps_credential *old,
		      const struct ps_credential *other)
{
	static const char sql[] =
		"UPDATE credentials SET hash = ?2, kind = ?3, expires = ?4,"
		" changed = CAST(strftime('%s') AS INTEGER)"
		" WHERE address = ?1 AND hash = ?5 AND kind = ?6";
	sqlite3_stmt *query = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &query, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_bind_text(query, 1, login, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(query, 2, other->hash, -1,
					 SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_bind_int(query, 3, (int)other->kind);
	if (code == SQLITE_OK)
		code = sqlite3_bind_int64(query, 4, other->expires);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(query, 5, old->hash, -1,
					 SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_bind_int(query, 6, (int)old->kind);
	if (code == SQLITE_OK)
		code = sqlite3_step(query);
	(void)sqlite3_finalize(query);
	return code;
}

enum ps_outcome ps_sqlite_replace(void *ctx, const char *login,
				  const struct ps_credential *old,
				  const struct ps_credential *other,
				  char reason_r[PS_REASON_MAX])
{
	static const char settings[] = "PRAGMA trusted_schema=0;"
				       "PRAGMA synchronous=FULL";
	struct ps_sqlite_store *store = ctx;
	const char *path = store->credentials.path;
	enum ps_outcome outcome;
	sqlite3 *db = NULL;
	int code;

	/* Of our kind and version? */
	outcome = ps_sqlite_file_ready(&store->credentials, reason_r);
	if (outcome != PS_FOUND)
		return outcome;
	code = sqlite3_open_v2(
		path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_busy_timeout(db, PS_SQLITE_BUSY_MS);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, settings, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = run_update(db, login, old, other);
	if (code == SQLITE_DONE)
		outcome = sqlite3_changes(db) > 0 ? PS_FOUND : PS_NOTFOUND;
	else
		outcome = PS_TEMPFAIL;
	if (outcome == PS_TEMPFAIL)
		ps_sqlite_reason(path, db, reason_r);
	(void)sqlite3_close(db);
	return outcome;
}
