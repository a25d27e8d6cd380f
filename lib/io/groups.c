/* groups.c - groups that rules fill: a window without a limit for a member. */

#include "io/groups.h"

#include <string.h>

#define NAME_MAX_OCTETS 128 /* the core takes 64; ours */

struct name {
	char text[NAME_MAX_OCTETS];
};

/* "%%GROUP", in the caller's memory. */
static struct ps_bytes name_of(struct ps_bytes group, struct name *name)
{
	size_t len = group.len;

	if (len > NAME_MAX_OCTETS - 2)
		len = NAME_MAX_OCTETS - 2;
	memcpy(name->text, "%%", 2);
	memcpy(name->text + 2, group.at, len);
	return (struct ps_bytes){ name->text, len + 2 };
}

/* How long it is in stands where a sliding window has its count before. */
static void add(void *ctx, struct ps_bytes group, struct ps_bytes member,
		uint64_t now, uint32_t seconds)
{
	struct name name;
	const struct ps_counter counter = {
		.rule = name_of(group, &name),
		.key = member,
		.seconds = seconds,
		.window = { .start = now, .count = 1, .before = seconds }
	};

	(void)ps_counters_keep(ctx, &counter, now);
}

static void take_out(void *ctx, struct ps_bytes group, struct ps_bytes member)
{
	struct name name;

	(void)ps_counters_reset(ctx, name_of(group, &name), member);
}

static bool has(void *ctx, struct ps_bytes group, struct ps_bytes member,
		uint64_t now)
{
	struct name name;
	struct ps_window window =
		ps_counters_window(ctx, name_of(group, &name), member);

	/* Before it began as well: a clock that was ahead, and has been set
	 * right, must not keep it in for longer. */
	return window.count > 0 &&
	       (now < window.start ? window.start - now : now - window.start) <=
		       window.before;
}

struct ps_rule_groups ps_groups_port(struct ps_counters *counters)
{
	return (struct ps_rule_groups){
		.add = add, .remove = take_out, .has = has, .ctx = counters
	};
}
