/* setup_lines.c - what "postseal setup" collects: texts, files, edits. */

#include "cli/setup.h"

#include "cli/setup_text.h"

#include <stdio.h>
#include <string.h>

static const char *copy(struct ps_setup *setup, const char *format,
			va_list list) __attribute__((format(printf, 2, 0)));

static const char *copy(struct ps_setup *setup, const char *format,
			va_list list)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, list);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	text = len < 0 ? NULL : ps_arena_alloc(setup->arena, (size_t)len + 1);
	if (text == NULL) {
		setup->failed = true;
		return "";
	}
	vsnprintf(text, (size_t)len + 1, format, list);
	return text;
}

const char *ps_setup_text(struct ps_setup *setup, const char *format, ...)
{
	const char *text;
	va_list list;

	va_start(list, format);
	text = copy(setup, format, list);
	va_end(list);
	return text;
}

void ps_setup_add_line(struct ps_setup *setup, struct ps_setup_line **lines,
		       const char *text)
{
	struct ps_setup_line *line =
		ps_arena_alloc(setup->arena, sizeof(*line));

	while (*lines != NULL)
		lines = &(*lines)->next;
	if (line == NULL) {
		setup->failed = true;
		return;
	}
	line->text = text;
	*lines = line;
}

void ps_setup_note(struct ps_setup *setup, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	ps_setup_add_line(setup, &setup->notes, copy(setup, format, list));
	va_end(list);
}

void ps_setup_refuse(struct ps_setup *setup, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	ps_setup_add_line(setup, &setup->refusals, copy(setup, format, list));
	va_end(list);
}

struct ps_setup_file *ps_setup_file(struct ps_setup *setup, const char *path)
{
	struct ps_setup_file **file = &setup->files, *made;
	char reason[PS_SETUP_REASON_MAX];

	for (; *file != NULL; file = &(*file)->next) {
		if (strcmp((*file)->path, path) == 0)
			return *file;
	}
	made = ps_arena_alloc(setup->arena, sizeof(*made));
	if (made == NULL) {
		setup->failed = true;
		return NULL;
	}
	if (ps_setup_file_read(ps_setup_text(setup, "%s", path), setup->arena,
			       made, reason) < 0) {
		ps_setup_refuse(setup, "%s", reason);
		return NULL;
	}
	*file = made;
	return made;
}

static struct ps_edit *add_edit(struct ps_setup *setup, struct ps_edit edit)
{
	struct ps_edit **last = &setup->edits, *made;

	while (*last != NULL)
		last = &(*last)->next;
	made = ps_arena_alloc(setup->arena, sizeof(*made));
	if (made == NULL) {
		setup->failed = true;
		return NULL;
	}
	*made = edit;
	*last = made;
	return made;
}

void ps_setup_edit(struct ps_setup *setup, enum ps_edit_kind kind,
		   const char *path, const char *name, const char *written)
{
	struct ps_setup_file *file = ps_setup_file(setup, path);
	struct ps_edit edit = { .kind = kind,
				.name = ps_setup_text(setup, "%s", name),
				.written =
					ps_setup_text(setup, "%s", written) };
	struct ps_bytes text;
	struct ps_span span;

	if (file == NULL)
		return;
	text = file->after;
	edit.file = file->path;
	if (!ps_edit_find(&edit, text, &span) ||
	    memchr(text.at + span.at, '\0', span.len) != NULL) {
		ps_setup_refuse(setup,
				"%s: %s stands there more than once, or in a "
				"way that it cannot be changed alone",
				path, name);
		return;
	}
	edit.before = ps_arena_copy(setup->arena, text.at + span.at, span.len);
	if (edit.before == NULL) {
		setup->failed = true;
	} else if (ps_edit_do(&edit, text, setup->arena, &file->after) ==
		   PS_EDIT_DONE) {
		add_edit(setup, edit);
	}
}

const struct ps_setup_value *ps_setup_value(const struct ps_setup *setup,
					    const char *name)
{
	static const struct ps_setup_value none = { "", "", "", NULL };
	const struct ps_setup_value *value = setup->facts.values;

	for (; value != NULL; value = value->next) {
		if (strcmp(value->name, name) == 0)
			return value;
	}
	return &none;
}

bool ps_setup_is_set(struct ps_setup *setup, const char *name)
{
	const struct ps_setup_file *file = ps_setup_file(
		setup, ps_setup_text(setup, "%s/main.cf", setup->postfix));
	struct ps_span span;

	return file != NULL &&
	       ps_main_find(file->text, ps_bytes_of(name), &span) > 0;
}
