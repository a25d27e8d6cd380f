/* keylist.h - DOMAIN/domain.json: which keys there are, and their states. */
#ifndef PS_IO_KEYLIST_H
#define PS_IO_KEYLIST_H

#include "io/keyfolder.h"

#define PS_KEYFILE_OCTETS_MAX 65536 /* of one file in the folder; ours */

/*
 * FOUND: keys_r holds the list, private is NULL everywhere.  NOTFOUND: the
 * domain has no folder.  TEMPFAIL: the list cannot be read, with a reason.
 */
enum ps_outcome ps_keylist_read(const char *folder, const char *domain,
				struct ps_domain_keys *keys_r,
				char reason_r[PS_REASON_MAX]);
/* Replace the list at once, whatever else the file says stays, as
 * ps_keyfile_write() does.  0 or -1. */
int ps_keylist_write(const char *folder, const char *domain,
		     const struct ps_domain_keys *keys,
		     char reason_r[PS_REASON_MAX]);
/*
 * Read a regular file of the folder, at most PS_KEYFILE_OCTETS_MAX octets, to
 * out.  secret: refuse one that others may read (mode & 0027).
 */
enum ps_outcome ps_keyfile_read(const char *path, bool secret,
				struct ps_buffer *out,
				char reason_r[PS_REASON_MAX]);
/*
 * Replace a file at once (".new" beside it, synced, renamed): mode 0640, owner
 * and group those of the folder.  0 or -1.
 */
int ps_keyfile_write(const char *path, const char *folder, const char *text,
		     char reason_r[PS_REASON_MAX]);
/* A domain that may be the name of a folder. */
bool ps_keyfolder_is_domain(const char *domain);
const char *ps_key_state_name(enum ps_key_state state);
const char *ps_key_type_name(enum ps_key_type type);

#endif
