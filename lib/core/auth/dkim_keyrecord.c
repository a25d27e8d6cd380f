/* dkim_keyrecord.c - one key record (RFC 6376 section 3.6.1, RFC 8463). */

#include "core/auth/dkim_keyrecord.h"

#include "core/auth/dkim_signature.h"
#include "core/text/base64.h"
#include "core/text/taglist.h"

#include <string.h>

#define ED25519_OCTETS 32 /* RFC 8032 5.1.5 */

/* Is word one of the values joined by colons?  Without the tag: default. */
static bool lists(const struct ps_taglist *tags, const char *tag,
		  const char *word, bool without, struct ps_bytes *value_r)
{
	const struct ps_tag *found = ps_taglist_find(tags, tag);
	struct ps_bytes rest, value;

	if (found == NULL)
		return without;
	rest = *value_r = found->value;
	while (ps_dkim_signature_name(&rest, &value)) {
		if (ps_bytes_equal_fold(value, ps_bytes_of(word)))
			return true;
	}
	return false;
}

static const char *read_type(const struct ps_taglist *tags,
			     enum ps_key_type *type_r)
{
	const struct ps_tag *tag = ps_taglist_find(tags, "k");

	*type_r = PS_KEY_RSA;
	if (tag == NULL || ps_bytes_equal_fold(tag->value, PS_BYTES("rsa")))
		return NULL;
	*type_r = PS_KEY_ED25519;
	if (ps_bytes_equal_fold(tag->value, PS_BYTES("ed25519")))
		return NULL;
	return "the key record has an unknown k=";
}

static const char *read_key(const struct ps_taglist *tags,
			    struct ps_dkim_keyrecord *record)
{
	const struct ps_tag *tag = ps_taglist_find(tags, "p");

	if (tag == NULL)
		return "the key record has no p=";
	record->revoked = tag->value.len == 0;
	if (!ps_base64_decode(tag->value, record->key, sizeof(record->key),
			      &record->key_len))
		return "p= of the key record is no key";
	if (record->type == PS_KEY_ED25519 && !record->revoked &&
	    record->key_len != ED25519_OCTETS)
		return "p= of the key record is no Ed25519 key";
	return NULL;
}

const char *ps_dkim_keyrecord_parse(struct ps_bytes text,
				    struct ps_dkim_keyrecord *record_r)
{
	const struct ps_tag *version;
	struct ps_taglist tags;
	const char *error;

	memset(record_r, 0, sizeof(*record_r));
	if (text.len > PS_DKIM_KEYRECORD_MAX)
		return "the key record is too long";
	if (!ps_taglist_parse(text, &tags))
		return "the key record is not a list of tags";
	version = ps_taglist_find(&tags, "v");
	if (version != NULL &&
	    (version != &tags.at[0] ||
	     !ps_bytes_equal(version->value, PS_BYTES("DKIM1"))))
		return "the key record is of another version";
	error = read_type(&tags, &record_r->type);
	if (error == NULL)
		error = read_key(&tags, record_r);
	if (error != NULL)
		return error;
	record_r->allows_sha1 =
		lists(&tags, "h", "sha1", true, &record_r->hashes);
	record_r->allows_sha256 =
		lists(&tags, "h", "sha256", true, &record_r->hashes);
	record_r->allows_email =
		lists(&tags, "s", "email", true, &record_r->services) ||
		lists(&tags, "s", "*", true, &record_r->services);
	record_r->testing = lists(&tags, "t", "y", false, &record_r->flags);
	record_r->strict = lists(&tags, "t", "s", false, &record_r->flags);
	return NULL;
}
