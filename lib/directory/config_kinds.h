/* config_kinds.h - what the values of several settings are kept as. */
#ifndef PS_DIRECTORY_CONFIG_KINDS_H
#define PS_DIRECTORY_CONFIG_KINDS_H

#include "core/text/ip.h"

struct ps_config_list { /* of texts */
	size_t count;
	const char *const *at;
};

struct ps_config_nets {
	size_t count;
	const struct ps_net *at;
};

enum ps_switch { PS_NO, PS_YES }; /* no, yes */

#endif
