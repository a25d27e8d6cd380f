/* daemon.c - the commands that speak to the running postseald. */

#include "cli/control.h"

#include "core/text/bytes.h"
#include "directory/log.h"
#include "milter/control.h"

#include <stdio.h>
#include <time.h>

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

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text == NULL ? "" : text;
}

static long long number_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

#define TIME_MAX 32

static const char *shown_time(long long seconds, char text_r[TIME_MAX])
{
	const time_t when = (time_t)seconds;
	struct tm local;

	if (localtime_r(&when, &local) == NULL ||
	    strftime(text_r, TIME_MAX, "%Y-%m-%d %H:%M:%S", &local) == 0)
		snprintf(text_r, TIME_MAX, "%lld", seconds);
	return text_r;
}

static void say_services(struct ps_cli *cli, const json_t *services)
{
	const json_t *service, *socket, *sockets;
	size_t i, n;

	json_array_foreach(services, i, service)
	{
		sockets = json_object_get(service, "sockets");
		if (json_array_size(sockets) == 0)
			continue;
		ps_output_text(&cli->output, "%s: %lld clients, %lld %s",
			       text_of(service, "name"),
			       number_of(service, "clients"),
			       json_object_get(service, "messages") == NULL
				       ? number_of(service, "requests")
				       : number_of(service, "messages"),
			       json_object_get(service, "messages") == NULL
				       ? "requests"
				       : "messages");
		json_array_foreach(sockets, n, socket) ps_output_text(
			&cli->output, "  %s", json_string_value(socket));
	}
}

static void say_suspended(struct ps_cli *cli, const json_t *suspended)
{
	const json_t *row;
	char since[TIME_MAX];
	size_t i;

	ps_output_text(&cli->output, "suspended logins: %lld",
		       number_of(suspended, "count"));
	json_array_foreach(json_object_get(suspended, "logins"), i, row)
		ps_output_text(&cli->output, "  %s since %s%s%s: %s",
			       text_of(row, "login"),
			       shown_time(number_of(row, "since"), since),
			       text_of(row, "rule")[0] == '\0' ? "" : ", rule ",
			       text_of(row, "rule"), text_of(row, "reason"));
}

static void say_rules(struct ps_cli *cli, const json_t *rules)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(rules, i, rule) ps_output_text(
		&cli->output,
		"rule %s, line %lld: matched %lld, decided "
		"%lld, limited %lld",
		text_of(rule, "id"), number_of(rule, "line"),
		number_of(rule, "matched"), number_of(rule, "decided"),
		number_of(rule, "limited"));
}

static void say_notices(struct ps_cli *cli, const json_t *notify)
{
	ps_output_text(&cli->output,
		       "notices: %lld sent, %lld waiting, %lld lost",
		       number_of(notify, "sent"), number_of(notify, "waiting"),
		       number_of(notify, "dropped"));
}

static void say_status(struct ps_cli *cli, const json_t *status)
{
	const json_t *configuration = json_object_get(status, "configuration");
	char started[TIME_MAX], loaded[TIME_MAX];

	ps_output_text(&cli->output,
		       "postseald %s is running: process %lld, user %s",
		       text_of(status, "version"), number_of(status, "pid"),
		       text_of(status, "user"));
	ps_output_text(&cli->output, "since %s, %lld seconds",
		       shown_time(number_of(status, "started"), started),
		       number_of(status, "uptime"));
	ps_output_text(&cli->output, "configuration %s, read %s",
		       text_of(configuration, "path"),
		       shown_time(number_of(configuration, "loaded"), loaded));
	say_services(cli, json_object_get(status, "services"));
	say_suspended(cli, json_object_get(status, "suspended"));
	say_notices(cli, json_object_get(status, "notify"));
	say_rules(cli, json_object_get(status, "rules"));
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
	say_status(cli, reply);
	json_decref(reply);
	return PS_EXIT_DONE;
}

static enum ps_exit suspend(struct ps_cli *cli,
			    const struct ps_arguments *arguments)
{
	const char *reason = arguments->at[1];
	enum ps_exit result;
	json_t *reply;

	result = ps_control_ask(cli,
				json_pack("{s:s, s:s, s:s}", "command",
					  "suspend", "subject",
					  arguments->at[0], "reason",
					  reason == NULL ? "" : reason),
				&reply);
	json_decref(reply);
	if (result == PS_EXIT_DONE)
		ps_output_done(&cli->output, "suspended user");
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
	char ends[TIME_MAX];

	ps_output_row(
		&cli->output, json_incref(row),
		"%s\t%lld of %lld in %lld s\t%s %s\trule %s",
		text_of(row, "key"), number_of(row, "count"),
		number_of(row, "max"), number_of(row, "seconds"),
		json_is_true(json_object_get(row, "limited")) ? "limited until"
							      : "until",
		shown_time(number_of(row, "ends"), ends), text_of(row, "rule"));
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
