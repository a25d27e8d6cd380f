/* withhold.h - no signature that verifiers would find bad: is the key that
 * signs the one in the DNS? */
#ifndef PS_MILTER_WITHHOLD_H
#define PS_MILTER_WITHHOLD_H

#include "milter/message.h"

/*
 * Is each key the one in the DNS?  ask: the questions leave.  answered: what
 * came is noted, for those not asked before after a wait of dns.timeout at
 * most.  withheld: the ith is known to be another; what is not known signs.
 */
void ps_withhold_ask(struct ps_message *message);
void ps_withhold_answered(struct ps_message *message);
bool ps_withhold_is(const struct ps_message *message, size_t i);

#endif
