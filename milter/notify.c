/* notify.c - what a service manager is told. */

#include "milter/notify.h"

#include "io/clock.h"
#include "milter/environment.h"
#include "milter/quiet.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define SECOND_US    1000000ULL
#define WATCHDOG_MAX (86400 * SECOND_US) /* a day; ours */
#define SEND_MAX     1			 /* seconds; ours */

static void open_socket(struct ps_notify *notify)
{
	const char *name = getenv("NOTIFY_SOCKET");
	size_t len = name == NULL ? 0 : strlen(name);

	if (len < 2 || len >= sizeof(notify->address.sun_path) ||
	    (name[0] != '/' && name[0] != '@'))
		return;
	notify->address.sun_family = AF_UNIX;
	memcpy(notify->address.sun_path, name, len);
	/* An abstract name is its octets, without a NUL behind them. */
	if (name[0] == '@')
		notify->address.sun_path[0] = '\0';
	else
		len++;
	notify->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

void ps_notify_open(struct ps_notify *notify_r)
{
	unsigned long long number;

	memset(notify_r, 0, sizeof(*notify_r));
	open_socket(notify_r);
	if (notify_r->len == 0)
		return;
	if (getenv("WATCHDOG_PID") != NULL &&
	    !ps_environment_is_us("WATCHDOG_PID"))
		return;
	if (ps_environment_number("WATCHDOG_USEC", WATCHDOG_MAX, &number))
		notify_r->watchdog_us = number;
}

void ps_notify_send(const struct ps_notify *notify, const char *state)
{
	const struct timeval wait = { .tv_sec = SEND_MAX };
	int fd;

	if (notify->len == 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	/* A full queue holds a datagram up (unix(7)), and our signals with it.
	 */
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) != 0 ||
	    sendto(fd, state, strlen(state), MSG_NOSIGNAL,
		   (const struct sockaddr *)&notify->address, notify->len) < 0)
		ps_quiet_log(ps_clock_monotonic_us(), PS_LOG_WARNING,
			     "the service manager cannot be told %.40s: %s",
			     state, strerror(errno));
	if (fd >= 0)
		close(fd);
}

void ps_notify_reloading(const struct ps_notify *notify)
{
	char state[64];

	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%llu",
		 (unsigned long long)ps_clock_monotonic_us());
	ps_notify_send(notify, state);
}

void ps_notify_alive(const struct ps_notify *notify)
{
	if (notify->watchdog_us > 0)
		ps_notify_send(notify, "WATCHDOG=1");
}

struct timespec ps_notify_interval(const struct ps_notify *notify)
{
	uint64_t us = SECOND_US;

	if (notify->watchdog_us > 0 && notify->watchdog_us / 2 < us)
		us = notify->watchdog_us / 2;
	return (struct timespec){
		.tv_sec = (time_t)(us / SECOND_US),
		.tv_nsec = (long)(us % SECOND_US) * 1000,
	};
}
