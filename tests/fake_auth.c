/* fake_auth.c - the calls of Dovecot's auth process, of whatever version. */

#include "fake_auth.h"
#include "password-scheme.h"

#include <stdio.h>
#include <string.h>

struct passdb_module_interface *fake_passdb;
struct userdb_module_interface *fake_userdb;
char fake_fields[1024];

void passdb_register_module(struct passdb_module_interface *iface)
{
	fake_passdb = iface;
}

void userdb_register_module(struct userdb_module_interface *iface)
{
	fake_userdb = iface;
}

void passdb_unregister_module(struct passdb_module_interface *iface ATTR_UNUSED)
{
	fake_passdb = NULL;
}

void userdb_unregister_module(struct userdb_module_interface *iface ATTR_UNUSED)
{
	fake_userdb = NULL;
}

void fake_set_field(const char *name, const char *value)
{
	size_t used = strlen(fake_fields);

	snprintf(fake_fields + used, sizeof(fake_fields) - used, "%s=%s\n",
		 name, value);
}

void auth_request_set_field(struct auth_request *request ATTR_UNUSED,
			    const char *name, const char *value,
			    const char *default_scheme ATTR_UNUSED)
{
	fake_set_field(name, value);
}

void auth_request_set_userdb_field(struct auth_request *request ATTR_UNUSED,
				   const char *name, const char *value)
{
	fake_set_field(name, value);
}

enum passdb_result
auth_request_password_missing(struct auth_request *request ATTR_UNUSED)
{
	fake_set_field("missing", "password");
	return PASSDB_RESULT_PASSWORD_MISMATCH;
}

const char *password_get_scheme(const char **password)
{
	const char *end = strchr(*password, '}'), *scheme;

	if (**password != '{' || end == NULL)
		return NULL;
	scheme = t_strdup_until(*password + 1, end);
	*password = end + 1;
	return scheme;
}

int fake_verify(const char *password, const char *crypted, const char *scheme)
{
	if (strcmp(scheme, "PLAIN") != 0)
		return -1;
	return strcmp(password, crypted) == 0 ? 1 : 0;
}

void passdb_handle_credentials(enum passdb_result result, const char *password,
			       const char *scheme,
			       lookup_credentials_callback_t *callback,
			       struct auth_request *request)
{
	if (password != NULL)
		fake_set_field(scheme, password);
	callback(result, NULL, 0, request);
}

const char *passdb_result_to_string(enum passdb_result result)
{
	return t_strdup_printf("result %d", (int)result);
}
