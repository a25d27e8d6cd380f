/* metrics_server.h - /metrics and /healthz, at metrics.sockets. */
#ifndef PS_MILTER_METRICS_SERVER_H
#define PS_MILTER_METRICS_SERVER_H

#include "milter/http.h"
#include "milter/status.h"

/* All zero: it listens nowhere, and serves nothing. */
struct ps_metrics_server {
	struct ps_listening listening;
	struct ps_http *http; /* NULL: not started */
	void (*describe)(void *ctx, struct ps_status *status_r);
	void *ctx;
};

/* Before root is dropped.  config: borrowed until the end.  0, or -1 with a
 * sentence in error_r and nothing left open. */
int ps_metrics_server_listen(struct ps_metrics_server *server,
			     const struct ps_config *config,
			     char error_r[PS_CONFIG_ERROR_MAX]);
/* describe: as the daemon is now; what it points to lives until the end.  0, or
 * -1. */
int ps_metrics_server_start(struct ps_metrics_server *server,
			    void (*describe)(void *ctx,
					     struct ps_status *status_r),
			    void *ctx);
void ps_metrics_server_end(struct ps_metrics_server *server);

#endif
