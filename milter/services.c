/* services.c - what postseald serves beside the milter: socket maps. */

#include "milter/services.h"

#include "io/clock.h"
#include "milter/map.h"
#include "milter/quiet.h"
#include "milter/server.h"

#include <stdio.h>
#include <stdlib.h>

/* Each lookup may block for two seconds (LDAP, a locked database); ours. */
#define MAP_THREADS	 8
/* Postfix closes idle connections itself, after 10 seconds; ours. */
#define MAP_IDLE_SECONDS 600

struct ps_services {
	struct ps_listening maps;
	struct ps_server *map_server;
};

static enum ps_request answer_map(void *ctx, struct ps_cursor *input,
				  struct ps_buffer *replies)
{
	struct ps_map_request request;
	struct ps_service *service;
	enum ps_request said = ps_map_read(input, &request, replies);

	switch (said) {
	case PS_REQUEST_PART:
		break;
	case PS_REQUEST_LAST:
		ps_quiet_log(ps_clock_monotonic_us(), PS_LOG_WARNING,
			     "map: a client sends what is no request");
		break;
	case PS_REQUEST_ANSWERED:
		service = ps_daemon_hold(ctx);
		ps_map_reply(service, &request, replies);
		service->release(service);
		break;
	}
	return said;
}

static unsigned int map_connections(void *ctx)
{
	struct ps_service *service = ps_daemon_hold(ctx);
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
	if (ps_listening_open(config, "map.sockets", &config->map.sockets,
			      &services->maps, error_r) < 0) {
		free(services);
		return -1;
	}
	*services_r = services;
	return 0;
}

int ps_services_start(struct ps_services *services, struct ps_daemon *daemon)
{
	const struct ps_server_setup maps = {
		.protocol = &map_protocol,
		.ctx = daemon,
		.connections_max = map_connections,
		.threads = MAP_THREADS,
		.idle_seconds = MAP_IDLE_SECONDS,
		.microseconds = ps_clock_monotonic_us,
	};

	if (services->maps.count == 0)
		return 0;
	return ps_server_new(&maps, &services->maps, &services->map_server);
}

void ps_services_free(struct ps_services **services)
{
	if (*services == NULL)
		return;
	ps_listening_remove(&(*services)->maps);
	ps_server_free(&(*services)->map_server);
	ps_listening_close(&(*services)->maps);
	free(*services);
	*services = NULL;
}
