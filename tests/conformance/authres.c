/* authres.c - format authres-strip-1: whose Authentication-Results it is. */

#include "conformance.h"

#include "core/auth/authres.h"
#include "io/idn_libidn2.h"

#define ARENA_OCTETS 1048576

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
	       ps_authres_is_ours(field->value,
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
