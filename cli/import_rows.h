/* import_rows.h - what another program keeps, read whole before any change. */
#ifndef PS_CLI_IMPORT_ROWS_H
#define PS_CLI_IMPORT_ROWS_H

#include "core/text/arena.h"

#define PS_IMPORT_OCTETS_MAX 536870912 /* of one file; ours */
#define PS_IMPORT_BAD_SHOWN  20	       /* of the bad lines; ours */

enum ps_import_kind {
	PS_IMPORT_DOMAIN,
	PS_IMPORT_RELAYED,	/* value: the next hop */
	PS_IMPORT_ALIAS_DOMAIN, /* value: the domain it stands for */
	PS_IMPORT_ACCOUNT,	/* value: the hash, NULL no password */
	PS_IMPORT_ALIAS		/* value: one destination */
};

/* Texts live as long as the import. */
struct ps_import_row {
	enum ps_import_kind kind;
	const char *name, *value;
	/* Of an account, as "postseal set" takes them; NULL: as by default. */
	const char *maildrop, *quota, *allow_nets, *home, *uid, *gid;
	bool disabled;
	const char *table;  /* of a database; NULL: of a file of lines */
	unsigned long line; /* from 1; in a table the row */
};

struct ps_import {
	const char *file;   /* for messages; borrowed */
	const char *domain; /* of names without one; NULL: they are bad */
	struct ps_arena *arena;
	struct ps_import_row *rows;
	size_t count, size;
	size_t bad;	/* lines that cannot be taken over */
	bool no_memory; /* at some point */
};

int ps_import_new(const char *file, const char *domain,
		  struct ps_import **import_r);
void ps_import_free(struct ps_import **import);

/* row is copied, the texts it points to are not. */
void ps_import_add(struct ps_import *import, const struct ps_import_row *row);
/* A copy in the arena; NULL: no memory, or text holds a NUL, which is bad. */
const char *ps_import_text(struct ps_import *import, struct ps_bytes text);
/* "local@domain" of a name with or without its domain; NULL: cannot be, and the
 * line is said to be bad. */
const char *ps_import_address(struct ps_import *import, struct ps_bytes name,
			      unsigned long line);

/*
 * An alias whose source is an account of the import becomes that account's
 * maildrop, as Postfix reads such files: its mail goes there, and to itself
 * only where that is among the destinations.
 */
void ps_import_merge(struct ps_import *import);

/* Warn of a line that stands in the way of all / that is left out. */
void ps_import_bad(struct ps_import *import, const char *table,
		   unsigned long line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void ps_import_left_out(const struct ps_import *import, const char *table,
			unsigned long line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* A file as a whole, "-" standard input; free() it.  NULL: said why. */
char *ps_import_file(const char *path, size_t *len_r);

#endif
