/* inbound_seal.h - our ARC set on mail from outside (RFC 8617 5.1), where
 * arc.seal_domain asks for it. */
#ifndef PS_MILTER_INBOUND_SEAL_H
#define PS_MILTER_INBOUND_SEAL_H

#include "milter/message.h"

struct ps_inbound_seal {
	const struct ps_domain_keys *keys; /* held; NULL: see fault */
	char domain[PS_DOMAIN_MAX + 1];	   /* arc.seal_domain, A-labels */
	enum ps_switch check;		   /* its sign.check_published */
	struct ps_dkim_body *body;	   /* one of in.bodies */
	const char *fault;   /* why nothing can be sealed; NULL none */
	unsigned int number; /* of the set that was made; 0 none */
};

/* The header is complete, and the body not yet there: get the keys. */
void ps_inbound_seal_begin(struct ps_message *message);
/* True: no answer about the keys is waited for. */
bool ps_inbound_seal_ready(struct ps_message *message);
/*
 * The message is judged, and everything else inserted: put the set on top.
 * results: the value of our Authentication-Results.  What cannot be sealed by a
 * fault of ours is treated as arc.on_error has it.
 */
void ps_inbound_seal_insert(struct ps_message *message,
			    struct ps_bytes results);
void ps_inbound_seal_free(struct ps_message *message);

#endif
