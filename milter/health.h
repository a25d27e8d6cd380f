/* health.h - can the daemon answer, and what of what it stands on is there? */
#ifndef PS_MILTER_HEALTH_H
#define PS_MILTER_HEALTH_H

#include "milter/daemon.h"

#define PS_HEALTH_BACKENDS_MAX 3
/* What was found is told again for so long: asking may wait.  Ours. */
#define PS_HEALTH_KEPT_US      5000000
/* The daemon looks after itself each second; nothing for so long, and it does
 * no more (as WatchdogSec= of the unit). */
#define PS_HEALTH_STUCK_US     60000000

struct ps_backend_health {
	const char *name; /* "directory", "redis", "journal" */
	const char *kind; /* "sqlite", "ldap", "redis", "file" */
	bool up;
	char reason[PS_REASON_MAX]; /* of one that is not */
};

/* Safe in any thread. */
struct ps_health;

/* serving: does the milter take messages?  daemon is borrowed.  0, or -1. */
int ps_health_new(struct ps_daemon *daemon, bool (*serving)(void),
		  struct ps_health **health_r);
void ps_health_free(struct ps_health **health);
/* How many; may wait for the directory, as a lookup does.  Nobody's mail waits
 * for that. */
size_t
ps_health_backends(struct ps_health *health,
		   struct ps_backend_health state_r[PS_HEALTH_BACKENDS_MAX]);
/* NULL: the daemon answers, be it that a backend is not there and it answers
 * "later".  Else why not. */
const char *ps_health_fault(struct ps_health *health);
/* The same, of what is known; pure. */
const char *ps_health_judge(bool serving, uint64_t looked_us, uint64_t now_us);

#endif
