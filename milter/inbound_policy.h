/* inbound_policy.h - what speaks for and against mail that fails DMARC: the
 * exceptions of dmarc { }, and the signs of dmarc.reject_when = confirmed. */
#ifndef PS_MILTER_INBOUND_POLICY_H
#define PS_MILTER_INBOUND_POLICY_H

#include "core/auth/judge.h"
#include "milter/message.h"

/*
 * Ask the DNS of the client's address, where the settings and the verdict so
 * far need it.  True: no answer is needed that is not there.
 */
bool ps_inbound_policy_signs(struct ps_message *message);
/* DMARC is judged: is its failure spared by one of the exceptions? */
enum ps_spare ps_inbound_policy_spare(const struct ps_message *message);
/* For the log: why a failure was refused, or was not. */
void ps_inbound_policy_note(struct ps_message *message,
			    const struct ps_decision *decision);

#endif
