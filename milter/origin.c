/* origin.c - whose mail is this? */

#include "milter/origin.h"

#include <string.h>

static bool named(const struct ps_config_list *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (strcmp(list->at[i], name) == 0)
			return true;
	}
	return false;
}

static bool inside(const struct ps_config_nets *nets, const struct ps_ip *ip)
{
	return ps_ip_in_nets(ip, nets->at, nets->count);
}

/*
 * A client without an address that is not called localhost is one Postfix lost
 * sight of, or a proxy could not name: a stranger.
 */
static bool local(const struct ps_client *client)
{
	if (client->ip.bits == 0)
		return strcmp(client->host, "localhost") == 0;
	return client->port == 0 && ps_ip_is_loopback(&client->ip);
}

enum ps_origin ps_origin_why(const struct ps_config_milter *config,
			     const struct ps_client *client, const char *login,
			     const char **why_r)
{
	*why_r = "there was a login";
	if (*login != '\0')
		return PS_ORIGIN_OURS;
	*why_r = "the daemon is one of milter.originating_daemons";
	if (*client->daemon != '\0' &&
	    named(&config->originating_daemons, client->daemon))
		return PS_ORIGIN_OURS;
	*why_r = "the client is in milter.backup_mx";
	if (inside(&config->backup_mx, &client->ip))
		return PS_ORIGIN_BACKUP;
	*why_r = "the client is in milter.trusted_relays";
	if (inside(&config->trusted_relays, &client->ip))
		return PS_ORIGIN_TRUSTED;
	*why_r = "the client is in milter.internal_networks";
	if (inside(&config->internal_networks, &client->ip))
		return PS_ORIGIN_OURS;
	*why_r = "it came over no connection, as from sendmail(1)";
	if (local(client))
		return PS_ORIGIN_OURS;
	*why_r = "there was no login, and the client is in none of our lists";
	return PS_ORIGIN_OUTSIDE;
}

enum ps_origin ps_origin_of(const struct ps_config_milter *config,
			    const struct ps_client *client, const char *login)
{
	const char *why;

	return ps_origin_why(config, client, login, &why);
}

const char *ps_origin_name(enum ps_origin origin)
{
	switch (origin) {
	case PS_ORIGIN_OURS:
		return "out";
	case PS_ORIGIN_TRUSTED:
		return "trusted";
	case PS_ORIGIN_BACKUP:
		return "backup";
	case PS_ORIGIN_OUTSIDE:
		return "in";
	}
	return "";
}
