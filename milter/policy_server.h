/* policy_server.h - the sockets at which policy requests are answered. */
#ifndef PS_MILTER_POLICY_SERVER_H
#define PS_MILTER_POLICY_SERVER_H

#include "milter/daemon.h"
#include "milter/server.h"

#include <stdatomic.h>

/* All zero: it listens nowhere, and serves nothing. */
struct ps_policy_server {
	struct ps_listening listening;
	struct ps_server *server; /* NULL: not started */
	struct ps_daemon *daemon; /* borrowed */
	atomic_ulong requests;	  /* since the start */
};

/*
 * Listen at limits.sockets, if there is a rule file, and make the folder of the
 * journal; before root is dropped.  config: borrowed until the end.  0, or -1
 * with a sentence in error_r and nothing left open.
 */
int ps_policy_server_listen(struct ps_policy_server *server,
			    const struct ps_config *config,
			    char error_r[PS_CONFIG_ERROR_MAX]);
/* 0, or -1: no threads to be had. */
int ps_policy_server_start(struct ps_policy_server *server,
			   struct ps_daemon *daemon);
/* Removes the sockets, waits for answers that are under way, stops, and sees
 * that what was counted is on the disk. */
void ps_policy_server_end(struct ps_policy_server *server);

#endif
