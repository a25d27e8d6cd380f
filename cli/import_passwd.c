/* import_passwd.c - Dovecot's passwd-file. */

#include "cli/import.h"

#include "core/text/cursor.h"

#include <stdlib.h>
#include <string.h>

/* user:password:uid:gid:gecos:home:shell:extra fields */
enum field { USER, PASSWORD, UID, GID, GECOS, HOME, SHELL, EXTRA, FIELDS };

/* "" or a text in the arena; NULL: not there, or no memory. */
static const char *text_of(struct ps_import *import, struct ps_bytes field)
{
	return field.len == 0 ? NULL : ps_import_text(import, field);
}

/* What no password can be: an account that nobody logs in to. */
static bool is_locked(struct ps_bytes hash)
{
	return hash.len == 0 || hash.at[0] == '*' || hash.at[0] == '!' ||
	       ps_bytes_equal(hash, PS_BYTES("x"));
}

static struct ps_bytes behind(struct ps_bytes text, size_t len)
{
	return (struct ps_bytes){ text.at + len, text.len - len };
}

/* "*:storage=2G", "*:bytes=2000M": the size, or nothing. */
static struct ps_bytes rule_size(struct ps_bytes rule)
{
	struct ps_cursor cursor = ps_cursor_of(rule);
	struct ps_bytes part;

	while (!ps_cursor_done(&cursor)) {
		part = ps_cursor_until(&cursor, ":");
		(void)ps_cursor_next(&cursor);
		if (ps_bytes_starts_fold(part, PS_BYTES("storage=")))
			return behind(part, strlen("storage="));
		if (ps_bytes_starts_fold(part, PS_BYTES("bytes=")))
			return behind(part, strlen("bytes="));
	}
	return (struct ps_bytes){ "", 0 };
}

/* Dovecot lets "2GB" and "2G" be the same. */
static const char *size_of(struct ps_import *import, struct ps_bytes size)
{
	if (size.len > 2 && ps_ascii_lower(size.at[size.len - 1]) == 'b' &&
	    ps_ascii_alpha(size.at[size.len - 2]))
		size.len--;
	return text_of(import, size);
}

static void take_extra(struct ps_import *import, struct ps_bytes word,
		       struct ps_import_row *row)
{
	static const struct ps_bytes quota = PS_BYTES("userdb_quota_rule="),
				     storage = PS_BYTES(
					     "userdb_quota_storage_size="),
				     nets = PS_BYTES("allow_nets=");

	if (ps_bytes_starts_fold(word, quota))
		row->quota =
			size_of(import, rule_size(behind(word, quota.len)));
	else if (ps_bytes_starts_fold(word, storage))
		row->quota = size_of(import, behind(word, storage.len));
	else if (ps_bytes_starts_fold(word, nets))
		row->allow_nets = text_of(import, behind(word, nets.len));
	else if (ps_bytes_equal_fold(word, PS_BYTES("nologin")) ||
		 ps_bytes_equal_fold(word, PS_BYTES("nologin=y")))
		row->disabled = true;
	else if (word.len > 0)
		ps_import_left_out(import, NULL, row->line,
				   "%s: the extra field %s", row->name,
				   ps_import_text(import, word) ?: "");
}

static void take_line(struct ps_import *import, struct ps_bytes line,
		      unsigned long number)
{
	struct ps_import_row row = { .kind = PS_IMPORT_ACCOUNT,
				     .line = number };
	struct ps_bytes field[FIELDS] = { { "", 0 } };
	struct ps_cursor cursor = ps_cursor_of(line);
	int i;

	for (i = 0; i < EXTRA && !ps_cursor_done(&cursor); i++) {
		field[i] = ps_cursor_until(&cursor, ":");
		(void)ps_cursor_skip(&cursor, ':');
	}
	if (i < 2 && ps_bytes_find(line, ':') == NULL) {
		ps_import_bad(import, NULL, number, "no \"user:password:...\"");
		return;
	}
	row.name = ps_import_address(import, field[USER], number);
	if (row.name == NULL)
		return;
	if (!is_locked(field[PASSWORD]))
		row.value = text_of(import, field[PASSWORD]);
	row.uid = text_of(import, field[UID]);
	row.gid = text_of(import, field[GID]);
	row.home = text_of(import, field[HOME]);
	while (!ps_cursor_done(&cursor)) {
		take_extra(import, ps_cursor_until(&cursor, " \t"), &row);
		ps_cursor_skip_blank(&cursor);
	}
	ps_import_add(import, &row);
}

bool ps_import_passwd(struct ps_import *import, const char *path)
{
	struct ps_import_lines lines = { .next = 1 };
	struct ps_bytes line;
	size_t len = 0;
	char *text = ps_import_file(path, &len);

	if (text == NULL)
		return false;
	lines.rest = (struct ps_bytes){ text, len };
	while (ps_import_next_line(&lines, &line))
		take_line(import, line, lines.line);
	free(text);
	return true;
}
