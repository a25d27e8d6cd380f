/* dkim_parts.c - formats dkim-canon-1 and dkim-keyrecord-1 (RFC 6376). */

#include "conformance.h"

#include "core/auth/dkim_canon.h"
#include "core/auth/dkim_keyrecord.h"
#include "core/text/base64.h"
#include "io/crypto_openssl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t decode(const json_t *test, const char *key, unsigned char **out_r)
{
	struct ps_bytes text = conformance_text(test, key);
	size_t len = 0;

	*out_r = malloc(text.len + 1);
	if (*out_r == NULL || !ps_base64_decode(text, *out_r, text.len, &len))
		abort();
	return len;
}

static enum ps_dkim_canon canon_of(const json_t *test)
{
	return strcmp(conformance_cstr(test, "canon"), "relaxed") == 0
		       ? PS_DKIM_RELAXED
		       : PS_DKIM_SIMPLE;
}

/* In pieces of every size from 1 to 7 octets, and whole. */
static bool body_hash_is(const json_t *test, const struct ps_crypto *crypto,
			 enum ps_hash hash, const char *wanted)
{
	struct ps_buffer got = PS_BUFFER(128);
	unsigned char *input, digest[PS_DIGEST_MAX];
	size_t len = decode(test, "input_b64", &input), step, at, part;
	struct ps_dkim_body *body;
	size_t digest_len = 0;
	uint64_t octets;
	bool good = true;

	for (step = 1; step <= 8 && good; step++) {
		if (ps_dkim_body_new(crypto, hash, canon_of(test), UINT64_MAX,
				     &body) < 0)
			abort();
		for (at = 0; at < len; at += part) {
			part = step == 8 || len - at < step ? len - at : step;
			ps_dkim_body_add(body, input + at, part);
		}
		ps_buffer_reset(&got);
		good = ps_dkim_body_end(body, digest, &digest_len, &octets) ==
		       0;
		ps_base64_encode(&got, digest, digest_len);
		good = good && strcmp(ps_buffer_cstr(&got), wanted) == 0;
		ps_dkim_body_free(&body);
	}
	ps_buffer_free(&got);
	free(input);
	return good;
}

static bool header_is(const json_t *test)
{
	struct ps_buffer got = PS_BUFFER(1 << 20);
	unsigned char *input, *output;
	size_t len = decode(test, "input_b64", &input);
	size_t wanted = decode(test, "output_b64", &output), i;
	struct ps_arena *arena = NULL;
	struct ps_fields fields;
	bool good;

	if (ps_arena_new(1 << 22, &arena) < 0)
		abort();
	ps_fields_init(&fields, arena);
	good = ps_fields_parse(&fields, (struct ps_bytes){ (char *)input, len },
			       NULL);
	for (i = 0; i < fields.count; i++)
		ps_dkim_canon_field(canon_of(test), &fields.at[i], &got);
	good = good && got.len == wanted &&
	       memcmp(got.data, output, wanted) == 0;
	ps_arena_free(&arena);
	ps_buffer_free(&got);
	free(input);
	free(output);
	return good;
}

void conformance_dkim_canon(const json_t *file, struct conformance *tally)
{
	const json_t *cases = json_object_get(file, "cases"), *test;
	struct ps_openssl *openssl = NULL;
	const struct ps_crypto *crypto;
	size_t i;
	bool good;

	if (ps_openssl_new(&openssl) < 0)
		abort();
	crypto = ps_openssl_port(openssl);
	for (i = 0; i < json_array_size(cases); i++) {
		test = json_array_get(cases, i);
		if (strcmp(conformance_cstr(test, "kind"), "body") == 0)
			good = body_hash_is(test, crypto, PS_HASH_SHA256,
					    conformance_cstr(test, "sha256")) &&
			       body_hash_is(test, crypto, PS_HASH_SHA1,
					    conformance_cstr(test, "sha1"));
		else
			good = header_is(test);
		conformance_case(tally, test, good, "that canonical form",
				 "another");
	}
	ps_openssl_free(&openssl);
}

static bool listed(struct ps_bytes text, const json_t *wanted)
{
	struct ps_buffer joined = PS_BUFFER(4096), plain = PS_BUFFER(4096);
	size_t i;
	bool same;

	for (i = 0; i < json_array_size(wanted); i++) {
		if (i > 0)
			ps_buffer_char(&joined, ':');
		ps_buffer_text(&joined,
			       json_string_value(json_array_get(wanted, i)));
	}
	for (i = 0; i < text.len; i++) {
		if (text.at[i] > ' ')
			ps_buffer_char(&plain, text.at[i]);
	}
	same = strcmp(ps_buffer_cstr(&joined), ps_buffer_cstr(&plain)) == 0;
	ps_buffer_free(&joined);
	ps_buffer_free(&plain);
	return same;
}

/* The key itself is judged by the port: 0 bits when it is none. */
static unsigned int bits_of(const struct ps_dkim_keyrecord *record)
{
	static const unsigned char octets[PS_DIGEST_MAX] = { 0 };
	struct ps_openssl *openssl = NULL;
	const struct ps_crypto *crypto;
	unsigned int bits = 0;

	if (ps_openssl_new(&openssl) < 0)
		abort();
	crypto = ps_openssl_port(openssl);
	if (crypto->verify(crypto->ctx, record->type, PS_HASH_SHA256,
			   record->key, record->key_len, octets, 32, octets, 32,
			   &bits) == PS_VERIFY_BAD_KEY)
		bits = 0;
	ps_openssl_free(&openssl);
	return record->type == PS_KEY_ED25519 && bits > 0 ? 256 : bits;
}

static bool record_is(const struct ps_dkim_keyrecord *record, unsigned int bits,
		      const json_t *wanted)
{
	const json_t *hashes = json_object_get(wanted, "hashes");
	const json_t *services = json_object_get(wanted, "services");
	const json_t *any = json_array_get(services, 0);
	const char *type = record->type == PS_KEY_RSA ? "rsa" : "ed25519";

	if (strcmp(conformance_cstr(wanted, "key_type"), type) != 0 ||
	    bits != json_integer_value(json_object_get(wanted, "key_bits")) ||
	    record->revoked != json_is_true(json_object_get(wanted, "revoked")))
		return false;
	if (json_is_null(hashes) ? record->hashes.len != 0
				 : !listed(record->hashes, hashes))
		return false;
	if (record->services.len == 0 ? strcmp(json_string_value(any), "*") != 0
				      : !listed(record->services, services))
		return false;
	return listed(record->flags, json_object_get(wanted, "flags"));
}

void conformance_dkim_keyrecord(const json_t *file, struct conformance *tally)
{
	const json_t *cases = json_object_get(file, "cases"), *test, *expected;
	static struct ps_dkim_keyrecord record;
	const char *error;
	char *wanted;
	unsigned int bits;
	size_t i;
	bool good;

	for (i = 0; i < json_array_size(cases); i++) {
		test = json_array_get(cases, i);
		expected = json_object_get(test, "expected");
		error = ps_dkim_keyrecord_parse(
			conformance_text(test, "record"), &record);
		bits = error == NULL && !record.revoked ? bits_of(&record) : 0;
		if (error == NULL && !record.revoked && bits == 0)
			error = "no key";
		good = json_is_null(expected)
			       ? error != NULL
			       : error == NULL &&
					 record_is(&record, bits, expected);
		wanted = conformance_dump(expected);
		conformance_case(tally, test, good, wanted,
				 error == NULL ? "usable" : error);
		free(wanted);
	}
}
