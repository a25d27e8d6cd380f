/* change.c - a command that changes the directory: begun, ended, rehearsed. */

#include "cli/change.h"

#include "directory/log.h"

static enum ps_exit exit_of(enum ps_write result)
{
	switch (result) {
	case PS_WRITE_DONE:
		return PS_EXIT_DONE;
	case PS_WRITE_NOTHING:
		return PS_EXIT_NOTHING;
	case PS_WRITE_REFUSED:
		return PS_EXIT_USAGE;
	case PS_WRITE_TEMPFAIL:
		break;
	}
	return PS_EXIT_TEMPFAIL;
}

enum ps_exit ps_change_begin(struct ps_cli *cli,
			     const struct ps_arguments *arguments,
			     struct ps_change *change_r)
{
	bool rehearsal = arguments->value[PS_OPTION_DRY_RUN] != NULL;
	const char *admin = arguments->value[PS_OPTION_ADMIN];
	char reason[PS_REASON_MAX];
	enum ps_write result;

	*change_r = (struct ps_change){ .cli = cli };
	if (!cli->is_mailcfg)
		change_r->admin =
			admin != NULL ? admin : cli->config->directory.admin;
	cli->output.rehearsal = rehearsal;
	result = rehearsal ? ps_writer_rehearse(cli->config, &change_r->writer,
						reason)
			   : ps_writer_open(cli->config, &change_r->writer,
					    reason);
	if (result != PS_WRITE_DONE) {
		ps_log(PS_LOG_ERROR, "%s", reason);
		return exit_of(result);
	}
	if (ps_writer_created(change_r->writer)) {
		ps_output_text(&cli->output, "%screating database %s",
			       rehearsal ? PS_OUTPUT_REHEARSAL : "",
			       cli->config->directory.database);
		ps_output_member(&cli->output, "created",
				 json_string(cli->config->directory.database));
	}
	return PS_EXIT_DONE;
}

/* mailcfg knows no system aliases. */
static enum ps_write add_system_aliases(struct ps_change *change,
					const char *added,
					unsigned int *count_r)
{
	*count_r = 0;
	if (added == NULL || change->cli->is_mailcfg)
		return PS_WRITE_DONE;
	if (change->admin != NULL)
		return ps_writer_add_system_aliases(change->writer, added,
						    change->admin, count_r);
	ps_log(PS_LOG_INFO, "no system aliases (postmaster, abuse ...) are "
			    "made, as no administrator's address is given: "
			    "setting directory.admin, or adddom --admin");
	return PS_WRITE_DONE;
}

enum ps_exit ps_change_end(struct ps_change *change, enum ps_write result,
			   const char *added, const char *done)
{
	struct ps_output *output = &change->cli->output;
	unsigned int count = 0;

	if (result == PS_WRITE_DONE)
		result = add_system_aliases(change, added, &count);
	if (result == PS_WRITE_DONE)
		result = ps_writer_commit(change->writer);
	if (result == PS_WRITE_DONE) {
		if (added != NULL)
			ps_output_done(output, "added domain");
		if (count > 0)
			ps_output_done(output, "added system aliases");
		if (done != NULL)
			ps_output_done(output, done);
	} else {
		ps_log(PS_LOG_ERROR, "%s", ps_writer_reason(change->writer));
	}
	ps_writer_close(&change->writer);
	return exit_of(result);
}
