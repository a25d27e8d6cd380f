/* control_state.h - requests at the control socket about suspended logins. */
#ifndef PS_MILTER_CONTROL_STATE_H
#define PS_MILTER_CONTROL_STATE_H

#include "io/state.h"
#include "milter/control.h"

/* For SUSPEND, ENABLE and SUSPENDED: do it, log what was changed, and append
 * the reply.  now: seconds since 1970. */
void ps_control_state(struct ps_state *state,
		      const struct ps_control_request *request, uint64_t now,
		      struct ps_buffer *replies);

#endif
