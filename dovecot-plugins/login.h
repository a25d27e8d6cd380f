/* login.h - a password that is tried against what is kept of it. */
#ifndef PS_DOVECOT_LOGIN_H
#define PS_DOVECOT_LOGIN_H

#include "compat.h"

#include "directory/directory.h"

struct ps_login {
	struct auth_request *request;
	struct ps_directory *directory;
	const struct ps_config *config;
	struct ps_account account;
	struct ps_credential credential; /* hash "": it has no password */
};

/*
 * OK, having used up a password that is for one time, or hashed a weak one
 * anew.  That an account is disabled, or its password over, is told to who
 * knows the password only.
 */
enum passdb_result ps_login_verify(struct ps_login *login,
				   const char *password);
/*
 * For mechanisms that need the hash itself.  OK: *hash_r (moved behind its
 * scheme) and *scheme_r, or both NULL when there is none that may be given.
 */
enum passdb_result ps_login_credentials(struct ps_login *login,
					const char **hash_r,
					const char **scheme_r);

#endif
