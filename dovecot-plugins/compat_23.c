/* compat_23.c - Dovecot 2.3: settings in "args", fields set one by one. */

#include "compat.h"
#include "directory/config.h"

static const char *file_of(pool_t pool, const char *args)
{
	return p_strdup(pool, args[0] == '\0' ? PS_CONFIG_DEFAULT : args);
}

static struct passdb_module *passdb_preinit_23(pool_t pool, const char *args)
{
	struct ps_passdb *passdb = p_new(pool, struct ps_passdb, 1);

	passdb->source.file = file_of(pool, args);
	passdb->module.default_pass_scheme = "CRYPT";
	passdb->module.blocking = TRUE;
	return &passdb->module;
}

static struct userdb_module *userdb_preinit_23(pool_t pool, const char *args)
{
	struct ps_userdb *userdb = p_new(pool, struct ps_userdb, 1);

	userdb->source.file = file_of(pool, args);
	userdb->module.blocking = TRUE;
	return &userdb->module;
}

void ps_compat_register(struct passdb_module_interface *passdb,
			struct userdb_module_interface *userdb)
{
	passdb->preinit = passdb_preinit_23;
	userdb->preinit = userdb_preinit_23;
	passdb_register_module(passdb);
	userdb_register_module(userdb);
}

void ps_compat_unknown_user(struct auth_request *request)
{
	auth_request_log_unknown_user(request, AUTH_SUBSYS_DB);
}

void ps_compat_password_mismatch(struct auth_request *request)
{
	auth_request_log_password_mismatch(request, AUTH_SUBSYS_DB);
}

int ps_compat_passdb_fields(struct auth_request *request ATTR_UNUSED)
{
	return 0; /* default_fields and override_fields: by Dovecot itself */
}

enum passdb_result ps_compat_password_verify(struct auth_request *request,
					     const char *password,
					     const char *crypted,
					     const char *scheme)
{
	int ret = auth_request_password_verify(request, password, crypted,
					       scheme, AUTH_SUBSYS_DB);

	if (ret < 0)
		return PASSDB_RESULT_INTERNAL_FAILURE;
	return ret > 0 ? PASSDB_RESULT_OK : PASSDB_RESULT_PASSWORD_MISMATCH;
}

int ps_compat_userdb_fields(struct auth_request *request ATTR_UNUSED)
{
	return 0;
}

int ps_compat_set_mail(struct auth_request *request, const char *location)
{
	auth_request_set_userdb_field(request, "mail", location);
	return 0;
}

void ps_compat_set_quota(struct auth_request *request, const char *quota)
{
	auth_request_set_userdb_field(request, "quota_rule",
				      t_strconcat("*:storage=", quota, NULL));
}
