/* fields.c - the header fields of one message (RFC 5322 section 2.2). */

#include "core/text/fields.h"

#include <string.h>

#define FIRST_SIZE 32

void ps_fields_init(struct ps_fields *fields, struct ps_arena *arena)
{
	*fields = (struct ps_fields){ .arena = arena };
}

/* The old array stays in the arena: at most as much again. */
static bool grow(struct ps_fields *fields)
{
	size_t size = fields->size == 0 ? FIRST_SIZE : fields->size * 2;
	struct ps_field *at;

	at = ps_arena_alloc(fields->arena, size * sizeof(*at));
	if (at == NULL)
		return false;
	if (fields->count > 0)
		memcpy(at, fields->at, fields->count * sizeof(*at));
	fields->at = at;
	fields->size = size;
	return true;
}

bool ps_fields_add(struct ps_fields *fields, struct ps_bytes name,
		   struct ps_bytes value)
{
	struct ps_field *field;

	if (fields->overflow)
		return false;
	fields->overflow = true;
	if (fields->count == PS_FIELDS_MAX ||
	    name.len > PS_FIELDS_OCTETS_MAX - fields->octets ||
	    value.len > PS_FIELDS_OCTETS_MAX - fields->octets - name.len)
		return false;
	if (fields->count == fields->size && !grow(fields))
		return false;
	field = &fields->at[fields->count];
	field->name.at = ps_arena_copy(fields->arena, name.at, name.len);
	field->name.len = name.len;
	field->value.at = ps_arena_copy(fields->arena, value.at, value.len);
	field->value.len = value.len;
	if (field->name.at == NULL || field->value.at == NULL)
		return false;
	fields->count++;
	fields->octets += name.len + value.len;
	fields->overflow = false;
	return true;
}

/* Space before the colon is obsolete, but allowed (RFC 5322 4.5). */
bool ps_field_is(const struct ps_field *field, const char *name)
{
	return ps_bytes_equal_fold(ps_bytes_trim(field->name),
				   ps_bytes_of(name));
}

const struct ps_field *ps_fields_find(const struct ps_fields *fields,
				      const char *name, size_t nth)
{
	size_t i;

	for (i = 0; i < fields->count; i++) {
		if (ps_field_is(&fields->at[i], name) && nth-- == 0)
			return &fields->at[i];
	}
	return NULL;
}

size_t ps_fields_count(const struct ps_fields *fields, const char *name)
{
	size_t i, count = 0;

	for (i = 0; i < fields->count; i++) {
		if (ps_field_is(&fields->at[i], name))
			count++;
	}
	return count;
}

/* The octets of the line at text, and of its line end (0 at the end). */
static size_t line_length(struct ps_bytes text, size_t *end_r)
{
	const char *lf = ps_bytes_find(text, '\n');
	size_t len;

	*end_r = 0;
	if (lf == NULL)
		return text.len;
	len = (size_t)(lf - text.at);
	*end_r = 1;
	if (len > 0 && text.at[len - 1] == '\r') {
		*end_r = 2;
		len--;
	}
	return len;
}

static void advance(struct ps_bytes *text, size_t len)
{
	text->at += len;
	text->len -= len;
}

/* The first line and those folded behind it; moves *text past them. */
static struct ps_bytes take_field(struct ps_bytes *text)
{
	struct ps_bytes field = { text->at, 0 };
	size_t end, len = line_length(*text, &end), last = end;

	field.len = len;
	advance(text, len + end);
	while (text->len > 0 && (*text->at == ' ' || *text->at == '\t')) {
		len = line_length(*text, &end);
		field.len += last + len;
		last = end;
		advance(text, len + end);
	}
	return field;
}

bool ps_fields_parse(struct ps_fields *fields, struct ps_bytes message,
		     struct ps_bytes *body_r)
{
	struct ps_bytes field, name, value;
	const char *colon;
	bool good = true;
	size_t end;

	while (message.len > 0) {
		if (line_length(message, &end) == 0) {
			advance(&message, end);
			break;
		}
		field = take_field(&message);
		colon = ps_bytes_find(field, ':');
		name = (struct ps_bytes){
			field.at, colon == NULL ? 0 : (size_t)(colon - field.at)
		};
		/* A name does not fold (RFC 5322 2.2). */
		if (name.len == 0 || ps_bytes_find(name, '\n') != NULL) {
			good = false;
			continue;
		}
		value = (struct ps_bytes){ colon + 1,
					   field.len - name.len - 1 };
		good = ps_fields_add(fields, name, value) && good;
	}
	if (body_r != NULL)
		*body_r = message;
	return good;
}
