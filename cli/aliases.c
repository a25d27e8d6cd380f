/* aliases.c - the commands that add and delete aliases and senders. */

#include "cli/change.h"

#include "directory/log.h"

#include <stdint.h>

static enum ps_exit add_alias(struct ps_cli *cli,
			      const struct ps_arguments *arguments)
{
	const char *source = arguments->at[0];
	bool added = false;
	struct ps_change change;
	enum ps_write result;
	enum ps_exit status = ps_change_begin(cli, arguments, &change);

	if (status != PS_EXIT_DONE)
		return status;
	result = ps_writer_add_alias(change.writer, source, arguments->at[1],
				     &added);
	return ps_change_end(&change, result, added ? source : NULL,
			     "added alias");
}

static enum ps_exit remove_alias(struct ps_cli *cli,
				 const struct ps_arguments *arguments)
{
	const char *number = arguments->value[PS_OPTION_ID];
	bool by_id = number != NULL;
	unsigned long long id = 0;
	struct ps_change change;
	enum ps_write result;
	enum ps_exit status;

	if (by_id == (arguments->count > 0)) {
		ps_log(PS_LOG_ERROR, "rmalias: either SRC or -id NUM");
		return PS_EXIT_USAGE;
	}
	if (by_id && !ps_ascii_number(ps_bytes_of(number), INT64_MAX, &id)) {
		ps_log(PS_LOG_ERROR, "rmalias: -id %s: not a number", number);
		return PS_EXIT_USAGE;
	}
	status = ps_change_begin(cli, arguments, &change);
	if (status != PS_EXIT_DONE)
		return status;
	result =
		by_id ? ps_writer_remove_alias_id(change.writer, (long long)id)
		      : ps_writer_remove_alias(change.writer, arguments->at[0]);
	return ps_change_end(&change, result, NULL, "deleted alias");
}

static enum ps_exit add_sender(struct ps_cli *cli,
			       const struct ps_arguments *arguments)
{
	struct ps_change change;
	enum ps_exit status = ps_change_begin(cli, arguments, &change);

	if (status != PS_EXIT_DONE)
		return status;
	return ps_change_end(&change,
			     ps_writer_add_sender(change.writer,
						  arguments->at[0],
						  arguments->at[1]),
			     NULL, "added sender");
}

static enum ps_exit remove_sender(struct ps_cli *cli,
				  const struct ps_arguments *arguments)
{
	struct ps_change change;
	enum ps_exit status = ps_change_begin(cli, arguments, &change);

	if (status != PS_EXIT_DONE)
		return status;
	return ps_change_end(&change,
			     ps_writer_remove_sender(change.writer,
						     arguments->at[0],
						     arguments->at[1]),
			     NULL, "deleted sender");
}

const struct ps_command ps_alias_commands[] = {
	{ "addalias", NULL, add_alias, 2, 2, PS_TAKES(DRY_RUN),
	  "[--dry-run] SOURCE DESTINATION",
	  "send mail for SOURCE (or @DOMAIN, the rest of it) on" },
	{ "rmalias", NULL, remove_alias, 0, 1, PS_TAKES(ID) | PS_TAKES(DRY_RUN),
	  "[--dry-run] SOURCE | -id NUMBER",
	  "delete all aliases of SOURCE, or the one with that number" },
	{ "addsender", NULL, add_sender, 2, 2, PS_TAKES(DRY_RUN),
	  "[--dry-run] ADDRESS SENDER",
	  "let the account send as SENDER, too (or @DOMAIN, all of it)" },
	{ "rmsender", NULL, remove_sender, 2, 2, PS_TAKES(DRY_RUN),
	  "[--dry-run] ADDRESS SENDER", "take that back" },
	{ 0 }
};
