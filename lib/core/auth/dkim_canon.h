/* dkim_canon.h - canonicalization (RFC 6376 section 3.4), streaming. */
#ifndef PS_CORE_AUTH_DKIM_CANON_H
#define PS_CORE_AUTH_DKIM_CANON_H

#include "core/auth/crypto.h"
#include "core/text/buffer.h"
#include "core/text/fields.h"

#include <stdbool.h>
#include <stdint.h>

enum ps_dkim_canon { PS_DKIM_SIMPLE, PS_DKIM_RELAXED };

/*
 * One canonicalized body on its way into one hash (3.4.3, 3.4.4).  Constant
 * memory, whatever the body: blank lines are counted, not kept.
 */
struct ps_dkim_body;

/* limit: l=, counted in canonicalized octets; UINT64_MAX: none. */
int ps_dkim_body_new(const struct ps_crypto *crypto, enum ps_hash hash,
		     enum ps_dkim_canon canon, uint64_t limit,
		     struct ps_dkim_body **body_r);
void ps_dkim_body_add(struct ps_dkim_body *body, const void *data, size_t len);
/* First call ends it; later calls give the same.  -1: the hash failed.
 * *octets_r: canonicalized octets in all, also beyond the limit. */
int ps_dkim_body_end(struct ps_dkim_body *body,
		     unsigned char digest_r[PS_DIGEST_MAX], size_t *len_r,
		     uint64_t *octets_r);
void ps_dkim_body_free(struct ps_dkim_body **body);

/* One field in canonical form, with its final CRLF (3.4.1, 3.4.2). */
void ps_dkim_canon_field(enum ps_dkim_canon canon, const struct ps_field *field,
			 struct ps_buffer *out);

#endif
