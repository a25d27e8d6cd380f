/* password_hash.h - the hash that new passwords are kept as. */
#ifndef PS_DIRECTORY_PASSWORD_HASH_H
#define PS_DIRECTORY_PASSWORD_HASH_H

#include "directory/account.h"

/* yescrypt, else SHA-512, as crypt(3) writes it; takes a tenth of a second or
 * so.  -1: libcrypt has neither. */
int ps_password_hash(const char *password, char hash_r[PS_CREDENTIAL_MAX]);
/*
 * Is a stored hash one that is soon guessed, once it is known: a plain
 * password, a plain or merely salted digest, DES and MD5 of crypt(3)?
 */
bool ps_password_is_weak(const char *hash);

#endif
