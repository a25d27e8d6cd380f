/* ldap_secret.h - the password of the bind, from its file. */
#ifndef PS_DIRECTORY_LDAP_SECRET_H
#define PS_DIRECTORY_LDAP_SECRET_H

#include "directory/view.h"

#define PS_LDAP_SECRET_MAX 1024 /* octets, with its NUL; ours */

/*
 * The file's one line, read anew each time, so that it can be changed.  False
 * with a sentence: not a regular file, writable by its group or open to others
 * (mode & 0027), empty, more than a line, or it holds NUL.
 */
bool ps_ldap_secret_read(const char *path, char secret_r[PS_LDAP_SECRET_MAX],
			 char reason_r[PS_REASON_MAX]);

#endif
