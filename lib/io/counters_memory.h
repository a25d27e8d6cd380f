/* counters_memory.h - the counts of rate limits, kept by this process. */
#ifndef PS_IO_COUNTERS_MEMORY_H
#define PS_IO_COUNTERS_MEMORY_H

#include "core/rules/rule_port.h"
#include "core/rules/rule_window.h"

#define PS_COUNTER_TEXT_MAX 1024 /* octets of a rule, and of a key; ours */

/* Safe in any thread. */
struct ps_counters;

/* One window; texts are borrowed during the call. */
struct ps_counter {
	struct ps_bytes rule, key;
	uint32_t seconds;
	struct ps_window window;
	bool limited; /* a request was above the maximum in this window */
};

/*
 * Holds at most keys_max windows, some 150 octets each.  When there are more,
 * those go that are over, then the one that was used longest ago and has no
 * limit reached; when all have, a new key is FULL: not counted.  0, or -1: no
 * memory, or no randomness.
 */
int ps_counters_new(size_t keys_max, enum ps_window_mode mode,
		    struct ps_counters **counters_r);
void ps_counters_free(struct ps_counters **counters);

/* ps_rule_counters' add(), with the counters as ctx.  FULL also without memory,
 * and for a text over PS_COUNTER_TEXT_MAX. */
enum ps_rule_counted ps_counters_add(void *counters,
				     const struct ps_rule_count *count,
				     uint64_t *sum_r);

typedef void ps_counter_each(void *ctx, const struct ps_counter *counter);
/* Those that were counted since the last call / all; in no order. */
void ps_counters_changed(struct ps_counters *counters, ps_counter_each *each,
			 void *ctx);
void ps_counters_all(struct ps_counters *counters, ps_counter_each *each,
		     void *ctx);
/* As it was kept elsewhere, in the place of what is there; unless it is over at
 * now.  False: no room. */
bool ps_counters_put(struct ps_counters *counters,
		     const struct ps_counter *counter, uint64_t now);
/* As it was counted elsewhere, just now: the same, and it has changed.  What is
 * there stays when it holds more of the same window. */
bool ps_counters_keep(struct ps_counters *counters,
		      const struct ps_counter *counter, uint64_t now);
/* All zero: there is none. */
struct ps_window ps_counters_window(struct ps_counters *counters,
				    struct ps_bytes rule, struct ps_bytes key);
/* Nothing was counted of it, as if from now.  False: there is none. */
bool ps_counters_reset(struct ps_counters *counters, struct ps_bytes rule,
		       struct ps_bytes key);

/* Windows held; keys that were not counted since the start. */
size_t ps_counters_held(struct ps_counters *counters);
uint64_t ps_counters_refused(struct ps_counters *counters);

#endif
