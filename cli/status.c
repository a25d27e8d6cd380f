/* status.c - what the running postseald says of itself, for people. */

#include "cli/status.h"

#include "core/text/buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <time.h>

const char *ps_reply_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text == NULL ? "" : text;
}

long long ps_reply_number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

const char *ps_reply_time(long long seconds, char text_r[PS_REPLY_TIME_MAX])
{
	const time_t when = (time_t)seconds;
	struct tm local;

	if (localtime_r(&when, &local) == NULL ||
	    strftime(text_r, PS_REPLY_TIME_MAX, "%Y-%m-%d %H:%M:%S", &local) ==
		    0)
		snprintf(text_r, PS_REPLY_TIME_MAX, "%lld", seconds);
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
			       ps_reply_text(service, "name"),
			       ps_reply_number(service, "clients"),
			       json_object_get(service, "messages") == NULL
				       ? ps_reply_number(service, "requests")
				       : ps_reply_number(service, "messages"),
			       json_object_get(service, "messages") == NULL
				       ? "requests"
				       : "messages");
		json_array_foreach(sockets, n, socket) ps_output_text(
			&cli->output, "  %s", json_string_value(socket));
	}
}

static void say_backends(struct ps_cli *cli, const json_t *backends)
{
	const json_t *row;
	bool up;
	size_t i;

	json_array_foreach(backends, i, row)
	{
		up = json_is_true(json_object_get(row, "up"));
		ps_output_text(&cli->output, "%s (%s): %s%s%s",
			       ps_reply_text(row, "name"),
			       ps_reply_text(row, "kind"), up ? "up" : "down",
			       up ? "" : ": ", ps_reply_text(row, "reason"));
	}
}

static void say_keys(struct ps_cli *cli, const json_t *keys)
{
	const json_t *row, *key;
	const char *fault;
	char since[PS_REPLY_TIME_MAX];
	size_t i, n;

	ps_output_text(&cli->output, "domains with keys: %lld",
		       ps_reply_number(keys, "domains"));
	json_array_foreach(json_object_get(keys, "list"), i, row)
	{
		fault = ps_reply_text(row, "fault");
		if (*fault != '\0')
			ps_output_text(&cli->output,
				       "  %s cannot be signed for: %s",
				       ps_reply_text(row, "domain"), fault);
		json_array_foreach(json_object_get(row, "keys"), n, key)
			ps_output_text(
				&cli->output, "  %s %s (%s) %s since %s",
				ps_reply_text(row, "domain"),
				ps_reply_text(key, "selector"),
				ps_reply_text(key, "algorithm"),
				ps_reply_text(key, "state"),
				ps_reply_time(ps_reply_number(key, "since"),
					      since));
	}
}

static void say_dns(struct ps_cli *cli, const json_t *dns)
{
	ps_output_text(&cli->output,
		       "dns: %lld questions, %lld from the cache, %lld asked, "
		       "%lld failed, %lld timed out",
		       ps_reply_number(dns, "questions"),
		       ps_reply_number(dns, "cache_hits"),
		       ps_reply_number(dns, "queries"),
		       ps_reply_number(dns, "failures"),
		       ps_reply_number(dns, "timeouts"));
	ps_output_text(&cli->output,
		       "  now: %lld on their way, %lld answers kept",
		       ps_reply_number(dns, "pending"),
		       ps_reply_number(dns, "cached"));
}

/* "name: 3 accept, 1 reject", without those of which there are none. */
static void say_counts(struct ps_cli *cli, const char *name,
		       const json_t *counts)
{
	struct ps_buffer line = PS_BUFFER(1000);
	const char *what;
	json_t *count;

	json_object_foreach((json_t *)(uintptr_t)counts, what, count)
	{
		if (json_integer_value(count) == 0)
			continue;
		ps_buffer_text(&line, line.len == 0 ? "" : ", ");
		ps_buffer_number(&line,
				 (unsigned long long)json_integer_value(count));
		ps_buffer_char(&line, ' ');
		ps_buffer_text(&line, what);
	}
	if (line.len > 0)
		ps_output_text(&cli->output, "%s: %s", name,
			       ps_buffer_cstr(&line));
	ps_buffer_free(&line);
}

static void say_done(struct ps_cli *cli, const json_t *counts)
{
	const char *name;
	json_t *part;

	json_object_foreach(json_object_get(counts, "messages"), name, part)
		say_counts(cli, name, part);
	json_object_foreach(json_object_get(counts, "verdicts"), name, part)
		say_counts(cli, name, part);
	say_counts(cli, "lookups", json_object_get(counts, "lookups"));
	say_counts(cli, "policy answers", json_object_get(counts, "answers"));
}

static void say_built(struct ps_cli *cli, const json_t *built)
{
	const char *postfix = ps_reply_text(built, "postfix"),
		   *dovecot = ps_reply_text(built, "dovecot");

	ps_output_text(&cli->output, "built for Postfix %s, Dovecot %s",
		       *postfix == '\0' ? "none" : postfix,
		       *dovecot == '\0' ? "none" : dovecot);
}

static void say_suspended(struct ps_cli *cli, const json_t *suspended)
{
	const json_t *row;
	char since[PS_REPLY_TIME_MAX];
	size_t i;

	ps_output_text(&cli->output, "suspended logins: %lld",
		       ps_reply_number(suspended, "count"));
	json_array_foreach(json_object_get(suspended, "logins"), i, row)
		ps_output_text(
			&cli->output, "  %s since %s%s%s: %s",
			ps_reply_text(row, "login"),
			ps_reply_time(ps_reply_number(row, "since"), since),
			ps_reply_text(row, "rule")[0] == '\0' ? "" : ", rule ",
			ps_reply_text(row, "rule"),
			ps_reply_text(row, "reason"));
}

static void say_rules(struct ps_cli *cli, const json_t *rules)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(rules, i, rule) ps_output_text(
		&cli->output,
		"rule %s, line %lld: matched %lld, decided "
		"%lld, limited %lld",
		ps_reply_text(rule, "id"), ps_reply_number(rule, "line"),
		ps_reply_number(rule, "matched"),
		ps_reply_number(rule, "decided"),
		ps_reply_number(rule, "limited"));
}

static void say_notices(struct ps_cli *cli, const json_t *notify)
{
	ps_output_text(&cli->output,
		       "notices: %lld sent, %lld waiting, %lld lost",
		       ps_reply_number(notify, "sent"),
		       ps_reply_number(notify, "waiting"),
		       ps_reply_number(notify, "dropped"));
}

void ps_status_say(struct ps_cli *cli, const json_t *status)
{
	const json_t *configuration = json_object_get(status, "configuration");
	char started[PS_REPLY_TIME_MAX], loaded[PS_REPLY_TIME_MAX];

	ps_output_text(
		&cli->output, "postseald %s is running: process %lld, user %s",
		ps_reply_text(status, "version"),
		ps_reply_number(status, "pid"), ps_reply_text(status, "user"));
	ps_output_text(
		&cli->output, "since %s, %lld seconds",
		ps_reply_time(ps_reply_number(status, "started"), started),
		ps_reply_number(status, "uptime"));
	ps_output_text(&cli->output, "configuration %s, read %s",
		       ps_reply_text(configuration, "path"),
		       ps_reply_time(ps_reply_number(configuration, "loaded"),
				     loaded));
	say_built(cli, json_object_get(status, "built_for"));
	say_services(cli, json_object_get(status, "services"));
	say_backends(cli, json_object_get(status, "backends"));
	say_keys(cli, json_object_get(status, "keys"));
	say_dns(cli, json_object_get(status, "dns"));
	say_done(cli, json_object_get(status, "counts"));
	say_suspended(cli, json_object_get(status, "suspended"));
	say_notices(cli, json_object_get(status, "notify"));
	say_rules(cli, json_object_get(status, "rules"));
}
