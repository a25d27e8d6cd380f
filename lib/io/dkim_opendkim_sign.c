/* dkim_opendkim_sign.c - libopendkim signs; what it cannot do right our own
 * engine does in its place. */

#include "core/auth/dkim_names.h"
#include "core/auth/dkim_signature.h"
#include "io/opendkim_parts.h"
#include "io/private_key.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#define FIELD_START    "DKIM-Signature: "
#define NAMES_MAX      65536 /* octets of h=; ours */
#define FIELD_NAME_MAX 1000  /* RFC 5322 2.1.1: of a line */
#define PEM_MAX	       16384 /* ours; RSA-4096 needs 3,300 */

struct signer {
	const struct ps_dkim_signing *signing;
	struct ps_opendkim_body body;
	struct ps_dkim_signer *own;
	DKIM_LIB *library;
	DKIM **dkim; /* as the keys; NULL: ours */
	bool no_memory, ended;
};

/* ---- which fields ---- */

/*
 * The library signs every field that it is given, and names beside them those
 * that are a setting of its handle, the same for each message.  So each message
 * has a handle, and our own list, made for it, is split in these two.
 */
struct names {
	struct ps_buffer text; /* h= as we write it */
	char *oversigned[PS_DKIM_NAMES_MAX + 1];
	size_t count;
};

static void free_names(struct names *names)
{
	while (names->count > 0)
		free(names->oversigned[--names->count]);
	ps_buffer_free(&names->text);
}

static int oversign(struct names *names, struct ps_bytes name)
{
	char *text = strndup(name.at, name.len);

	if (text == NULL)
		return -1;
	names->oversigned[names->count++] = text;
	return 0;
}

/* Times that name stands in h=, which keeps like ones together. */
static size_t times_of(struct ps_bytes *rest, struct ps_bytes name)
{
	struct ps_bytes before = *rest, next;
	size_t times = 1;

	while (ps_dkim_signature_name(rest, &next) &&
	       ps_bytes_equal(next, name)) {
		before = *rest;
		times++;
	}
	*rest = before;
	return times;
}

static int collect_names(const struct ps_dkim_signing *signing,
			 struct names *names)
{
	const struct ps_dkim_names list = { signing->options->sign,
					    signing->options->oversign, NULL };
	char text[FIELD_NAME_MAX + 1];
	struct ps_bytes rest, name;

	ps_dkim_names_collect(&list, signing->fields, &names->text);
	if (names->text.failed)
		return -1;
	rest = (struct ps_bytes){ names->text.data, names->text.len };
	while (ps_dkim_signature_name(&rest, &name)) {
		if (!ps_bytes_copy(name, text, sizeof(text)))
			return -1;
		if (times_of(&rest, name) >
			    ps_fields_count(signing->fields, text) &&
		    oversign(names, name) < 0)
			return -1;
	}
	return 0;
}

/* Is it among those of h=? */
static bool is_signed(const struct names *names, const struct ps_field *field)
{
	struct ps_bytes rest = { names->text.data, names->text.len }, name;

	while (ps_dkim_signature_name(&rest, &name)) {
		if (ps_bytes_equal_fold(ps_bytes_trim(field->name), name))
			return true;
	}
	return false;
}

/* ---- before the body ---- */

static int set_option(struct signer *signer, dkim_opts_t option, void *value,
		      size_t size)
{
	return dkim_options(signer->library, DKIM_OP_SETOPT, option, value,
			    size) == DKIM_STAT_OK
		       ? 0
		       : -1;
}

static int set_options(struct signer *signer, struct names *names)
{
	const struct ps_dkim_sign_options *options = signer->signing->options;
	uint64_t now = options->now, seconds = options->expires - now;

	names->oversigned[names->count] = NULL;
	if (set_option(signer, DKIM_OPTS_FIXEDTIME, &now, sizeof(now)) < 0)
		return -1;
	if (options->expires != 0 && set_option(signer, DKIM_OPTS_SIGNATURETTL,
						&seconds, sizeof(seconds)) < 0)
		return -1;
	if (names->count == 0)
		return 0;
	return set_option(signer, DKIM_OPTS_OVERSIGNHDRS, names->oversigned,
			  sizeof(unsigned char **));
}

static int give_header(struct signer *signer, DKIM *dkim,
		       const struct names *names)
{
	const struct ps_fields *fields = signer->signing->fields;
	const char *identity = signer->signing->options->identity;
	size_t i;

	if (identity != NULL &&
	    dkim_set_signer(dkim, (const unsigned char *)identity) !=
		    DKIM_STAT_OK)
		return -1;
	for (i = 0; i < fields->count; i++) {
		if (is_signed(names, &fields->at[i]) &&
		    ps_opendkim_field(dkim, &fields->at[i]) != DKIM_STAT_OK)
			return -1;
	}
	return dkim_eoh(dkim) == DKIM_STAT_OK ? 0 : -1;
}

static int canon_of(enum ps_dkim_canon canon)
{
	return canon == PS_DKIM_RELAXED ? DKIM_CANON_RELAXED
					: DKIM_CANON_SIMPLE;
}

/* NULL: it cannot.  It wants the key as text, and parses it anew. */
static DKIM *begin_key(struct signer *signer, const struct ps_dkim_key *key,
		       const struct names *names)
{
	const struct ps_dkim_signing *signing = signer->signing;
	const struct ps_dkim_sign_options *options = signing->options;
	struct ps_buffer pem = PS_BUFFER(PEM_MAX);
	DKIM_STAT status;
	DKIM *dkim = NULL;

	if (ps_private_key_pem(key->private, &pem) == 0)
		dkim = dkim_sign(signer->library, (const unsigned char *)"",
				 &signer->no_memory, (dkim_sigkey_t)pem.data,
				 (const unsigned char *)key->selector,
				 (const unsigned char *)signing->domain,
				 canon_of(options->header_canon),
				 canon_of(options->body_canon),
				 DKIM_SIGN_RSASHA256, -1, &status);
	if (pem.data != NULL)
		OPENSSL_cleanse(pem.data, pem.len);
	ps_buffer_free(&pem);
	if (dkim != NULL && give_header(signer, dkim, names) < 0) {
		(void)dkim_free(dkim);
		dkim = NULL;
	}
	return dkim;
}

/* Ed25519: it would lose 544 octets of memory with every message. */
static bool is_ours(const struct signer *signer, size_t i)
{
	const struct ps_dkim_signing *signing = signer->signing;
	const char *identity = signing->options->identity;

	return signing->keys[i].type == PS_KEY_ED25519 || signer->body.bare ||
	       (identity != NULL &&
		strlen(identity) > PS_OPENDKIM_IDENTITY_MAX);
}

static int begin_library(struct signer *signer)
{
	const struct ps_dkim_signing *signing = signer->signing;
	struct names names = { .text = PS_BUFFER(NAMES_MAX) };
	int result = -1;
	size_t i;

	signer->library = dkim_init(ps_opendkim_get, ps_opendkim_give);
	signer->dkim = calloc(signing->count, sizeof(DKIM *));
	if (signer->library != NULL && signer->dkim != NULL &&
	    collect_names(signing, &names) == 0 &&
	    set_options(signer, &names) == 0)
		result = 0;
	for (i = 0; i < signing->count && result == 0; i++) {
		if (!is_ours(signer, i) && ps_opendkim_reads(signing->fields))
			signer->dkim[i] =
				begin_key(signer, &signing->keys[i], &names);
	}
	free_names(&names);
	return signer->no_memory ? -1 : result;
}

int ps_opendkim_signer_new(void *ctx, const struct ps_dkim_signing *signing,
			   void **signer_r)
{
	struct signer *signer = calloc(1, sizeof(*signer));

	(void)ctx;
	*signer_r = signer;
	if (signer == NULL)
		return -1;
	signer->signing = signing;
	if (ps_dkim_signer_new(signing->crypto, signing->options,
			       &signer->own) == 0 &&
	    begin_library(signer) == 0)
		return 0;
	ps_opendkim_signer_free(signer_r);
	return -1;
}

void ps_opendkim_signer_free(void **signer_p)
{
	struct signer *signer = *signer_p;
	size_t i;

	*signer_p = NULL;
	if (signer == NULL)
		return;
	for (i = 0; signer->dkim != NULL && i < signer->signing->count; i++) {
		if (signer->dkim[i] != NULL)
			(void)dkim_free(signer->dkim[i]);
	}
	free(signer->dkim);
	if (signer->library != NULL)
		dkim_close(signer->library);
	ps_dkim_signer_free(&signer->own);
	free(signer);
}

/* ---- the body, and the signatures ---- */

static void give_body(struct signer *signer, const void *data, size_t len)
{
	unsigned char *octets = (unsigned char *)(uintptr_t)data; /* read */
	size_t i;

	ps_opendkim_body_note(&signer->body, data, len);
	for (i = 0; signer->dkim != NULL && i < signer->signing->count; i++) {
		if (signer->dkim[i] == NULL ||
		    dkim_body(signer->dkim[i], octets, len) == DKIM_STAT_OK)
			continue;
		(void)dkim_free(signer->dkim[i]);
		signer->dkim[i] = NULL;
	}
}

void ps_opendkim_signer_body(void *signer_p, const void *data, size_t len)
{
	struct signer *signer = signer_p;

	ps_dkim_signer_body(signer->own, data, len);
	if (len > 0)
		give_body(signer, data, len);
}

static void end_body(struct signer *signer)
{
	if (!signer->ended && ps_opendkim_body_is_open(&signer->body))
		give_body(signer, "\r\n", 2);
	signer->ended = true;
}

/* 0, or -1: it could not. */
static int sign_with(DKIM *dkim, struct ps_buffer *value_r)
{
	unsigned char *text;
	size_t len;

	if (dkim == NULL || dkim_eom(dkim, NULL) != DKIM_STAT_OK ||
	    dkim_getsighdr_d(dkim, strlen(FIELD_START), &text, &len) !=
		    DKIM_STAT_OK)
		return -1;
	ps_buffer_char(value_r, ' ');
	ps_buffer_add(value_r, text, len);
	return 0;
}

int ps_opendkim_signer_sign(void *signer_p, size_t i, struct ps_buffer *value_r)
{
	struct signer *signer = signer_p;
	const struct ps_dkim_signing *signing = signer->signing;
	const struct ps_dkim_key *key = &signing->keys[i];

	end_body(signer);
	if (!signing->fields->overflow && !is_ours(signer, i) &&
	    sign_with(signer->dkim[i], value_r) == 0)
		return value_r->failed ? -1 : 0;
	return ps_dkim_signer_sign(signer->own, signing->fields,
				   signing->domain, key->selector, key->type,
				   key->private, value_r);
}
