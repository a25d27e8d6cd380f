/* rule_window.h - the arithmetic of a rate's window; no clock, no store. */
#ifndef PS_CORE_RULES_RULE_WINDOW_H
#define PS_CORE_RULES_RULE_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

enum ps_window_mode {
	PS_WINDOW_FIXED,  /* begins with the first request in it */
	PS_WINDOW_SLIDING /* the last seconds, by two fixed ones */
};

/* What is kept for one key.  All zero: nothing was counted yet. */
struct ps_window {
	uint64_t start;	 /* of the present window, seconds since 1970 */
	uint64_t count;	 /* in it */
	uint64_t before; /* SLIDING: in the one that ended at start */
};

/*
 * Count amount at now in a window of that many seconds, and say in *sum_r what
 * it would hold with it.  True: within max, and counted.  False: above max; it
 * is not added, except that the first request of a FIXED window is kept with
 * whatever it has, as postfwd does: too large a first one closes the window.
 *
 * FIXED ends when more than seconds have passed.  SLIDING takes the window
 * before as spread evenly, and adds the share of it that is still within the
 * last seconds, rounded up.  A clock that steps back opens no new window,
 * unless by more than a window lasts: what was counted while it was so far
 * ahead would close the window until that time comes.
 */
bool ps_window_add(struct ps_window *window, enum ps_window_mode mode,
		   uint64_t now, uint32_t seconds, uint64_t amount,
		   uint64_t max, uint64_t *sum_r);
/* Nothing of it counts any more at now. */
bool ps_window_over(const struct ps_window *window, enum ps_window_mode mode,
		    uint64_t now, uint32_t seconds);

#endif
