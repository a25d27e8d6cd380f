/* dkim_hash.c - the hash over the signed header fields (RFC 6376 3.7). */

#include "core/auth/dkim_hash.h"

#include "core/auth/dkim_signature.h"

#include <stdlib.h>
#include <string.h>

#define CANON_MAX (2 * PS_FIELDS_OCTETS_MAX + 1024)

struct hashing {
	const struct ps_dkim_header *header;
	struct ps_hasher *hasher;
	struct ps_buffer canon; /* of one field */
	unsigned char *used;	/* fields already taken by a name of h= */
};

static void add_field(struct hashing *hashing, const struct ps_field *field)
{
	const struct ps_dkim_header *header = hashing->header;

	ps_buffer_reset(&hashing->canon);
	ps_dkim_canon_field(header->canon, field, &hashing->canon);
	if (!hashing->canon.failed)
		header->crypto->hash_add(hashing->hasher, hashing->canon.data,
					 hashing->canon.len);
}

/* 5.4.2: each name takes the next field of that name from the bottom up; where
 * there is none left it stands for nothing.  3.5, of h=: never the signature
 * itself, which is told from others by where its name lies. */
static const struct ps_field *take(struct hashing *hashing,
				   struct ps_bytes name)
{
	const struct ps_fields *fields = hashing->header->fields;
	const char *own = hashing->header->field_name.at;
	size_t i;

	for (i = fields->count; i-- > 0;) {
		if (hashing->used[i] == 0 && fields->at[i].name.at != own &&
		    ps_bytes_equal_fold(ps_bytes_trim(fields->at[i].name),
					name)) {
			hashing->used[i] = 1;
			return &fields->at[i];
		}
	}
	return NULL;
}

/* 3.7: the signature itself comes last, without its final line end. */
static void add_signature(struct hashing *hashing)
{
	const struct ps_dkim_header *header = hashing->header;
	struct ps_buffer value = PS_BUFFER(CANON_MAX);
	struct ps_field field = { .name = header->field_name };

	ps_buffer_bytes(&value, header->before_b);
	ps_buffer_bytes(&value, header->behind_b);
	field.value = (struct ps_bytes){ ps_buffer_cstr(&value), value.len };
	ps_buffer_reset(&hashing->canon);
	ps_dkim_canon_field(header->canon, &field, &hashing->canon);
	if (value.failed)
		hashing->canon.failed = true;
	if (!hashing->canon.failed)
		header->crypto->hash_add(hashing->hasher, hashing->canon.data,
					 hashing->canon.len - 2);
	ps_buffer_free(&value);
}

static int hash_all(struct hashing *hashing,
		    unsigned char digest_r[PS_DIGEST_MAX], size_t *len_r)
{
	const struct ps_dkim_header *header = hashing->header;
	struct ps_bytes rest = header->names, name;
	const struct ps_field *field;

	while (ps_dkim_signature_name(&rest, &name) && !hashing->canon.failed) {
		field = take(hashing, name);
		if (field != NULL)
			add_field(hashing, field);
	}
	if (!hashing->canon.failed)
		add_signature(hashing);
	if (hashing->canon.failed)
		return -1;
	return header->crypto->hash_end(hashing->hasher, digest_r, len_r);
}

int ps_dkim_hash_header(const struct ps_dkim_header *header,
			unsigned char digest_r[PS_DIGEST_MAX], size_t *len_r)
{
	struct hashing hashing = { .header = header,
				   .canon = PS_BUFFER(CANON_MAX) };
	int result = -1;

	hashing.used = malloc(header->fields->count + 1);
	hashing.hasher =
		header->crypto->hash_new(header->crypto->ctx, header->hash);
	if (hashing.used != NULL && hashing.hasher != NULL) {
		memset(hashing.used, 0, header->fields->count + 1);
		result = hash_all(&hashing, digest_r, len_r);
	}
	if (hashing.hasher != NULL)
		header->crypto->hash_free(&hashing.hasher);
	free(hashing.used);
	ps_buffer_free(&hashing.canon);
	return result;
}
