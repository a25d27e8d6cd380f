/* control_limits.h - requests at the control socket about rate limits. */
#ifndef PS_MILTER_CONTROL_LIMITS_H
#define PS_MILTER_CONTROL_LIMITS_H

#include "milter/control.h"
#include "milter/policy.h"

/* Rows of a list where "most" is not given, and a limit that is near: percent
 * of its maximum; ours. */
#define PS_LIMITS_MOST 100
#define PS_LIMITS_NEAR 80

/*
 * LIMITS: the windows that are near or over their limit now, the fullest first;
 * subject: only keys that begin so, or whose value does.  RESET: of each rule,
 * nothing was counted of the key subject, "sasl_username=alice", or of every
 * key with that value.  policy NULL: there is no policy service.  now: seconds
 * since 1970.
 */
void ps_control_limits(struct ps_policy *policy, enum ps_window_mode mode,
		       const struct ps_control_request *request, uint64_t now,
		       struct ps_buffer *replies);

#endif
