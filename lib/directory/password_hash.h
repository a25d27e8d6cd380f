/* password_hash.h - the hash that new passwords are kept as. */
#ifndef PS_DIRECTORY_PASSWORD_HASH_H
#define PS_DIRECTORY_PASSWORD_HASH_H

#include "directory/account.h"

/* yescrypt, else SHA-512, as crypt(3) writes it; takes a tenth of a second or
 * so.  -1: libcrypt has neither. */
int ps_password_hash(const char *password, char hash_r[PS_CREDENTIAL_MAX]);

#endif
