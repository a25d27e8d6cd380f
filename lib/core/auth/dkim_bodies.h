/* dkim_bodies.h - the body hashes of one message, each made once. */
#ifndef PS_CORE_AUTH_DKIM_BODIES_H
#define PS_CORE_AUTH_DKIM_BODIES_H

#include "core/auth/dkim_canon.h"

/*
 * DKIM signatures and ARC sets that canonicalize and cut the body alike share
 * one hash.  All must be asked for before the body comes.
 */
struct ps_dkim_bodies;

#define PS_DKIM_BODIES_MAX 64 /* of one message; ours */

/* crypto is borrowed until it is freed.  0, or -1 out of memory. */
int ps_dkim_bodies_new(const struct ps_crypto *crypto,
		       struct ps_dkim_bodies **bodies_r);
/* limit: as in dkim_canon.h.  Borrowed from bodies.  NULL: no memory, or more
 * than PS_DKIM_BODIES_MAX. */
struct ps_dkim_body *ps_dkim_bodies_get(struct ps_dkim_bodies *bodies,
					enum ps_hash hash,
					enum ps_dkim_canon canon,
					uint64_t limit);
/* The body, in any pieces; never stored. */
void ps_dkim_bodies_add(struct ps_dkim_bodies *bodies, const void *data,
			size_t len);
void ps_dkim_bodies_free(struct ps_dkim_bodies **bodies);

#endif
