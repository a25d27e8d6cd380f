/* daemon_pid.h - the postseald that wrote a pid file. */
#ifndef PS_CLI_DAEMON_PID_H
#define PS_CLI_DAEMON_PID_H

#include <sys/types.h>

/* 0: it does not run.  NULL: there is no such file. */
pid_t ps_daemon_find(const char *pid_file);

#endif
