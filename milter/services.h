/* services.h - what postseald serves beside the milter: socket maps, policies,
 * and its control socket. */
#ifndef PS_MILTER_SERVICES_H
#define PS_MILTER_SERVICES_H

#include "milter/status.h"

struct ps_services;

/*
 * Listen at the sockets that config names; before root is
 * dropped.  config: borrowed until they are freed.  0, or -1 with a sentence in
 * error_r.
 */
int ps_services_listen(const struct ps_config *config,
		       struct ps_services **services_r,
		       char error_r[PS_CONFIG_ERROR_MAX]);
/* Answer, in threads of their own.  daemon, milter: borrowed until they are
 * freed; each request is answered by the configuration of its time.  0, or -1:
 * no threads to be had. */
int ps_services_start(struct ps_services *services, struct ps_daemon *daemon,
		      const struct ps_milter_counts *milter);
/* Removes the sockets, waits for answers that are under way, and stops. */
void ps_services_free(struct ps_services **services);

#endif
