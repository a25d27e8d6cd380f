/* arc_hash.c - what an ARC-Seal is over (RFC 8617 section 5.1.1). */

#include "core/auth/arc_hash.h"

#include "core/auth/dkim_canon.h"

/* A field in relaxed form is hardly longer than as it was written. */
#define CANON_MAX (2 * PS_FIELDS_OCTETS_MAX)

static void add(struct ps_buffer *canon, const struct ps_field *field)
{
	ps_dkim_canon_field(PS_DKIM_RELAXED, field, canon);
}

int ps_arc_hash_seal(const struct ps_crypto *crypto, enum ps_hash hash,
		     const struct ps_arc_set *set, unsigned int count,
		     struct ps_bytes before_b, struct ps_bytes behind_b,
		     unsigned char digest_r[PS_DIGEST_MAX], size_t *len_r)
{
	struct ps_buffer canon = PS_BUFFER(CANON_MAX);
	struct ps_buffer value = PS_BUFFER(CANON_MAX);
	struct ps_field seal = { .name = PS_BYTES("ARC-Seal") };
	struct ps_hasher *hasher = crypto->hash_new(crypto->ctx, hash);
	unsigned int i;
	int result = -1;

	for (i = 0; i < count; i++) {
		add(&canon, set[i].results);
		add(&canon, set[i].message);
		if (i + 1 < count)
			add(&canon, set[i].seal);
	}
	ps_buffer_bytes(&value, before_b);
	ps_buffer_bytes(&value, behind_b);
	seal.value = (struct ps_bytes){ ps_buffer_cstr(&value), value.len };
	add(&canon, &seal);
	if (hasher != NULL && !canon.failed && !value.failed) {
		crypto->hash_add(hasher, canon.data, canon.len - 2);
		result = crypto->hash_end(hasher, digest_r, len_r);
	}
	if (hasher != NULL)
		crypto->hash_free(&hasher);
	ps_buffer_free(&canon);
	ps_buffer_free(&value);
	return result;
}
