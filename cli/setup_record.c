/* setup_record.c - what "postseal setup" wrote, so that it can be undone. */

#include "cli/setup_steps.h"

#include "directory/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#define VERSION 1

static const char *path_of(struct ps_setup *setup)
{
	return ps_setup_text(setup, "%s/record.json", setup->state);
}

static bool complain(const char *path, const char *why)
{
	ps_log(PS_LOG_ERROR, "%s: %s", path, why);
	return false;
}

/* One run at a time.  Nobody else may write what root will be made to do. */
static bool lock(struct ps_setup *setup)
{
	const char *path = ps_setup_text(setup, "%s/lock", setup->state);
	const char *slash = strrchr(setup->state, '/');
	struct stat st;

	if (setup->failed)
		return complain("setup", "out of memory");
	if (setup->rehearsal && access(setup->state, F_OK) < 0)
		return true;
	if (slash != NULL && slash != setup->state)
		(void)mkdir(ps_setup_text(setup, "%.*s",
					  (int)(slash - setup->state),
					  setup->state),
			    0755);
	if (mkdir(setup->state, 0700) < 0 && errno != EEXIST)
		return complain(setup->state, strerror(errno));
	if (lstat(setup->state, &st) < 0 || !S_ISDIR(st.st_mode) ||
	    st.st_uid != geteuid() || (st.st_mode & 022) != 0)
		return complain(setup->state,
				"not a folder that we alone can write");
	setup->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (setup->lock < 0)
		return complain(path, strerror(errno));
	if (flock(setup->lock, LOCK_EX | LOCK_NB) < 0)
		return complain(path, "another setup is at work");
	return true;
}

static bool take_edit(struct ps_setup *setup, json_t *object,
		      struct ps_edit **last)
{
	const char *kind, *file, *name, *before, *written;
	struct ps_edit *edit = ps_arena_alloc(setup->arena, sizeof(*edit));

	if (edit == NULL ||
	    json_unpack(object, "{s:s, s:s, s:s, s:s, s:s}", "kind", &kind,
			"file", &file, "name", &name, "before", &before,
			"written", &written) < 0 ||
	    !ps_edit_kind_of(kind, &edit->kind))
		return false;
	edit->file = ps_setup_text(setup, "%s", file);
	edit->name = ps_setup_text(setup, "%s", name);
	edit->before = ps_setup_text(setup, "%s", before);
	edit->written = ps_setup_text(setup, "%s", written);
	*last = edit;
	return !setup->failed;
}

static bool take_record(struct ps_setup *setup, json_t *root)
{
	struct ps_edit **last = &setup->record;
	json_t *edits, *unended, *made = NULL, *item;
	const char *user = NULL, *group = NULL, *started = NULL;
	int version, complete;
	size_t i;

	if (json_unpack(root, "{s:i, s?s, s?s, s?s, s?o, s:b, s:o, s:o}",
			"version", &version, "user", &user, "group", &group,
			"started", &started, "made", &made, "complete",
			&complete, "unended", &unended, "edits", &edits) < 0 ||
	    version != VERSION)
		return false;
	if (user != NULL && group != NULL) {
		setup->joined_user = ps_setup_text(setup, "%s", user);
		setup->joined_group = ps_setup_text(setup, "%s", group);
	}
	if (started != NULL)
		setup->started = ps_setup_text(setup, "%s", started);
	setup->complete = complete;
	setup->recorded = true;
	json_array_foreach(made, i, item)
	{
		if (!json_is_string(item))
			return false;
		ps_setup_add_line(
			setup, &setup->made,
			ps_setup_text(setup, "%s", json_string_value(item)));
	}
	json_array_foreach(edits, i, item)
	{
		if (!take_edit(setup, item, last))
			return false;
		last = &(*last)->next;
	}
	json_array_foreach(unended, i, item)
	{
		struct ps_setup_line *line =
			ps_arena_alloc(setup->arena, sizeof(*line));

		if (line == NULL || !json_is_string(item))
			return false;
		line->text =
			ps_setup_text(setup, "%s", json_string_value(item));
		line->next = setup->unended;
		setup->unended = line;
	}
	return !setup->failed;
}

bool ps_setup_open_record(struct ps_setup *setup)
{
	const char *path = path_of(setup);
	struct ps_setup_file file;
	char reason[PS_SETUP_REASON_MAX];
	json_t *root;
	bool good;

	if (!lock(setup))
		return false;
	if (ps_setup_file_read(path, setup->arena, &file, reason) < 0) {
		ps_log(PS_LOG_ERROR, "%s", reason);
		return false;
	}
	if (!file.exists)
		return true;
	root = json_loadb(file.text.at, file.text.len, JSON_REJECT_DUPLICATES,
			  NULL);
	good = root != NULL && take_record(setup, root);
	json_decref(root);
	if (!good)
		return complain(path, "damaged, or of another version");
	for (const struct ps_edit *edit = setup->record;
	     edit != NULL && !setup->rehearsal; edit = edit->next)
		ps_setup_sweep(edit->file);
	return true;
}

static const struct ps_edit *same(const struct ps_edit *list,
				  const struct ps_edit *edit)
{
	for (; list != NULL; list = list->next) {
		if (list->kind == edit->kind &&
		    strcmp(list->file, edit->file) == 0 &&
		    strcmp(list->name, edit->name) == 0)
			return list;
	}
	return NULL;
}

static json_t *object_of(const struct ps_edit *edit, const char *before)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind",
			 ps_edit_kind_name(edit->kind), "file", edit->file,
			 "name", edit->name, "before", before, "written",
			 edit->written);
}

/*
 * An edit of lines we wrote earlier has the lines before those for its before.
 * What somebody changed since is theirs, and the new edit's own before.
 */
static json_t *edits_of(const struct ps_setup *setup)
{
	json_t *edits = json_array();
	const struct ps_edit *edit, *old;
	const char *before;
	bool failed = false;

	for (edit = setup->record; edit != NULL; edit = edit->next) {
		if (same(setup->edits, edit) == NULL)
			failed |= json_array_append_new(
				edits, object_of(edit, edit->before));
	}
	for (edit = setup->edits; edit != NULL; edit = edit->next) {
		old = same(setup->record, edit);
		before = edit->before;
		if (old != NULL && strcmp(old->written, before) == 0)
			before = old->before;
		failed |= json_array_append_new(edits, object_of(edit, before));
	}
	if (!failed)
		return edits;
	json_decref(edits);
	return NULL;
}

static json_t *unended_of(const struct ps_setup *setup)
{
	json_t *list = json_array();

	for (const struct ps_setup_line *line = setup->unended; line != NULL;
	     line = line->next)
		json_array_append_new(list, json_string(line->text));
	for (const struct ps_setup_file *file = setup->files; file != NULL;
	     file = file->next) {
		if (file->unended && !ps_bytes_equal(file->text, file->after))
			json_array_append_new(
				list, json_sprintf("%zu %s", file->text.len - 1,
						   file->path));
	}
	return list;
}

static json_t *made_of(const struct ps_setup *setup)
{
	json_t *list = json_array();

	for (const struct ps_setup_line *line = setup->made; line != NULL;
	     line = line->next)
		json_array_append_new(list, json_string(line->text));
	return list;
}

bool ps_setup_write_record(struct ps_setup *setup)
{
	json_t *root = json_pack("{s:i, s:s*, s:s*, s:s*, s:o, s:b, s:o, s:o}",
				 "version", VERSION, "user", setup->joined_user,
				 "group", setup->joined_group, "started",
				 setup->started, "made", made_of(setup),
				 "complete", (int)setup->complete, "unended",
				 unended_of(setup), "edits", edits_of(setup));
	char *text = root == NULL ? NULL : json_dumps(root, JSON_INDENT(1));
	char reason[PS_SETUP_REASON_MAX];
	int result = -1;

	/* jansson takes UTF-8 only: what is not cannot be kept. */
	if (text == NULL)
		snprintf(reason, sizeof(reason),
			 "the lines to be changed cannot be recorded (are "
			 "they UTF-8?)");
	else
		result = ps_setup_put(path_of(setup), ps_bytes_of(text), 0600,
				      reason);
	if (result < 0)
		ps_log(PS_LOG_ERROR, "%s", reason);
	free(text);
	json_decref(root);
	return result == 0;
}

bool ps_setup_remove_record(struct ps_setup *setup)
{
	const char *path = path_of(setup);

	if (unlink(path) == 0 || errno == ENOENT)
		return true;
	return complain(path, strerror(errno));
}
