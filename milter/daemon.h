/* daemon.h - the state of the process: the configuration now in force. */
#ifndef PS_MILTER_DAEMON_H
#define PS_MILTER_DAEMON_H

#include "io/resolver.h"
#include "io/state.h"
#include "milter/metrics.h"
#include "milter/policy.h"
#include "milter/service.h"

struct ps_daemon;

/* Does config ask for what this build does not have?  0, or -1 with a sentence
 * in error_r. */
int ps_daemon_check(const struct ps_config *config,
		    char error_r[PS_CONFIG_ERROR_MAX]);
/*
 * Open what config names (keys, resolver, directory) and take config over.
 * After root was dropped: keys must be readable for the user the process has.
 * 0; -1 with a sentence in error_r, config is then still the caller's.
 */
int ps_daemon_new(struct ps_config *config, struct ps_daemon **daemon_r,
		  char error_r[PS_CONFIG_ERROR_MAX]);
/*
 * Open what one process alone may have, and its user owns: its decisions, the
 * rules and their counts.  Before anything is served.  0; -1 with a sentence in
 * error_r.
 */
int ps_daemon_open_own(struct ps_daemon *daemon,
		       char error_r[PS_CONFIG_ERROR_MAX]);
/* Once no session is left. */
void ps_daemon_free(struct ps_daemon **daemon);

/* The service of now, held: the caller releases it.  Any thread. */
struct ps_service *ps_daemon_hold(struct ps_daemon *daemon);
/* NULL: limits.rules was not set at the start.  The daemon's. */
struct ps_policy *ps_daemon_policy(struct ps_daemon *daemon);
/*
 * Read the configuration again; messages under way keep the one they began
 * with.  0; -1 with a sentence in error_r: it cannot be used, and changes
 * nothing.  Either is logged.  Any thread.
 */
int ps_daemon_reload(struct ps_daemon *daemon,
		     char error_r[PS_CONFIG_ERROR_MAX]);
/* Who sends mails for us, before anything is served; borrowed until it is
 * freed. It gets the settings, at each reload as well. */
void ps_daemon_equip(struct ps_daemon *daemon, struct ps_notifier *notifier);
struct ps_notifier *ps_daemon_notifier(struct ps_daemon *daemon);
/* Each second: look for what changes without a reload, and do what could not be
 * done before.  Any thread. */
void ps_daemon_look(struct ps_daemon *daemon);
/* Monotonic microseconds: when it has looked last. */
uint64_t ps_daemon_looked(struct ps_daemon *daemon);
/* What is counted of it; of the DNS since the start, and the answers and
 * questions of the configuration of now. */
struct ps_metrics *ps_daemon_metrics(struct ps_daemon *daemon);
void ps_daemon_dns(struct ps_daemon *daemon, struct ps_resolver_stats *stats_r);
/* Borrowed until it is freed. */
struct ps_state *ps_daemon_state(struct ps_daemon *daemon);
/* Seconds since 1970: its start, and since when the configuration of now is in
 * force. */
void ps_daemon_times(struct ps_daemon *daemon, uint64_t *started_r,
		     uint64_t *loaded_r);

#endif
