/* fake_auth.h - the parts of Dovecot's auth process that the driver calls. */
#ifndef PS_TESTS_FAKE_AUTH_H
#define PS_TESTS_FAKE_AUTH_H

#include "auth-common.h"
#include "passdb.h"
#include "userdb.h"

/* What the driver registered, and what it has set since the last clear. */
extern struct passdb_module_interface *fake_passdb;
extern struct userdb_module_interface *fake_userdb;
extern char fake_fields[1024]; /* "name=value\n" each */

/* Version by version: fake_auth_23.c, fake_auth_24.c. */
struct passdb_module *fake_passdb_preinit(pool_t pool, const char *file);
struct userdb_module *fake_userdb_preinit(pool_t pool, const char *file);

/* 1 when password is what "{PLAIN}..." says; -1 for another scheme. */
int fake_verify(const char *password, const char *crypted, const char *scheme);
void fake_set_field(const char *name, const char *value);

#endif
