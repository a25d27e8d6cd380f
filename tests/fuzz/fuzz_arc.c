/*
 * fuzz_arc.c - any message as one with ARC sets: validated, believed, and
 * sealed by us.  Input: a line "weak" (fake_crypto.h) or anything else, then
 * the message.  What the DNS answers follows from the selector.  The verdict
 * must not depend on when it does; and the chain with our set on top must hold
 * where it held before.
 */

#include "fake_crypto.h"
#include "fuzz.h"

#include "core/auth/arc_seal.h"
#include "core/auth/arc_trust.h"
#include "core/auth/authres.h"
#include "core/auth/authres_read.h"

#include <string.h>

#define ID	    "mx.test"
#define ARENA_MAX   (32UL << 20)
#define ROUNDS_MAX  8
#define RESULTS_MAX 16384 /* octets of which a set is made for certain */
#define OURS_MAX    8192  /* octets of a set of ours, at most */

/* ---- DNS ---- */

struct zone {
	unsigned int late, round; /* rounds until all is there; the one now */
};

static enum ps_dns_status lookup(void *ctx, const char *name,
				 enum ps_dns_type type,
				 const struct ps_dns_answer **answer_r)
{
	static const struct ps_dns_record records[] = {
		{ .text = PS_BYTES("v=DKIM1; p=AAAA") },
		{ .text = PS_BYTES("v=DKIM1; k=ed25519; t=y; p=AAAA") },
		{ .text = PS_BYTES("v=DKIM1; p=") },
	};
	static const struct ps_dns_answer none, good = { false, 1, records },
						ed = { false, 1, records + 1 },
						several = { false, 3, records };
	const struct zone *zone = ctx;

	FUZZ_CHECK(type == PS_DNS_TXT && strlen(name) <= PS_DOMAIN_MAX);
	if (zone->round < zone->late * (name[0] & 3))
		return PS_DNS_PENDING;
	*answer_r = name[0] == 'e' ? &ed : name[0] == 'm' ? &several : &good;
	if (name[0] == 't')
		return PS_DNS_TEMPFAIL;
	if (name[0] != 'n')
		return PS_DNS_FOUND;
	*answer_r = &none;
	return PS_DNS_NOTFOUND;
}

/* ---- one message ---- */

struct given {
	struct ps_crypto crypto;
	struct ps_arena *arena;
	struct ps_fields fields;
	struct ps_bytes body;
};

struct judged {
	struct ps_dkim_bodies *bodies;
	struct ps_dkim_body *body; /* as our set signs it */
	struct ps_arc_validator *validator;
	const struct ps_arc_verdict *verdict;
};

static void judge(const struct given *given, unsigned int late,
		  struct judged *judged_r)
{
	struct ps_arc_options options = { .now = 1800000000 };
	struct zone zone = { late, 0 };
	const struct ps_dns dns = { lookup, &zone };

	FUZZ_CHECK(ps_dkim_bodies_new(&given->crypto, &judged_r->bodies) == 0);
	options.bodies = judged_r->bodies;
	FUZZ_CHECK(ps_arc_validator_new(&given->fields, &given->crypto,
					&options, &judged_r->validator) == 0);
	judged_r->body = ps_dkim_bodies_get(judged_r->bodies, PS_HASH_SHA256,
					    PS_DKIM_RELAXED, UINT64_MAX);
	FUZZ_CHECK(judged_r->body != NULL);
	(void)ps_arc_validator_keys(judged_r->validator, &dns);
	ps_dkim_bodies_add(judged_r->bodies, given->body.at, given->body.len);
	while (!ps_arc_validator_finish(judged_r->validator, &dns,
					&judged_r->verdict))
		FUZZ_CHECK(++zone.round < ROUNDS_MAX);
}

static void forget(struct judged *judged)
{
	ps_arc_validator_free(&judged->validator);
	ps_dkim_bodies_free(&judged->bodies);
}

/* What arc_chain.h and arc.h promise. */
static void check_verdict(const struct given *given,
			  const struct judged *judged)
{
	const struct ps_arc_chain *chain =
		ps_arc_validator_chain(judged->validator);
	const struct ps_arc_verdict *verdict = judged->verdict;
	unsigned int i;

	FUZZ_CHECK(chain->count <= PS_ARC_SETS_MAX);
	FUZZ_CHECK(verdict->sets == chain->count);
	FUZZ_CHECK(verdict->oldest_pass <= chain->count);
	FUZZ_CHECK((verdict->reason[0] == '\0') ==
		   (verdict->result != PS_ARC_FAIL));
	FUZZ_CHECK(!verdict->temporary || verdict->result == PS_ARC_FAIL);
	if (verdict->result == PS_ARC_NONE)
		FUZZ_CHECK(chain->count == 0 && chain->error == NULL);
	if (verdict->result != PS_ARC_PASS)
		return;
	FUZZ_CHECK(chain->count > 0 && chain->error == NULL && !chain->ended);
	FUZZ_CHECK(verdict->domain[0] != '\0');
	for (i = 0; i < chain->count; i++) {
		FUZZ_CHECK(chain->set[i].results != NULL &&
			   chain->set[i].message != NULL &&
			   chain->set[i].seal != NULL);
		FUZZ_CHECK((chain->set[i].cv == PS_ARC_NONE) == (i == 0));
	}
	FUZZ_CHECK(!given->fields.overflow);
}

static void check_late(const struct given *given, const struct judged *judged)
{
	struct judged again;

	judge(given, 1, &again);
	FUZZ_CHECK(memcmp(again.verdict, judged->verdict,
			  sizeof(*judged->verdict)) == 0);
	forget(&again);
}

/* ---- trust ---- */

static void find_trust(const struct given *given, const struct judged *judged,
		       struct ps_arc_trust *trust_r)
{
	static const char *const trusted[] = { "a.test", "List.test" };
	const struct ps_arc_verdict *verdict = judged->verdict;
	struct ps_dmarc_authors authors;
	const struct ps_arc_trust_query query = {
		.chain = ps_arc_validator_chain(judged->validator),
		.verdict = verdict,
		.authors = &authors,
		.trusted = trusted,
		.trusted_count = 2,
		.arena = given->arena,
	};

	ps_dmarc_authors_find(&given->fields, NULL, &authors);
	ps_arc_trust_find(&query, trust_r);
	FUZZ_CHECK(!trust_r->vouched || verdict->result == PS_ARC_PASS);
	FUZZ_CHECK(!trust_r->unknown || verdict->temporary);
	if (!trust_r->vouched && !trust_r->unknown) {
		FUZZ_CHECK(trust_r->set == 0 && trust_r->sealer[0] == '\0');
		return;
	}
	FUZZ_CHECK(trust_r->set > 0 && trust_r->set <= verdict->sets);
	FUZZ_CHECK(strcmp(trust_r->sealer, "a.test") == 0 ||
		   strcmp(trust_r->sealer, "list.test") == 0);
	FUZZ_CHECK(!verdict->length_limited && authors.unsure == NULL);
}

/* ---- the set of ours ---- */

static struct ps_bytes written(const struct ps_buffer *buffer)
{
	return (struct ps_bytes){ ps_buffer_cstr(buffer), buffer->len };
}

/* It stays one field. */
static void check_field(struct ps_bytes value)
{
	size_t i;

	for (i = 0; i < value.len; i++) {
		FUZZ_CHECK(value.at[i] != '\0');
		if (value.at[i] == '\r')
			FUZZ_CHECK(i + 2 < value.len &&
				   value.at[i + 1] == '\n' &&
				   (value.at[i + 2] == '\t' ||
				    value.at[i + 2] == ' '));
		if (value.at[i] == '\n')
			FUZZ_CHECK(i > 0 && value.at[i - 1] == '\r');
	}
}

static void write_results(const struct given *given,
			  const struct judged *judged,
			  const struct ps_arc_trust *trust,
			  struct ps_fields *results_r)
{
	static const struct ps_ip client = { 32, { 192, 0, 2, 1 } };
	static const struct ps_dmarc_verdict dmarc = { .result =
							       PS_DMARC_FAIL };
	const struct ps_authres_arc arc = {
		.verdict = judged->verdict,
		.trust = trust,
		.client = &client,
		.spared = trust->vouched   ? PS_SPARE_SEALER
			  : trust->unknown ? PS_SPARE_SEALER_KEYS
					   : PS_SPARE_NOT,
	};
	const struct ps_authres all = { .authserv_id = ID,
					.dmarc = &dmarc,
					.arc = &arc };
	struct ps_buffer value = PS_BUFFER(PS_AUTHRES_MAX);
	struct ps_authres_field field;

	ps_authres_write(&all, &value);
	FUZZ_CHECK(!value.failed);
	check_field(written(&value));
	ps_fields_init(results_r, given->arena);
	FUZZ_CHECK(ps_fields_add(results_r, PS_BYTES("Authentication-Results"),
				 written(&value)));
	FUZZ_CHECK(
		ps_authres_read(results_r->at[0].value, given->arena, &field));
	FUZZ_CHECK(field.results != NULL);
	ps_buffer_free(&value);
}

static int seal(const struct given *given, const struct judged *judged,
		const struct ps_fields *results, struct ps_arc_text *text_r)
{
	const struct ps_arc_sealing sealing = {
		.crypto = &given->crypto,
		.authserv_id = ID,
		.domain = "own.test",
		.selector = "s",
		.type = PS_KEY_RSA,
		.now = 1800000000,
		.fields = &given->fields,
		.results = results,
		.chain = ps_arc_validator_chain(judged->validator),
		.cv = judged->verdict->result,
		.body = judged->body,
	};

	return ps_arc_seal(&sealing, text_r);
}

static void add(struct ps_fields *fields, const char *name,
		const struct ps_buffer *value)
{
	check_field(written(value));
	FUZZ_CHECK(ps_fields_add(fields, ps_bytes_of(name), written(value)));
}

/* As whoever gets it next sees it. */
static void check_sealed(const struct given *given, const struct judged *judged,
			 const struct ps_arc_text *text)
{
	const enum ps_arc_result cv = judged->verdict->result;
	struct given next = *given;
	struct judged again;
	size_t i;

	ps_fields_init(&next.fields, given->arena);
	add(&next.fields, "ARC-Seal", &text->seal);
	add(&next.fields, "ARC-Message-Signature", &text->message);
	add(&next.fields, "ARC-Authentication-Results", &text->results);
	for (i = 0; i < given->fields.count; i++) {
		if (!ps_fields_add(&next.fields, given->fields.at[i].name,
				   given->fields.at[i].value))
			return;
	}
	judge(&next, 0, &again);
	FUZZ_CHECK(again.verdict->sets == judged->verdict->sets + 1);
	FUZZ_CHECK(ps_arc_validator_chain(again.validator)->ended ==
		   (cv == PS_ARC_FAIL));
	if (given->fields.octets + OURS_MAX < PS_ARC_OCTETS_MAX)
		FUZZ_CHECK((again.verdict->result == PS_ARC_PASS) ==
			   (cv != PS_ARC_FAIL));
	forget(&again);
}

static void check_seal(const struct given *given, const struct judged *judged,
		       const struct ps_fields *results)
{
	const struct ps_arc_chain *chain =
		ps_arc_validator_chain(judged->validator);
	struct ps_arc_text text;
	int made = seal(given, judged, results, &text);

	FUZZ_CHECK((made == 0) == (chain->ended || chain->full));
	FUZZ_CHECK(made >= 0 || given->fields.overflow);
	if (made > 0)
		check_sealed(given, judged, &text);
	ps_arc_text_free(&text);
	/* Results as strangers write them: read, but not to be proud of. */
	made = seal(given, judged, &given->fields, &text);
	FUZZ_CHECK(made >= 0 || given->fields.octets > RESULTS_MAX);
	ps_arc_text_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_bytes input = fuzz_bytes(data, size);
	const char *end = ps_bytes_find(input, '\n');
	bool weak = ps_bytes_starts_fold(input, PS_BYTES("weak\n"));
	struct given given = { .crypto = fake_crypto(weak) };
	struct ps_fields results;
	struct ps_arc_trust trust;
	struct judged judged;

	if (end != NULL) {
		input.len -= (size_t)(end + 1 - input.at);
		input.at = end + 1;
	}
	FUZZ_CHECK(ps_arena_new(ARENA_MAX, &given.arena) == 0);
	ps_fields_init(&given.fields, given.arena);
	(void)ps_fields_parse(&given.fields, input, &given.body);
	judge(&given, 0, &judged);
	check_verdict(&given, &judged);
	check_late(&given, &judged);
	find_trust(&given, &judged, &trust);
	write_results(&given, &judged, &trust, &results);
	check_seal(&given, &judged, &results);
	forget(&judged);
	ps_arena_free(&given.arena);
	return 0;
}
