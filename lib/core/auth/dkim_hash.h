/* dkim_hash.h - the hash over the signed header fields (RFC 6376 3.7). */
#ifndef PS_CORE_AUTH_DKIM_HASH_H
#define PS_CORE_AUTH_DKIM_HASH_H

#include "core/auth/dkim_canon.h"

struct ps_dkim_header {
	const struct ps_crypto *crypto;
	enum ps_hash hash;
	enum ps_dkim_canon canon;
	const struct ps_fields *fields;
	struct ps_bytes names; /* h= */
	/* The signature's own field, its value in two parts: what stands before
	 * and behind the value of b=.  Of a field in fields, the name is that
	 * field's own slice. */
	struct ps_bytes field_name, before_b, behind_b;
};

/* 0, or -1 when the port or memory failed. */
int ps_dkim_hash_header(const struct ps_dkim_header *header,
			unsigned char digest_r[PS_DIGEST_MAX], size_t *len_r);

#endif
