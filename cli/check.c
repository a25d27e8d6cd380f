/* check.c - the command that looks for contradictions in the directory. */

#include "cli/command.h"

#include "core/text/bytes.h"
#include "directory/listing.h"
#include "directory/log.h"
#include "directory/writer.h"

#include <limits.h>

/* Postfix's default of virtual_alias_expansion_limit. */
#define EXPANSION_LIMIT 1000

static void finding_row(void *ctx, const struct ps_finding *finding)
{
	struct ps_cli *cli = ctx;

	ps_output_row(
		&cli->output,
		json_pack("{s:s, s:s, s:s}", "kind", finding->kind, "object",
			  finding->object, "text", finding->text),
		"%s: %s %s", finding->kind, finding->object, finding->text);
}

static enum ps_exit look(struct ps_cli *cli, struct ps_directory *directory,
			 unsigned int limit)
{
	switch (ps_directory_check(directory, limit, finding_row, cli)) {
	case PS_FOUND:
		cli->output.whole = true;
		return PS_EXIT_NOTHING;
	case PS_NOTFOUND:
		ps_output_list(&cli->output);
		return PS_EXIT_DONE;
	case PS_TEMPFAIL:
		break;
	}
	ps_log(PS_LOG_ERROR, "%s", ps_directory_reason(directory));
	return PS_EXIT_TEMPFAIL;
}

static enum ps_exit check(struct ps_cli *cli,
			  const struct ps_arguments *arguments)
{
	const char *limit = arguments->value[PS_OPTION_LIMIT];
	char reason[PS_REASON_MAX], error[PS_CONFIG_ERROR_MAX];
	unsigned long long number = EXPANSION_LIMIT;
	struct ps_directory *directory;
	enum ps_exit status;

	if (limit != NULL &&
	    (!ps_ascii_number(ps_bytes_of(limit), INT_MAX, &number) ||
	     number == 0)) {
		ps_log(PS_LOG_ERROR, "check: --limit %s: not a number", limit);
		return PS_EXIT_USAGE;
	}
	/* Where this fails, reading tells more. */
	(void)ps_writer_recover(cli->config, reason);
	if (ps_directory_new(cli->config, &directory, error) < 0) {
		ps_log(PS_LOG_ERROR, "%s", error);
		return PS_EXIT_TEMPFAIL;
	}
	status = look(cli, directory, (unsigned int)number);
	ps_directory_free(&directory);
	return status;
}

const struct ps_command ps_check_commands[] = {
	{ "check", NULL, check, 0, 0, PS_TAKES(LIMIT), "[--limit NUMBER]",
	  "look for contradictions: exit status 1 when there are any" },
	{ 0 }
};
