/* setup_try.c - Postfix reads the new files before they are its own. */

#include "cli/setup_run.h"
#include "cli/setup_steps.h"
#include "cli/setup_text.h"

#include "directory/log.h"

#include <stdio.h>
#include <string.h>

static bool copy(struct ps_setup *setup, const char *name)
{
	const struct ps_setup_file *file = ps_setup_file(
		setup, ps_setup_text(setup, "%s/%s", setup->postfix, name));
	char reason[PS_SETUP_REASON_MAX];

	if (file == NULL)
		return false;
	if (ps_setup_put(ps_setup_text(setup, "%s/%s", setup->scratch, name),
			 file->after, 0600, reason) == 0)
		return true;
	ps_setup_refuse(setup, "%s", reason);
	return false;
}

/* The value behind the first "=" of a line. */
static struct ps_bytes value_of(const char *line)
{
	struct ps_cursor cursor = ps_cursor_of(ps_bytes_of(line));

	(void)ps_cursor_until(&cursor, "=");
	ps_cursor_skip(&cursor, '=');
	return ps_bytes_trim(ps_cursor_until(&cursor, "\n"));
}

static void try_one(struct ps_setup *setup, const char *option,
		    const char *name, struct ps_bytes want)
{
	const char *const argv[] = { "postconf", "-c", setup->scratch,
				     option,	 name, NULL };
	struct ps_ran ran;
	struct ps_bytes got;

	if (!ps_setup_run(setup->arena, argv, &ran)) {
		ps_setup_refuse(setup, "postconf %s %s: %s", option, name,
				ran.err);
		return;
	}
	got = ps_bytes_trim(ps_bytes_of(ran.out));
	if (!ps_bytes_equal(got, want))
		ps_setup_refuse(setup,
				"%s: Postfix would read \"%.*s\" and not "
				"\"%.*s\"",
				name, (int)got.len, got.at, (int)want.len,
				want.at);
}

static void try_option(struct ps_setup *setup, const struct ps_edit *edit)
{
	struct ps_cursor cursor = ps_cursor_of(ps_bytes_of(edit->name));
	struct ps_bytes name = ps_cursor_until(&cursor, " "), type, parameter;

	ps_cursor_skip_blank(&cursor);
	type = ps_cursor_until(&cursor, " ");
	ps_cursor_skip_blank(&cursor);
	parameter = ps_cursor_until(&cursor, "=");
	ps_cursor_skip(&cursor, '=');
	try_one(setup, "-hP",
		ps_setup_text(setup, "%.*s/%.*s/%.*s", (int)name.len, name.at,
			      (int)type.len, type.at, (int)parameter.len,
			      parameter.at),
		ps_cursor_rest(&cursor));
}

/* A service of our own: that it is there, and that it is one. */
static void try_service(struct ps_setup *setup, const struct ps_edit *edit)
{
	const char *const argv[] = { "postconf", "-c", setup->scratch, "-M",
				     NULL };
	struct ps_cursor cursor = ps_cursor_of(ps_bytes_of(edit->name));
	struct ps_bytes name = ps_cursor_until(&cursor, " "), type;
	struct ps_span span;
	struct ps_ran ran;

	ps_cursor_skip_blank(&cursor);
	type = ps_cursor_rest(&cursor);
	if (!ps_setup_run(setup->arena, argv, &ran) ||
	    ps_master_find(ps_bytes_of(ran.out), name, type, &span) != 1)
		ps_setup_refuse(setup,
				"master.cf: Postfix would not read the new "
				"service %s: %s",
				edit->name, ran.err);
}

void ps_setup_try_postfix(struct ps_setup *setup)
{
	const struct ps_edit *edit = setup->edits;

	if (!copy(setup, "main.cf") || !copy(setup, "master.cf"))
		return;
	for (; edit != NULL && !setup->failed; edit = edit->next) {
		switch (edit->kind) {
		case PS_EDIT_PARAMETER:
			try_one(setup, "-h", edit->name,
				value_of(edit->written));
			break;
		case PS_EDIT_OPTION:
			try_option(setup, edit);
			break;
		case PS_EDIT_SERVICE:
			try_service(setup, edit);
			break;
		case PS_EDIT_SETTING:
		case PS_EDIT_SECTION:
		case PS_EDIT_FILE:
			break;
		}
	}
}
