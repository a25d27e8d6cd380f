/* settings_module_24.c - Dovecot 2.4: what its config process loads to know
 * our settings (modules/settings/libpostseal_settings.so). */

#include "settings_24.h"

extern const char *postseal_settings_version;
extern const struct setting_parser_info *const postseal_settings_set_infos[];

const char *postseal_settings_version = DOVECOT_ABI_VERSION;

const struct setting_parser_info *const postseal_settings_set_infos[] = {
	&ps_authdb_setting_parser_info, NULL
};
