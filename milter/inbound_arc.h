/* inbound_arc.h - the ARC chain of mail from outside. */
#ifndef PS_MILTER_INBOUND_ARC_H
#define PS_MILTER_INBOUND_ARC_H

#include "core/auth/arc_trust.h"
#include "milter/message.h"

struct ps_inbound_arc {
	struct ps_arc_validator *validator;
	const struct ps_arc_verdict *verdict; /* the validator's; NULL: not yet
					       */
	struct ps_arc_trust trust;
};

/* The header is complete, the body hashes are made: ask for keys. */
void ps_inbound_arc_begin(struct ps_message *message);
/* The body is complete.  True: judged. */
bool ps_inbound_arc_judge(struct ps_message *message);
void ps_inbound_arc_free(struct ps_message *message);

#endif
