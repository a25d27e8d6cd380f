/* setup_run.h - other programs, run without a shell and with an end. */
#ifndef PS_CLI_SETUP_RUN_H
#define PS_CLI_SETUP_RUN_H

#include "core/text/arena.h"

#define PS_RUN_SECONDS	  60	  /* one program may take; ours */
#define PS_RUN_OCTETS_MAX 4194304 /* of its output; ours */

struct ps_ran {
	int status;	       /* -1: not started, killed, or out of time */
	const char *out, *err; /* in the arena; err: why not, where it is -1 */
};

/*
 * argv[0] is looked for in PATH; standard input is empty.  What the program
 * leaves running in the background holds nobody up.  True: it ended with 0.
 */
bool ps_setup_run(struct ps_arena *arena, const char *const *argv,
		  struct ps_ran *ran_r);
/* The same, of one that must succeed.  False: said why. */
bool ps_setup_must(struct ps_arena *arena, const char *const *argv);

#endif
