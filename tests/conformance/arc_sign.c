/* arc_sign.c - format arc-sign-1: the set we make is the one that is wanted,
 * and holds (RFC 8617). */

#include "arc.h"
#include "conformance.h"
#include "zone.h"

#include "core/auth/arc_hash.h"
#include "core/auth/arc_seal.h"
#include "core/auth/dkim_check.h"
#include "core/text/taglist.h"
#include "io/crypto_openssl.h"
#include "io/idn_libidn2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_MAX (64UL << 20)
#define NAMES_MAX 32

/* One case on its way; error: why it fails. */
struct signing {
	const json_t *test, *expected;
	struct ps_arena *arena;
	struct ps_openssl *openssl;
	struct ps_fields fields;
	struct ps_bytes body;
	struct fake_dns *zone;
	struct ps_arc_verdict verdict;
	struct ps_arc_chain chain;
	struct ps_arc_text text;
	const char *error;
};

static const char *const *read_names(const json_t *list)
{
	static const char *names[NAMES_MAX + 1];
	size_t i;

	for (i = 0; i < json_array_size(list) && i < NAMES_MAX; i++)
		names[i] = json_string_value(json_array_get(list, i));
	names[i] = NULL;
	return names;
}

static int seal(struct signing *signing, struct ps_private_key *key)
{
	const json_t *test = signing->test;
	const struct ps_crypto *crypto = ps_openssl_port(signing->openssl);
	struct ps_dkim_body *body = NULL;
	struct ps_arc_sealing sealing = {
		.crypto = crypto,
		.authserv_id = conformance_cstr(test, "authserv_id"),
		.domain = conformance_cstr(test, "domain"),
		.selector = conformance_cstr(test, "selector"),
		.type = ps_private_key_type(key),
		.key = key,
		.now = (uint64_t)json_integer_value(json_object_get(test, "t")),
		.sign = read_names(json_object_get(test, "sig_headers")),
		.fields = &signing->fields,
		.results = &signing->fields,
		.chain = &signing->chain,
		.cv = signing->verdict.result,
	};
	int result;

	if (ps_dkim_body_new(crypto, PS_HASH_SHA256, PS_DKIM_RELAXED,
			     UINT64_MAX, &body) < 0)
		abort();
	ps_dkim_body_add(body, signing->body.at, signing->body.len);
	sealing.body = body;
	result = ps_arc_seal(&sealing, &signing->text);
	ps_dkim_body_free(&body);
	return result;
}

static struct ps_bytes written(const struct ps_buffer *buffer)
{
	return (struct ps_bytes){ ps_buffer_cstr(buffer), buffer->len };
}

/* But for b=, which is right in one layout only. */
static bool same_tags(struct ps_bytes a, struct ps_bytes b)
{
	struct ps_taglist first, second;
	const struct ps_tag *other;
	char name[16];
	size_t i;

	if (!ps_taglist_parse(a, &first) || !ps_taglist_parse(b, &second) ||
	    first.count != second.count)
		return false;
	for (i = 0; i < first.count; i++) {
		if (!ps_bytes_copy(first.at[i].name, name, sizeof(name)))
			return false;
		other = ps_taglist_find(&second, name);
		if (other == NULL ||
		    (strcmp(name, "b") != 0 &&
		     !ps_bytes_equal(first.at[i].value, other->value)))
			return false;
	}
	return true;
}

/* White space of any kind and length is one space. */
static bool same_text(struct ps_bytes a, struct ps_bytes b)
{
	const struct ps_field first = { PS_BYTES(""), a };
	const struct ps_field second = { PS_BYTES(""), b };
	struct ps_buffer one = PS_BUFFER(65536), other = PS_BUFFER(65536);
	bool same;

	ps_dkim_canon_field(PS_DKIM_RELAXED, &first, &one);
	ps_dkim_canon_field(PS_DKIM_RELAXED, &second, &other);
	same = strcmp(ps_buffer_cstr(&one), ps_buffer_cstr(&other)) == 0;
	ps_buffer_free(&one);
	ps_buffer_free(&other);
	return same;
}

/* The wanted seals are over a signature whose b= was not folded. */
static struct ps_bytes unfolded(struct ps_bytes text, struct ps_arena *arena)
{
	char *copy = ps_arena_copy(arena, text.at, text.len);
	size_t i, len = 0;

	if (copy == NULL)
		abort();
	for (i = 0; i < text.len; i++) {
		if (text.at[i] != ' ' || len == 0 || copy[len - 1] == ';')
			copy[len++] = text.at[i];
	}
	return (struct ps_bytes){ copy, len };
}

/* A seal over the sets before it and its own or, with cv=fail, over its own
 * alone (5.1.2). */
static bool seal_fits(const struct signing *signing, struct ps_bytes results,
		      struct ps_bytes message, struct ps_bytes seal)
{
	const struct ps_field fields[] = {
		{ PS_BYTES("ARC-Authentication-Results"), results },
		{ PS_BYTES("ARC-Message-Signature"), message },
		{ PS_BYTES("ARC-Seal"), seal },
	};
	const struct ps_crypto *crypto = ps_openssl_port(signing->openssl);
	struct ps_dns dns = fake_dns_port(signing->zone);
	const struct ps_dns_answer *answer = NULL;
	struct ps_arc_chain chain = signing->chain;
	struct ps_dkim_signature parsed;
	struct ps_dkim_verdict verdict;
	unsigned char digest[PS_DIGEST_MAX];
	unsigned int count =
		signing->verdict.result == PS_ARC_FAIL ? 0 : chain.count;
	struct ps_bytes before = seal, behind = seal;
	size_t len = 0;

	if (ps_dkim_signature_parse(PS_ARC_SEAL, &fields[2], &ps_idn_libidn2,
				    &parsed, &verdict) != NULL)
		return false;
	chain.set[count++] = (struct ps_arc_set){ .results = &fields[0],
						  .message = &fields[1] };
	before.len = (size_t)(parsed.b.at - seal.at);
	behind.at = parsed.b.at + parsed.b.len;
	behind.len = seal.len - before.len - parsed.b.len;
	fake_dns_pending(signing->zone, false);
	return ps_arc_hash_seal(crypto, PS_HASH_SHA256, chain.set, count,
				before, behind, digest, &len) == 0 &&
	       ps_dkim_check_ask(&parsed, &ps_idn_libidn2, &dns, &answer) ==
		       PS_DNS_FOUND &&
	       ps_dkim_check_digest(&parsed, crypto, answer, digest, len)
			       .result == PS_DKIM_PASS;
}

static bool wanted_seal_fits(const struct signing *signing)
{
	const json_t *expected = signing->expected;

	return seal_fits(
		signing, conformance_text(expected, "AAR"),
		unfolded(conformance_text(expected, "AMS"), signing->arena),
		conformance_text(expected, "AS"));
}

/* With our set on top the chain is what cv= makes it. */
static bool our_set_holds(const struct signing *signing)
{
	const struct ps_arc_text *text = &signing->text;
	bool failed = signing->verdict.result == PS_ARC_FAIL;
	struct ps_arc_verdict verdict;
	struct ps_fields fields;
	size_t i;

	ps_fields_init(&fields, signing->arena);
	(void)ps_fields_add(&fields, PS_BYTES("ARC-Seal"),
			    written(&text->seal));
	(void)ps_fields_add(&fields, PS_BYTES("ARC-Message-Signature"),
			    written(&text->message));
	(void)ps_fields_add(&fields, PS_BYTES("ARC-Authentication-Results"),
			    written(&text->results));
	for (i = 0; i < signing->fields.count; i++)
		(void)ps_fields_add(&fields, signing->fields.at[i].name,
				    signing->fields.at[i].value);
	return seal_fits(signing, written(&text->results),
			 written(&text->message), written(&text->seal)) &&
	       conformance_arc_verdict(&fields, signing->body, signing->zone, 0,
				       &verdict) &&
	       verdict.sets == signing->chain.count + 1 &&
	       verdict.result == (failed ? PS_ARC_FAIL : PS_ARC_PASS);
}

static const char *judge(const struct signing *signing, int sealed)
{
	const json_t *expected = signing->expected;
	const struct ps_arc_text *text = &signing->text;

	if (*conformance_cstr(expected, "AS") == '\0')
		return sealed == 0 ? NULL : "a set that may not be added";
	if (sealed != 1)
		return "no set";
	if (!same_text(written(&text->results),
		       conformance_text(expected, "AAR")))
		return ps_buffer_cstr(&text->results);
	if (!same_tags(conformance_text(expected, "AMS"),
		       written(&text->message)))
		return ps_buffer_cstr(&text->message);
	if (!same_tags(conformance_text(expected, "AS"), written(&text->seal)))
		return ps_buffer_cstr(&text->seal);
	if (!our_set_holds(signing))
		return "a set that does not hold";
	return wanted_seal_fits(signing) ? NULL : "a seal over something else";
}

static void run_case(const json_t *file, const json_t *test,
		     struct conformance *tally)
{
	const char *pem = conformance_cstr(test, "private_key"), *error = NULL;
	struct signing signing = {
		.test = test,
		.expected = json_object_get(test, "expected"),
		.zone = zone_new(conformance_arc_zone(file, test)),
	};
	struct ps_private_key *key =
		ps_private_key_parse(pem, strlen(pem), &error);
	char *memory = NULL, *wanted = conformance_dump(signing.expected);

	if (key == NULL || ps_arena_new(ARENA_MAX, &signing.arena) < 0 ||
	    ps_openssl_new(&signing.openssl) < 0)
		abort();
	ps_fields_init(&signing.fields, signing.arena);
	(void)ps_fields_parse(&signing.fields,
			      conformance_message(test, &memory),
			      &signing.body);
	ps_arc_chain_collect(&signing.fields, &signing.chain);
	if (!conformance_arc_verdict(&signing.fields, signing.body,
				     signing.zone, 0, &signing.verdict))
		error = "two verdicts";
	else
		error = judge(&signing, seal(&signing, key));
	conformance_case(tally, test, error == NULL, wanted, error);
	ps_arc_text_free(&signing.text);
	ps_private_key_free(&key);
	ps_openssl_free(&signing.openssl);
	ps_arena_free(&signing.arena);
	fake_dns_free(&signing.zone);
	free(wanted);
	free(memory);
}

void conformance_arc_sign(const json_t *file, struct conformance *tally)
{
	const json_t *cases = json_object_get(file, "cases");
	size_t i;

	for (i = 0; i < json_array_size(cases); i++)
		run_case(file, json_array_get(cases, i), tally);
}
