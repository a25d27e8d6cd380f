/* compat_24.c - Dovecot 2.4: typed settings, fields through settings, too. */

#include "compat.h"
#include "settings_24.h"

static int file_of(pool_t pool, struct event *event, const char **file_r,
		   const char **error_r)
{
	const struct ps_authdb_settings *set;

	if (settings_get(event, &ps_authdb_setting_parser_info, 0, &set,
			 error_r) < 0)
		return -1;
	*file_r = p_strdup(pool, set->postseal_config_file);
	settings_free(set);
	return 0;
}

static int passdb_preinit_24(pool_t pool, struct event *event,
			     struct passdb_module **module_r,
			     const char **error_r)
{
	struct ps_passdb *passdb = p_new(pool, struct ps_passdb, 1);

	*module_r = &passdb->module;
	return file_of(pool, event, &passdb->source.file, error_r);
}

static int userdb_preinit_24(pool_t pool, struct event *event,
			     struct userdb_module **module_r,
			     const char **error_r)
{
	struct ps_userdb *userdb = p_new(pool, struct ps_userdb, 1);

	*module_r = &userdb->module;
	return file_of(pool, event, &userdb->source.file, error_r);
}

void ps_compat_register(struct passdb_module_interface *passdb,
			struct userdb_module_interface *userdb)
{
	passdb->preinit = passdb_preinit_24;
	userdb->preinit = userdb_preinit_24;
	passdb_register_module(passdb);
	userdb_register_module(userdb);
}

void ps_compat_unknown_user(struct auth_request *request)
{
	auth_request_db_log_unknown_user(request);
}

void ps_compat_password_mismatch(struct auth_request *request)
{
	auth_request_db_log_password_mismatch(request);
}

int ps_compat_passdb_fields(struct auth_request *request)
{
	return auth_request_set_passdb_fields(request, NULL);
}

enum passdb_result ps_compat_password_verify(struct auth_request *request,
					     const char *password,
					     const char *crypted,
					     const char *scheme)
{
	return auth_request_db_password_verify(request, password, crypted,
					       scheme);
}

int ps_compat_userdb_fields(struct auth_request *request)
{
	return auth_request_set_userdb_fields(request, NULL);
}

int ps_compat_set_mail(struct auth_request *request, const char *location)
{
	const char *colon = strchr(location, ':');

	/* What stands behind a second colon (":INDEX=...") became settings of
	 * their own: as part of the path, mail would go to a wrong place. */
	if (colon == NULL || strchr(colon + 1, ':') != NULL) {
		e_error(authdb_event(request),
			"mail location \"%s\" is not DRIVER:PATH; Dovecot 2.4 "
			"has no options in it",
			location);
		return -1;
	}
	auth_request_set_userdb_field(request, "mail_driver",
				      t_strdup_until(location, colon));
	auth_request_set_userdb_field(request, "mail_path", colon + 1);
	return 0;
}

void ps_compat_set_quota(struct auth_request *request, const char *quota)
{
	auth_request_set_userdb_field(request, "quota_storage_size", quota);
}
