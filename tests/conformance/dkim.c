/* dkim.c - formats dkim-1, dkim-message-1, dkim-sign-1 (RFC 6376, 8463). */

#include "conformance.h"
#include "zone.h"

#include "core/auth/dkim.h"
#include "core/auth/dkim_sign.h"
#include "core/text/base64.h"
#include "io/crypto_openssl.h"
#include "io/idn_libidn2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_MAX   (64UL << 20)
#define VERDICT_MAX 2048

struct message {
	struct ps_arena *arena;
	struct ps_fields fields;
	struct ps_bytes body;
};

static void read_message(struct message *message_r, struct ps_bytes octets)
{
	if (ps_arena_new(ARENA_MAX, &message_r->arena) < 0)
		abort();
	ps_fields_init(&message_r->fields, message_r->arena);
	(void)ps_fields_parse(&message_r->fields, octets, &message_r->body);
}

static bool finish(struct ps_dkim_verifier *verifier, struct fake_dns *zone,
		   bool pending, const struct ps_dkim_verdict **verdicts_r,
		   size_t *count_r)
{
	struct ps_dns dns = fake_dns_port(zone);

	fake_dns_pending(zone, pending);
	if (pending)
		(void)ps_dkim_verifier_keys(verifier, &dns);
	while (!ps_dkim_verifier_finish(verifier, &dns, verdicts_r, count_r)) {
		if (!fake_dns_wait(zone))
			return false;
	}
	return true;
}

/* The body in pieces of step octets; the verdicts as words in got_r.  False:
 * it waited for nothing. */
static bool verify(const struct message *message, struct fake_dns *zone,
		   uint64_t now, size_t step,
		   struct ps_dkim_verdict *verdicts_r, size_t *count_r)
{
	struct ps_dkim_options options = {
		.signatures_max = PS_DKIM_SIGNATURES_MAX,
		.now = now,
		.idn = &ps_idn_libidn2,
	};
	const struct ps_dkim_verdict *verdicts = NULL;
	struct ps_dkim_verifier *verifier = NULL;
	struct ps_openssl *openssl = NULL;
	size_t at, len;
	bool ended;

	if (ps_openssl_new(&openssl) < 0 ||
	    ps_dkim_verifier_new(&message->fields, ps_openssl_port(openssl),
				 &options, &verifier) < 0)
		abort();
	for (at = 0; at < message->body.len; at += len) {
		len = message->body.len - at < step ? message->body.len - at
						    : step;
		ps_dkim_verifier_body(verifier, message->body.at + at, len);
	}
	ended = finish(verifier, zone, step == 1, &verdicts, count_r);
	if (*count_r > 0)
		memcpy(verdicts_r, verdicts, *count_r * sizeof(*verdicts));
	ps_dkim_verifier_free(&verifier);
	ps_openssl_free(&openssl);
	return ended;
}

/* Whole and octet by octet, with and without waiting: the same verdicts. */
static bool verify_both(const struct message *message, struct fake_dns *zone,
			uint64_t now, struct ps_dkim_verdict *verdicts_r,
			size_t *count_r)
{
	static struct ps_dkim_verdict again[PS_DKIM_SIGNATURES_MAX];
	size_t i, count = 0;

	if (!verify(message, zone, now, SIZE_MAX, verdicts_r, count_r) ||
	    !verify(message, zone, now, 1, again, &count) || count != *count_r)
		return false;
	for (i = 0; i < count; i++) {
		if (again[i].result != verdicts_r[i].result ||
		    strcmp(again[i].reason, verdicts_r[i].reason) != 0)
			return false;
	}
	return true;
}

static void describe(const struct ps_dkim_verdict *verdicts, size_t count,
		     char got_r[VERDICT_MAX])
{
	size_t i, at;

	got_r[0] = '\0';
	for (i = 0; i < count; i++) {
		at = strlen(got_r);
		snprintf(got_r + at, VERDICT_MAX - at, "%s (%s) ",
			 ps_dkim_result_name(verdicts[i].result),
			 verdicts[i].reason);
	}
}

static bool any_pass(const struct ps_dkim_verdict *verdicts, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (verdicts[i].result == PS_DKIM_PASS)
			return true;
	}
	return false;
}

/* The result is one of authres, and passes only where the state may. */
static bool fits(const json_t *expected, const struct ps_dkim_verdict *verdict)
{
	bool pass = verdict->result == PS_DKIM_PASS;
	const json_t *state = json_object_get(expected, "state");

	return conformance_expects(json_object_get(expected, "authres"),
				   ps_dkim_result_name(verdict->result)) &&
	       (pass ? conformance_expects(state, "pass")
		     : conformance_expects(state, "permfail") ||
				conformance_expects(state, "tempfail"));
}

static void run_case(const json_t *test, const json_t *zone_records,
		     struct conformance *tally)
{
	static struct ps_dkim_verdict verdicts[PS_DKIM_SIGNATURES_MAX];
	const json_t *expected = json_object_get(test, "expected");
	const json_t *each = json_object_get(expected, "signatures");
	const json_t *any = json_object_get(expected, "any_pass");
	struct fake_dns *zone = zone_new(zone_records);
	char *memory = NULL, *wanted, got[VERDICT_MAX];
	struct message message;
	size_t i, count = 0;
	uint64_t now;
	bool good;

	now = (uint64_t)json_integer_value(json_object_get(test, "now"));
	read_message(&message, conformance_message(test, &memory));
	good = verify_both(&message, zone, now, verdicts, &count);
	if (each != NULL)
		good = good && count == json_array_size(each);
	for (i = 0; good && each != NULL && i < count; i++)
		good = fits(json_array_get(each, i), &verdicts[i]);
	if (json_is_boolean(any))
		good = good && any_pass(verdicts, count) == json_is_true(any);
	describe(verdicts, count, got);
	wanted = conformance_dump(expected);
	conformance_case(tally, test, good, wanted, got);
	free(wanted);
	free(memory);
	ps_arena_free(&message.arena);
	fake_dns_free(&zone);
}

void conformance_dkim(const json_t *file, struct conformance *tally)
{
	const json_t *cases = json_object_get(file, "cases"), *test, *zone;
	size_t i;

	for (i = 0; i < json_array_size(cases); i++) {
		test = json_array_get(cases, i);
		zone = json_object_get(test, "zone");
		if (zone == NULL)
			zone = json_object_get(file, "zone");
		run_case(test, zone, tally);
	}
}

/* ---- signing: what we sign, we verify, with the body hash that is right ----
 */

#define NAMES_MAX 32

struct signing {
	char name[NAMES_MAX][64];
	const char *sign[NAMES_MAX + 1], *over[NAMES_MAX + 1];
	struct ps_dkim_sign_options options;
};

/* A name listed twice is oversigned. */
static void read_names(const json_t *h, struct signing *signing)
{
	size_t i, k, count = 0, over = 0;
	const char *name;

	for (i = 0; i < json_array_size(h) && count < NAMES_MAX; i++) {
		name = json_string_value(json_array_get(h, i));
		snprintf(signing->name[count], sizeof(signing->name[0]), "%s",
			 name);
		ps_ascii_lower_all(signing->name[count], strlen(name));
		for (k = 0; k < count; k++) {
			if (strcmp(signing->sign[k], signing->name[count]) == 0)
				break;
		}
		if (k < count)
			signing->over[over++] = signing->sign[k];
		else
			signing->sign[count] = signing->name[count];
		count += k == count;
	}
	signing->sign[count] = signing->over[over] = NULL;
}

static enum ps_dkim_canon canon_of(const char *text)
{
	return strncmp(text, "relaxed", 7) == 0 ? PS_DKIM_RELAXED
						: PS_DKIM_SIMPLE;
}

static bool sign(const json_t *test, const struct message *message,
		 struct ps_buffer *value)
{
	struct signing signing = { 0 };
	const char *canon = conformance_cstr(test, "canonicalization");
	const char *pem = conformance_cstr(test, "private_key_pem"), *error;
	struct ps_openssl *openssl = NULL;
	struct ps_dkim_signer *signer = NULL;
	struct ps_private_key *key;
	bool good = false;

	signing.options.header_canon = canon_of(canon);
	signing.options.body_canon = canon_of(strchr(canon, '/') + 1);
	signing.options.now =
		(uint64_t)json_integer_value(json_object_get(test, "t"));
	signing.options.sign = signing.sign;
	signing.options.oversign = signing.over;
	read_names(json_object_get(test, "h"), &signing);
	key = ps_private_key_parse(pem, strlen(pem), &error);
	if (key != NULL && ps_openssl_new(&openssl) == 0 &&
	    ps_dkim_signer_new(ps_openssl_port(openssl), &signing.options,
			       &signer) == 0) {
		ps_dkim_signer_body(signer, message->body.at,
				    message->body.len);
		good = ps_dkim_signer_sign(signer, &message->fields,
					   conformance_cstr(test, "domain"),
					   conformance_cstr(test, "selector"),
					   ps_private_key_type(key), key,
					   value) == 0;
	}
	ps_dkim_signer_free(&signer);
	ps_openssl_free(&openssl);
	ps_private_key_free(&key);
	return good;
}

/* bh= without the white space that folding may put into it. */
static bool has_body_hash(struct ps_buffer *value, const char *wanted)
{
	char text[128], *out = text;
	const char *at = strstr(ps_buffer_cstr(value), "bh=");

	for (; at != NULL && *at != ';' && *at != '\0' &&
	       out < text + sizeof(text) - 1;
	     at++) {
		if (*at != ' ' && *at != '\t' && *at != '\r' && *at != '\n')
			*out++ = *at;
	}
	*out = '\0';
	return strncmp(text, "bh=", 3) == 0 && strcmp(text + 3, wanted) == 0;
}

static void run_sign_case(const json_t *test, struct conformance *tally)
{
	static struct ps_dkim_verdict verdicts[PS_DKIM_SIGNATURES_MAX];
	struct fake_dns *zone = zone_new(json_object_get(test, "zone"));
	struct ps_buffer value = PS_BUFFER(65536);
	const char *hash = conformance_cstr(test, "body_hash");
	struct message message;
	char *memory = NULL, got[VERDICT_MAX] = "not signed";
	size_t count = 0;
	bool good;

	read_message(&message, conformance_message(test, &memory));
	good = sign(test, &message, &value);
	if (good) {
		(void)ps_fields_add(&message.fields, PS_BYTES("DKIM-Signature"),
				    (struct ps_bytes){ value.data, value.len });
		good = verify_both(&message, zone, 1790000001, verdicts,
				   &count) &&
		       count == 1 && verdicts[0].result == PS_DKIM_PASS &&
		       has_body_hash(&value, hash);
		describe(verdicts, count, got);
	}
	conformance_case(tally, test, good, "pass, and the body hash", got);
	ps_buffer_free(&value);
	free(memory);
	ps_arena_free(&message.arena);
	fake_dns_free(&zone);
}

void conformance_dkim_sign(const json_t *file, struct conformance *tally)
{
	const json_t *cases = json_object_get(file, "cases");
	size_t i;

	for (i = 0; i < json_array_size(cases); i++)
		run_sign_case(json_array_get(cases, i), tally);
}
