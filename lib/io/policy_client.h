/* policy_client.h - ask another policy server (SMTPD_POLICY_README). */
#ifndef PS_IO_POLICY_CLIENT_H
#define PS_IO_POLICY_CLIENT_H

#include "core/rules/policy_request.h"
#include "core/text/buffer.h"
#include "directory/directory.h"

#define PS_POLICY_ANSWER_MAX 4096 /* octets of a reply; ours */

/*
 * Send request and wait for the reply, over TCP, until (monotonic microseconds)
 * at most.  0: answer has what stands behind "action="; -1 with a sentence in
 * reason_r: no answer, or one that is none.
 */
int ps_policy_client_ask(const struct ps_ip *ip, unsigned int port,
			 const struct ps_policy_request *request,
			 uint64_t until, struct ps_buffer *answer,
			 char reason_r[PS_REASON_MAX]);

#endif
