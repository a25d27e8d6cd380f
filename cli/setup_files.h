/* setup_files.h - the hosts' files, read whole and replaced in one step. */
#ifndef PS_CLI_SETUP_FILES_H
#define PS_CLI_SETUP_FILES_H

#include "cli/setup_edit.h"

/* A file as it is and as it shall be. */
struct ps_setup_file {
	const char *path;
	bool exists;
	bool unended; /* its last line has no LF; text has */
	bool gone;    /* it shall be deleted */
	bool folder;  /* its folder, too, if that is empty then */

	struct ps_bytes text, after;
	struct ps_setup_file *next;
};

/*
 * 0, or -1 with a sentence in reason_r: it is no regular file, too large, or
 * cannot be read.  One that is not there is empty.
 */
int ps_setup_file_read(const char *path, struct ps_arena *arena,
		       struct ps_setup_file *file_r,
		       char reason_r[PS_SETUP_REASON_MAX]);
/* Is there anything to write? */
bool ps_setup_file_differs(const struct ps_setup_file *file);
/*
 * after takes the place of the file, with its owner and mode (a new one: ours,
 * 0644; its folder is made if need be), all of it or nothing.  -1: as above.
 */
int ps_setup_file_write(const struct ps_setup_file *file,
			char reason_r[PS_SETUP_REASON_MAX]);
/* What an interrupted write left beside it. */
void ps_setup_sweep(const char *path);
/* The same as writing, for a file of a name, made if need be. */
int ps_setup_put(const char *path, struct ps_bytes text, unsigned int mode,
		 char reason_r[PS_SETUP_REASON_MAX]);

#endif
