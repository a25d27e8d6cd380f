/* import_sql.c - words, names and values of SQL. */

#include "cli/import_sql.h"

#include <string.h>

#define NAME_SET                                                               \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$-"

static unsigned long line_of(struct ps_dump *dump)
{
	for (; dump->counted < dump->cursor.at; dump->counted++) {
		if (*dump->counted == '\n')
			dump->line++;
	}
	return dump->line;
}

bool ps_dump_bad(struct ps_dump *dump, const char *what)
{
	ps_import_bad(dump->tables->import, NULL, line_of(dump), "%s", what);
	return false;
}

void ps_dump_skip_line(struct ps_dump *dump)
{
	(void)ps_cursor_until(&dump->cursor, "\n");
}

static void skip_comment(struct ps_cursor *cursor)
{
	while (!ps_cursor_done(cursor) && !ps_cursor_skip_text(cursor, "*/"))
		(void)ps_cursor_next(cursor);
}

/* White space and comments. */
void ps_dump_skip_space(struct ps_dump *dump)
{
	struct ps_cursor *cursor = &dump->cursor;

	for (;;) {
		ps_cursor_skip_space(cursor);
		if (ps_cursor_skip_text(cursor, "--") ||
		    ps_cursor_skip(cursor, '#'))
			ps_dump_skip_line(dump);
		else if (ps_cursor_skip_text(cursor, "/*"))
			skip_comment(cursor);
		else
			return;
	}
}

/* A word that is no prefix of a longer one. */
bool ps_dump_skip_word(struct ps_dump *dump, const char *word)
{
	struct ps_cursor before;
	struct ps_bytes found;

	ps_dump_skip_space(dump);
	before = dump->cursor;
	found = ps_cursor_take(&dump->cursor, NAME_SET);
	if (ps_bytes_equal_fold(found, ps_bytes_of(word)))
		return true;
	dump->cursor = before;
	return false;
}

/* Behind the opening quote; false: there is no end. */
bool ps_dump_skip_quoted(struct ps_dump *dump, char quote)
{
	int c;

	while ((c = ps_cursor_next(&dump->cursor)) >= 0) {
		if (c == '\\' && dump->backslash && quote != '`')
			(void)ps_cursor_next(&dump->cursor);
		else if (c == quote && !ps_cursor_skip(&dump->cursor, quote))
			return true;
	}
	return ps_dump_bad(dump, "a quoted text does not end");
}

/* The rest of a statement that is none of ours. */
bool ps_dump_skip_statement(struct ps_dump *dump)
{
	int c;

	for (;;) {
		ps_dump_skip_space(dump);
		c = ps_cursor_next(&dump->cursor);
		if (c < 0 || c == ';')
			return true;
		if ((c == '\'' || c == '"' || c == '`') &&
		    !ps_dump_skip_quoted(dump, (char)c))
			return false;
	}
}

/* An identifier, quoted or not; of "schema.table" the last. */
bool ps_dump_name(struct ps_dump *dump, struct ps_bytes *name_r)
{
	struct ps_cursor *cursor = &dump->cursor;
	int quote;

	do {
		ps_dump_skip_space(dump);
		quote = ps_cursor_peek(cursor);
		if (quote == '`' || quote == '"') {
			(void)ps_cursor_next(cursor);
			*name_r = ps_cursor_until(cursor,
						  quote == '`' ? "`" : "\"");
			(void)ps_cursor_next(cursor);
		} else {
			*name_r = ps_cursor_take(cursor, NAME_SET);
		}
	} while (ps_cursor_skip(cursor, '.'));
	return name_r->len > 0;
}

/* "(a, b)": the columns in this order, in the place of those known. */
bool ps_dump_columns(struct ps_dump *dump)
{
	struct ps_bytes name;

	if (dump->table != NULL)
		ps_table_forget_columns(dump->table);
	do {
		if (!ps_dump_name(dump, &name))
			return ps_dump_bad(dump,
					   "a list of columns cannot be read");
		if (dump->table != NULL && dump->table->count == 0)
			ps_table_column(dump->tables, dump->table, name);
		ps_dump_skip_space(dump);
	} while (ps_cursor_skip(&dump->cursor, ','));
	return ps_cursor_skip(&dump->cursor, ')') ||
	       ps_dump_bad(dump, "a list of columns does not end");
}

/* ---- values ---- */

static void add_escaped(struct ps_buffer *value, int c)
{
	static const char from[] = "0bnrtZ", to[] = "\0\b\n\r\t\x1a";
	const char *at = c > 0 ? strchr(from, c) : NULL;

	ps_buffer_char(value, at == NULL || c == 0 ? (char)c : to[at - from]);
}

static bool take_text(struct ps_dump *dump, struct ps_buffer *value)
{
	int c;

	while ((c = ps_cursor_next(&dump->cursor)) >= 0) {
		if (c == '\\' && dump->backslash)
			add_escaped(value, ps_cursor_next(&dump->cursor));
		else if (c != '\'')
			ps_buffer_char(value, (char)c);
		else if (ps_cursor_skip(&dump->cursor, '\''))
			ps_buffer_char(value, '\'');
		else
			return true;
	}
	return ps_dump_bad(dump, "a text does not end");
}

static int hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* 0x…: a text in hexadecimal, as mysqldump --hex-blob has it. */
static bool take_hex(struct ps_dump *dump, struct ps_buffer *value)
{
	struct ps_bytes digits =
		ps_cursor_take(&dump->cursor, "0123456789abcdefABCDEF");
	size_t i;

	if (digits.len % 2 != 0)
		return ps_dump_bad(dump,
				   "a hexadecimal value has an odd digit");
	for (i = 0; i < digits.len; i += 2)
		ps_buffer_char(value, (char)(hex_digit(digits.at[i]) * 16 +
					     hex_digit(digits.at[i + 1])));
	return true;
}

static bool take_value(struct ps_dump *dump, struct ps_buffer *value,
		       bool *is_null_r)
{
	struct ps_cursor *cursor = &dump->cursor;
	struct ps_bytes word;

	ps_buffer_reset(value);
	*is_null_r = false;
	(void)ps_dump_skip_word(dump, "_binary");
	ps_dump_skip_space(dump);
	if (ps_cursor_skip(cursor, '\''))
		return take_text(dump, value);
	if (ps_cursor_skip_text(cursor, "0x"))
		return take_hex(dump, value);
	word = ps_cursor_take(cursor, NAME_SET "+.");
	*is_null_r = ps_bytes_equal_fold(word, PS_BYTES("NULL"));
	if (!*is_null_r)
		ps_buffer_bytes(value, word);
	return word.len > 0 || ps_dump_bad(dump, "a value cannot be read");
}

/* What was read is a row of the table. */
static bool keep_row(struct ps_dump *dump, size_t count)
{
	const char *values[PS_TABLE_COLUMNS_MAX] = { NULL };
	size_t i;

	if (dump->table == NULL)
		return true;
	if (count != dump->table->columns)
		return ps_dump_bad(dump,
				   dump->table->columns == 0
					   ? "the names of the columns are not "
					     "in this dump"
					   : "a row has more or fewer values "
					     "than columns");
	for (i = 0; i < count; i++) {
		if (dump->is_null[i])
			continue;
		values[i] = ps_buffer_cstr(&dump->value[i]);
		if (dump->value[i].failed ||
		    strlen(values[i]) != dump->value[i].len)
			return ps_dump_bad(dump,
					   "a value is too long, or has a NUL "
					   "in it");
	}
	ps_table_row(dump->tables, dump->table, values);
	return true;
}

/* "(1, 'a', NULL)", the parenthesis open. */
bool ps_dump_tuple(struct ps_dump *dump)
{
	size_t count = 0;

	do {
		if (count == PS_TABLE_COLUMNS_MAX)
			return ps_dump_bad(dump, "a row has too many values");
		if (!take_value(dump, &dump->value[count],
				&dump->is_null[count]))
			return false;
		count++;
		ps_dump_skip_space(dump);
	} while (ps_cursor_skip(&dump->cursor, ','));
	if (!ps_cursor_skip(&dump->cursor, ')'))
		return ps_dump_bad(dump, "a row does not end");
	return keep_row(dump, count);
}

/* A value of COPY's text format, up to HTAB or the line's end. */
static void take_copied(struct ps_dump *dump, struct ps_buffer *value,
			bool *is_null_r)
{
	struct ps_bytes text = ps_cursor_until(&dump->cursor, "\t\n");
	struct ps_cursor cursor = ps_cursor_of(text);
	int c;

	ps_buffer_reset(value);
	*is_null_r = ps_bytes_equal(text, PS_BYTES("\\N"));
	while ((c = ps_cursor_next(&cursor)) >= 0) {
		if (c == '\\')
			add_escaped(value, ps_cursor_next(&cursor));
		else
			ps_buffer_char(value, (char)c);
	}
}

bool ps_dump_copied(struct ps_dump *dump)
{
	size_t count = 0;

	do {
		if (count == PS_TABLE_COLUMNS_MAX)
			return ps_dump_bad(dump, "a row has too many values");
		take_copied(dump, &dump->value[count], &dump->is_null[count]);
		count++;
	} while (ps_cursor_skip(&dump->cursor, '\t'));
	if (!keep_row(dump, count))
		return false;
	(void)ps_cursor_skip(&dump->cursor, '\n');
	return true;
}
