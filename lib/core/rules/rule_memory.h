/* rule_memory.h - what rules remember of requests before: ports, as those of
 * rule_port.h. */
#ifndef PS_CORE_RULES_RULE_MEMORY_H
#define PS_CORE_RULES_RULE_MEMORY_H

#include "core/rules/login_sketch.h"
#include "core/text/bytes.h"

/* A request with a login; texts are borrowed. */
struct ps_rule_login {
	struct ps_bytes login, client_address;
	struct ps_bytes recipient; /* at NULL: not asked for one recipient */
	struct ps_bytes instance;  /* of the message; may be empty */
	uint64_t now;		   /* seconds since 1970 */
};

/* What logins have lately sent from, and to; the login's case does not count.
 */
struct ps_rule_logins {
	void (*note)(void *ctx, const struct ps_rule_login *request);
	/* False: the login is not known. */
	bool (*count)(void *ctx, struct ps_bytes login, uint64_t now,
		      uint32_t seconds, struct ps_login_counts *counts_r);
	bool has_countries; /* else no item of them holds */
	void *ctx;
};

/* Groups that rules fill (groupadd); texts are borrowed, members in lower case.
 * What was added is in for seconds, from the last time on. */
struct ps_rule_groups {
	void (*add)(void *ctx, struct ps_bytes group, struct ps_bytes member,
		    uint64_t now, uint32_t seconds);
	void (*remove)(void *ctx, struct ps_bytes group,
		       struct ps_bytes member);
	bool (*has)(void *ctx, struct ps_bytes group, struct ps_bytes member,
		    uint64_t now);
	void *ctx;
};

#endif
