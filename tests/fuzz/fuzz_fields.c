/* fuzz_fields.c - any octets as the header of a message. */

#include "fuzz.h"

#include "core/text/fields.h"

#define ARENA_MAX (8 * 1048576)

static void check_field(const struct ps_fields *fields, size_t i)
{
	const struct ps_field *field = &fields->at[i];
	size_t n;

	FUZZ_CHECK(field->name.len > 0);
	for (n = 0; n < field->name.len; n++)
		FUZZ_CHECK(field->name.at[n] != ':' &&
			   field->name.at[n] != '\n');
	/* A line end inside is always followed by white space. */
	for (n = 0; n < field->value.len; n++) {
		if (field->value.at[n] == '\n')
			FUZZ_CHECK(n + 1 < field->value.len &&
				   (field->value.at[n + 1] == ' ' ||
				    field->value.at[n + 1] == '\t'));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_bytes body, message = fuzz_bytes(data, size);
	struct ps_fields fields;
	struct ps_arena *arena;
	size_t i;

	if (ps_arena_new(ARENA_MAX, &arena) < 0)
		return 0;
	ps_fields_init(&fields, arena);
	(void)ps_fields_parse(&fields, message, &body);
	FUZZ_CHECK(fields.count <= PS_FIELDS_MAX);
	FUZZ_CHECK(body.len <= size);
	for (i = 0; i < fields.count; i++)
		check_field(&fields, i);
	i = ps_fields_count(&fields, "From");
	FUZZ_CHECK((ps_fields_find(&fields, "From", 0) != NULL) == (i > 0));
	FUZZ_CHECK(ps_fields_find(&fields, "From", i) == NULL);
	ps_arena_free(&arena);
	return 0;
}
