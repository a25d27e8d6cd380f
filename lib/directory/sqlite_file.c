/* sqlite_file.c - one SQLite database, opened to read. */

#include "directory/sqlite_file.h"

#include "directory/schema.h"
#include "directory/waiting.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Pages kept until somebody writes; ours: the accounts of some 100,000, each
 * page taken only when a lookup needs it. */
#define CACHE_KB     "8000"
#define BUSY_STEP_MS 64 /* at the most between tries for a lock; ours */

void ps_sqlite_file_init(struct ps_sqlite_file *file, const char *path,
			 int application_id, const char *const *queries)
{
	*file = (struct ps_sqlite_file){ .path = path,
					 .application_id = application_id,
					 .queries = queries };
}

void ps_sqlite_file_close(struct ps_sqlite_file *file)
{
	size_t i;

	for (i = 0; i < PS_SQLITE_QUERIES_MAX; i++) {
		(void)sqlite3_finalize(file->statement[i]);
		file->statement[i] = NULL;
	}
	(void)sqlite3_close(file->db);
	file->db = NULL;
}

void ps_sqlite_reason(const char *path, sqlite3 *db,
		      char reason_r[PS_REASON_MAX])
{
	const char *why = db == NULL ? "out of memory" : sqlite3_errmsg(db);
	int code = db == NULL ? SQLITE_NOMEM : sqlite3_extended_errcode(db);

	if ((code & 0xff) == SQLITE_BUSY)
		why = "a writer holds it locked";
	else if (code == SQLITE_READONLY_ROLLBACK ||
		 code == SQLITE_READONLY_RECOVERY)
		why = "an interrupted write is still to be undone: any postseal"
		      " command, or a restart of postseald, does it";
	snprintf(reason_r, PS_REASON_MAX, "%.150s: %.100s", path, why);
}

static enum ps_outcome fail(struct ps_sqlite_file *file, const char *why,
			    char reason_r[PS_REASON_MAX])
{
	snprintf(reason_r, PS_REASON_MAX, "%.130s: %.120s", file->path, why);
	ps_sqlite_file_close(file);
	return PS_TEMPFAIL;
}

/* The one number that a PRAGMA answers. */
static int pragma(sqlite3 *db, const char *sql, int *number_r)
{
	sqlite3_stmt *query = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &query, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(query);
	if (code == SQLITE_ROW)
		*number_r = sqlite3_column_int(query, 0);
	(void)sqlite3_finalize(query);
	return code == SQLITE_ROW ? 0 : -1;
}

static enum ps_outcome check_kind(struct ps_sqlite_file *file,
				  char reason_r[PS_REASON_MAX])
{
	int id = 0, version = 0;
	char why[120];

	if (pragma(file->db, "PRAGMA application_id", &id) < 0 ||
	    pragma(file->db, "PRAGMA user_version", &version) < 0) {
		ps_sqlite_reason(file->path, file->db, reason_r);
		ps_sqlite_file_close(file);
		return PS_TEMPFAIL;
	}
	if (id != file->application_id)
		return fail(file,
			    id == 0 && version == 0
				    ? "is empty, no database of Postseal's"
				    : "is not the database of Postseal's that "
				      "belongs here",
			    reason_r);
	if (version == PS_SCHEMA_VERSION)
		return PS_FOUND;
	snprintf(why, sizeof(why), "has version %d, this program knows %d: %s",
		 version, PS_SCHEMA_VERSION,
		 version < PS_SCHEMA_VERSION
			 ? "any postseal command, or a restart of postseald, "
			   "brings it up"
			 : "it is too old, or still to be restarted");
	return fail(file, why, reason_r);
}

/* Milliseconds before the next try; 0: no more. */
static int next_step(int tries)
{
	int i, step = 1, waited = 0;

	for (i = 0; i < tries; i++) {
		waited += step;
		step = step < BUSY_STEP_MS ? 2 * step : step;
	}
	return waited + step <= PS_SQLITE_BUSY_MS ? step
						  : PS_SQLITE_BUSY_MS - waited;
}

static int wait_for_lock(void *ctx, int tries)
{
	int step = next_step(tries);
	struct timespec time = { 0, step * 1000000L };

	(void)ctx;
	if (step <= 0)
		return 0;
	ps_waiting();
	(void)nanosleep(&time, NULL);
	return 1;
}

static enum ps_outcome open_file(struct ps_sqlite_file *file,
				 const struct stat *status,
				 char reason_r[PS_REASON_MAX])
{
	static const char settings[] = "PRAGMA query_only=1;"
				       "PRAGMA trusted_schema=0;"
				       "PRAGMA cell_size_check=1;"
				       "PRAGMA cache_size=-" CACHE_KB ";"
				       "PRAGMA mmap_size=0";
	int code;

	if (!S_ISREG(status->st_mode))
		return fail(file, "is not a regular file", reason_r);
	code = sqlite3_open_v2(file->path, &file->db,
			       SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
			       NULL);
	if (code == SQLITE_OK)
		code = sqlite3_busy_handler(file->db, wait_for_lock, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(file->db, settings, NULL, NULL, NULL);
	if (code != SQLITE_OK) {
		ps_sqlite_reason(file->path, file->db, reason_r);
		ps_sqlite_file_close(file);
		return PS_TEMPFAIL;
	}
	file->device = status->st_dev;
	file->inode = status->st_ino;
	return check_kind(file, reason_r);
}

enum ps_outcome ps_sqlite_file_ready(struct ps_sqlite_file *file,
				     char reason_r[PS_REASON_MAX])
{
	struct stat status;

	if (stat(file->path, &status) < 0)
		return fail(file, strerror(errno), reason_r);
	if (file->db != NULL &&
	    (status.st_dev != file->device || status.st_ino != file->inode))
		ps_sqlite_file_close(file);
	if (file->db != NULL)
		return PS_FOUND;
	return open_file(file, &status, reason_r);
}

sqlite3_stmt *ps_sqlite_query(struct ps_sqlite_file *file, size_t query,
			      const char *const *texts,
			      char reason_r[PS_REASON_MAX])
{
	sqlite3_stmt **statement = &file->statement[query];
	int code = SQLITE_OK, i;

	if (*statement == NULL)
		code = sqlite3_prepare_v3(file->db, file->queries[query], -1,
					  SQLITE_PREPARE_PERSISTENT, statement,
					  NULL);
	for (i = 0; code == SQLITE_OK && texts[i] != NULL; i++)
		code = sqlite3_bind_text(*statement, i + 1, texts[i], -1,
					 SQLITE_STATIC);
	if (code == SQLITE_OK)
		return *statement;
	ps_sqlite_reason(file->path, file->db, reason_r);
	ps_sqlite_file_close(file);
	return NULL;
}

enum ps_outcome ps_sqlite_step(struct ps_sqlite_file *file, sqlite3_stmt *query,
			       char reason_r[PS_REASON_MAX])
{
	int code = sqlite3_step(query);

	/* Prepared anew by SQLite, as tables have changed. */
	if ((code == SQLITE_ROW || code == SQLITE_DONE) &&
	    sqlite3_stmt_status(query, SQLITE_STMTSTATUS_REPREPARE, 1) > 0 &&
	    check_kind(file, reason_r) != PS_FOUND)
		return PS_TEMPFAIL;
	if (code == SQLITE_ROW)
		return PS_FOUND;
	if (code == SQLITE_DONE) {
		(void)sqlite3_reset(query);
		return PS_NOTFOUND;
	}
	ps_sqlite_reason(file->path, file->db, reason_r);
	/* Whatever is wrong with the file, the next lookup begins anew. */
	if ((code & 0xff) == SQLITE_BUSY)
		(void)sqlite3_reset(query);
	else
		ps_sqlite_file_close(file);
	return PS_TEMPFAIL;
}
