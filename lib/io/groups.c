/* groups.c - groups that rules fill: a window without a limit for a member. */

#include "io/groups.h"

/* How long it is in stands where a sliding window has its count before. */
static void add(void *ctx, struct ps_bytes group, struct ps_bytes member,
		uint64_t now, uint32_t seconds)
{
	const struct ps_counter counter = { .rule = group,
					    .key = member,
					    .seconds = seconds,
					    .window = { .start = now,
							.count = 1,
							.before = seconds } };

	(void)ps_counters_keep(ctx, &counter, now);
}

static void take_out(void *ctx, struct ps_bytes group, struct ps_bytes member)
{
	(void)ps_counters_reset(ctx, group, member);
}

static bool has(void *ctx, struct ps_bytes group, struct ps_bytes member,
		uint64_t now)
{
	struct ps_window window = ps_counters_window(ctx, group, member);

	return window.count > 0 && (now <= window.start ||
				    now - window.start <= window.before);
}

struct ps_rule_groups ps_groups_port(struct ps_counters *counters)
{
	return (struct ps_rule_groups){
		.add = add, .remove = take_out, .has = has, .ctx = counters
	};
}
