/* authres.c - formats authres-1: what an Authentication-Results field says, and
 * authres-strip-1: whose it is. */

#include "conformance.h"

#include "core/auth/authres_read.h"
#include "core/text/fields.h"
#include "io/idn_libidn2.h"

#include <stdlib.h>

#define ARENA_OCTETS 1048576

static json_t *text_of(struct ps_bytes text)
{
	return json_stringn(text.at, text.len);
}

static json_t *say_result(const struct ps_authres_result *result)
{
	const struct ps_authres_property *property;
	json_t *said =
		json_pack("{s:o, s:o, s:[]}", "method", text_of(result->method),
			  "result", text_of(result->result), "properties");

	if (result->version != 0)
		json_object_set_new(said, "method_version",
				    json_integer(result->version));
	if (result->reason.at != NULL)
		json_object_set_new(said, "reason", text_of(result->reason));
	for (property = result->properties; property != NULL;
	     property = property->next)
		json_array_append_new(
			json_object_get(said, "properties"),
			json_pack("{s:o, s:o, s:o}", "ptype",
				  text_of(property->ptype), "property",
				  text_of(property->property), "value",
				  text_of(property->value)));
	return said;
}

/* In the form of "expected"; null: the field says nothing. */
static json_t *say_field(const json_t *test, struct ps_arena *arena)
{
	const struct ps_authres_result *result;
	struct ps_authres_field content;
	const struct ps_field *field;
	struct ps_fields fields;
	json_t *said;

	ps_fields_init(&fields, arena);
	(void)ps_fields_parse(&fields, conformance_text(test, "header"), NULL);
	field = ps_fields_find(&fields, "Authentication-Results", 0);
	if (field == NULL || !ps_authres_read(field->value, arena, &content))
		return json_null();
	said = json_pack("{s:o, s:[]}", "authserv_id",
			 text_of(content.authserv_id), "results");
	if (content.version != 0)
		json_object_set_new(said, "version",
				    json_integer(content.version));
	for (result = content.results; result != NULL; result = result->next)
		json_array_append_new(json_object_get(said, "results"),
				      say_result(result));
	return said;
}

void conformance_authres(const json_t *file, struct conformance *tally)
{
	const json_t *test, *expected, *cases = json_object_get(file, "cases");
	char *want, *got;
	struct ps_arena *arena;
	json_t *said;
	size_t i;

	if (ps_arena_new(ARENA_OCTETS, &arena) != 0)
		return;
	for (i = 0; i < json_array_size(cases); i++) {
		test = json_array_get(cases, i);
		expected = json_object_get(test, "expected");
		said = say_field(test, arena);
		want = conformance_dump(expected);
		got = conformance_dump(said);
		conformance_case(tally, test, json_equal(expected, said),
				 want == NULL ? "" : want,
				 got == NULL ? "" : got);
		free(want);
		free(got);
		json_decref(said);
		ps_arena_reset(arena);
	}
	ps_arena_free(&arena);
}

/* As a receiver does: by the field's name first, then by what it says. */
static bool is_removed(const json_t *test, struct ps_arena *arena)
{
	const struct ps_field *field;
	struct ps_fields fields;

	ps_fields_init(&fields, arena);
	if (!ps_fields_parse(&fields, conformance_text(test, "header"), NULL))
		return false;
	field = ps_fields_find(&fields, "Authentication-Results", 0);
	return field != NULL &&
	       ps_authres_claims(field->value,
				 conformance_cstr(test, "our_authserv_id"),
				 &ps_idn_libidn2);
}

void conformance_authres_strip(const json_t *file, struct conformance *tally)
{
	const json_t *test, *cases = json_object_get(file, "cases");
	struct ps_arena *arena;
	bool want, got;
	size_t i;

	if (ps_arena_new(ARENA_OCTETS, &arena) != 0)
		return;
	for (i = 0; i < json_array_size(cases); i++) {
		test = json_array_get(cases, i);
		want = json_is_true(json_object_get(test, "remove"));
		got = is_removed(test, arena);
		conformance_case(tally, test, want == got,
				 want ? "removed" : "kept",
				 got ? "removed" : "kept");
		ps_arena_reset(arena);
	}
	ps_arena_free(&arena);
}
