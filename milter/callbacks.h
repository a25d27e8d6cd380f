/* callbacks.h - the one place that speaks with libmilter. */
#ifndef PS_MILTER_CALLBACKS_H
#define PS_MILTER_CALLBACKS_H

#include "milter/daemon.h"

/* Listen at socket, milter.socket or "fd:N"; connections wait until run.  -1:
 * libmilter has logged why. */
int ps_callbacks_listen(const char *socket);
/*
 * Serve until stop is called.  daemon: borrowed until no session is left.  0,
 * or -1 when libmilter gave up.
 */
int ps_callbacks_run(struct ps_daemon *daemon);
/* Returns when libmilter's thread saw it: in 5 seconds, or once that is
 * interrupted by a signal. */
void ps_callbacks_stop(void);
/* Connections now open; messages now at their end. */
unsigned int ps_callbacks_sessions(void);
unsigned int ps_callbacks_busy(void);
/* Does libmilter take connections?  Any thread. */
bool ps_callbacks_serving(void);
/* Messages that came to their end since the start. */
unsigned long ps_callbacks_messages(void);

#endif
