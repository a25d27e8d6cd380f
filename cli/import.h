/* import.h - readers of what other programs keep. */
#ifndef PS_CLI_IMPORT_H
#define PS_CLI_IMPORT_H

#include "cli/import_rows.h"

/*
 * Read path into import: rows, and what is bad.  False: nothing can be made of
 * the file, and it was said why.  Bad lines alone are counted, not false.
 */
typedef bool ps_import_reader(struct ps_import *import, const char *path);

/* import_programs.c: a database or its dump */
ps_import_reader ps_import_mailcfg, ps_import_postfixadmin, ps_import_vmm;
/* import_maps.c: aliases(5), virtual(5), virtual_mailbox_maps */
ps_import_reader ps_import_aliases, ps_import_virtual, ps_import_users;
/* import_passwd.c: Dovecot's passwd-file */
ps_import_reader ps_import_passwd;
/* import_ldif.c: postfixUser and postfixGroup entries (RFC 2849) */
ps_import_reader ps_import_ldif;

/*
 * One line at a time, its end off.  Lines that begin with white space go on
 * with the one before where folded is true; empty ones and those that begin
 * with # are passed over.  Both are bounded by the file.
 */
struct ps_import_lines {
	struct ps_bytes rest;
	bool folded;
	unsigned long next; /* number of the line at rest, from 1 */
	unsigned long line; /* where the last one began */
};
bool ps_import_next_line(struct ps_import_lines *lines,
			 struct ps_bytes *line_r);

#endif
