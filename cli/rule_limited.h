/* rule_limited.h - who was over which limit, from when until when. */
#ifndef PS_CLI_RULE_LIMITED_H
#define PS_CLI_RULE_LIMITED_H

#include "cli/command.h"
#include "core/rules/rule_eval.h"

#define PS_LIMITED_MAX 100000 /* rows kept; more are only counted; ours */

struct ps_limited;

/* 0, or -1: no memory. */
int ps_limited_new(const struct ps_rules *rules, struct ps_limited **limited_r);
void ps_limited_free(struct ps_limited **limited);
/* A request of that time was judged so: if a limit fired, it is counted in the
 * row of its rule and key; after a pause as long as the window in a new one. */
void ps_limited_add(struct ps_limited *limited, uint64_t when,
		    const struct ps_rule_verdict *verdict);
/* A row for each, by the time of its begin: lines, or the member "limited". */
void ps_limited_say(struct ps_limited *limited, struct ps_output *output);

/* "2026-11-26 14:00:01", of this machine's zone; zulu: RFC 3339, of UTC. */
#define PS_MOMENT_MAX 40
const char *ps_moment(uint64_t when, bool zulu, char text_r[PS_MOMENT_MAX]);

#endif
