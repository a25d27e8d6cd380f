/* notify.h - what a service manager is told, by the protocol of sd_notify(3).
 */
#ifndef PS_MILTER_NOTIFY_H
#define PS_MILTER_NOTIFY_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

struct ps_notify {
	struct sockaddr_un address;
	socklen_t len;	      /* 0: nobody wants to know */
	uint64_t watchdog_us; /* told at least this often that we live; 0: no */
};

/*
 * The protocol is a datagram to $NOTIFY_SOCKET, documented as stable: spoken
 * here, it spares a process that holds keys libsystemd and what comes with it.
 *
 * From $NOTIFY_SOCKET (a path, or an abstract name behind "@"), $WATCHDOG_USEC
 * and $WATCHDOG_PID (absent, or this process).  What is malformed counts as
 * absent.  Before there are threads.
 */
void ps_notify_open(struct ps_notify *notify_r);
/* state: "READY=1", and others of sd_notify(3).  One that cannot be sent within
 * a second is logged. */
void ps_notify_send(const struct ps_notify *notify, const char *state);
/* A reload has begun; "READY=1" ends it. */
void ps_notify_reloading(const struct ps_notify *notify);
/* "WATCHDOG=1", where it is waited for. */
void ps_notify_alive(const struct ps_notify *notify);
/* How long the main thread may wait: a second, or half of the watchdog's time
 * where that is less (sd_watchdog_enabled(3)). */
struct timespec ps_notify_interval(const struct ps_notify *notify);

#endif
