/* dkim_sign.c - make DKIM signatures (RFC 6376 section 5, RFC 8463). */

#include "core/auth/dkim_sign.h"

#include "core/auth/dkim_hash.h"
#include "core/auth/dkim_signature.h"
#include "core/text/base64.h"

#include <stdlib.h>
#include <string.h>

#define VALUE_MAX  65536 /* octets of one signature field; ours */
#define LINE_WIDTH 76	 /* RFC 5322 2.1.1 asks for 78 */
#define FIELD_NAME "DKIM-Signature"

/*
 * RFC 6376 5.4.1, and what has come since: the fields that a reader sees or
 * that change how a message is shown or answered.  Not Received, Return-Path,
 * Authentication-Results: relays add and remove them.
 */
static const char *const sign_names[] = {
	"from",
	"sender",
	"reply-to",
	"to",
	"cc",
	"subject",
	"date",
	"message-id",
	"in-reply-to",
	"references",
	"mime-version",
	"content-type",
	"content-transfer-encoding",
	"content-disposition",
	"list-id",
	"list-help",
	"list-subscribe",
	"list-unsubscribe",
	"list-unsubscribe-post",
	"list-post",
	"list-owner",
	"list-archive",
	"autocrypt",
	NULL,
};

/*
 * Named once more than they occur, so that nobody can add one to a signed
 * message (8.15).  Not Sender and List-*: mailing lists may.
 */
static const char *const oversign_names[] = {
	"from",		"reply-to",	"to",
	"cc",		"subject",	"date",
	"message-id",	"in-reply-to",	"references",
	"mime-version", "content-type", "content-transfer-encoding",
	NULL,
};

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

/* ---- the text of the field ---- */

struct text {
	struct ps_buffer *out;
	size_t column;
};

static void add(struct text *text, const char *word)
{
	ps_buffer_text(text->out, word);
	text->column += strlen(word);
}

/* Begin a new line when len more octets would not fit. */
static void fold(struct text *text, size_t len)
{
	if (text->column + len <= LINE_WIDTH)
		return;
	ps_buffer_text(text->out, "\r\n\t");
	text->column = 8;
}

/* " name=value;", on a line of its own when it does not fit. */
static void add_tag(struct text *text, const char *name, const char *value)
{
	fold(text, strlen(name) + strlen(value) + 3);
	add(text, text->column == 8 ? "" : " ");
	add(text, name);
	add(text, "=");
	add(text, value);
	add(text, ";");
}

static void add_number_tag(struct text *text, const char *name, uint64_t number)
{
	struct ps_buffer digits = PS_BUFFER(24);

	ps_buffer_number(&digits, number);
	add_tag(text, name, ps_buffer_cstr(&digits));
	ps_buffer_free(&digits);
}

static bool is_listed(const char *const *names, const char *name)
{
	for (; *names != NULL; names++) {
		if (strcmp(*names, name) == 0)
			return true;
	}
	return false;
}

/* Every field there is of these names, and once more what is oversigned. */
static void collect_names(const struct ps_dkim_sign_options *options,
			  const struct ps_fields *fields,
			  struct ps_buffer *names)
{
	const char *const *sign =
		options->sign == NULL ? sign_names : options->sign;
	const char *const *over =
		options->oversign == NULL ? oversign_names : options->oversign;
	size_t times, total = 0;

	for (; *sign != NULL; sign++) {
		times = ps_fields_count(fields, *sign);
		if (is_listed(over, *sign))
			times++;
		for (; times > 0 && total < PS_DKIM_NAMES_MAX; times--) {
			if (total++ > 0)
				ps_buffer_char(names, ':');
			ps_buffer_text(names, *sign);
		}
	}
}

/* h= may be folded at its colons (3.5). */
static void add_names(struct text *text, const char *names)
{
	size_t len = strcspn(names, ":");
	const char *start = "h=";

	fold(text, 3 + len);
	add(text, text->column == 8 ? "" : " ");
	for (;;) {
		len = strcspn(names, ":");
		if (names[len] == ':')
			len++;
		fold(text, strlen(start) + len + 1);
		add(text, start);
		ps_buffer_add(text->out, names, len);
		text->column += len;
		names += len;
		if (*names == '\0')
			break;
		start = "";
	}
	add(text, ";");
}

static void add_base64(struct text *text, const unsigned char *data, size_t len)
{
	struct ps_buffer digits = PS_BUFFER(4096);
	size_t at, part;

	ps_base64_encode(&digits, data, len);
	for (at = 0; at < digits.len; at += part) {
		fold(text, 4);
		part = LINE_WIDTH - text->column;
		if (part > digits.len - at)
			part = digits.len - at;
		ps_buffer_add(text->out, digits.data + at, part);
		text->column += part;
	}
	if (digits.failed)
		text->out->failed = true;
	ps_buffer_free(&digits);
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
		       struct text *text, const char *domain,
		       const char *selector, enum ps_key_type type,
		       const char *names, const unsigned char *digest,
		       size_t digest_len)
{
	add(text, " v=1;");
	add_tag(text, "a",
		type == PS_KEY_RSA ? "rsa-sha256" : "ed25519-sha256");
	add_tag(text, "c",
		canon_name(options->header_canon, options->body_canon));
	add_tag(text, "d", domain);
	add_tag(text, "s", selector);
	if (options->identity != NULL)
		add_tag(text, "i", options->identity);
	add_number_tag(text, "t", options->now);
	if (options->expires != 0)
		add_number_tag(text, "x", options->expires);
	add_names(text, names);
	fold(text, 50);
	add(text, text->column == 8 ? "bh=" : " bh=");
	add_base64(text, digest, digest_len);
	add(text, ";");
	fold(text, 12);
	add(text, text->column == 8 ? "b=" : " b=");
}

static int sign_text(struct ps_dkim_signer *signer,
		     const struct ps_fields *fields, const char *names,
		     struct ps_private_key *key, struct text *text)
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
	add_base64(text, signature, signature_len);
	return 0;
}

int ps_dkim_signer_sign(struct ps_dkim_signer *signer,
			const struct ps_fields *fields, const char *domain,
			const char *selector, enum ps_key_type type,
			struct ps_private_key *key, struct ps_buffer *value_r)
{
	struct ps_buffer value = PS_BUFFER(VALUE_MAX);
	struct ps_buffer names = PS_BUFFER(VALUE_MAX);
	struct text text = { .out = &value,
			     .column = sizeof(FIELD_NAME ":") - 1 };
	unsigned char digest[PS_DIGEST_MAX];
	size_t digest_len = 0;
	uint64_t octets = 0;
	int result;

	result = fields->overflow ? -1
				  : ps_dkim_body_end(signer->body, digest,
						     &digest_len, &octets);
	if (result == 0) {
		collect_names(signer->options, fields, &names);
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
