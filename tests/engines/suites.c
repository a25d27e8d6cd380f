/* suites.c - published vectors of DKIM, by both engines. */

#include "engines.h"

#include "conformance.h"
#include "zone.h"

#include "core/text/base64.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_MAX	  256
#define TEXT_MAX  8192
#define NAMES_MAX 32
#define NOW	  1700000000

static void name_case(const json_t *file, const json_t *test, char id_r[ID_MAX])
{
	snprintf(id_r, ID_MAX, "%s/%s", conformance_cstr(file, "suite"),
		 conformance_cstr(test, "id"));
}

static void verify_case(struct engines *engines, const json_t *file,
			const json_t *test)
{
	const json_t *records = json_object_get(test, "zone");
	struct fake_dns *zone = zone_new(
		records != NULL ? records : json_object_get(file, "zone"));
	char *memory, id[ID_MAX];
	struct ps_bytes octets = conformance_message(test, &memory);

	name_case(file, test, id);
	engines_set_time(
		(uint64_t)json_integer_value(json_object_get(test, "now")));
	engines_compare(engines, id, octets, zone, PS_DKIM_SIGNATURES_MAX);
	free(memory);
	fake_dns_free(&zone);
}

static enum ps_dkim_canon canon_of(const char *text)
{
	return strncmp(text, "relaxed", 7) == 0 ? PS_DKIM_RELAXED
						: PS_DKIM_SIMPLE;
}

/* ---- canonicalization: of a message that has it ---- */

static void canon_case(struct engines *engines, const json_t *file,
		       const json_t *test)
{
	const enum ps_dkim_canon canon =
		canon_of(conformance_cstr(test, "canon"));
	const bool body = strcmp(conformance_cstr(test, "kind"), "body") == 0;
	struct ps_bytes coded = conformance_text(test, "input_b64");
	struct ps_buffer octets = PS_BUFFER(TEXT_MAX);
	unsigned char input[TEXT_MAX];
	static const char *const names[] = { "from",	"a", "b",
					     "subject", "x", NULL };
	char id[ID_MAX];
	struct engines_signing one = {
		.id = id,
		.options = { .header_canon = canon,
			     .body_canon = canon,
			     .now = NOW,
			     .sign = names },
		.body_hash = body ? conformance_cstr(test, "sha256") : NULL,
	};
	size_t len = 0;

	name_case(file, test, id);
	engines_set_time(NOW);
	if (!ps_base64_decode(coded, input, sizeof(input), &len))
		engines_count(engines, false, id, "cannot be read");
	ps_buffer_text(&octets, "From: u@a.test\r\n");
	ps_buffer_text(&octets, body ? "\r\n" : "");
	ps_buffer_add(&octets, input, len);
	ps_buffer_text(&octets, body ? "" : "\r\n");
	one.octets = (struct ps_bytes){ octets.data, octets.len };
	engines_sign_both(engines, &one);
	ps_buffer_free(&octets);
}

/* ---- signing ---- */

struct names {
	char name[NAMES_MAX][64];
	const char *sign[NAMES_MAX + 1], *over[NAMES_MAX + 1];
	size_t signs, overs;
};

/* A name that is there twice is oversigned. */
static void read_names(const json_t *h, struct names *names)
{
	char lower[64];
	size_t i, k;

	for (i = 0; i < json_array_size(h) && i < NAMES_MAX; i++) {
		snprintf(lower, sizeof(lower), "%s",
			 json_string_value(json_array_get(h, i)));
		ps_ascii_lower_all(lower, strlen(lower));
		for (k = 0; k < names->signs; k++) {
			if (strcmp(names->sign[k], lower) == 0)
				break;
		}
		if (k < names->signs) {
			names->over[names->overs++] = names->sign[k];
			continue;
		}
		memcpy(names->name[k], lower, sizeof(lower));
		names->sign[names->signs++] = names->name[k];
	}
}

/* The field that is given is right by both. */
static void check_reference(struct engines *engines, const char *id,
			    const json_t *test)
{
	struct fake_dns *zone = zone_new(json_object_get(test, "zone"));
	struct ps_buffer octets = PS_BUFFER(TEXT_MAX);
	struct engines_message message;

	ps_buffer_bytes(&octets, conformance_text(test, "reference_header"));
	ps_buffer_bytes(&octets, conformance_text(test, "message"));
	engines_read((struct ps_bytes){ octets.data, octets.len }, &message);
	engines_count(engines,
		      engines_passes(engines, engines->ours, &message, zone) ==
				      1 &&
			      engines_passes(engines, engines->theirs, &message,
					     zone) == 1,
		      id, "the reference does not pass");
	engines_message_free(&message);
	ps_buffer_free(&octets);
	fake_dns_free(&zone);
}

static void sign_case(struct engines *engines, const json_t *file,
		      const json_t *test)
{
	const char *canon = conformance_cstr(test, "canonicalization");
	struct names names = { .signs = 0 };
	char *memory, id[ID_MAX];
	struct engines_signing one = {
		.id = id,
		.octets = conformance_message(test, &memory),
		.options = { .header_canon = canon_of(canon),
			     .body_canon = canon_of(strchr(canon, '/') + 1),
			     .now = (uint64_t)json_integer_value(
				     json_object_get(test, "t")),
			     .sign = names.sign,
			     .oversign = names.over },
		.key = strcmp(conformance_cstr(test, "algorithm"),
			      "rsa-sha256") != 0,
		.body_hash = conformance_cstr(test, "body_hash"),
	};

	name_case(file, test, id);
	read_names(json_object_get(test, "h"), &names);
	engines_set_time(one.options.now);
	engines_sign_both(engines, &one);
	check_reference(engines, id, test);
	free(memory);
}

static const struct {
	const char *format;
	void (*run)(struct engines *engines, const json_t *file,
		    const json_t *test);
} formats[] = {
	{ "dkim-1", verify_case },
	{ "dkim-canon-1", canon_case },
	{ "dkim-message-1", verify_case },
	{ "dkim-sign-1", sign_case },
};

bool engines_suite(struct engines *engines, const json_t *file)
{
	const json_t *cases = json_object_get(file, "cases");
	const char *format = conformance_cstr(file, "format");
	size_t i, k;

	for (k = 0; k < sizeof(formats) / sizeof(formats[0]); k++) {
		if (strcmp(formats[k].format, format) != 0)
			continue;
		for (i = 0; i < json_array_size(cases); i++)
			formats[k].run(engines, file, json_array_get(cases, i));
		engines->failed += (unsigned int)listed_missing(
			engines->listed, conformance_cstr(file, "suite"));
		return true;
	}
	return false;
}
