/* control_state.c - requests at the control socket about suspended logins. */

#include "milter/control_state.h"

#include "directory/log.h"
#include "milter/status.h"

#include <stdio.h>
#include <string.h>

#define BY_HAND "by the administrator"

static void suspend(struct ps_state *state,
		    const struct ps_control_request *request, uint64_t now,
		    struct ps_buffer *replies)
{
	const char *reason =
		request->reason[0] == '\0' ? BY_HAND : request->reason;
	char why[PS_REASON_MAX];

	switch (ps_state_suspend(state, ps_bytes_of(request->subject), now,
				 reason, "", why)) {
	case 1:
		ps_log(PS_LOG_WARNING, "suspended %s: %s", request->subject,
		       reason);
		if (why[0] != '\0')
			ps_log(PS_LOG_ERROR,
			       "a suspension is in memory only: %s", why);
		ps_control_answer(replies,
				  why[0] == '\0'
					  ? json_object()
					  : json_pack("{s:o}", "note",
						      ps_control_text(why)));
		break;
	case 0:
		ps_control_refuse(replies, true, "it is suspended already");
		break;
	default:
		ps_control_refuse(replies, false, why);
		break;
	}
}

static void enable(struct ps_state *state,
		   const struct ps_control_request *request,
		   struct ps_buffer *replies)
{
	char why[PS_REASON_MAX];

	switch (ps_state_enable(state, ps_bytes_of(request->subject), why)) {
	case 1:
		ps_log(PS_LOG_WARNING, "%s is suspended no longer",
		       request->subject);
		ps_control_answer(replies, json_object());
		break;
	case 0:
		ps_control_refuse(replies, true, "it is not suspended");
		break;
	default:
		ps_control_refuse(replies, false, why);
		break;
	}
}

void ps_control_state(struct ps_state *state,
		      const struct ps_control_request *request, uint64_t now,
		      struct ps_buffer *replies)
{
	struct ps_suspension found;

	if (request->verb == PS_CONTROL_SUSPEND)
		suspend(state, request, now, replies);
	else if (request->verb == PS_CONTROL_ENABLE)
		enable(state, request, replies);
	else if (ps_state_is_suspended(state, ps_bytes_of(request->subject),
				       &found))
		ps_control_answer(replies, ps_status_suspension(&found));
	else
		ps_control_refuse(replies, true, "it is not suspended");
}
