/* daemon_check.c - what a configuration asks for beyond its grammar. */

#include "core/text/socket_name.h"
#include "io/dkim_opendkim.h"
#include "milter/daemon.h"

#include <stdio.h>

static bool is_local(const char *socket)
{
	struct ps_socket_name name;

	return !ps_socket_name_parse(socket, &name) || name.path != NULL ||
	       ps_ip_is_loopback(&name.ip);
}

/* The numbers are shown to whoever asks. */
static int check_metrics(const struct ps_config *config,
			 char error_r[PS_CONFIG_ERROR_MAX])
{
	const struct ps_config_list *sockets = &config->metrics.sockets;
	size_t i;

	for (i = 0; i < sockets->count && config->metrics.remote == PS_NO;
	     i++) {
		if (is_local(sockets->at[i]))
			continue;
		snprintf(error_r, PS_CONFIG_ERROR_MAX,
			 "%s: metrics.sockets: %s is no loopback address, and "
			 "metrics.remote is \"no\"",
			 config->path, sockets->at[i]);
		return -1;
	}
	return 0;
}

int ps_daemon_check(const struct ps_config *config,
		    char error_r[PS_CONFIG_ERROR_MAX])
{
	if (check_metrics(config, error_r) < 0)
		return -1;
	if (config->dkim.engine == PS_ENGINE_POSTSEAL || ps_opendkim_built())
		return 0;
	snprintf(error_r, PS_CONFIG_ERROR_MAX,
		 "%s: dkim.engine: opendkim is not in this build "
		 "(POSTSEAL_OPENDKIM)",
		 config->path);
	return -1;
}
