/* daemon.c - the commands that speak to the running postseald. */

#include "cli/control.h"
#include "cli/status.h"

#include "core/text/bytes.h"
#include "directory/log.h"
#include "milter/control.h"

/* The configuration was read before we came here: a bad one is not sent. */
static enum ps_exit reload(struct ps_cli *cli,
			   const struct ps_arguments *arguments)
{
	enum ps_exit result;
	json_t *reply;

	(void)arguments;
	result = ps_control_ask(cli, json_pack("{s:s}", "command", "reload"),
				&reply);
	json_decref(reply);
	if (result == PS_EXIT_DONE)
		ps_output_done(&cli->output, "reloaded");
	return result;
}

/* For programs: as postseald says it. */
static void put_members(struct ps_cli *cli, json_t *reply)
{
	const char *name;
	json_t *value;

	json_object_foreach(reply, name, value)
		ps_output_member(&cli->output, name, json_incref(value));
}

static enum ps_exit status(struct ps_cli *cli,
			   const struct ps_arguments *arguments)
{
	enum ps_exit result;
	json_t *reply;

	(void)arguments;
	result = ps_control_ask(cli, json_pack("{s:s}", "command", "status"),
				&reply);
	if (result != PS_EXIT_DONE)
		return result;
	(void)json_object_del(reply, "ok");
	put_members(cli, reply);
	ps_status_say(cli, reply);
	json_decref(reply);
	return PS_EXIT_DONE;
}

static enum ps_exit suspend(struct ps_cli *cli,
			    const struct ps_arguments *arguments)
{
	const char *reason = arguments->at[1], *note;
	enum ps_exit result;
	json_t *reply;

	result = ps_control_ask(cli,
				json_pack("{s:s, s:s, s:s}", "command",
					  "suspend", "subject",
					  arguments->at[0], "reason",
					  reason == NULL ? "" : reason),
				&reply);
	if (result == PS_EXIT_DONE)
		ps_output_done(&cli->output, "suspended user");
	note = json_string_value(json_object_get(reply, "note"));
	if (note != NULL)
		ps_log(PS_LOG_WARNING,
		       "it counts, and is in the memory of postseald only, "
		       "which "
		       "tries again each second: %s",
		       note);
	json_decref(reply);
	return result;
}

static enum ps_exit read_most(const struct ps_arguments *arguments,
			      long long *most_r)
{
	const char *text = arguments->value[PS_OPTION_LIMIT];
	unsigned long long most;

	*most_r = 100;
	if (text == NULL)
		return PS_EXIT_DONE;
	if (!ps_ascii_number(ps_bytes_of(text), PS_CONTROL_MOST_MAX, &most) ||
	    most == 0) {
		ps_log(PS_LOG_ERROR, "--limit %s is not a number from 1 to %d",
		       text, PS_CONTROL_MOST_MAX);
		return PS_EXIT_USAGE;
	}
	*most_r = (long long)most;
	return PS_EXIT_DONE;
}

static void put_limit(struct ps_cli *cli, json_t *row)
{
	char ends[PS_REPLY_TIME_MAX];

	ps_output_row(
		&cli->output, json_incref(row),
		"%s\t%lld of %lld in %lld s\t%s %s\trule %s",
		ps_reply_text(row, "key"), ps_reply_number(row, "count"),
		ps_reply_number(row, "max"), ps_reply_number(row, "seconds"),
		json_is_true(json_object_get(row, "limited")) ? "limited until"
							      : "until",
		ps_reply_time(ps_reply_number(row, "ends"), ends),
		ps_reply_text(row, "rule"));
}

static enum ps_exit limits(struct ps_cli *cli,
			   const struct ps_arguments *arguments)
{
	const char *prefix = arguments->at[0];
	long long most;
	enum ps_exit result = read_most(arguments, &most);
	json_t *reply, *row;
	size_t i;

	if (result != PS_EXIT_DONE)
		return result;
	result = ps_control_ask(
		cli,
		json_pack("{s:s, s:s, s:I, s:b}", "command", "limits",
			  "subject", prefix == NULL ? "" : prefix, "most",
			  (json_int_t)most, "all",
			  arguments->value[PS_OPTION_ALL] != NULL),
		&reply);
	if (result != PS_EXIT_DONE)
		return result;
	ps_output_list(&cli->output);
	json_array_foreach(json_object_get(reply, "limits"), i, row)
		put_limit(cli, row);
	json_decref(reply);
	return PS_EXIT_DONE;
}

static enum ps_exit reset(struct ps_cli *cli,
			  const struct ps_arguments *arguments)
{
	enum ps_exit result;
	json_t *reply;

	result = ps_control_ask(cli,
				json_pack("{s:s, s:s}", "command", "reset",
					  "subject", arguments->at[0]),
				&reply);
	json_decref(reply);
	if (result == PS_EXIT_DONE)
		ps_output_done(&cli->output, "reset counts");
	return result;
}

const struct ps_command ps_daemon_commands[] = {
	{ "reload", NULL, reload, 0, 0, 0, "",
	  "make postseald read its configuration again" },
	{ "status", NULL, status, 0, 0, 0, "",
	  "what postseald serves, and how much it has done" },
	{ "limits", NULL, limits, 0, 1, PS_TAKES(ALL) | PS_TAKES(LIMIT),
	  "[--all] [--limit NUMBER] [PREFIX]",
	  "who is near or over a rate limit now" },
	{ "limits reset", NULL, reset, 1, 1, 0, "KEY",
	  "forget what is counted of a key, or of a value in each key" },
	{ "suspend", NULL, suspend, 1, 2, 0, "LOGIN [REASON]",
	  "refuse what a login sends, until \"enable\"; it can still read" },
	{ 0 }
};
