/* fake_auth_23.c - the calls of Dovecot 2.3's auth process, for one driver. */

#include "fake_auth.h"

#include <stdio.h>
#include <string.h>

struct passdb_module *fake_passdb_preinit(pool_t pool, const char *file)
{
	return fake_passdb->preinit(pool, file);
}

struct userdb_module *fake_userdb_preinit(pool_t pool, const char *file)
{
	return fake_userdb->preinit(pool, file);
}

void auth_request_log_unknown_user(struct auth_request *request ATTR_UNUSED,
				   const char *subsystem ATTR_UNUSED)
{
}

void auth_request_log_password_mismatch(struct auth_request *request
						ATTR_UNUSED,
					const char *subsystem ATTR_UNUSED)
{
}

int auth_request_password_verify(struct auth_request *request ATTR_UNUSED,
				 const char *plain_password,
				 const char *crypted_password,
				 const char *scheme,
				 const char *subsystem ATTR_UNUSED)
{
	return fake_verify(plain_password, crypted_password, scheme);
}

const char auth_default_subsystems[2];
