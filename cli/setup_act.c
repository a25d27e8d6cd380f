/* setup_act.c - files written, and edits taken back. */

#include "cli/setup_steps.h"

#include "directory/log.h"

#include <string.h>

static struct ps_setup_file *postfix_file(struct ps_setup *setup,
					  const char *name)
{
	return ps_setup_file(
		setup, ps_setup_text(setup, "%s/%s", setup->postfix, name));
}

bool ps_setup_write_files(struct ps_setup *setup, bool postfix)
{
	const struct ps_setup_file *main = postfix_file(setup, "main.cf");
	const struct ps_setup_file *master = postfix_file(setup, "master.cf");
	const struct ps_setup_file *file = setup->files;
	char reason[PS_SETUP_REASON_MAX];

	for (; file != NULL; file = file->next) {
		if ((file == main || file == master) != postfix ||
		    !ps_setup_file_differs(file))
			continue;
		if (ps_setup_file_write(file, reason) < 0) {
			ps_log(PS_LOG_ERROR, "%s", reason);
			return false;
		}
	}
	return !setup->failed;
}

static bool mentions(const struct ps_setup_file *file, const char *text)
{
	return file != NULL && file->after.len > 0 &&
	       memmem(file->after.at, file->after.len, text, strlen(text)) !=
		       NULL;
}

bool ps_setup_is_used(struct ps_setup *setup)
{
	return mentions(postfix_file(setup, "main.cf"), "postseal") ||
	       mentions(postfix_file(setup, "master.cf"), "postseal/");
}

/* While Postfix goes on to ask, it must get answers. */
static bool is_needed(struct ps_setup *setup, const struct ps_edit *edit)
{
	switch (edit->kind) {
	case PS_EDIT_PARAMETER:
	case PS_EDIT_OPTION:
	case PS_EDIT_SERVICE:
		return false;
	case PS_EDIT_SETTING:
	case PS_EDIT_SECTION:
	case PS_EDIT_FILE:
		break;
	}
	return mentions(postfix_file(setup, "main.cf"), "postseal");
}

/* For the record: it is to be undone another time.  The last one comes first,
 * so that the order stays. */
static void keep(struct ps_setup *setup, const struct ps_edit *edit)
{
	struct ps_edit *kept = ps_arena_alloc(setup->arena, sizeof(*kept));

	setup->failed = setup->failed || kept == NULL;
	if (kept == NULL)
		return;
	*kept = *edit;
	kept->next = setup->kept;
	setup->kept = kept;
}

static void take_back(struct ps_setup *setup, const struct ps_edit *edit)
{
	struct ps_setup_file *file = ps_setup_file(setup, edit->file);

	if (file == NULL)
		return;
	if (is_needed(setup, edit)) {
		ps_setup_note(setup,
			      "left: %s %s, as main.cf still names what it "
			      "serves",
			      edit->file, edit->name);
		keep(setup, edit);
		return;
	}
	file->folder |= edit->kind == PS_EDIT_FILE &&
			strcmp(edit->name, PS_SETUP_FOLDER) == 0;
	switch (ps_edit_undo(edit, file->after, setup->arena, &file->after)) {
	case PS_EDIT_DONE:
		file->gone = edit->kind == PS_EDIT_FILE;
		break;
	case PS_EDIT_ALREADY:
		file->gone |= file->folder && !file->exists;
		break;
	case PS_EDIT_CHANGED:
		ps_setup_note(setup,
			      "left: %s %s, which somebody changed since setup "
			      "wrote it",
			      edit->file, edit->name);
		break;
	case PS_EDIT_NO_MEMORY:
		setup->failed = true;
		break;
	}
}

/* The LF that we put at the end of a file, if nothing else is left there. */
static void end_as_before(struct ps_setup *setup, struct ps_setup_file *file)
{
	const struct ps_setup_line *line = setup->unended;
	const char *was;

	if (file->after.len == 0)
		return;
	was = ps_setup_text(setup, "%zu %s", file->after.len - 1, file->path);
	for (; line != NULL; line = line->next) {
		if (strcmp(line->text, was) != 0)
			continue;
		file->after.len--;
		return;
	}
}

void ps_setup_take_back(struct ps_setup *setup, const struct ps_edit *edits)
{
	const struct ps_edit *edit, **list;
	size_t count = 0, i = 0;

	setup->files = NULL;
	for (edit = edits; edit != NULL; edit = edit->next)
		count++;
	list = ps_arena_alloc(setup->arena, (count + 1) * sizeof(*list));
	if (list == NULL) {
		setup->failed = true;
		return;
	}
	for (edit = edits; edit != NULL; edit = edit->next)
		list[i++] = edit;
	/* main.cf first, as it says what is needed of the others. */
	while (i-- > 0) {
		if (list[i]->kind == PS_EDIT_PARAMETER)
			take_back(setup, list[i]);
	}
	for (i = count; i-- > 0;) {
		if (list[i]->kind != PS_EDIT_PARAMETER)
			take_back(setup, list[i]);
	}
	for (struct ps_setup_file *file = setup->files; file != NULL;
	     file = file->next)
		end_as_before(setup, file);
}
