/* logins_file.h - what is known of logins outlives the process. */
#ifndef PS_IO_LOGINS_FILE_H
#define PS_IO_LOGINS_FILE_H

#include "directory/directory.h"
#include "io/logins_memory.h"

/* A login that has not sent for so long is not written any more; ours. */
#define PS_LOGINS_KEPT 2592000 /* seconds: 30 days */

/*
 * Put what path holds into logins, which hold nothing yet.  0, also when there
 * is no such file, with *note_r ""; 1: not all of it, or nothing, could be
 * taken, and *note_r says why: a file that is none of ours, or cannot be read,
 * is set aside (path and ".damaged-" and the time).
 */
int ps_logins_file_read(const char *path, struct ps_logins *logins,
			uint64_t now, char note_r[PS_REASON_MAX]);
/*
 * Write all of them beside it, and put that in its place; sync: and wait for
 * the disk.  Requests go on meanwhile.  0; -1 with a sentence: the file is as
 * it was.
 */
int ps_logins_file_write(const char *path, struct ps_logins *logins,
			 uint64_t now, bool sync, char reason_r[PS_REASON_MAX]);

#endif
