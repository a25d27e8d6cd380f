/* arc_hash.h - what an ARC-Seal is over (RFC 8617 section 5.1.1). */
#ifndef PS_CORE_AUTH_ARC_HASH_H
#define PS_CORE_AUTH_ARC_HASH_H

#include "core/auth/arc_chain.h"
#include "core/auth/crypto.h"

/*
 * All sets in the order of their numbers, each its results, its signature, its
 * seal, in relaxed form; of the last set's seal the value in two parts, before
 * and behind the value of b=, and no final line end.  0, or -1 when the port or
 * memory failed.
 */
int ps_arc_hash_seal(const struct ps_crypto *crypto, enum ps_hash hash,
		     const struct ps_arc_set *set, unsigned int count,
		     struct ps_bytes before_b, struct ps_bytes behind_b,
		     unsigned char digest_r[PS_DIGEST_MAX], size_t *len_r);

#endif
