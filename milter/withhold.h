/* withhold.h - no signature that verifiers would find bad: is the key that
 * signs the one in the DNS? */
#ifndef PS_MILTER_WITHHOLD_H
#define PS_MILTER_WITHHOLD_H

#include "milter/message.h"

/* Borrowed for the time of the call. */
struct ps_withhold {
	const struct ps_service *service;
	const struct ps_domain_keys *keys;
	const char *domain;   /* theirs */
	enum ps_switch check; /* its sign.check_published */
	const struct ps_questions *questions;
};

/* Is any of the keys to be asked for now? */
bool ps_withhold_due(const struct ps_withhold *withhold);
/* One round of questions; what comes is noted, and said once.  True: no answer
 * is outstanding for a key that nothing is known of. */
bool ps_withhold_round(const struct ps_withhold *withhold);
/* The ith is known to be another; what is not known signs. */
bool ps_withhold_is(const struct ps_withhold *withhold, size_t i);

/*
 * Of the keys of an originating message.  ask: the questions leave.  answered:
 * what came is noted, for keys not asked for before after a wait of dns.timeout
 * at most.
 */
struct ps_withhold ps_withhold_of(const struct ps_message *message);
void ps_withhold_ask(struct ps_message *message);
void ps_withhold_answered(struct ps_message *message);

#endif
