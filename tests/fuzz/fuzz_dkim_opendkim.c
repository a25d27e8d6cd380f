/*
 * fuzz_dkim_opendkim.c - any message and key record, by libopendkim.  Input: a
 * line of what the DNS has for every key, then the message.  What it passes our
 * own engine may find malformed, but never altered; the verdict does not depend
 * on the pieces the body comes in; and what it signs, our own verifies.
 */

#include "fuzz.h"

#include "core/text/base64.h"
#include "core/text/buffer.h"
#include "io/crypto_openssl.h"
#include "io/dkim_opendkim.h"

#include <string.h>

#define ARENA_MAX 4000000
#define VERIFIED  10
#define OWN	  "k._domainkey.own.test"

struct all {
	struct ps_openssl *openssl;
	struct ps_opendkim *opendkim;
	struct ps_private_key *key;
	struct ps_buffer own; /* its record */
	struct ps_dns_record record;
	struct ps_dns_answer answer;
	struct ps_arena *arena;
	struct ps_fields fields;
	struct ps_bytes stranger, body;
};

static void make_key(struct all *all)
{
	struct ps_buffer pem = PS_BUFFER(8192), public = PS_BUFFER(8192);
	const char *error;

	FUZZ_CHECK(ps_private_key_generate(PS_KEY_RSA, 2048, &pem, &public) ==
		   0);
	all->key = ps_private_key_parse(pem.data, pem.len, &error);
	all->own = PS_BUFFER(8192);
	ps_buffer_text(&all->own, "v=DKIM1; p=");
	ps_base64_encode(&all->own, (const unsigned char *)public.data,
			 public.len);
	FUZZ_CHECK(all->key != NULL && !all->own.failed);
	ps_buffer_free(&pem);
	ps_buffer_free(&public);
}

static enum ps_dns_status lookup(void *ctx, const char *name,
				 enum ps_dns_type type,
				 const struct ps_dns_answer **answer_r)
{
	struct all *all = ctx;

	(void)type;
	all->record.text =
		strcmp(name, OWN) == 0
			? (struct ps_bytes){ all->own.data, all->own.len }
			: all->stranger;
	all->answer =
		(struct ps_dns_answer){ .count = 1, .record = &all->record };
	*answer_r = &all->answer;
	return PS_DNS_FOUND;
}

static size_t verify(struct all *all, const struct ps_dkim_engine *engine,
		     size_t step, struct ps_dkim_verdict *verdict_r)
{
	const struct ps_dkim_options options = { .signatures_max = VERIFIED,
						 .now = 1800000000 };
	const struct ps_dns dns = { lookup, all };
	const struct ps_dkim_verdict *verdicts;
	struct ps_bytes rest = all->body;
	void *verifier;
	size_t len, i, count = 0;

	FUZZ_CHECK(engine->verifier_new(engine->ctx, &all->fields,
					ps_openssl_port(all->openssl), &options,
					&verifier) == 0);
	for (; rest.len > 0; rest.at += len, rest.len -= len) {
		len = rest.len < step ? rest.len : step;
		engine->verifier_body(verifier, rest.at, len);
	}
	FUZZ_CHECK(engine->verifier_finish(verifier, &dns, &verdicts, &count));
	for (i = 0; i < count; i++) {
		FUZZ_CHECK(verdicts[i].result != PS_DKIM_NONE);
		FUZZ_CHECK(verdicts[i].result != PS_DKIM_PASS ||
			   verdicts[i].domain[0] != '\0');
		verdict_r[i] = verdicts[i];
	}
	engine->verifier_free(&verifier);
	return count;
}

static void judge(struct all *all)
{
	static struct ps_dkim_verdict ours[PS_DKIM_SIGNATURES_MAX],
		theirs[PS_DKIM_SIGNATURES_MAX], again[PS_DKIM_SIGNATURES_MAX];
	const struct ps_dkim_engine *engine = ps_opendkim_port(all->opendkim);
	size_t i, count = verify(all, &ps_dkim_engine_own, SIZE_MAX, ours);

	FUZZ_CHECK(verify(all, engine, SIZE_MAX, theirs) == count);
	FUZZ_CHECK(verify(all, engine, 3, again) == count);
	for (i = 0; i < count; i++) {
		FUZZ_CHECK(theirs[i].result == again[i].result);
		FUZZ_CHECK(theirs[i].result != PS_DKIM_PASS ||
			   ours[i].result == PS_DKIM_PASS ||
			   ours[i].result == PS_DKIM_PERMERROR);
		/* The DNS answered. */
		FUZZ_CHECK(theirs[i].result != PS_DKIM_TEMPERROR);
	}
}

/* The lowest of the signatures, where all are verified. */
static void check_made(struct all *all)
{
	static struct ps_dkim_verdict verdict[PS_DKIM_SIGNATURES_MAX];
	size_t count = verify(all, &ps_dkim_engine_own, SIZE_MAX, verdict);

	if (ps_fields_count(&all->fields, "dkim-signature") > VERIFIED)
		return;
	FUZZ_CHECK(count > 0 && verdict[count - 1].result == PS_DKIM_PASS);
}

/* One From, as whoever signs makes sure of. */
static void sign(struct all *all)
{
	const struct ps_dkim_engine *engine = ps_opendkim_port(all->opendkim);
	const struct ps_dkim_sign_options options = {
		.header_canon =
			all->body.len & 1 ? PS_DKIM_RELAXED : PS_DKIM_SIMPLE,
		.body_canon =
			all->body.len & 2 ? PS_DKIM_RELAXED : PS_DKIM_SIMPLE,
		.now = 1800000000,
		.expires = 1800003600,
		.identity = "u@sub.own.test",
	};
	const struct ps_dkim_key key = { "k", PS_KEY_RSA, all->key };
	const struct ps_dkim_signing signing = {
		.crypto = ps_openssl_port(all->openssl),
		.options = &options,
		.fields = &all->fields,
		.domain = "own.test",
		.keys = &key,
		.count = 1,
	};
	struct ps_buffer value = PS_BUFFER(100000);
	void *signer;

	FUZZ_CHECK(engine->signer_new(engine->ctx, &signing, &signer) == 0);
	engine->signer_body(signer, all->body.at, all->body.len);
	FUZZ_CHECK(engine->signer_sign(signer, 0, &value) == 0);
	engine->signer_free(&signer);
	if (ps_fields_add(&all->fields, PS_BYTES("DKIM-Signature"),
			  (struct ps_bytes){ value.data, value.len }))
		check_made(all);
	ps_buffer_free(&value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct all all;
	struct ps_bytes input = fuzz_bytes(data, size);
	const char *end = ps_bytes_find(input, '\n');

	if (all.openssl == NULL) {
		FUZZ_CHECK(ps_openssl_new(&all.openssl) == 0 &&
			   ps_opendkim_new(&all.opendkim) == 0);
		make_key(&all);
	}
	all.stranger = input;
	if (end != NULL)
		all.stranger.len = (size_t)(end - input.at);
	input.at += all.stranger.len + (end != NULL);
	input.len -= all.stranger.len + (end != NULL);
	FUZZ_CHECK(ps_arena_new(ARENA_MAX, &all.arena) == 0);
	ps_fields_init(&all.fields, all.arena);
	(void)ps_fields_parse(&all.fields, input, &all.body);
	judge(&all);
	if (ps_fields_count(&all.fields, "from") == 1 && !all.fields.overflow)
		sign(&all);
	ps_arena_free(&all.arena);
	return 0;
}
