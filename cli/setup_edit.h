/* setup_edit.h - one change of a host's file, done and undone as text. */
#ifndef PS_CLI_SETUP_EDIT_H
#define PS_CLI_SETUP_EDIT_H

#include "core/text/arena.h"

#define PS_SETUP_REASON_MAX 512

#define PS_SETUP_FILE_MAX 1048576 /* octets of one file; ours */

enum ps_edit_kind {
	PS_EDIT_PARAMETER, /* of main.cf */
	PS_EDIT_OPTION,	   /* of a service: "NAME TYPE PARAMETER=VALUE" */
	PS_EDIT_SERVICE,   /* a whole entry of master.cf: "NAME TYPE" */
	PS_EDIT_SETTING,   /* of postseal.conf: "SECTION.NAME" or "NAME" */
	PS_EDIT_SECTION,   /* a new section of it, with all that is in it */
	PS_EDIT_FILE	   /* a file of ours as a whole */
};

/* Lines end with LF; "" is none.  Other lines may come and go between doing and
 * undoing: an edit finds its own by kind and name. */
struct ps_edit {
	enum ps_edit_kind kind;
	const char *file, *name;
	const char *before, *written; /* lines */
	struct ps_edit *next;
};

enum ps_edit_result {
	PS_EDIT_DONE,
	PS_EDIT_ALREADY, /* the lines are those wanted */
	PS_EDIT_CHANGED, /* they are neither: somebody else's */
	PS_EDIT_NO_MEMORY
};

/* before to written, and back.  The text that results is in the arena, or is
 * text itself. */
enum ps_edit_result ps_edit_do(const struct ps_edit *edit, struct ps_bytes text,
			       struct ps_arena *arena, struct ps_bytes *text_r);
enum ps_edit_result ps_edit_undo(const struct ps_edit *edit,
				 struct ps_bytes text, struct ps_arena *arena,
				 struct ps_bytes *text_r);
/* The lines it is about, as they stand; where they would stand, of length 0.
 * False: they stand in several places, or share a line with others. */
struct ps_span;
bool ps_edit_find(const struct ps_edit *edit, struct ps_bytes text,
		  struct ps_span *span_r);

/* "setting", ... as the record has it; and back: false for another word. */
const char *ps_edit_kind_name(enum ps_edit_kind kind);
bool ps_edit_kind_of(const char *name, enum ps_edit_kind *kind_r);

#endif
