/* setup_edit.c - one change of a host's file, done and undone as text. */

#include "cli/setup_edit.h"

#include "cli/setup_settings.h"

#include <string.h>

static const char *const kind_names[] = {
	[PS_EDIT_PARAMETER] = "parameter", [PS_EDIT_OPTION] = "option",
	[PS_EDIT_SERVICE] = "service",	   [PS_EDIT_SETTING] = "setting",
	[PS_EDIT_SECTION] = "section",	   [PS_EDIT_FILE] = "file",
};
#define KINDS (sizeof(kind_names) / sizeof(kind_names[0]))

const char *ps_edit_kind_name(enum ps_edit_kind kind)
{
	return kind_names[kind];
}

bool ps_edit_kind_of(const char *name, enum ps_edit_kind *kind_r)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (strcmp(name, kind_names[i]) == 0) {
			*kind_r = (enum ps_edit_kind)i;
			return true;
		}
	}
	return false;
}

static bool find_parameter(struct ps_bytes name, struct ps_bytes text,
			   struct ps_span *span_r)
{
	return ps_main_find(text, name, span_r) < 2;
}

static bool find_entry(struct ps_cursor *name, struct ps_bytes text,
		       struct ps_span *span_r)
{
	struct ps_bytes service = ps_cursor_until(name, " ");

	ps_cursor_skip_blank(name);
	return ps_master_find(text, service, ps_cursor_until(name, " "),
			      span_r) < 2;
}

/* An option goes behind the last line of its entry.  No entry: nowhere. */
static bool find_option(struct ps_bytes name, struct ps_bytes text,
			struct ps_span *span_r)
{
	struct ps_cursor cursor = ps_cursor_of(name);
	struct ps_span entry = { text.len, 0 };

	if (!find_entry(&cursor, text, &entry))
		return false;
	ps_cursor_skip_blank(&cursor);
	*span_r = (struct ps_span){ entry.at + entry.len, 0 };
	return ps_master_find_option(text, entry, ps_cursor_rest(&cursor),
				     span_r) < 2;
}

static bool find_setting(struct ps_bytes name, struct ps_bytes text,
			 struct ps_span *span_r)
{
	struct ps_cursor cursor = ps_cursor_of(name);
	struct ps_bytes section = ps_cursor_until(&cursor, ".");

	if (!ps_cursor_skip(&cursor, '.')) {
		cursor = ps_cursor_of(name);
		section.len = 0;
	}
	switch (ps_settings_find(text, section, ps_cursor_rest(&cursor),
				 span_r)) {
	case PS_PLACE_SET:
	case PS_PLACE_FREE:
		return true;
	case PS_PLACE_SECTION:
	case PS_PLACE_SHARED:
		break;
	}
	return false;
}

/* Found by its text: with anything more in it, it is not ours alone. */
static bool find_section(struct ps_bytes name, struct ps_bytes written,
			 struct ps_bytes text, struct ps_span *span_r)
{
	struct ps_span setting;
	size_t at;

	for (at = 0; written.len > 0 && at + written.len <= text.len; at++) {
		if ((at == 0 || text.at[at - 1] == '\n') &&
		    memcmp(text.at + at, written.at, written.len) == 0) {
			*span_r = (struct ps_span){ at, written.len };
			return true;
		}
	}
	return ps_settings_find(text, name, PS_BYTES(""), &setting) ==
	       PS_PLACE_SECTION;
}

bool ps_edit_find(const struct ps_edit *edit, struct ps_bytes text,
		  struct ps_span *span_r)
{
	struct ps_bytes name = ps_bytes_of(edit->name);
	struct ps_cursor cursor = ps_cursor_of(name);

	*span_r = (struct ps_span){ text.len, 0 };
	switch (edit->kind) {
	case PS_EDIT_PARAMETER:
		return find_parameter(name, text, span_r);
	case PS_EDIT_OPTION:
		return find_option(name, text, span_r);
	case PS_EDIT_SERVICE:
		return find_entry(&cursor, text, span_r);
	case PS_EDIT_SETTING:
		return find_setting(name, text, span_r);
	case PS_EDIT_SECTION:
		return find_section(name, ps_bytes_of(edit->written), text,
				    span_r);
	case PS_EDIT_FILE:
		*span_r = (struct ps_span){ 0, text.len };
		return true;
	}
	return false;
}

static enum ps_edit_result put(struct ps_bytes text, struct ps_span span,
			       struct ps_bytes lines, struct ps_arena *arena,
			       struct ps_bytes *text_r)
{
	char *all = ps_arena_alloc(arena, text.len - span.len + lines.len + 1);
	size_t end = span.at + span.len;

	if (all == NULL)
		return PS_EDIT_NO_MEMORY;
	memcpy(all, text.at, span.at);
	memcpy(all + span.at, lines.at, lines.len);
	memcpy(all + span.at + lines.len, text.at + end, text.len - end);
	*text_r = (struct ps_bytes){ all, text.len - span.len + lines.len };
	return PS_EDIT_DONE;
}

static enum ps_edit_result change(const struct ps_edit *edit, const char *from,
				  const char *to, struct ps_bytes text,
				  struct ps_arena *arena,
				  struct ps_bytes *text_r)
{
	struct ps_bytes there;
	struct ps_span span;

	*text_r = text;
	if (!ps_edit_find(edit, text, &span))
		return PS_EDIT_CHANGED;
	there = (struct ps_bytes){ text.at + span.at, span.len };
	if (ps_bytes_equal(there, ps_bytes_of(to)))
		return PS_EDIT_ALREADY;
	if (!ps_bytes_equal(there, ps_bytes_of(from)))
		return PS_EDIT_CHANGED;
	return put(text, span, ps_bytes_of(to), arena, text_r);
}

/* A setting whose whole section is not there any more. */
static bool is_gone(const struct ps_edit *edit, struct ps_bytes text)
{
	struct ps_cursor cursor = ps_cursor_of(ps_bytes_of(edit->name));
	struct ps_bytes section = ps_cursor_until(&cursor, ".");
	struct ps_span span;

	return edit->kind == PS_EDIT_SETTING && *edit->before == '\0' &&
	       !ps_cursor_done(&cursor) &&
	       ps_settings_find(text, section, PS_BYTES(""), &span) ==
		       PS_PLACE_SECTION;
}

enum ps_edit_result ps_edit_do(const struct ps_edit *edit, struct ps_bytes text,
			       struct ps_arena *arena, struct ps_bytes *text_r)
{
	return change(edit, edit->before, edit->written, text, arena, text_r);
}

enum ps_edit_result ps_edit_undo(const struct ps_edit *edit,
				 struct ps_bytes text, struct ps_arena *arena,
				 struct ps_bytes *text_r)
{
	*text_r = text;
	return is_gone(edit, text) ? PS_EDIT_ALREADY
				   : change(edit, edit->written, edit->before,
					    text, arena, text_r);
}
