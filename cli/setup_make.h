/* setup_make.h - what setup makes beside the hosts' files, and leaves there. */
#ifndef PS_CLI_SETUP_MAKE_H
#define PS_CLI_SETUP_MAKE_H

#include <stdbool.h>
#include <sys/types.h>

struct ps_setup;

enum ps_making_kind {
	PS_MAKE_GROUP,
	PS_MAKE_USER,
	PS_MAKE_FOLDER,
	PS_MAKE_DATABASE,
	PS_MAKE_DOMAIN,	 /* setup's own */
	PS_MAKE_ALIASES, /* its system aliases */
	PS_MAKE_KEYS	 /* its keys */
};

struct ps_making {
	enum ps_making_kind kind;
	const char *text; /* "group vmail", for people and for the record */
	const char *name; /* of a group or user; the path of a folder */
	const char *user, *group; /* whose folder; the group of a user */
	const char *home;	  /* of a user */
	mode_t mode;		  /* of a folder */
	unsigned long least;	  /* a user's number; 0: any of the system's */
	bool done;
	struct ps_making *next;
};

/* Nothing is made yet: what is missing goes to setup->makings, what cannot be
 * made to the notes or refusals. */
void ps_setup_plan_place(struct ps_setup *setup);
void ps_setup_plan_domain(struct ps_setup *setup);
/* Once for each kind and name. */
void ps_setup_add_making(struct ps_setup *setup, struct ps_making making);
/* Is one of that kind planned? */
bool ps_setup_makes(const struct ps_setup *setup, enum ps_making_kind kind);
/* Groups, users, folders; the directory; keys, whose records it prints.  False:
 * said why. */
bool ps_setup_make_place(struct ps_setup *setup);
bool ps_setup_make_directory(struct ps_setup *setup);
bool ps_setup_make_keys(struct ps_setup *setup);
/* Is there more to make than the directory and keys, which need nobody told? */
bool ps_setup_makes_place(const struct ps_setup *setup);
/* To setup->made, for the record: an undo says what stays. */
void ps_setup_remember_made(struct ps_setup *setup);

#endif
