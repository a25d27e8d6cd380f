/* rule_valuefile.c - values that stand in files. */

#include "core/rules/rule_valuefile.h"

#include "core/rules/rule_text.h"
#include "core/text/cursor.h"

#include <stdint.h>
#include <string.h>

#define PATH_MAX_OCTETS 4096 /* PATH_MAX of Linux */

struct file_kind {
	bool table, live;
};

static bool is_file(struct ps_bytes text, struct file_kind *kind_r,
		    struct ps_bytes *path_r)
{
	static const struct {
		struct ps_bytes prefix;
		struct file_kind kind;
	} table[] = {
		{ PS_BYTES("cfile:"), { false, false } },
		{ PS_BYTES("file:"), { false, false } },
		{ PS_BYTES("ctable:"), { true, false } },
		{ PS_BYTES("table:"), { true, false } },
		{ PS_BYTES("lfile:"), { false, true } },
		{ PS_BYTES("ltable:"), { true, true } },
	};
	size_t i, len;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		len = table[i].prefix.len;
		if (text.len <= len ||
		    !ps_bytes_starts_fold(text, table[i].prefix))
			continue;
		*kind_r = table[i].kind;
		*path_r = (struct ps_bytes){ text.at + len, text.len - len };
		return true;
	}
	return false;
}

/* strict: a live file keeps the operator of the item that read it first. */
static enum ps_rule_op remember_live(struct ps_rule_build *build,
				     const char *path, enum ps_rule_op op)
{
	struct ps_rule_live *live;

	for (live = build->live; live != NULL; live = live->next) {
		if (strcmp(live->path, path) != 0)
			continue;
		if (live->op != (int)op)
			ps_rule_warn(
				build, "live-operator",
				"postfwd reads %.200s once, with the "
				"operator %s of the item before: use "
				"file:, or two files",
				path,
				ps_rule_op_text((enum ps_rule_op)live->op));
		return build->strict ? (enum ps_rule_op)live->op : op;
	}
	live = ps_rule_alloc(build, sizeof(*live));
	if (live != NULL) {
		*live = (struct ps_rule_live){ build->live, path, (int)op };
		build->live = live;
	}
	return op;
}

/* The key of a line of a table. */
static struct ps_bytes key_of(struct ps_rule_build *build, struct ps_bytes raw,
			      bool *warned)
{
	struct ps_bytes key = ps_rule_trim(raw), first = key;
	size_t end;

	for (first.len = 0;
	     first.len < key.len && !ps_rule_is_space(key.at[first.len]);)
		first.len++;
	/* The original cuts off the last word, if nothing is behind it. */
	if (raw.len > 0 && ps_rule_is_space(raw.at[raw.len - 1])) {
		end = raw.len;
	} else {
		for (end = raw.len;
		     end > 0 && !ps_rule_is_space(raw.at[end - 1]);)
			end--;
		if (end == 0)
			end = raw.len;
	}
	key = ps_rule_trim((struct ps_bytes){ raw.at, end });
	if (!ps_bytes_equal(key, first) && !*warned) {
		ps_rule_warn(build, "table-words",
			     "postfwd takes \"%.*s\" for the key: of a table "
			     "it drops only the last word of a line, and none "
			     "before a blank or a comment: write the key and "
			     "one word",
			     ps_rule_shown(key), key.at);
		*warned = true;
	}
	return build->strict ? key : first;
}

static int add_lines(struct ps_rule_build *build, struct ps_rule_item *item,
		     enum ps_rule_op op, bool table, struct ps_bytes content,
		     bool inverted, unsigned int depth)
{
	struct ps_cursor cursor = ps_cursor_of(content);
	bool warned = false;
	struct ps_bytes line, rest;

	for (build->line = 1; !ps_cursor_done(&cursor); build->line++) {
		line = ps_cursor_until(&cursor, "\n");
		(void)ps_cursor_skip(&cursor, '\n');
		rest = line;
		line.len = 0;
		while (line.len < rest.len && line.at[line.len] != '#')
			line.len++;
		if (ps_rule_trim(line).len == 0)
			continue;
		line = table ? key_of(build, line, &warned)
			     : ps_rule_trim(line);
		if (line.len > 0 && ps_rule_value_word(build, item, op, line,
						       inverted, depth) < 0)
			return -1;
	}
	return 0;
}

static int read_file(struct ps_rule_build *build, struct ps_rule_item *item,
		     enum ps_rule_op op, struct file_kind kind,
		     const char *path, bool inverted, unsigned int depth)
{
	const struct ps_rule_files *files = build->options->files;
	const char *file = build->file;
	unsigned int line = build->line;
	struct ps_bytes content, copy;
	enum ps_rule_read read = PS_RULE_READ_MISSING;
	int result;

	if (files != NULL)
		read = files->read(files->ctx, path, &content);
	if (read == PS_RULE_READ_MISSING) {
		ps_rule_warn(build, "missing-file",
			     "%.300s is not there: the item matches nothing "
			     "of it",
			     path);
		return 0;
	}
	if (read == PS_RULE_READ_FAILED) {
		ps_rule_error(build, "unreadable-file", "%.300s cannot be read",
			      path);
		return -1;
	}
	copy = ps_rule_copy(build, content); /* files in it use the port */
	if (copy.at == NULL)
		return -1;
	build->file = path;
	result = add_lines(build, item, op, kind.table, copy, inverted,
			   depth + 1);
	build->file = file;
	build->line = line;
	return result;
}

int ps_rule_value_word(struct ps_rule_build *build, struct ps_rule_item *item,
		       enum ps_rule_op op, struct ps_bytes text, bool inverted,
		       unsigned int depth)
{
	struct file_kind kind;
	struct ps_bytes path;
	char *copy;

	if (!is_file(text, &kind, &path))
		return ps_rule_value_one(build, item, op, text, inverted);
	if (depth == PS_RULE_FILES_DEPTH_MAX ||
	    item->count > PS_RULE_VALUES_MAX) {
		ps_rule_error(build, "endless-files",
			      "files inside files, more than %d deep, or too "
			      "many values: does %.*s name itself?",
			      PS_RULE_FILES_DEPTH_MAX, ps_rule_shown(path),
			      path.at);
		return -1;
	}
	copy = ps_arena_copy(build->arena, path.at, path.len);
	if (copy == NULL || path.len >= PATH_MAX_OCTETS ||
	    memchr(path.at, '\0', path.len) != NULL) {
		ps_rule_error(build, "bad-path", "no name of a file");
		return -1;
	}
	if (kind.live)
		op = remember_live(build, copy, op);
	return read_file(build, item, op, kind, copy, inverted, depth);
}
