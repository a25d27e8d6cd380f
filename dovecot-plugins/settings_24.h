/* settings_24.h - Dovecot 2.4: our settings, as its config process sees them
 * and as the driver asks for them. */
#ifndef PS_DOVECOT_SETTINGS_24_H
#define PS_DOVECOT_SETTINGS_24_H

#include "lib.h"
#include "settings.h"

struct ps_authdb_settings {
	pool_t pool;
	const char *postseal_config_file;
};

/* One definition for both modules: a difference would be a crash. */
extern const struct setting_parser_info ps_authdb_setting_parser_info;

#endif
