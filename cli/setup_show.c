/* setup_show.c - what would be changed, before it is. */

#include "cli/foreign.h"
#include "cli/setup_diff.h"
#include "cli/setup_make.h"
#include "cli/setup_steps.h"

#include "core/text/cursor.h"

#define DIFF_MAX 8388608 /* octets shown of one file; ours */

/* Line by line, as each goes to a terminal. */
static void show_diff(struct ps_setup *setup, const struct ps_setup_file *file,
		      json_t *list)
{
	struct ps_buffer diff = PS_BUFFER(DIFF_MAX);
	struct ps_cursor cursor;
	struct ps_bytes line;

	ps_setup_diff(file->path, file->text, file->after, &diff);
	setup->failed = setup->failed || diff.failed;
	cursor = ps_cursor_of(
		(struct ps_bytes){ ps_buffer_cstr(&diff), diff.len });
	while (!ps_cursor_done(&cursor)) {
		line = ps_cursor_until(&cursor, "\n");
		ps_cursor_skip(&cursor, '\n');
		ps_output_text(&setup->cli->output, "%.*s", (int)line.len,
			       line.at);
	}
	json_array_append_new(
		list, json_pack("{s:s, s:o}", "file", file->path, "diff",
				ps_foreign_json((struct ps_bytes){
					ps_buffer_cstr(&diff), diff.len })));
	ps_buffer_free(&diff);
}

void ps_setup_show_lines(struct ps_setup *setup, const char *name,
			 const struct ps_setup_line *line)
{
	json_t *list = json_array();

	for (; line != NULL; line = line->next) {
		ps_output_text(&setup->cli->output, "%s", line->text);
		json_array_append_new(list, ps_foreign_json_of(line->text));
	}
	ps_output_member(&setup->cli->output, name, list);
}

/* Of no text of a file: users, folders, a domain. */
static void show_makings(struct ps_setup *setup)
{
	const struct ps_making *making = setup->makings;
	json_t *list = json_array();

	for (; making != NULL; making = making->next) {
		ps_output_text(&setup->cli->output, "make: %s", making->text);
		json_array_append_new(list, ps_foreign_json_of(making->text));
	}
	ps_output_member(&setup->cli->output, "makes", list);
}

size_t ps_setup_show(struct ps_setup *setup)
{
	const struct ps_setup_file *file = setup->files;
	json_t *list = json_array();
	size_t count = 0;

	for (; file != NULL; file = file->next) {
		if (!ps_setup_file_differs(file))
			continue;
		count++;
		show_diff(setup, file, list);
	}
	ps_output_member(&setup->cli->output, "changes", list);
	show_makings(setup);
	ps_setup_show_lines(setup, "notes", setup->notes);
	return count;
}
