/* writer_open.h - both databases open to write, made and locked. */
#ifndef PS_DIRECTORY_WRITER_OPEN_H
#define PS_DIRECTORY_WRITER_OPEN_H

#include "directory/sqlite_file.h"
#include "directory/sqlite_statements.h"
#include "directory/writer.h"

struct ps_writer {
	const struct ps_config *config; /* borrowed */
	sqlite3 *db;			/* credentials attached as "auth" */
	struct ps_sqlite_statements statements;
	int lock; /* of the lock file; -1 none */
	bool created;
	bool rehearsal; /* nothing is to stay */
	char reason[PS_REASON_MAX];
};

/* DONE, or why not in writer->reason; the caller frees all the same. */
enum ps_write ps_writer_prepare(struct ps_writer *writer);
/* Run SQL without rows; the words are bound as ?1, ?2 …, NULL ends them. */
enum ps_write ps_writer_run(struct ps_writer *writer, const char *sql,
			    const char *const *words);

#endif
