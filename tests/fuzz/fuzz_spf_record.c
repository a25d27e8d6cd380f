/* fuzz_spf_record.c - any octets as an SPF record. */

#include "fuzz.h"

#include "core/auth/spf_macro.h"
#include "core/auth/spf_record.h"

static bool is_inside(struct ps_bytes inner, struct ps_bytes outer)
{
	return inner.len == 0 || (inner.at >= outer.at &&
				  inner.at + inner.len <= outer.at + outer.len);
}

static void check_term(const struct ps_spf_term *term, struct ps_bytes text)
{
	size_t i;

	FUZZ_CHECK(term->text.len > 0 && is_inside(term->text, text));
	FUZZ_CHECK(is_inside(term->spec, term->text));
	FUZZ_CHECK(term->prefix4 <= 32 && term->prefix6 <= 128);
	FUZZ_CHECK(term->spec.len == 0 ||
		   ps_spf_macro_valid(term->spec, PS_SPF_IN_NAME));
	for (i = 0; i < term->text.len; i++) {
		FUZZ_CHECK(term->text.at[i] > 0x20 && term->text.at[i] < 0x7f);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_bytes text = fuzz_bytes(data, size), where, rest;
	struct ps_spf_record record;
	struct ps_spf_term term;
	const char *error;

	if (!ps_spf_record_parse(text, &record, &error, &where)) {
		FUZZ_CHECK(error != NULL && is_inside(where, text));
		return 0;
	}
	FUZZ_CHECK(error == NULL && text.len <= PS_SPF_RECORD_MAX);
	FUZZ_CHECK(is_inside(record.redirect, text));
	FUZZ_CHECK(is_inside(record.exp, text));
	rest = record.terms;
	while (ps_spf_record_next(&rest, &term))
		check_term(&term, text);
	FUZZ_CHECK(rest.len == 0);
	return 0;
}
