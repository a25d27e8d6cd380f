/* metrics_server.c - /metrics and /healthz, at metrics.sockets. */

#include "milter/metrics_server.h"

#include "milter/exposition.h"
#include "milter/metrics_text.h"

#include <string.h>

static void say_backends(struct ps_health *health, struct ps_buffer *out)
{
	struct ps_backend_health state[PS_HEALTH_BACKENDS_MAX];
	size_t i, count = ps_health_backends(health, state);

	for (i = 0; i < count; i++) {
		ps_buffer_text(out, state[i].name);
		ps_buffer_text(out, " (");
		ps_buffer_text(out, state[i].kind);
		ps_buffer_text(out, state[i].up ? "): up" : "): down: ");
		ps_buffer_text(out, state[i].up ? "" : state[i].reason);
		ps_buffer_char(out, '\n');
	}
}

static void say_health(struct ps_health *health,
		       struct ps_http_answer *answer_r)
{
	const char *fault = ps_health_fault(health);

	answer_r->status = fault == NULL ? 200 : 503;
	ps_buffer_text(&answer_r->body, fault == NULL ? "ok" : fault);
	ps_buffer_char(&answer_r->body, '\n');
	if (fault == NULL)
		say_backends(health, &answer_r->body);
}

static void document(void *ctx, const char *path,
		     struct ps_http_answer *answer_r)
{
	struct ps_metrics_server *server = ctx;
	struct ps_status status;

	server->describe(server->ctx, &status);
	if (strcmp(path, "/metrics") == 0) {
		answer_r->type = PS_EXPOSITION_TYPE;
		ps_metrics_text(&status, &answer_r->body);
	} else if (strcmp(path, "/healthz") == 0) {
		say_health(status.health, answer_r);
	} else {
		answer_r->status = 404;
		ps_buffer_text(&answer_r->body,
			       "there is /metrics and /healthz\n");
	}
}

int ps_metrics_server_listen(struct ps_metrics_server *server,
			     const struct ps_config *config,
			     char error_r[PS_CONFIG_ERROR_MAX])
{
	return ps_listening_open(config, "metrics.sockets",
				 &config->metrics.sockets, &server->listening,
				 error_r);
}

int ps_metrics_server_start(struct ps_metrics_server *server,
			    void (*describe)(void *ctx,
					     struct ps_status *status_r),
			    void *ctx)
{
	server->describe = describe;
	server->ctx = ctx;
	if (server->listening.count == 0)
		return 0;
	return ps_http_new(&server->listening, document, server, &server->http);
}

void ps_metrics_server_end(struct ps_metrics_server *server)
{
	ps_listening_remove(&server->listening);
	ps_http_free(&server->http);
	ps_listening_close(&server->listening);
}
