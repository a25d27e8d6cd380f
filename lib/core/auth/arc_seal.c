/* arc_seal.c - make an ARC set (RFC 8617 section 5.1). */

#include "core/auth/arc_seal.h"

#include "core/auth/arc_hash.h"
#include "core/auth/authres.h"
#include "core/auth/authres_read.h"
#include "core/auth/dkim_hash.h"
#include "core/auth/dkim_names.h"
#include "core/auth/dkim_text.h"
#include "core/text/cfws.h"

#define VALUE_MAX 65536 /* octets of one field; ours */

/* ---- ARC-Authentication-Results ---- */

/* What an Authentication-Results field says behind its authserv-id and the
 * version: from the first ";" on.  False: nothing. */
static bool payload_of(struct ps_bytes value, struct ps_bytes *payload_r)
{
	struct ps_cursor cursor = ps_cursor_of(value);
	struct ps_bytes id;

	if (!ps_cfws_skip(&cursor))
		return false;
	if (!ps_cfws_quoted(&cursor, &id))
		(void)ps_cursor_until(&cursor, " \t\r\n(;");
	if (!ps_cfws_skip(&cursor))
		return false;
	(void)ps_cursor_take(&cursor, "0123456789");
	if (!ps_cfws_skip(&cursor) || !ps_cursor_skip(&cursor, ';'))
		return false;
	*payload_r = ps_bytes_trim(ps_cursor_rest(&cursor));
	while (payload_r->len > 0 && payload_r->at[payload_r->len - 1] == ';') {
		payload_r->len--;
		*payload_r = ps_bytes_trim(*payload_r);
	}
	return payload_r->len > 0 &&
	       !ps_bytes_equal_fold(*payload_r, PS_BYTES("none"));
}

/* 4.1.1: all results of one's own, in one field. */
static void write_results(const struct ps_arc_sealing *sealing,
			  unsigned int number, struct ps_buffer *out)
{
	const struct ps_field *field;
	struct ps_bytes payload;
	bool any = false;
	size_t i;

	ps_buffer_text(out, " i=");
	ps_buffer_number(out, number);
	ps_buffer_text(out, "; ");
	ps_authres_write_id(sealing->authserv_id, out);
	for (i = 0; i < sealing->results->count; i++) {
		field = &sealing->results->at[i];
		if (!ps_field_is(field, "Authentication-Results") ||
		    !ps_authres_claims(field->value, sealing->authserv_id,
				       NULL) ||
		    !payload_of(field->value, &payload))
			continue;
		ps_buffer_text(out, ";\r\n\t");
		ps_buffer_bytes(out, payload);
		any = true;
	}
	if (!any)
		ps_buffer_text(out, "; none");
}

/* ---- the two signatures ---- */

static void write_start(const struct ps_arc_sealing *sealing,
			unsigned int number, struct ps_dkim_text *text)
{
	ps_dkim_text_number(text, "i", number);
	ps_dkim_text_tag(text, "a",
			 sealing->type == PS_KEY_RSA ? "rsa-sha256"
						     : "ed25519-sha256");
}

static void write_signer(const struct ps_arc_sealing *sealing,
			 struct ps_dkim_text *text)
{
	ps_dkim_text_tag(text, "d", sealing->domain);
	ps_dkim_text_tag(text, "s", sealing->selector);
	ps_dkim_text_number(text, "t", sealing->now);
}

static int sign(const struct ps_arc_sealing *sealing,
		const unsigned char *digest, size_t len,
		struct ps_dkim_text *text)
{
	const struct ps_crypto *crypto = sealing->crypto;
	unsigned char signature[PS_SIGNATURE_MAX];
	size_t signature_len = 0;

	if (crypto->sign(crypto->ctx, sealing->key, digest, len, signature,
			 &signature_len) < 0)
		return -1;
	ps_dkim_text_signature(text, signature, signature_len);
	return text->out->failed ? -1 : 0;
}

static int sign_message(const struct ps_arc_sealing *sealing, const char *names,
			struct ps_dkim_text *text)
{
	const struct ps_dkim_header header = {
		.crypto = sealing->crypto,
		.hash = PS_HASH_SHA256,
		.canon = PS_DKIM_RELAXED,
		.fields = sealing->fields,
		.names = ps_bytes_of(names),
		.field_name = PS_BYTES("ARC-Message-Signature"),
		.before_b = { text->out->data, text->out->len },
		.behind_b = { "", 0 },
	};
	unsigned char digest[PS_DIGEST_MAX];
	size_t len = 0;

	if (ps_dkim_hash_header(&header, digest, &len) < 0)
		return -1;
	return sign(sealing, digest, len, text);
}

static int write_message(const struct ps_arc_sealing *sealing,
			 unsigned int number, struct ps_buffer *out)
{
	static const char *const never[] = { NULL };
	const struct ps_dkim_names list = {
		.sign = sealing->sign,
		.oversign = sealing->sign == NULL ? NULL : never,
		.also = sealing->sign == NULL ? "dkim-signature" : NULL,
	};
	struct ps_dkim_text text =
		ps_dkim_text_begin(out, "ARC-Message-Signature");
	struct ps_buffer names = PS_BUFFER(VALUE_MAX);
	unsigned char digest[PS_DIGEST_MAX];
	uint64_t octets = 0;
	size_t len = 0;
	int result = ps_dkim_body_end(sealing->body, digest, &len, &octets);

	ps_dkim_names_collect(&list, sealing->fields, &names);
	write_start(sealing, number, &text);
	ps_dkim_text_tag(&text, "c", "relaxed/relaxed");
	write_signer(sealing, &text);
	ps_dkim_text_names(&text, ps_buffer_cstr(&names));
	ps_dkim_text_hash(&text, digest, len);
	ps_dkim_text_open(&text);
	if (result == 0 && (names.failed || out->failed))
		result = -1;
	if (result == 0)
		result = sign_message(sealing, ps_buffer_cstr(&names), &text);
	ps_buffer_free(&names);
	return result;
}

static struct ps_bytes written(const struct ps_buffer *buffer)
{
	return (struct ps_bytes){ buffer->data, buffer->len };
}

/* 5.1.1; 5.1.2: a broken chain is not signed again. */
static int write_seal(const struct ps_arc_sealing *sealing, unsigned int number,
		      struct ps_arc_text *text)
{
	const struct ps_field results = {
		PS_BYTES("ARC-Authentication-Results"), written(&text->results)
	};
	const struct ps_field message = { PS_BYTES("ARC-Message-Signature"),
					  written(&text->message) };
	struct ps_dkim_text seal = ps_dkim_text_begin(&text->seal, "ARC-Seal");
	struct ps_arc_set set[PS_ARC_SETS_MAX];
	unsigned char digest[PS_DIGEST_MAX];
	unsigned int count = 0;
	size_t len = 0;

	if (sealing->cv == PS_ARC_PASS)
		for (; count + 1 < number; count++)
			set[count] = sealing->chain->set[count];
	set[count++] =
		(struct ps_arc_set){ .results = &results, .message = &message };
	write_start(sealing, number, &seal);
	ps_dkim_text_tag(&seal, "cv", ps_arc_result_name(sealing->cv));
	write_signer(sealing, &seal);
	ps_dkim_text_open(&seal);
	if (text->seal.failed ||
	    ps_arc_hash_seal(sealing->crypto, PS_HASH_SHA256, set, count,
			     written(&text->seal), PS_BYTES(""), digest,
			     &len) < 0)
		return -1;
	return sign(sealing, digest, len, &seal);
}

int ps_arc_seal(const struct ps_arc_sealing *sealing,
		struct ps_arc_text *text_r)
{
	unsigned int number = sealing->chain->count + 1;

	*text_r = (struct ps_arc_text){ PS_BUFFER(VALUE_MAX),
					PS_BUFFER(VALUE_MAX),
					PS_BUFFER(VALUE_MAX) };
	if (sealing->chain->ended || sealing->chain->full)
		return 0;
	if (sealing->fields->overflow ||
	    (sealing->cv == PS_ARC_PASS && sealing->chain->error != NULL))
		return -1;
	write_results(sealing, number, &text_r->results);
	if (text_r->results.failed ||
	    write_message(sealing, number, &text_r->message) < 0 ||
	    write_seal(sealing, number, text_r) < 0)
		return -1;
	return 1;
}

void ps_arc_text_free(struct ps_arc_text *text)
{
	ps_buffer_free(&text->results);
	ps_buffer_free(&text->message);
	ps_buffer_free(&text->seal);
}
