/* state_database.h - state.db, for state.c only; one thread at a time. */
#ifndef PS_IO_STATE_DATABASE_H
#define PS_IO_STATE_DATABASE_H

#include "io/state.h"

#define PS_STATE_APPLICATION_ID 0x50535331 /* "PSS1" */
#define PS_STATE_VERSION	1	   /* user_version */

struct sqlite3;

enum ps_state_opened {
	PS_STATE_OPENED,
	PS_STATE_DAMAGED, /* by whatever has happened to the file */
	PS_STATE_REFUSED
};

/* Made when missing.  A sentence in reason_r, except with OPENED. */
enum ps_state_opened ps_state_database_open(const char *path,
					    struct sqlite3 **db_r,
					    char reason_r[PS_REASON_MAX]);
/* Every row; false from each ends it with -1.  As put. */
int ps_state_database_load(struct sqlite3 *db, ps_state_each *each, void *ctx,
			   char reason_r[PS_REASON_MAX]);
/* 0 once it is on the disk, or -1 with a sentence. */
int ps_state_database_put(struct sqlite3 *db, const struct ps_suspension *row,
			  char reason_r[PS_REASON_MAX]);
int ps_state_database_remove(struct sqlite3 *db, const char *login,
			     char reason_r[PS_REASON_MAX]);

#endif
