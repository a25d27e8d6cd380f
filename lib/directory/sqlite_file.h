/* sqlite_file.h - one SQLite database, opened to read, as DESIGN says. */
#ifndef PS_DIRECTORY_SQLITE_FILE_H
#define PS_DIRECTORY_SQLITE_FILE_H

#include "directory/directory.h"

#include <sqlite3.h>
#include <sys/types.h>

#define PS_SQLITE_BUSY_MS     2000
#define PS_SQLITE_QUERIES_MAX 32

/*
 * Statements are prepared at first use and kept.  The path is looked at for
 * each lookup: gone is TEMPFAIL, another file is opened anew.  Never WAL, never
 * mapped: a reader needs no write access, and a file cut short by somebody
 * cannot kill the host.
 */
struct ps_sqlite_file {
	const char *path;	    /* borrowed */
	int application_id;	    /* schema.h */
	const char *const *queries; /* SQL by number; NULL ends the list */
	sqlite3 *db;
	sqlite3_stmt *statement[PS_SQLITE_QUERIES_MAX];
	dev_t device;
	ino_t inode;
};

void ps_sqlite_file_init(struct ps_sqlite_file *file, const char *path,
			 int application_id, const char *const *queries);
void ps_sqlite_file_close(struct ps_sqlite_file *file);
/* FOUND: file->db is the database now at path, of our kind and version. */
enum ps_outcome ps_sqlite_file_ready(struct ps_sqlite_file *file,
				     char reason_r[PS_REASON_MAX]);
/*
 * The statement, reset, with its text parameters (NULL ends them) bound;
 * NULL with a reason when it cannot be had.  The texts must stay.
 */
sqlite3_stmt *ps_sqlite_query(struct ps_sqlite_file *file, size_t query,
			      const char *const *texts,
			      char reason_r[PS_REASON_MAX]);
/* FOUND: a row; NOTFOUND: no more.  The statement is reset but for FOUND.
 * TEMPFAIL too when a program of another version has changed the tables. */
enum ps_outcome ps_sqlite_step(struct ps_sqlite_file *file, sqlite3_stmt *query,
			       char reason_r[PS_REASON_MAX]);
/* A sentence on what SQLite says of db now. */
void ps_sqlite_reason(const char *path, sqlite3 *db,
		      char reason_r[PS_REASON_MAX]);

#endif
