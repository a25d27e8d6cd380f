/* config_limits.h - the settings of rules and rate limits
 * (postseal.conf(5)). */
#ifndef PS_DIRECTORY_CONFIG_LIMITS_H
#define PS_DIRECTORY_CONFIG_LIMITS_H

#include "core/rules/rule_set.h"
#include "core/rules/rule_window.h"
#include "directory/config_redis.h"

struct ps_config_limits {	       /* limits { } */
	const char *rules;	       /* postseal-rules(5); NULL: no service */
	enum ps_rule_compat compat;    /* default safe */
	struct ps_config_list sockets; /* default
				unix:/var/spool/postfix/postseal/policy.sock */
	unsigned int connections;      /* open at a time; default 1000 */
	enum ps_window_mode mode;      /* default fixed */
	unsigned int keys_max;	       /* windows kept; default 1000000 */
	const char *journal; /* default /var/lib/postseal/state/counters */
	unsigned int sync;   /* seconds between waits for the disk; default 30,
				0: never */
	unsigned int logins_max;  /* watched at a time; default 10000 */
	const char *country_file; /* in MaxMind's form; NULL: none */
	struct ps_config_redis redis;
};

#endif
