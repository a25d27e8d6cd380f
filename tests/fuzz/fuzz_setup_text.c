/* fuzz_setup_text.c - any octets as the hosts' files: an edit undone leaves
 * what was there, and a diff leads from one text to the other. */

#include "fuzz.h"

#include "cli/setup_diff.h"
#include "cli/setup_edit.h"
#include "cli/setup_settings.h"

#include <string.h>

static void check_lists(struct ps_bytes text)
{
	struct ps_cursor cursor = ps_cursor_of(text);
	struct ps_bytes item, address;

	while (ps_list_next(&cursor, &item)) {
		address = ps_milter_address(item);
		FUZZ_CHECK(item.len > 0 && address.at >= item.at &&
			   address.at + address.len <= item.at + item.len);
	}
	(void)ps_list_is_whole(text);
}

/* The lines with this mark, and those of both: one of the texts again. */
static void check_side(struct ps_bytes diff, char mark, struct ps_bytes side)
{
	struct ps_cursor at = ps_cursor_of(diff), text = ps_cursor_of(side);
	struct ps_bytes line, other;

	(void)ps_cursor_until(&at, "\n");
	ps_cursor_skip(&at, '\n');
	(void)ps_cursor_until(&at, "\n");
	ps_cursor_skip(&at, '\n');
	while (!ps_cursor_done(&at)) {
		line = ps_cursor_until(&at, "\n");
		ps_cursor_skip(&at, '\n');
		FUZZ_CHECK(line.len > 0);
		if (line.at[0] != ' ' && line.at[0] != mark)
			continue;
		line = (struct ps_bytes){ line.at + 1, line.len - 1 };
		do {
			FUZZ_CHECK(!ps_cursor_done(&text));
			other = ps_cursor_until(&text, "\n");
			ps_cursor_skip(&text, '\n');
		} while (!ps_bytes_equal(line, other));
	}
}

static void check_diff(struct ps_bytes before, struct ps_bytes after)
{
	struct ps_buffer diff = PS_BUFFER(1 << 22);
	struct ps_bytes all;

	ps_setup_diff("f", before, after, &diff);
	if (!diff.failed) {
		all = (struct ps_bytes){ ps_buffer_cstr(&diff), diff.len };
		FUZZ_CHECK((all.len == 0) == ps_bytes_equal(before, after));
		check_side(all, '-', before);
		check_side(all, '+', after);
	}
	ps_buffer_free(&diff);
}

static void check_edit(enum ps_edit_kind kind, const char *name,
		       const char *written, struct ps_bytes text,
		       struct ps_arena *arena)
{
	struct ps_edit edit = { kind, "f", name, "", written, NULL };
	struct ps_bytes done, undone;
	struct ps_span span;

	if (!ps_edit_find(&edit, text, &span))
		return;
	FUZZ_CHECK(span.at <= text.len && span.len <= text.len - span.at);
	if (memchr(text.at + span.at, '\0', span.len) != NULL)
		return;
	edit.before = ps_arena_copy(arena, text.at + span.at, span.len);
	if (edit.before == NULL ||
	    ps_edit_do(&edit, text, arena, &done) != PS_EDIT_DONE)
		return;
	check_diff(text, done);
	if (kind == PS_EDIT_SETTING)
		return; /* of a text that need not be a configuration */
	FUZZ_CHECK(ps_edit_undo(&edit, done, arena, &undone) == PS_EDIT_DONE);
	FUZZ_CHECK(ps_bytes_equal(undone, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_bytes text = fuzz_bytes(data, size);
	struct ps_arena *arena;
	struct ps_span span;

	check_lists(text);
	(void)ps_settings_find(text, PS_BYTES("milter"), PS_BYTES("socket"),
			       &span);
	FUZZ_CHECK(span.at <= text.len && span.len <= text.len - span.at);
	/* The command ends a last line that is not ended. */
	if ((size > 0 && text.at[size - 1] != '\n') ||
	    ps_arena_new(1 << 24, &arena) < 0)
		return 0;
	check_edit(PS_EDIT_PARAMETER, "a", "a = 9\n", text, arena);
	check_edit(PS_EDIT_SERVICE, "a b", "a b -\n  -o c=d\n", text, arena);
	if (ps_master_find(text, PS_BYTES("a"), PS_BYTES("b"), &span) == 1)
		check_edit(PS_EDIT_OPTION, "a b x=y", "  -o x=y\n", text,
			   arena);
	check_edit(PS_EDIT_SETTING, "milter.socket", "  socket = \"x\"\n", text,
		   arena);
	ps_arena_free(&arena);
	return 0;
}
