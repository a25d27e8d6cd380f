/* lists.c - the commands that list domains, accounts, aliases, senders. */

#include "cli/command.h"

#include "directory/log.h"
#include "directory/listing.h"
#include "directory/writer.h"

static void domain_row(void *ctx, const struct ps_listing *row)
{
	struct ps_cli *cli = ctx;

	ps_output_row(&cli->output,
		      json_pack("{s:I, s:s, s:s?, s:s?}", "id",
				(json_int_t)row->id, "name", row->name,
				"alias_of", row->alias_of, "transport",
				row->transport),
		      "%s (id %lld)%s%s%s%s", row->name, row->id,
		      row->alias_of == NULL ? "" : " alias of ",
		      row->alias_of == NULL ? "" : row->alias_of,
		      row->transport == NULL ? "" : " to ",
		      row->transport == NULL ? "" : row->transport);
}

static void account_row(void *ctx, const struct ps_listing *row)
{
	struct ps_cli *cli = ctx;

	ps_output_row(&cli->output,
		      json_pack("{s:I, s:s, s:b, s:b, s:b}", "id",
				(json_int_t)row->id, "address", row->name,
				"disabled", row->disabled, "closed",
				row->closed, "has_password", row->has_password),
		      "%s%s%s", row->name, row->disabled ? " (DISABLED)" : "",
		      row->closed ? " (CLOSED)" : "");
}

static void alias_row(void *ctx, const struct ps_listing *row)
{
	struct ps_cli *cli = ctx;

	ps_output_row(&cli->output,
		      json_pack("{s:I, s:s, s:s, s:b}", "id",
				(json_int_t)row->id, "source", row->name,
				"destination", row->destination, "system",
				row->system),
		      "%lld\t%s\t%s", row->id, row->name, row->destination);
}

static void sender_row(void *ctx, const struct ps_listing *row)
{
	struct ps_cli *cli = ctx;

	ps_output_row(&cli->output,
		      json_pack("{s:s, s:s}", "address", row->name, "sender",
				row->destination),
		      "%s\t%s", row->name, row->destination);
}

/* An empty list is one, unless it is of a domain that is not there. */
static enum ps_outcome is_there(struct ps_directory *directory,
				const char *domain)
{
	struct ps_buffer answer = PS_BUFFER(PS_ANSWER_MAX);
	enum ps_outcome outcome = PS_FOUND;

	if (domain != NULL)
		outcome = ps_directory_view(directory, PS_VIEW_DOMAINS, domain,
					    &answer);
	ps_buffer_free(&answer);
	return outcome;
}

static enum ps_exit list(struct ps_cli *cli, enum ps_listing_kind kind,
			 const char *domain, ps_listing_row *row)
{
	struct ps_directory *directory;
	enum ps_exit status = PS_EXIT_TEMPFAIL;
	char reason[PS_REASON_MAX], error[PS_CONFIG_ERROR_MAX];
	enum ps_outcome outcome;

	/* Where this fails, reading tells more. */
	(void)ps_writer_recover(cli->config, reason);
	if (ps_directory_new(cli->config, &directory, error) < 0) {
		ps_log(PS_LOG_ERROR, "%s", error);
		return PS_EXIT_TEMPFAIL;
	}
	outcome = ps_directory_list(directory, kind, domain, row, cli);
	if (outcome == PS_NOTFOUND)
		outcome = is_there(directory, domain);
	switch (outcome) {
	case PS_FOUND:
		ps_output_list(&cli->output);
		status = PS_EXIT_DONE;
		break;
	case PS_NOTFOUND:
		ps_log(PS_LOG_ERROR, "there is no domain %s", domain);
		status = PS_EXIT_NOTHING;
		break;
	case PS_TEMPFAIL:
		ps_log(PS_LOG_ERROR, "%s", ps_directory_reason(directory));
		break;
	}
	ps_directory_free(&directory);
	return status;
}

static enum ps_exit list_domains(struct ps_cli *cli,
				 const struct ps_arguments *arguments)
{
	return list(cli, PS_LIST_DOMAINS, arguments->at[0], domain_row);
}

static enum ps_exit list_accounts(struct ps_cli *cli,
				  const struct ps_arguments *arguments)
{
	return list(cli, PS_LIST_ACCOUNTS, arguments->at[0], account_row);
}

static enum ps_exit list_aliases(struct ps_cli *cli,
				 const struct ps_arguments *arguments)
{
	return list(cli, PS_LIST_ALIASES, arguments->at[0], alias_row);
}

static enum ps_exit list_senders(struct ps_cli *cli,
				 const struct ps_arguments *arguments)
{
	return list(cli, PS_LIST_SENDERS, arguments->at[0], sender_row);
}

const struct ps_command ps_list_commands[] = {
	{ "lsdom", NULL, list_domains, 0, 0, 0, "", "list the domains" },
	{ "lsuser", "lsusr", list_accounts, 0, 1, 0, "[DOMAIN]",
	  "list the accounts" },
	{ "lsalias", NULL, list_aliases, 0, 1, 0, "[DOMAIN]",
	  "list the aliases: number, source, destination" },
	{ "lssender", NULL, list_senders, 0, 1, 0, "[DOMAIN]",
	  "list what was given with addsender: account, sender" },
	{ 0 }
};
