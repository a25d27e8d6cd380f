/* dkim_check.c - one signature against the message and its key records. */

#include "core/auth/dkim_check.h"

#include "core/auth/dkim_hash.h"
#include "core/auth/dkim_keyrecord.h"

#include <stdio.h>
#include <string.h>

#define RSA_BITS_MIN   1024 /* RFC 8301 3.2 */
#define KEYS_TRIED_MAX 8    /* of one name; ours (3.6.2.2: undefined) */

enum ps_dns_status ps_dkim_check_ask(const struct ps_dkim_signature *signature,
				     const struct ps_idn *idn,
				     const struct ps_dns *dns,
				     const struct ps_dns_answer **answer_r)
{
	char selector[PS_DOMAIN_MAX + 1], domain[PS_DOMAIN_MAX + 1];
	char name[PS_DKIM_SELECTOR_MAX + PS_DOMAIN_MAX + 16];

	/* U-labels are asked for as A-labels. */
	if (!ps_idn_domain(idn, ps_bytes_of(signature->selector), selector) ||
	    !ps_idn_domain(idn, ps_bytes_of(signature->domain), domain))
		return PS_DNS_NOTFOUND;
	snprintf(name, sizeof(name), "%s._domainkey.%s", selector, domain);
	if (strlen(name) > PS_DOMAIN_MAX)
		return PS_DNS_NOTFOUND;
	return dns->lookup(dns->ctx, name, PS_DNS_TXT, answer_r);
}

/* NULL: this record may sign this message. */
static const char *record_fits(const struct ps_dkim_signature *signature,
			       const struct ps_dkim_keyrecord *record)
{
	if (record->revoked)
		return "the key is revoked";
	if (record->type != signature->key_type)
		return "the key is of another type than a=";
	if (!record->allows_sha256)
		return "the key is not for this hash";
	if (!record->allows_email)
		return "the key is not for mail";
	if (record->strict && signature->identity_below)
		return "the key does not allow i= below d=";
	return NULL;
}

static struct ps_dkim_check try_key(const struct ps_dkim_signature *signature,
				    const struct ps_crypto *crypto,
				    const struct ps_dkim_keyrecord *record,
				    const unsigned char *digest,
				    size_t digest_len)
{
	struct ps_dkim_check result = { .result = PS_DKIM_PASS,
					.reason = "",
					.testing = record->testing };

	switch (crypto->verify(crypto->ctx, signature->key_type,
			       signature->hash, record->key, record->key_len,
			       digest, digest_len, signature->signature,
			       signature->signature_len, &result.bits)) {
	case PS_VERIFY_BAD_KEY:
		result.result = PS_DKIM_PERMERROR;
		result.reason = "p= of the key record is no key";
		return result;
	case PS_VERIFY_FAILED:
		result.result = PS_DKIM_TEMPERROR;
		result.reason = "verification failed on our side";
		return result;
	case PS_VERIFY_BAD:
		result.result = PS_DKIM_FAIL;
		result.reason = "the signature does not fit the header";
		return result;
	case PS_VERIFY_GOOD:
		break;
	}
	if (signature->key_type == PS_KEY_RSA && result.bits < RSA_BITS_MIN) {
		result.result = PS_DKIM_POLICY;
		result.reason = "the key is too short (RFC 8301)";
	}
	return result;
}

/* NULL: record_r may have made the signature. */
static const char *read_record(const struct ps_dkim_signature *signature,
			       struct ps_bytes text,
			       struct ps_dkim_keyrecord *record_r)
{
	const char *error = ps_dkim_keyrecord_parse(text, record_r);

	return error != NULL ? error : record_fits(signature, record_r);
}

/* The DNS keeps no order of records: all are read, and of those that may have
 * made the signature at most KEYS_TRIED_MAX are tried. */
struct ps_dkim_check
ps_dkim_check_digest(const struct ps_dkim_signature *signature,
		     const struct ps_crypto *crypto,
		     const struct ps_dns_answer *answer,
		     const unsigned char *digest, size_t digest_len)
{
	struct ps_dkim_check result,
		first = { .result = PS_DKIM_NONE,
			  .reason = "there is no key record" };
	struct ps_dkim_keyrecord record;
	size_t n, tried = 0;

	for (n = 0; n < answer->count && tried < KEYS_TRIED_MAX; n++) {
		result = (struct ps_dkim_check){ .result = PS_DKIM_PERMERROR };
		result.reason =
			read_record(signature, answer->record[n].text, &record);
		if (result.reason == NULL) {
			result = try_key(signature, crypto, &record, digest,
					 digest_len);
			tried++;
		}
		if (result.result == PS_DKIM_PASS)
			return result;
		if (first.result == PS_DKIM_NONE ||
		    first.result == PS_DKIM_PERMERROR)
			first = result;
	}
	if (first.result == PS_DKIM_NONE)
		first.result = PS_DKIM_PERMERROR;
	return first;
}

static int hash_header(const struct ps_dkim_signature *signature,
		       const struct ps_fields *fields,
		       const struct ps_crypto *crypto,
		       unsigned char digest_r[PS_DIGEST_MAX], size_t *len_r)
{
	struct ps_bytes value = signature->field->value;
	const char *behind = signature->b.at + signature->b.len;
	struct ps_dkim_header header = {
		.crypto = crypto,
		.hash = signature->hash,
		.canon = signature->header_canon,
		.fields = fields,
		.names = signature->names,
		.field_name = signature->field->name,
		.before_b = { value.at, (size_t)(signature->b.at - value.at) },
		.behind_b = { behind, (size_t)(value.at + value.len - behind) },
	};

	return ps_dkim_hash_header(&header, digest_r, len_r);
}

/* PASS: the body is what was signed. */
static struct ps_dkim_check
check_body(const struct ps_dkim_signature *signature, struct ps_dkim_body *body)
{
	struct ps_dkim_check check = { .result = PS_DKIM_PASS, .reason = "" };
	unsigned char digest[PS_DIGEST_MAX];
	uint64_t octets = 0;
	size_t len = 0;

	if (ps_dkim_body_end(body, digest, &len, &octets) < 0) {
		check.result = PS_DKIM_TEMPERROR;
		check.reason = "hashing failed on our side";
	} else if (signature->length != UINT64_MAX &&
		   signature->length > octets) {
		check.result = PS_DKIM_PERMERROR;
		check.reason = "l= is longer than the body";
	} else if (len != signature->body_hash_len ||
		   memcmp(digest, signature->body_hash, len) != 0) {
		check.result = PS_DKIM_FAIL;
		check.reason = "the body was altered";
	}
	check.cut = signature->length < octets;
	return check;
}

/* The key comes before the hashes (RFC 6376 6.1.2): where the record has none
 * that may be used, that is the result, whatever became of the body. */
struct ps_dkim_check
ps_dkim_check_message(const struct ps_dkim_signature *signature,
		      struct ps_dkim_body *body, const struct ps_fields *fields,
		      const struct ps_crypto *crypto,
		      const struct ps_dns_answer *answer)
{
	const struct ps_dkim_check whole = check_body(signature, body);
	struct ps_dkim_check check = whole;
	unsigned char digest[PS_DIGEST_MAX];
	size_t len = 0;

	if (whole.result != PS_DKIM_PASS && whole.result != PS_DKIM_FAIL)
		return whole;
	if (hash_header(signature, fields, crypto, digest, &len) < 0) {
		check.result = PS_DKIM_TEMPERROR;
		check.reason = "hashing failed on our side";
		return check;
	}
	check = ps_dkim_check_digest(signature, crypto, answer, digest, len);
	if (whole.result == PS_DKIM_FAIL && check.result != PS_DKIM_PERMERROR)
		return whole;
	check.cut = whole.cut;
	return check;
}
