/* services.c - what postseald serves beside the milter: socket maps, policies,
 * and its control socket. */

#include "milter/services.h"

#include "directory/waiting.h"
#include "io/clock.h"
#include "milter/control_limits.h"
#include "milter/control_state.h"
#include "milter/map.h"
#include "milter/metrics_server.h"
#include "milter/policy_server.h"
#include "milter/quiet.h"
#include "milter/server.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* Each lookup may block for two seconds (LDAP, a locked database); ours. */
#define MAP_THREADS	     8
/* What does not wait takes microseconds, and threads that take turns as many
 * again; ours. */
#define MAP_BUSY	     2
/* Postfix closes idle connections itself, after 10 seconds; ours. */
#define MAP_IDLE_SECONDS     600
/* Of root's commands; ours. */
#define CONTROL_THREADS	     2
#define CONTROL_CONNECTIONS  32
#define CONTROL_IDLE_SECONDS 10

struct ps_services {
	const struct ps_config *config; /* of the start */
	struct ps_daemon *daemon;
	const struct ps_milter_counts *milter;
	struct ps_listening maps, control;
	struct ps_server *map_server, *control_server;
	atomic_ulong map_requests, control_requests;
	struct ps_policy_server policy;
	struct ps_metrics_server metrics;
	struct ps_health *health;
};

static enum ps_request answer_map(void *ctx, struct ps_cursor *input,
				  struct ps_buffer *replies)
{
	struct ps_services *services = ctx;
	struct ps_map_request request;
	struct ps_service *service;
	enum ps_request said = ps_map_read(input, &request, replies);

	switch (said) {
	case PS_REQUEST_PART:
	case PS_REQUEST_WAITS: /* maps do not */
		break;
	case PS_REQUEST_LAST:
		ps_quiet_log(ps_clock_monotonic_us(), PS_LOG_WARNING,
			     "map: a client sends what is no request");
		break;
	case PS_REQUEST_ANSWERED:
		atomic_fetch_add(&services->map_requests, 1);
		service = ps_daemon_hold(services->daemon);
		ps_map_reply(service, &request, replies);
		service->release(service);
		break;
	}
	return said;
}

static unsigned int map_connections(void *ctx)
{
	struct ps_services *services = ctx;
	struct ps_service *service = ps_daemon_hold(services->daemon);
	unsigned int max = service->config->map.connections;

	service->release(service);
	return max;
}

static const struct ps_protocol map_protocol = {
	.name = "map",
	.request_max = PS_MAP_REQUEST_MAX + PS_NETSTRING_FRAME,
	.reply_max = PS_MAP_REPLY_MAX + PS_NETSTRING_FRAME,
	.answer = answer_map,
};

static unsigned int clients(struct ps_server *server)
{
	return server == NULL ? 0 : ps_server_clients(server);
}

static unsigned int watchers(const struct ps_http *http)
{
	return http == NULL ? 0 : ps_http_clients(http);
}

static void describe(void *ctx, struct ps_status *status_r)
{
	struct ps_services *services = ctx;
	const struct ps_http *http = services->metrics.http;

	*status_r = (struct ps_status){
		.daemon = services->daemon,
		.milter = services->milter,
		.socket = services->config->milter.socket,
		.health = services->health,
		.count = 4,
		.service = {
			{ "map", &services->maps,
			  clients(services->map_server),
			  atomic_load(&services->map_requests) },
			{ "policy", &services->policy.listening,
			  clients(services->policy.server),
			  atomic_load(&services->policy.requests) },
			{ "control", &services->control, 0,
			  atomic_load(&services->control_requests) },
			{ "metrics", &services->metrics.listening,
			  watchers(http),
			  http == NULL ? 0 : ps_http_requests(http) },
		},
	};
}

static json_t *status_of(struct ps_services *services)
{
	struct ps_status status;

	describe(services, &status);
	return ps_status_json(&status);
}

/* Before it is lifted: until then nothing that the login does is noted. */
static void forgive(struct ps_services *services, struct ps_bytes login)
{
	struct ps_policy *policy = ps_daemon_policy(services->daemon);

	if (policy != NULL &&
	    ps_state_is_suspended(ps_daemon_state(services->daemon), login,
				  NULL))
		ps_policy_forgive(policy, login);
}

static void control(struct ps_services *services,
		    const struct ps_control_request *request,
		    struct ps_buffer *replies)
{
	char error[PS_CONFIG_ERROR_MAX];

	switch (request->verb) {
	case PS_CONTROL_STATUS:
		ps_control_answer(replies, status_of(services));
		return;
	case PS_CONTROL_RELOAD:
		if (ps_daemon_reload(services->daemon, error) == 0)
			ps_control_answer(replies, json_object());
		else
			ps_control_refuse(replies, false, error);
		return;
	case PS_CONTROL_ENABLE:
		forgive(services, ps_bytes_of(request->subject));
		/* fall through */
	case PS_CONTROL_SUSPEND:
	case PS_CONTROL_SUSPENDED:
		ps_control_state(ps_daemon_state(services->daemon), request,
				 ps_clock_seconds(), replies);
		return;
	case PS_CONTROL_LIMITS:
	case PS_CONTROL_RESET:
		ps_control_limits(ps_daemon_policy(services->daemon),
				  services->config->limits.mode, request,
				  ps_clock_seconds(), replies);
		return;
	case PS_CONTROL_VERBS:
		break;
	}
	ps_control_refuse(replies, false, "there is no such command");
}

/* One request a connection. */
static enum ps_request answer_control(void *ctx, struct ps_cursor *input,
				      struct ps_buffer *replies)
{
	struct ps_services *services = ctx;
	struct ps_control_request request;
	enum ps_request said = ps_control_read(input, &request, replies);

	if (said != PS_REQUEST_ANSWERED)
		return said;
	atomic_fetch_add(&services->control_requests, 1);
	control(services, &request, replies);
	return PS_REQUEST_LAST;
}

static unsigned int control_connections(void *ctx)
{
	(void)ctx;
	return CONTROL_CONNECTIONS;
}

static const struct ps_protocol control_protocol = {
	.name = "control",
	.request_max = PS_CONTROL_REQUEST_MAX,
	.reply_max = PS_CONTROL_REPLY_MAX + 1,
	.answer = answer_control,
};

int ps_services_listen(const struct ps_config *config,
		       struct ps_services **services_r,
		       char error_r[PS_CONFIG_ERROR_MAX])
{
	struct ps_services *services = calloc(1, sizeof(*services));

	*services_r = NULL;
	if (services == NULL) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX, "out of memory");
		return -1;
	}
	services->config = config;
	if (ps_listening_open(config, "map.sockets", &config->map.sockets,
			      &services->maps, error_r) < 0 ||
	    ps_policy_server_listen(&services->policy, config, error_r) < 0 ||
	    ps_metrics_server_listen(&services->metrics, config, error_r) < 0 ||
	    ps_listening_open_control(config, &services->control, error_r) <
		    0) {
		ps_services_free(&services);
		return -1;
	}
	*services_r = services;
	return 0;
}

int ps_services_start(struct ps_services *services, struct ps_daemon *daemon,
		      const struct ps_milter_counts *milter)
{
	const struct ps_server_setup maps = {
		.protocol = &map_protocol,
		.ctx = services,
		.connections_max = map_connections,
		.threads = MAP_THREADS,
		.busy = MAP_BUSY,
		.idle_seconds = MAP_IDLE_SECONDS,
		.microseconds = ps_clock_monotonic_us,
	};

	const struct ps_server_setup control = {
		.protocol = &control_protocol,
		.ctx = services,
		.connections_max = control_connections,
		.threads = CONTROL_THREADS,
		.idle_seconds = CONTROL_IDLE_SECONDS,
		.microseconds = ps_clock_monotonic_us,
	};

	services->daemon = daemon;
	services->milter = milter;
	if (ps_health_new(daemon, milter->serving, &services->health) < 0)
		return -1;
	ps_waiting_tell(ps_server_blocks);
	if (services->maps.count > 0 &&
	    ps_server_new(&maps, &services->maps, &services->map_server) < 0)
		return -1;
	if (ps_policy_server_start(&services->policy, daemon) < 0)
		return -1;
	if (ps_metrics_server_start(&services->metrics, describe, services) < 0)
		return -1;
	return ps_server_new(&control, &services->control,
			     &services->control_server);
}

void ps_services_free(struct ps_services **services)
{
	if (*services == NULL)
		return;
	ps_metrics_server_end(&(*services)->metrics);
	ps_listening_remove(&(*services)->control);
	ps_listening_remove(&(*services)->maps);
	ps_server_free(&(*services)->control_server);
	ps_server_free(&(*services)->map_server);
	ps_policy_server_end(&(*services)->policy);
	ps_listening_close(&(*services)->control);
	ps_listening_close(&(*services)->maps);
	ps_health_free(&(*services)->health);
	free(*services);
	*services = NULL;
}
