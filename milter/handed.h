/* handed.h - listening sockets that whoever started us has opened for us. */
#ifndef PS_MILTER_HANDED_H
#define PS_MILTER_HANDED_H

#include <stdbool.h>

/*
 * As sd_listen_fds(3) says: $LISTEN_FDS of them, from descriptor 3 on, where
 * $LISTEN_PID is this process.  Each serves the setting that names its address,
 * as it stands there ("unix:/path", "local:/path", "inet:port@address"; a host
 * by name is found by none): no other setting turns this on.
 *
 * They belong to whoever opened them: neither their modes nor their end are
 * ours, and clients that come while we are away wait there.
 */

/* Once, before there are threads, and before root is dropped. */
void ps_handed_open(void);
/* The descriptor of the one at the address that name names; -1: none, or it is
 * taken already.  The caller closes it. */
int ps_handed_take(const char *name);
/* Was it taken? */
bool ps_handed_has(const char *name);
/* Logs and closes what no setting names: nobody would answer there. */
void ps_handed_refuse_rest(void);

#endif
