/* replay_request.h - requests of the policy protocol out of records. */
#ifndef PS_CLI_REPLAY_REQUEST_H
#define PS_CLI_REPLAY_REQUEST_H

#include "cli/mail_log.h"
#include "core/rules/policy_request.h"

enum ps_stage { PS_STAGE_RCPT, PS_STAGE_DATA, PS_STAGE_END, PS_STAGES };

/* A request, and the numbers in it as text. */
struct ps_replay_request {
	struct ps_policy_request policy; /* borrows from the line, and text */
	char size[24], recipients[24];
};

/* "RCPT,END-OF-MESSAGE" as bits; 0: not of these words. */
unsigned int ps_stages_read(const char *text);
/* What Postfix would have sent of a message (QUEUED) at that stage, or
 * (REFUSED) at RCPT, as far as its log says.  line is borrowed. */
void ps_replay_request_of(const struct ps_mail_line *line, enum ps_stage stage,
			  struct ps_replay_request *request_r);
/* What a log does not say of a request, for people: ends with NULL. */
extern const char *const ps_replay_unknown[];

/*
 * The time of a recorded request: its attribute "request_time", seconds since
 * 1970 or RFC 3339.  False: it has none, or it cannot be read.
 */
bool ps_replay_time(const struct ps_policy_request *request, uint64_t latest,
		    uint64_t *time_r);

#endif
