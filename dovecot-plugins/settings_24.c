/* settings_24.c - Dovecot 2.4: the definition of our settings. */

#include "settings_24.h"
#include "directory/config.h"

static const struct setting_define defines[] = {
	{ .type = SET_FILTER_NAME, .key = "passdb_postseal" },
	{ .type = SET_FILTER_NAME, .key = "userdb_postseal" },
	SETTING_DEFINE_STRUCT_STR("postseal_config_file", postseal_config_file,
				  struct ps_authdb_settings),
	SETTING_DEFINE_LIST_END
};

static const struct ps_authdb_settings defaults = {
	.postseal_config_file = PS_CONFIG_DEFAULT,
};

/* The directory blocks while it is asked: never in auth's event loop. */
static const struct setting_keyvalue default_settings[] = {
	{ "passdb_postseal/passdb_use_worker", "yes" },
	{ "userdb_postseal/userdb_use_worker", "yes" },
	{ NULL, NULL }
};

const struct setting_parser_info ps_authdb_setting_parser_info = {
	.name = "authdb_postseal",
	.plugin_dependency = "auth/libauthdb_postseal",
	.defines = defines,
	.defaults = &defaults,
	.default_settings = default_settings,
	.struct_size = sizeof(struct ps_authdb_settings),
	.pool_offset1 = 1 + offsetof(struct ps_authdb_settings, pool),
};
