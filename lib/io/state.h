/* state.h - what the daemon itself has decided and must not forget: which
 * logins are suspended. */
#ifndef PS_IO_STATE_H
#define PS_IO_STATE_H

#include "directory/directory.h"

#include <stdint.h>

#define PS_STATE_LOGINS_MAX 100000 /* suspended at a time; ours */
#define PS_STATE_TEXT_MAX   500	   /* octets of a reason, of a rule; ours */

/* Printable: octets that are not stand as \xNN.  login in lower case. */
struct ps_suspension {
	char login[4 * PS_ADDRESS_MAX + 1];
	uint64_t since; /* seconds since 1970 */
	char reason[PS_STATE_TEXT_MAX + 1];
	char rule[PS_STATE_TEXT_MAX + 1]; /* its identity */
};

/* Safe in any thread.  Whoever only asks never waits for the disk. */
struct ps_state;

/*
 * Read the database at path; made when missing.  One that is damaged is set
 * aside (path and ".damaged-" and the time) and begun anew: *note_r is then a
 * sentence for the log, else "".  0; -1 with a sentence in reason_r: it is of a
 * later version, another program's, or cannot be opened.
 */
int ps_state_open(const char *path, uint64_t now, struct ps_state **state_r,
		  char note_r[PS_REASON_MAX], char reason_r[PS_REASON_MAX]);
/* NULL is a state, too: of nobody. */
void ps_state_close(struct ps_state **state);

/* As a login is kept and shown.  False: empty, or too long for an account. */
bool ps_state_login(struct ps_bytes login, char text_r[4 * PS_ADDRESS_MAX + 1]);
/* *found_r: its row; NULL: not wanted. */
bool ps_state_is_suspended(struct ps_state *state, struct ps_bytes login,
			   struct ps_suspension *found_r);
/*
 * 1; 0: it was before, and nothing changes; -1: no memory, too many, or no
 * login.  It counts at once.  A sentence in reason_r: it is not on the disk
 * yet, which ps_state_save() tries again.
 */
int ps_state_suspend(struct ps_state *state, struct ps_bytes login,
		     uint64_t now, const char *reason, const char *rule,
		     char reason_r[PS_REASON_MAX]);
/* 1; 0: it was not suspended; -1 with a sentence: it stays so, as the disk
 * cannot be written. */
int ps_state_enable(struct ps_state *state, struct ps_bytes login,
		    char reason_r[PS_REASON_MAX]);
/* What is not on the disk yet.  0, or -1 with a sentence. */
int ps_state_save(struct ps_state *state, char reason_r[PS_REASON_MAX]);
/* How many; each, in no order, until false is returned. */
size_t ps_state_count(struct ps_state *state);
typedef bool ps_state_each(void *ctx, const struct ps_suspension *suspension);
void ps_state_all(struct ps_state *state, ps_state_each *each, void *ctx);

#endif
