/* arc_seal.h - make an ARC set (RFC 8617 section 5.1). */
#ifndef PS_CORE_AUTH_ARC_SEAL_H
#define PS_CORE_AUTH_ARC_SEAL_H

#include "core/auth/arc_chain.h"
#include "core/auth/dkim_canon.h"

/* All borrowed for the time of the call. */
struct ps_arc_sealing {
	const struct ps_crypto *crypto;
	const char *authserv_id;
	const char *domain, *selector; /* d=, s= of signature and seal */
	enum ps_key_type type;
	struct ps_private_key *key;
	uint64_t now;			  /* t= */
	const char *const *sign;	  /* lower case, ended by NULL; NULL: as
					     DKIM, and DKIM-Signature (4.1.2) */
	const struct ps_fields *fields;	  /* the message's */
	const struct ps_fields *results;  /* the Authentication-Results among
					     them that are authserv_id's become
					     the set's */
	const struct ps_arc_chain *chain; /* the message's */
	enum ps_arc_result cv;		  /* its verdict */
	struct ps_dkim_body *body; /* SHA-256, relaxed, no limit; complete */
};

/* What stands behind the colons: leading space, folded with CRLF HTAB. */
struct ps_arc_text {
	struct ps_buffer results, message, seal;
};

/*
 * 1: made; to be put on top of the message in this order, the seal last.
 * 0: none may be added, since the newest set says cv=fail or is the fiftieth.
 * -1: the port or memory failed.  ps_arc_text_free() it in any case.
 */
int ps_arc_seal(const struct ps_arc_sealing *sealing,
		struct ps_arc_text *text_r);
void ps_arc_text_free(struct ps_arc_text *text);

#endif
