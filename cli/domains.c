/* domains.c - the commands that add and delete domains. */

#include "cli/change.h"

#include "directory/log.h"

static enum ps_exit add_domain(struct ps_cli *cli,
			       const struct ps_arguments *arguments)
{
	const char *name = arguments->at[0];
	const char *target = arguments->value[PS_OPTION_ALIAS_OF];
	const char *nexthop = arguments->value[PS_OPTION_RELAY_TO];
	struct ps_change change;
	enum ps_exit status;

	if (target != NULL && nexthop != NULL) {
		ps_log(PS_LOG_ERROR, "adddom: either --alias-of or --relay-to");
		return PS_EXIT_USAGE;
	}
	status = ps_change_begin(cli, arguments, &change);
	if (status != PS_EXIT_DONE)
		return status;
	if (target != NULL)
		return ps_change_end(
			&change,
			ps_writer_add_alias_domain(change.writer, name, target),
			NULL, "added alias domain");
	if (nexthop != NULL)
		return ps_change_end(&change,
				     ps_writer_add_relayed_domain(
					     change.writer, name, nexthop),
				     NULL, "added relayed domain");
	return ps_change_end(&change, ps_writer_add_domain(change.writer, name),
			     name, NULL);
}

static enum ps_exit remove_domain(struct ps_cli *cli,
				  const struct ps_arguments *arguments)
{
	bool cascade = arguments->value[PS_OPTION_CASCADE] != NULL;
	struct ps_change change;
	enum ps_exit status = ps_change_begin(cli, arguments, &change);

	if (status != PS_EXIT_DONE)
		return status;
	return ps_change_end(&change,
			     ps_writer_remove_domain(change.writer,
						     arguments->at[0], cascade),
			     NULL, "deleted domain");
}

const struct ps_command ps_domain_commands[] = {
	{ "adddom", NULL, add_domain, 1, 1,
	  PS_TAKES(ALIAS_OF) | PS_TAKES(RELAY_TO) | PS_TAKES(ADMIN) |
		  PS_TAKES(DRY_RUN),
	  "[--dry-run] [--admin ADDRESS | --alias-of DOMAIN | "
	  "--relay-to NEXTHOP] DOMAIN",
	  "add a domain: received here, as another, or relayed to a host" },
	{ "rmdom", NULL, remove_domain, 1, 1,
	  PS_TAKES(CASCADE) | PS_TAKES(DRY_RUN),
	  "[--dry-run] [--cascade] DOMAIN",
	  "delete a domain; --cascade: with all that is in it" },
	{ 0 }
};
