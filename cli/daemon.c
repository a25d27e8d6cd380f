/* daemon.c - the commands that speak to the running postseald. */

#include "cli/control.h"

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

const struct ps_command ps_daemon_commands[] = {
	{ "reload", NULL, reload, 0, 0, 0, "",
	  "make postseald read its configuration again" },
	{ "status", NULL, status, 0, 0, 0, "",
	  "what postseald serves, and how much it has done" },
	{ "suspend", NULL, suspend, 1, 2, 0, "LOGIN [REASON]",
	  "refuse what a login sends, until \"enable\"; it can still read" },
	{ 0 }
};
