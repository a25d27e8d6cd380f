/* dkim_sign.c - make DKIM signatures (RFC 6376 section 5, RFC 8463). */

#include "core/auth/dkim_sign.h"

#include "core/auth/dkim_hash.h"
#include "core/auth/dkim_names.h"
#include "core/auth/dkim_text.h"

#include <stdlib.h>
#include <string.h>

#define VALUE_MAX  65536 /* octets of one signature field; ours */
#define FIELD_NAME "DKIM-Signature"

struct ps_dkim_signer {
	const struct ps_crypto *crypto;
	const struct ps_dkim_sign_options *options;
	struct ps_dkim_body *body;
};

int ps_dkim_signer_new(const struct ps_crypto *crypto,
		       const struct ps_dkim_sign_options *options,
		       struct ps_dkim_signer **signer_r)
{
	struct ps_dkim_signer *signer = malloc(sizeof(*signer));

	*signer_r = signer;
	if (signer == NULL)
		return -1;
	*signer =
		(struct ps_dkim_signer){ .crypto = crypto, .options = options };
	if (ps_dkim_body_new(crypto, PS_HASH_SHA256, options->body_canon,
			     UINT64_MAX, &signer->body) == 0)
		return 0;
	ps_dkim_signer_free(signer_r);
	return -1;
}

void ps_dkim_signer_free(struct ps_dkim_signer **signer)
{
	if (*signer == NULL)
		return;
	ps_dkim_body_free(&(*signer)->body);
	free(*signer);
	*signer = NULL;
}

void ps_dkim_signer_body(struct ps_dkim_signer *signer, const void *data,
			 size_t len)
{
	ps_dkim_body_add(signer->body, data, len);
}

static const char *canon_name(enum ps_dkim_canon header,
			      enum ps_dkim_canon body)
{
	if (header == PS_DKIM_RELAXED)
		return body == PS_DKIM_RELAXED ? "relaxed/relaxed"
					       : "relaxed/simple";
	return body == PS_DKIM_RELAXED ? "simple/relaxed" : "simple/simple";
}

/* Everything up to and with "b=". */
static void write_tags(const struct ps_dkim_sign_options *options,
		       struct ps_dkim_text *text, const char *domain,
		       const char *selector, enum ps_key_type type,
		       const char *names, const unsigned char *digest,
		       size_t digest_len)
{
	ps_dkim_text_tag(text, "v", "1");
	ps_dkim_text_tag(text, "a",
			 type == PS_KEY_RSA ? "rsa-sha256" : "ed25519-sha256");
	ps_dkim_text_tag(
		text, "c",
		canon_name(options->header_canon, options->body_canon));
	ps_dkim_text_tag(text, "d", domain);
	ps_dkim_text_tag(text, "s", selector);
	if (options->identity != NULL)
		ps_dkim_text_tag(text, "i", options->identity);
	ps_dkim_text_number(text, "t", options->now);
	if (options->expires != 0)
		ps_dkim_text_number(text, "x", options->expires);
	ps_dkim_text_names(text, names);
	ps_dkim_text_hash(text, digest, digest_len);
	ps_dkim_text_open(text);
}

static int sign_text(struct ps_dkim_signer *signer,
		     const struct ps_fields *fields, const char *names,
		     struct ps_private_key *key, struct ps_dkim_text *text)
{
	unsigned char digest[PS_DIGEST_MAX], signature[PS_SIGNATURE_MAX];
	const struct ps_crypto *crypto = signer->crypto;
	struct ps_dkim_header header = {
		.crypto = crypto,
		.hash = PS_HASH_SHA256,
		.canon = signer->options->header_canon,
		.fields = fields,
		.names = ps_bytes_of(names),
		.field_name = PS_BYTES(FIELD_NAME),
		.before_b = { text->out->data, text->out->len },
		.behind_b = { "", 0 },
	};
	size_t digest_len = 0, signature_len = 0;

	if (ps_dkim_hash_header(&header, digest, &digest_len) < 0 ||
	    crypto->sign(crypto->ctx, key, digest, digest_len, signature,
			 &signature_len) < 0)
		return -1;
	ps_dkim_text_signature(text, signature, signature_len);
	return 0;
}

int ps_dkim_signer_sign(struct ps_dkim_signer *signer,
			const struct ps_fields *fields, const char *domain,
			const char *selector, enum ps_key_type type,
			struct ps_private_key *key, struct ps_buffer *value_r)
{
	struct ps_buffer value = PS_BUFFER(VALUE_MAX);
	struct ps_buffer names = PS_BUFFER(VALUE_MAX);
	struct ps_dkim_text text = ps_dkim_text_begin(&value, FIELD_NAME);
	const struct ps_dkim_names list = { signer->options->sign,
					    signer->options->oversign, NULL };
	unsigned char digest[PS_DIGEST_MAX];
	size_t digest_len = 0;
	uint64_t octets = 0;
	int result;

	result = fields->overflow ? -1
				  : ps_dkim_body_end(signer->body, digest,
						     &digest_len, &octets);
	if (result == 0) {
		ps_dkim_names_collect(&list, fields, &names);
		write_tags(signer->options, &text, domain, selector, type,
			   ps_buffer_cstr(&names), digest, digest_len);
		result =
			names.failed || value.failed
				? -1
				: sign_text(signer, fields,
					    ps_buffer_cstr(&names), key, &text);
	}
	if (result == 0 && !value.failed)
		ps_buffer_add(value_r, value.data, value.len);
	else
		result = -1;
	ps_buffer_free(&names);
	ps_buffer_free(&value);
	return result == 0 && !value_r->failed ? 0 : -1;
}
