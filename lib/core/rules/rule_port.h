/* rule_port.h - what a rule file asks of the world; the core brings nothing. */
#ifndef PS_CORE_RULES_RULE_PORT_H
#define PS_CORE_RULES_RULE_PORT_H

#include "core/text/dns.h"

#include <stdint.h>

/* An attribute by its name in Postfix's policy protocol.  at is NULL: it was
 * not sent.  Borrowed for as long as the request is judged. */
struct ps_rule_request {
	struct ps_bytes (*get)(void *ctx, struct ps_bytes name);
	void *ctx;
};

enum ps_rule_read { PS_RULE_READ, PS_RULE_READ_MISSING, PS_RULE_READ_FAILED };

/* Value files.  *content_r is borrowed until the next call. */
struct ps_rule_files {
	enum ps_rule_read (*read)(void *ctx, const char *path,
				  struct ps_bytes *content_r);
	void *ctx;
};

struct ps_regex; /* one compiled pattern, made by the port */

/* Perl's regular expressions over octets, ASCII case ignored; both functions
 * may run in several threads at once. */
struct ps_rule_regex {
	/* NULL: not a pattern, or no memory; error_r says why. */
	struct ps_regex *(*compile)(void *ctx, struct ps_bytes pattern,
				    char *error_r, size_t error_size);
	/* 1 found, 0 not found, -1 gave up (bounded work) or no memory. */
	int (*match)(const struct ps_regex *regex, struct ps_bytes subject);
	void (*free)(struct ps_regex **regex);
	void *ctx;
};

/* One count: add amount to the window of (rule, key), unless the sum would be
 * above max; ps_window_add() has the arithmetic.  Texts are borrowed. */
struct ps_rule_count {
	const char *rule;    /* its identity, with max and seconds */
	struct ps_bytes key; /* "sender=a@b.example" */
	uint64_t amount, max;
	uint32_t seconds; /* of the window */
	uint64_t now;	  /* seconds since 1970 */
};

enum ps_rule_counted {
	PS_RULE_COUNTED,
	PS_RULE_COUNT_FULL,   /* no room for a new key: not counted */
	PS_RULE_COUNT_PENDING /* the store will answer; be run again */
};

/* *sum_r: what the window would hold with this request. */
struct ps_rule_counters {
	enum ps_rule_counted (*add)(void *ctx,
				    const struct ps_rule_count *count,
				    uint64_t *sum_r);
	void *ctx;
};

/* Another policy server (ask); the answer without "action=", borrowed for the
 * request.  NOTFOUND and TEMPFAIL: no answer, the rule file goes on. */
struct ps_rule_ask {
	enum ps_dns_status (*ask)(void *ctx, const char *host, unsigned port,
				  struct ps_bytes *answer_r);
	void *ctx;
};

#endif
