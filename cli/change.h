/* change.h - a command that changes the directory: begun, ended, rehearsed. */
#ifndef PS_CLI_CHANGE_H
#define PS_CLI_CHANGE_H

#include "cli/command.h"

#include "directory/writer_account.h"

struct ps_change {
	struct ps_cli *cli;
	struct ps_writer *writer;
	const char *admin; /* of system aliases; NULL: none are wanted */
};

/* Not DONE: said why on standard error, and there is nothing to end.  With
 * --dry-run it is a rehearsal. */
enum ps_exit ps_change_begin(struct ps_cli *cli,
			     const struct ps_arguments *arguments,
			     struct ps_change *change_r);
/*
 * Commit what succeeded and say so, or say why not.  added: the domain that was
 * added by the way, or an address in it; NULL none.  It gets its system
 * aliases.  done may be NULL.
 */
enum ps_exit ps_change_end(struct ps_change *change, enum ps_write result,
			   const char *added, const char *done);

#endif
