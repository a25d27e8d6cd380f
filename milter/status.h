/* status.h - what the running daemon says of itself. */
#ifndef PS_MILTER_STATUS_H
#define PS_MILTER_STATUS_H

#include "milter/daemon.h"
#include "milter/health.h"
#include "milter/listening.h"

#include <jansson.h>

/* Of libmilter's side, which only the program has. */
struct ps_milter_counts {
	unsigned long (*messages)(void);
	unsigned int (*sessions)(void);
	bool (*serving)(void);
};

/* A service beside the milter. */
struct ps_status_service {
	const char *name;
	const struct ps_listening *listening;
	unsigned int clients;	/* connected now */
	unsigned long requests; /* since the start */
};

struct ps_status {
	struct ps_daemon *daemon;
	const struct ps_milter_counts *milter;
	struct ps_health *health;
	const char *socket; /* the milter's, as it was opened */
	size_t count;
	struct ps_status_service service[4];
};

#define PS_STATUS_SUSPENDED_MAX 500  /* that are listed; ours */
#define PS_STATUS_RULES_MAX	1000 /* the same */
#define PS_STATUS_DOMAINS_MAX	500  /* the same, of keys */

/* An object; NULL: no memory.  Any thread. */
json_t *ps_status_json(const struct ps_status *status);
json_t *ps_status_suspension(const struct ps_suspension *suspension);

#endif
