/* import_entries.c - the entries of an LDIF file (RFC 2849). */

#include "cli/import_entries.h"

#include "core/text/base64.h"
#include "core/text/cursor.h"

#include <stdlib.h>
#include <string.h>

struct reading {
	struct ps_import *import;
	struct ps_cursor cursor;
	unsigned long next, line; /* of the next line, of this one */
	struct ps_entry *entry;	  /* under way */
	struct ps_entry *first, **end;
};

/* A line with what goes on behind it (a line that begins with a space), in
 * memory of the arena where it is folded. */
static struct ps_bytes take_line(struct reading *reading)
{
	struct ps_cursor *cursor = &reading->cursor;
	const char *begin = cursor->at;
	char *joined = NULL;
	struct ps_bytes part;
	size_t len = 0;

	reading->line = reading->next;
	do {
		part = ps_cursor_until(cursor, "\n");
		(void)ps_cursor_skip(cursor, '\n');
		reading->next++;
		if (part.len > 0 && part.at[part.len - 1] == '\r')
			part.len--;
		if (joined == NULL && ps_cursor_peek(cursor) != ' ')
			return part;
		if (joined == NULL) {
			/* As long as the folded lines are, at the most. */
			struct ps_cursor ahead = *cursor;

			while (ps_cursor_peek(&ahead) == ' ') {
				(void)ps_cursor_until(&ahead, "\n");
				(void)ps_cursor_skip(&ahead, '\n');
			}
			joined = ps_arena_alloc(reading->import->arena,
						(size_t)(ahead.at - begin) + 1);
			if (joined == NULL) {
				reading->import->no_memory = true;
				return (struct ps_bytes){ "", 0 };
			}
		}
		memcpy(joined + len, part.at, part.len);
		len += part.len;
	} while (ps_cursor_skip(cursor, ' '));
	return (struct ps_bytes){ joined, len };
}

static bool bad(struct reading *reading, const char *what)
{
	ps_import_bad(reading->import, NULL, reading->line, "%s", what);
	return false;
}

/* "name:: base64" */
static bool take_base64(struct reading *reading, struct ps_bytes text,
			const char **value_r)
{
	unsigned char *data = malloc(text.len + 1);
	size_t len = 0;
	bool good = data != NULL &&
		    ps_base64_decode(text, data, text.len + 1, &len);

	if (good)
		*value_r = ps_import_text(
			reading->import,
			(struct ps_bytes){ (const char *)data, len });
	free(data);
	return good || bad(reading, "base64 that cannot be read");
}

static bool take_value(struct reading *reading, struct ps_cursor *cursor,
		       const char **value_r)
{
	bool base64 = ps_cursor_skip(cursor, ':');

	if (!base64 && ps_cursor_peek(cursor) == '<')
		return bad(reading, "a value from elsewhere (\":<\")");
	ps_cursor_skip_blank(cursor);
	if (base64)
		return take_base64(reading, ps_cursor_rest(cursor), value_r);
	*value_r = ps_import_text(reading->import, ps_cursor_rest(cursor));
	return true;
}

static void begin(struct reading *reading, const char *dn)
{
	struct ps_entry *entry =
		ps_arena_alloc(reading->import->arena, sizeof(*entry));

	if (entry == NULL) {
		reading->import->no_memory = true;
		return;
	}
	entry->dn = dn;
	entry->line = reading->line;
	entry->end = &entry->first;
	*reading->end = entry;
	reading->end = &entry->next;
	reading->entry = entry;
}

static bool keep(struct reading *reading, const char *name, const char *value)
{
	struct ps_entry_value *one;

	if (strcmp(name, "dn") == 0) {
		begin(reading, value);
		return true;
	}
	if (reading->entry == NULL) {
		return strcmp(name, "version") == 0 ||
		       bad(reading, "an attribute before any \"dn:\"");
	}
	if (strcmp(name, "changetype") == 0)
		return bad(reading, "changes are not entries: export the "
				    "directory as it is");
	one = ps_arena_alloc(reading->import->arena, sizeof(*one));
	if (one == NULL) {
		reading->import->no_memory = true;
		return false;
	}
	one->name = name;
	one->value = value;
	*reading->entry->end = one;
	reading->entry->end = &one->next;
	return true;
}

/* One "name;options: value". */
static void take(struct reading *reading, struct ps_bytes line)
{
	struct ps_cursor cursor = ps_cursor_of(line);
	struct ps_bytes name = ps_cursor_until(&cursor, ":;");
	const char *value = NULL;
	char *lower;

	(void)ps_cursor_until(&cursor, ":");
	if (name.len == 0 || !ps_cursor_skip(&cursor, ':')) {
		(void)bad(reading, "no \"name: value\"");
		return;
	}
	lower = ps_arena_copy(reading->import->arena, name.at, name.len);
	if (lower == NULL) {
		reading->import->no_memory = true;
		return;
	}
	ps_ascii_lower_all(lower, name.len);
	if (take_value(reading, &cursor, &value) && value != NULL)
		(void)keep(reading, lower, value);
}

struct ps_entry *ps_entries_read(struct ps_import *import, struct ps_bytes text)
{
	struct reading reading = { .import = import,
				   .cursor = ps_cursor_of(text),
				   .next = 1 };
	struct ps_bytes line;

	reading.end = &reading.first;
	while (!ps_cursor_done(&reading.cursor) && !import->no_memory) {
		line = take_line(&reading);
		if (line.len == 0)
			reading.entry = NULL;
		else if (line.at[0] != '#')
			take(&reading, line);
	}
	return reading.first;
}

const struct ps_entry_value *ps_entry_next(const struct ps_entry *entry,
					   const struct ps_entry_value *after,
					   const char *name)
{
	const struct ps_entry_value *value =
		after == NULL ? entry->first : after->next;

	while (value != NULL && strcmp(value->name, name) != 0)
		value = value->next;
	return value;
}

const char *ps_entry_get(const struct ps_entry *entry, const char *name)
{
	const struct ps_entry_value *value = ps_entry_next(entry, NULL, name);

	return value == NULL ? NULL : value->value;
}

bool ps_entry_has(const struct ps_entry *entry, const char *name,
		  const char *value)
{
	const struct ps_entry_value *one = NULL;

	while ((one = ps_entry_next(entry, one, name)) != NULL) {
		if (ps_bytes_equal_fold(ps_bytes_of(one->value),
					ps_bytes_of(value)))
			return true;
	}
	return false;
}
