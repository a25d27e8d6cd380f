/* policy_server.c - the sockets at which policy requests are answered. */

#include "milter/policy_server.h"

#include "core/rules/policy_request.h"
#include "io/clock.h"
#include "milter/privilege.h"

/* Postfix closes them after 300 (smtpd_policy_service_max_idle); ours. */
#define IDLE_SECONDS 1200
/* What does not wait takes microseconds; a second one, so that a slow pattern
 * does not hold up all others; ours. */
#define BUSY	     2

static enum ps_request answer_soon(void *ctx, void *work,
				   struct ps_cursor *input,
				   struct ps_buffer *replies)
{
	static const char before[] = "action=";
	struct ps_policy_server *server = ctx;
	size_t at = replies->len + sizeof(before) - 1;
	enum ps_request said = ps_policy_answer_soon(
		ps_daemon_policy(server->daemon), work, input, replies);

	if (said == PS_REQUEST_PART || said == PS_REQUEST_WAITS)
		return said;
	atomic_fetch_add_explicit(&server->requests, 1, memory_order_relaxed);
	if (replies->len > at)
		ps_metrics_answer(ps_daemon_metrics(server->daemon),
				  (struct ps_bytes){ replies->data + at,
						     replies->len - at });
	return said;
}

static unsigned int together(void *ctx)
{
	struct ps_policy_server *server = ctx;

	return ps_policy_together(ps_daemon_policy(server->daemon));
}

static unsigned int connections(void *ctx)
{
	struct ps_policy_server *server = ctx;
	struct ps_service *service = ps_daemon_hold(server->daemon);
	unsigned int max = service->config->limits.connections;

	service->release(service);
	return max;
}

static const struct ps_protocol protocol = {
	.name = "policy",
	.request_max = PS_POLICY_OCTETS_MAX,
	.reply_max = PS_POLICY_REPLY_MAX,
	.answer_soon = answer_soon,
	.work_size = sizeof(struct ps_policy_work),
};

int ps_policy_server_listen(struct ps_policy_server *server,
			    const struct ps_config *config,
			    char error_r[PS_CONFIG_ERROR_MAX])
{
	if (config->limits.rules == NULL)
		return 0;
	if (ps_state_folder_make(config, config->limits.journal, error_r) < 0)
		return -1;
	return ps_listening_open(config, "limits.sockets",
				 &config->limits.sockets, &server->listening,
				 error_r);
}

int ps_policy_server_start(struct ps_policy_server *server,
			   struct ps_daemon *daemon)
{
	const struct ps_server_setup setup = {
		.protocol = &protocol,
		.ctx = server,
		.connections_max = connections,
		.threads = PS_POLICY_THREADS,
		.busy = BUSY,
		.together = together,
		.together_max = PS_POLICY_TOGETHER,
		.idle_seconds = IDLE_SECONDS,
		.microseconds = ps_clock_monotonic_us,
	};

	server->daemon = daemon;
	if (server->listening.count == 0)
		return 0;
	return ps_server_new(&setup, &server->listening, &server->server);
}

void ps_policy_server_end(struct ps_policy_server *server)
{
	struct ps_policy *policy = server->daemon == NULL
					   ? NULL
					   : ps_daemon_policy(server->daemon);

	ps_listening_remove(&server->listening);
	if (policy != NULL)
		ps_policy_hurry(policy);
	ps_server_free(&server->server);
	if (policy != NULL)
		ps_policy_stop(policy);
	ps_listening_close(&server->listening);
}
