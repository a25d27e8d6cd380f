/* setup.h - what "postseal setup" finds, decides and does. */
#ifndef PS_CLI_SETUP_H
#define PS_CLI_SETUP_H

#include "cli/command.h"
#include "cli/setup_files.h"
#include "cli/setup_hosts.h"

#include <stdarg.h>

#define PS_SETUP_DAEMON "SUBMISSION" /* name of a service without one; ours */

/* The name of a file's edit that makes the folder, too. */
#define PS_SETUP_FOLDER "and its folder"

struct ps_setup_line {
	const char *text;
	struct ps_setup_line *next;
};

struct ps_making; /* setup_make.h */

struct ps_setup {
	struct ps_cli *cli;
	struct ps_arena *arena;
	/* What was asked for; NULL: not. */
	const char *domain, *admin, *ldap;
	bool replace, rehearsal, yes, undo;
	/* Where; stock: the hosts' own places, which systemd looks after. */
	const char *postfix, *dovecot, *config_path, *state;
	bool stock;
	int lock;	  /* -1: none */
	char scratch[64]; /* a folder of ours; "" none yet */
	struct ps_setup_facts facts;
	struct ps_config *config; /* as it will be */
	/* Decided, in the order they are done. */
	struct ps_setup_file *files;
	struct ps_edit *edits;
	struct ps_edit *record;	       /* of earlier runs */
	struct ps_edit *kept;	       /* of it: could not be undone yet */
	struct ps_setup_line *unended; /* "LENGTH PATH" of files without
					a last LF, before we came */
	/* The record: who became a member of what, and the pid file of the
	 * daemon that we started, or its units; NULL: nobody, none. */
	const char *joined_user, *joined_group, *started;
	struct ps_making *makings;  /* decided, too: what is missing */
	struct ps_setup_line *made; /* the record: what was, and stays */
	const char *starts; /* units that are not enabled yet; NULL: none */
	bool recorded, complete; /* it is there; all was done and checked */
	struct ps_setup_line *daemons; /* all of whose mail is ours */
	struct ps_setup_line *notes, *refusals;
	bool failed; /* out of memory: nothing may be done */
};

/* Copies in the arena; "" and failed when there is no memory. */
const char *ps_setup_text(struct ps_setup *setup, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Said before anybody is asked; a refusal ends it. */
void ps_setup_note(struct ps_setup *setup, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void ps_setup_refuse(struct ps_setup *setup, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* At the end of a list. */
void ps_setup_add_line(struct ps_setup *setup, struct ps_setup_line **lines,
		       const char *text);
/* NULL: it cannot be read, which is a refusal. */
struct ps_setup_file *ps_setup_file(struct ps_setup *setup, const char *path);
/* Another edit: lines written in place of those of that kind and name. */
void ps_setup_edit(struct ps_setup *setup, enum ps_edit_kind kind,
		   const char *path, const char *name, const char *written);
/* Of the facts; never NULL. */
const struct ps_setup_value *ps_setup_value(const struct ps_setup *setup,
					    const char *name);
bool ps_setup_is_set(struct ps_setup *setup, const char *name);

#endif
