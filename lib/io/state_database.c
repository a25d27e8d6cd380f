/* state_database.c - state.db: tables, rows, and what may be wrong with it. */

#include "io/state_database.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define BUSY_MS 2000 /* as DESIGN has it for every database */

/* [n] makes version n + 1 of version n. */
static const char *const steps[PS_STATE_VERSION] = {
	"CREATE TABLE suspensions (login TEXT PRIMARY KEY,"
	" since INTEGER NOT NULL, reason TEXT NOT NULL,"
	" rule TEXT NOT NULL) WITHOUT ROWID;",
};

static void say(sqlite3 *db, char reason_r[PS_REASON_MAX])
{
	const char *path = db == NULL ? NULL : sqlite3_db_filename(db, "main");

	snprintf(reason_r, PS_REASON_MAX, "%.150s: %.100s",
		 path == NULL ? "state.db" : path,
		 db == NULL ? "out of memory" : sqlite3_errmsg(db));
}

static bool is_damage(int code)
{
	return (code & 0xff) == SQLITE_CORRUPT ||
	       (code & 0xff) == SQLITE_NOTADB;
}

/* The one number that a PRAGMA answers; SQLITE_OK, or what went wrong. */
static int number_of(sqlite3 *db, const char *sql, int *number_r)
{
	sqlite3_stmt *query = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &query, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(query);
	if (code == SQLITE_ROW)
		*number_r = sqlite3_column_int(query, 0);
	(void)sqlite3_finalize(query);
	return code == SQLITE_ROW ? SQLITE_OK : code;
}

static int bring_up(sqlite3 *db, int version)
{
	char last[100];
	int code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	for (; code == SQLITE_OK && version < PS_STATE_VERSION; version++)
		code = sqlite3_exec(db, steps[version], NULL, NULL, NULL);
	snprintf(last, sizeof(last),
		 "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT",
		 PS_STATE_APPLICATION_ID, PS_STATE_VERSION);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, last, NULL, NULL, NULL);
	return code;
}

/* Every page, as a damaged one may be met only when a row is written. */
static int check_pages(sqlite3 *db)
{
	sqlite3_stmt *query = NULL;
	const char *said;
	int code = sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1,
				      &query, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(query);
	if (code == SQLITE_ROW) {
		said = (const char *)sqlite3_column_text(query, 0);
		code = said != NULL && strcmp(said, "ok") == 0 ? SQLITE_OK
							       : SQLITE_CORRUPT;
	}
	(void)sqlite3_finalize(query);
	return code;
}

static enum ps_state_opened check_kind(sqlite3 *db, const char *path,
				       char reason_r[PS_REASON_MAX])
{
	int id = 0, version = 0, objects = 0;
	int code = number_of(db, "PRAGMA application_id", &id);

	if (code == SQLITE_OK)
		code = number_of(db, "PRAGMA user_version", &version);
	if (code == SQLITE_OK)
		code = number_of(db, "SELECT count(*) FROM sqlite_schema",
				 &objects);
	if (code == SQLITE_OK && id == 0 && version == 0 && objects == 0)
		code = bring_up(db, 0);
	else if (code == SQLITE_OK && id != PS_STATE_APPLICATION_ID) {
		snprintf(reason_r, PS_REASON_MAX,
			 "%.150s: is a database of another program", path);
		return PS_STATE_REFUSED;
	} else if (code == SQLITE_OK && version > PS_STATE_VERSION) {
		snprintf(reason_r, PS_REASON_MAX,
			 "%.150s: has version %d, this postseald knows %d: it "
			 "is too old",
			 path, version, PS_STATE_VERSION);
		return PS_STATE_REFUSED;
	}
	if (code == SQLITE_OK)
		code = check_pages(db);
	if (code == SQLITE_OK)
		return PS_STATE_OPENED;
	if (code == SQLITE_CORRUPT)
		snprintf(reason_r, PS_REASON_MAX, "%.150s: is damaged", path);
	else
		say(db, reason_r);
	return is_damage(code) ? PS_STATE_DAMAGED : PS_STATE_REFUSED;
}

enum ps_state_opened ps_state_database_open(const char *path, sqlite3 **db_r,
					    char reason_r[PS_REASON_MAX])
{
	static const char settings[] = "PRAGMA trusted_schema=0;"
				       "PRAGMA cell_size_check=1;"
				       "PRAGMA synchronous=FULL;"
				       "PRAGMA mmap_size=0";
	enum ps_state_opened opened;
	int code = sqlite3_open_v2(path, db_r,
				   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
					   SQLITE_OPEN_NOMUTEX |
					   SQLITE_OPEN_NOFOLLOW,
				   NULL);

	if (code == SQLITE_OK)
		code = sqlite3_busy_timeout(*db_r, BUSY_MS);
	if (code == SQLITE_OK)
		code = sqlite3_exec(*db_r, settings, NULL, NULL, NULL);
	if (code == SQLITE_OK) {
		opened = check_kind(*db_r, path, reason_r);
	} else {
		snprintf(reason_r, PS_REASON_MAX, "%.150s: %.100s", path,
			 *db_r == NULL ? "out of memory"
				       : sqlite3_errmsg(*db_r));
		opened = is_damage(code) ? PS_STATE_DAMAGED : PS_STATE_REFUSED;
	}
	if (opened == PS_STATE_OPENED)
		return opened;
	(void)sqlite3_close(*db_r);
	*db_r = NULL;
	return opened;
}

static void copy(sqlite3_stmt *query, int column, char *text_r, size_t size)
{
	const char *text = (const char *)sqlite3_column_text(query, column);

	snprintf(text_r, size, "%s", text == NULL ? "" : text);
}

int ps_state_database_load(sqlite3 *db, ps_state_each *each, void *ctx,
			   char reason_r[PS_REASON_MAX])
{
	struct ps_suspension row;
	sqlite3_stmt *query = NULL;
	int code = sqlite3_prepare_v2(
		db, "SELECT login, since, reason, rule FROM suspensions", -1,
		&query, NULL);

	while (code == SQLITE_OK &&
	       (code = sqlite3_step(query)) == SQLITE_ROW) {
		copy(query, 0, row.login, sizeof(row.login));
		row.since = (uint64_t)sqlite3_column_int64(query, 1);
		copy(query, 2, row.reason, sizeof(row.reason));
		copy(query, 3, row.rule, sizeof(row.rule));
		code = each(ctx, &row) ? SQLITE_OK : SQLITE_NOMEM;
	}
	if (code == SQLITE_NOMEM)
		snprintf(reason_r, PS_REASON_MAX, "out of memory");
	else if (code != SQLITE_DONE)
		say(db, reason_r);
	(void)sqlite3_finalize(query);
	return code == SQLITE_DONE ? 0 : -1;
}

/* One statement with its texts, and since where it has a second place. */
static int execute(sqlite3 *db, const char *sql,
		   const struct ps_suspension *row,
		   char reason_r[PS_REASON_MAX])
{
	sqlite3_stmt *query = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &query, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_bind_text(query, 1, row->login, -1,
					 SQLITE_STATIC);
	if (code == SQLITE_OK && sqlite3_bind_parameter_count(query) > 1) {
		(void)sqlite3_bind_int64(query, 2, (sqlite3_int64)row->since);
		(void)sqlite3_bind_text(query, 3, row->reason, -1,
					SQLITE_STATIC);
		code = sqlite3_bind_text(query, 4, row->rule, -1,
					 SQLITE_STATIC);
	}
	if (code == SQLITE_OK)
		code = sqlite3_step(query);
	if (code != SQLITE_DONE)
		say(db, reason_r);
	(void)sqlite3_finalize(query);
	return code == SQLITE_DONE ? 0 : -1;
}

int ps_state_database_put(sqlite3 *db, const struct ps_suspension *row,
			  char reason_r[PS_REASON_MAX])
{
	return execute(db,
		       "INSERT OR REPLACE INTO suspensions"
		       " (login, since, reason, rule) VALUES (?1, ?2, ?3, ?4)",
		       row, reason_r);
}

int ps_state_database_remove(sqlite3 *db, const char *login,
			     char reason_r[PS_REASON_MAX])
{
	struct ps_suspension row = { .since = 0 };

	snprintf(row.login, sizeof(row.login), "%s", login);
	return execute(db, "DELETE FROM suspensions WHERE login = ?1", &row,
		       reason_r);
}
