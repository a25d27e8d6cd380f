/* import_maps.c - Postfix's text files: aliases(5), virtual(5), mailboxes. */

#include "cli/import.h"

#include "core/text/cursor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INCLUDE_OCTETS_MAX 1048576 /* of one :include: file; ours */
#define BLANK		   " \t\r\n"

bool ps_import_next_line(struct ps_import_lines *lines, struct ps_bytes *line_r)
{
	struct ps_cursor cursor;
	struct ps_bytes part;
	int c;

	while (lines->rest.len > 0) {
		cursor = ps_cursor_of(lines->rest);
		lines->line = lines->next;
		line_r->at = lines->rest.at;
		do {
			part = ps_cursor_until(&cursor, "\n");
			line_r->len = (size_t)(part.at + part.len - line_r->at);
			(void)ps_cursor_skip(&cursor, '\n');
			lines->next++;
			c = ps_cursor_peek(&cursor);
		} while (lines->folded && (c == ' ' || c == '\t'));
		lines->rest = ps_cursor_rest(&cursor);
		*line_r = ps_bytes_trim(*line_r);
		if (line_r->len > 0 && line_r->at[0] != '#')
			return true;
	}
	return false;
}

struct map {
	struct ps_import *import;
	const char *source; /* with its domain */
	unsigned long line;
	unsigned int depth; /* of :include: */
};

static void add_destination(struct map *map, struct ps_bytes text);

static char *read_include(struct map *map, const char *path, size_t *len_r)
{
	FILE *file = fopen(path, "re");
	struct stat about;
	char *text = NULL;

	if (file == NULL) {
		ps_import_bad(map->import, NULL, map->line, "%s: %s", path,
			      strerror(errno));
		return NULL;
	}
	if (fstat(fileno(file), &about) < 0 || !S_ISREG(about.st_mode) ||
	    about.st_size > INCLUDE_OCTETS_MAX)
		ps_import_bad(map->import, NULL, map->line,
			      "%s: not a file of up to %d octets", path,
			      INCLUDE_OCTETS_MAX);
	else if ((text = malloc((size_t)about.st_size + 1)) == NULL)
		map->import->no_memory = true;
	else
		*len_r = fread(text, 1, (size_t)about.st_size, file);
	(void)fclose(file);
	return text;
}

/* aliases(5): a list of destinations in a file, as a value has it. */
static void include(struct map *map, struct ps_bytes name)
{
	const char *path = ps_import_text(map->import, name);
	struct ps_import_lines lines = { .next = 1 };
	struct ps_bytes line;
	size_t len = 0;
	char *text;

	if (path == NULL)
		return;
	if (map->depth > 0) {
		ps_import_bad(map->import, NULL, map->line,
			      "%s: :include: inside of :include:", path);
		return;
	}
	text = read_include(map, path, &len);
	if (text == NULL)
		return;
	map->depth++;
	lines.rest = (struct ps_bytes){ text, len };
	while (ps_import_next_line(&lines, &line)) {
		struct ps_cursor cursor = ps_cursor_of(line);

		while (!ps_cursor_done(&cursor)) {
			add_destination(map, ps_cursor_until(&cursor, ","));
			(void)ps_cursor_next(&cursor);
		}
	}
	map->depth--;
	free(text);
}

static void add_alias(struct map *map, struct ps_bytes destination)
{
	const char *to = ps_import_address(map->import, destination, map->line);

	if (to != NULL)
		ps_import_add(map->import,
			      &(struct ps_import_row){ .kind = PS_IMPORT_ALIAS,
						       .name = map->source,
						       .value = to,
						       .line = map->line });
}

static struct ps_bytes behind(struct ps_bytes text, size_t len)
{
	return ps_bytes_trim(
		(struct ps_bytes){ text.at + len, text.len - len });
}

/* One of a value; what only local(8) can do is refused. */
static void add_destination(struct map *map, struct ps_bytes text)
{
	static const struct ps_bytes word = PS_BYTES(":include:");

	text = ps_bytes_trim(text);
	if (text.len >= 2 && text.at[0] == '"' && text.at[text.len - 1] == '"')
		text = ps_bytes_trim(
			(struct ps_bytes){ text.at + 1, text.len - 2 });
	if (text.len == 0)
		return;
	if (ps_bytes_starts_fold(text, word))
		include(map, behind(text, word.len));
	else if (text.at[0] == '|' || text.at[0] == '/' || text.at[0] == '~')
		ps_import_bad(
			map->import, NULL, map->line,
			"a command or file as destination is for local(8): "
			"put # before this line, and keep it in "
			"alias_maps");
	else
		add_alias(map, text.at[0] == '\\' ? behind(text, 1) : text);
}

/* ---- aliases(5): name: value, value ---- */

/* The name, perhaps in quotes, up to its colon. */
static bool take_alias_name(struct ps_cursor *cursor, struct ps_bytes *name_r)
{
	if (ps_cursor_skip(cursor, '"')) {
		*name_r = ps_cursor_until(cursor, "\"");
		(void)ps_cursor_skip(cursor, '"');
		ps_cursor_skip_space(cursor);
	} else {
		*name_r = ps_bytes_trim(ps_cursor_until(cursor, ":"));
	}
	return ps_cursor_skip(cursor, ':') && name_r->len > 0;
}

/* Up to the next comma that is not in quotes. */
static struct ps_bytes take_alias_value(struct ps_cursor *cursor)
{
	const char *begin = cursor->at;
	bool quoted = false;
	int c;

	while ((c = ps_cursor_peek(cursor)) >= 0 && (quoted || c != ',')) {
		if (c == '"')
			quoted = !quoted;
		(void)ps_cursor_next(cursor);
	}
	return (struct ps_bytes){ begin, (size_t)(cursor->at - begin) };
}

static void alias_line(struct map *map, struct ps_bytes line)
{
	struct ps_cursor cursor = ps_cursor_of(line);
	size_t before = map->import->count + map->import->bad;
	struct ps_bytes name;

	if (!take_alias_name(&cursor, &name)) {
		ps_import_bad(map->import, NULL, map->line,
			      "no \"name: destination\"");
		return;
	}
	map->source = ps_import_address(map->import, name, map->line);
	if (map->source == NULL)
		return;
	while (!ps_cursor_done(&cursor)) {
		add_destination(map, take_alias_value(&cursor));
		(void)ps_cursor_next(&cursor);
	}
	if (before == map->import->count + map->import->bad)
		ps_import_bad(map->import, NULL, map->line,
			      "%s has no destination", map->source);
}

/* ---- virtual(5): address destinations; domain anything ---- */

static void virtual_line(struct map *map, struct ps_bytes line)
{
	struct ps_cursor cursor = ps_cursor_of(line);
	struct ps_bytes name = ps_cursor_until(&cursor, BLANK), value;
	bool has_at = ps_bytes_find(name, '@') != NULL;

	value = ps_bytes_trim(ps_cursor_rest(&cursor));
	if (value.len == 0) {
		ps_import_bad(map->import, NULL, map->line,
			      "an address without destination");
		return;
	}
	if (!has_at && ps_bytes_find(name, '.') != NULL &&
	    ps_bytes_find(value, '@') == NULL) {
		ps_import_add(map->import,
			      &(struct ps_import_row){
				      .kind = PS_IMPORT_DOMAIN,
				      .name = ps_import_text(map->import, name),
				      .line = map->line });
		return;
	}
	map->source = ps_import_address(map->import, name, map->line);
	if (map->source == NULL)
		return;
	cursor = ps_cursor_of(value);
	while (!ps_cursor_done(&cursor)) {
		add_destination(map, ps_cursor_until(&cursor, "," BLANK));
		(void)ps_cursor_next(&cursor);
	}
}

/* ---- virtual_mailbox_maps: address path ---- */

static void users_line(struct map *map, struct ps_bytes line)
{
	struct ps_cursor cursor = ps_cursor_of(line);
	struct ps_bytes name = ps_cursor_until(&cursor, BLANK);
	const char *address;

	if (name.at[0] == '@') {
		ps_import_bad(map->import, NULL, map->line,
			      "a mailbox for all of a domain: add an account, "
			      "and an alias @domain that leads to it");
		return;
	}
	address = ps_import_address(map->import, name, map->line);
	if (address != NULL)
		ps_import_add(map->import, &(struct ps_import_row){
						   .kind = PS_IMPORT_ACCOUNT,
						   .name = address,
						   .line = map->line });
}

static bool read_map(struct ps_import *import, const char *path,
		     void (*take)(struct map *map, struct ps_bytes line))
{
	struct ps_import_lines lines = { .folded = true, .next = 1 };
	struct map map = { .import = import };
	struct ps_bytes line;
	size_t len = 0;
	char *text = ps_import_file(path, &len);

	if (text == NULL)
		return false;
	lines.rest = (struct ps_bytes){ text, len };
	while (ps_import_next_line(&lines, &line)) {
		map.line = lines.line;
		take(&map, line);
	}
	free(text);
	return true;
}

bool ps_import_aliases(struct ps_import *import, const char *path)
{
	return read_map(import, path, alias_line);
}

bool ps_import_virtual(struct ps_import *import, const char *path)
{
	return read_map(import, path, virtual_line);
}

bool ps_import_users(struct ps_import *import, const char *path)
{
	return read_map(import, path, users_line);
}
