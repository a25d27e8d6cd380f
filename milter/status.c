/* status.c - what the running daemon says of itself. */

#include "milter/status.h"

#include "milter/built.h"
#include "milter/control.h"
#include "milter/status_parts.h"

#include <unistd.h>

static json_t *sockets_of(const struct ps_listening *listening)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < listening->count; i++)
		(void)json_array_append_new(
			list, ps_control_text(listening->name[i]));
	return list;
}

static json_t *service_of(const struct ps_status_service *service)
{
	return json_pack("{s:s, s:o, s:I, s:I}", "name", service->name,
			 "sockets", sockets_of(service->listening), "clients",
			 (json_int_t)service->clients, "requests",
			 (json_int_t)service->requests);
}

static json_t *milter_of(const struct ps_status *status)
{
	return json_pack("{s:s, s:[o], s:I, s:I}", "name", "milter", "sockets",
			 ps_control_text(status->socket), "clients",
			 (json_int_t)status->milter->sessions(), "messages",
			 (json_int_t)status->milter->messages());
}

static json_t *services_of(const struct ps_status *status)
{
	json_t *list = json_array();
	size_t i;

	(void)json_array_append_new(list, milter_of(status));
	for (i = 0; i < status->count; i++)
		(void)json_array_append_new(list,
					    service_of(&status->service[i]));
	return list;
}

json_t *ps_status_suspension(const struct ps_suspension *suspension)
{
	return json_pack("{s:s, s:I, s:s, s:s}", "login", suspension->login,
			 "since", (json_int_t)suspension->since, "reason",
			 suspension->reason, "rule", suspension->rule);
}

static bool list_one(void *ctx, const struct ps_suspension *suspension)
{
	json_t *list = ctx;

	(void)json_array_append_new(list, ps_status_suspension(suspension));
	return json_array_size(list) < PS_STATUS_SUSPENDED_MAX;
}

/* Not all where they are many: "count" is of all. */
static json_t *suspended(struct ps_state *state)
{
	json_t *list = json_array();

	ps_state_all(state, list_one, list);
	return json_pack("{s:I, s:o}", "count",
			 (json_int_t)ps_state_count(state), "logins", list);
}

static void list_rule(void *ctx, const struct ps_policy_tally *tally)
{
	json_t *list = ctx;

	if (json_array_size(list) < PS_STATUS_RULES_MAX)
		(void)json_array_append_new(
			list, json_pack("{s:o, s:i, s:I, s:I, s:I}", "id",
					ps_control_text(tally->info.id), "line",
					(int)tally->info.line, "matched",
					(json_int_t)tally->matched, "decided",
					(json_int_t)tally->decided, "limited",
					(json_int_t)tally->limited));
}

/* null: there is no policy service. */
static json_t *rules_of(struct ps_policy *policy)
{
	json_t *list;

	if (policy == NULL)
		return json_null();
	list = json_array();
	(void)ps_policy_rules_all(ps_policy_rules_of(policy), list_rule, list);
	return list;
}

static json_t *notices(struct ps_notifier *notifier)
{
	struct ps_notifier_counts counts;

	ps_notifier_count(notifier, &counts);
	return json_pack("{s:I, s:I, s:I}", "sent", (json_int_t)counts.sent,
			 "waiting", (json_int_t)counts.waiting, "dropped",
			 (json_int_t)counts.dropped);
}

/* What lies beside the daemon's own members. */
static void add_parts(const struct ps_status *status, json_t *object)
{
	struct ps_daemon *daemon = status->daemon;

	(void)json_object_set_new(object, "built_for", ps_status_built_for());
	(void)json_object_set_new(object, "backends",
				  ps_status_backends(status->health));
	(void)json_object_set_new(object, "counts", ps_status_counts(daemon));
	(void)json_object_set_new(object, "dns", ps_status_dns(daemon));
	(void)json_object_set_new(object, "keys", ps_status_keys(daemon));
}

json_t *ps_status_json(const struct ps_status *status)
{
	struct ps_service *service = ps_daemon_hold(status->daemon);
	const struct ps_config *config = service->config;
	uint64_t started, loaded, now = service->seconds();
	json_t *object;

	ps_daemon_times(status->daemon, &started, &loaded);
	object = json_pack(
		"{s:s, s:I, s:o, s:I, s:I, s:{s:o, s:I}, s:o, s:o, s:o, s:o}",
		"version", ps_built_version(), "pid", (json_int_t)getpid(),
		"user", ps_control_text(config->user), "started",
		(json_int_t)started, "uptime",
		(json_int_t)(now > started ? now - started : 0),
		"configuration", "path", ps_control_text(config->path),
		"loaded", (json_int_t)loaded, "services", services_of(status),
		"suspended", suspended(ps_daemon_state(status->daemon)),
		"notify", notices(ps_daemon_notifier(status->daemon)), "rules",
		rules_of(ps_daemon_policy(status->daemon)));
	service->release(service);
	if (object != NULL)
		add_parts(status, object);
	return object;
}
