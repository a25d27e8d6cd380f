/* fake_auth_24.c - the calls of Dovecot 2.4's auth process, for one driver. */

#include "fake_auth.h"
#include "settings.h"

#include <stdlib.h>

/* Settings of one file alone, as long as preinit asks. */
static const char *const *settings_of(const char *file)
{
	static const char *settings[] = { "postseal_config_file", NULL, NULL };

	settings[1] = file;
	return settings;
}

struct passdb_module *fake_passdb_preinit(pool_t pool, const char *file)
{
	struct passdb_module *module;
	struct settings_simple set;
	const char *error;

	settings_simple_init(&set, settings_of(file));
	if (fake_passdb->preinit(pool, set.event, &module, &error) < 0)
		abort();
	settings_simple_deinit(&set);
	return module;
}

struct userdb_module *fake_userdb_preinit(pool_t pool, const char *file)
{
	struct userdb_module *module;
	struct settings_simple set;
	const char *error;

	settings_simple_init(&set, settings_of(file));
	if (fake_userdb->preinit(pool, set.event, &module, &error) < 0)
		abort();
	settings_simple_deinit(&set);
	return module;
}

void auth_request_db_log_unknown_user(struct auth_request *request ATTR_UNUSED)
{
}

void auth_request_db_log_password_mismatch(
	struct auth_request *request ATTR_UNUSED)
{
}

int auth_request_set_passdb_fields(struct auth_request *request ATTR_UNUSED,
				   struct auth_fields *fields ATTR_UNUSED)
{
	return 0;
}

int auth_request_set_userdb_fields(struct auth_request *request ATTR_UNUSED,
				   struct auth_fields *fields ATTR_UNUSED)
{
	return 0;
}

enum passdb_result auth_request_db_password_verify(
	struct auth_request *request ATTR_UNUSED, const char *plain_password,
	const char *crypted_password, const char *scheme)
{
	int ret = fake_verify(plain_password, crypted_password, scheme);

	if (ret < 0)
		return PASSDB_RESULT_INTERNAL_FAILURE;
	return ret > 0 ? PASSDB_RESULT_OK : PASSDB_RESULT_PASSWORD_MISMATCH;
}
