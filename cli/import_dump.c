/* import_dump.c - INSERT and COPY statements of a database's dump. */

#include "cli/import_sql.h"

#include "directory/log.h"

#define VALUE_MAX 1048576 /* octets of one value; ours */

static bool insert(struct ps_dump *dump)
{
	struct ps_bytes name;

	(void)ps_dump_skip_word(dump, "IGNORE");
	(void)ps_dump_skip_word(dump, "INTO");
	if (!ps_dump_name(dump, &name))
		return ps_dump_bad(dump, "INSERT names no table");
	dump->table = ps_tables_begin(dump->tables, name);
	ps_dump_skip_space(dump);
	if (ps_cursor_skip(&dump->cursor, '(') && !ps_dump_columns(dump))
		return false;
	if (!ps_dump_skip_word(dump, "VALUES") &&
	    !ps_dump_skip_word(dump, "VALUE"))
		return ps_dump_bad(dump, "INSERT without VALUES");
	do {
		ps_dump_skip_space(dump);
		if (!ps_cursor_skip(&dump->cursor, '('))
			return ps_dump_bad(dump, "INSERT without a row");
		if (!ps_dump_tuple(dump))
			return false;
		ps_dump_skip_space(dump);
	} while (ps_cursor_skip(&dump->cursor, ','));
	return ps_dump_skip_statement(dump);
}

/* One definition inside of CREATE TABLE's parentheses, up to its end. */
static bool skip_definition(struct ps_dump *dump)
{
	unsigned int depth = 0;
	int c;

	for (;;) {
		ps_dump_skip_space(dump);
		c = ps_cursor_peek(&dump->cursor);
		if (c < 0)
			return ps_dump_bad(dump, "CREATE TABLE does not end");
		if (depth == 0 && (c == ',' || c == ')'))
			return true;
		(void)ps_cursor_next(&dump->cursor);
		if (c == '(')
			depth++;
		else if (c == ')')
			depth--;
		else if ((c == '\'' || c == '"' || c == '`') &&
			 !ps_dump_skip_quoted(dump, (char)c))
			return false;
	}
}

static bool is_column(struct ps_bytes name)
{
	static const char *const others[] = {
		"KEY",	   "PRIMARY", "UNIQUE", "INDEX",      "FULLTEXT",
		"SPATIAL", "FOREIGN", "CHECK",	"CONSTRAINT", NULL
	};
	size_t i;

	for (i = 0; others[i] != NULL; i++) {
		if (ps_bytes_equal_fold(name, ps_bytes_of(others[i])))
			return false;
	}
	return true;
}

/* CREATE TABLE: which columns INSERT means when it names none. */
static bool create(struct ps_dump *dump)
{
	struct ps_bytes name;
	bool quoted;

	if (!ps_dump_skip_word(dump, "TABLE"))
		return ps_dump_skip_statement(dump);
	if (ps_dump_skip_word(dump, "IF") &&
	    (!ps_dump_skip_word(dump, "NOT") ||
	     !ps_dump_skip_word(dump, "EXISTS")))
		return ps_dump_bad(dump, "CREATE TABLE cannot be read");
	if (!ps_dump_name(dump, &name))
		return ps_dump_bad(dump, "CREATE TABLE names no table");
	dump->table = ps_tables_begin(dump->tables, name);
	ps_dump_skip_space(dump);
	if (dump->table == NULL || !ps_cursor_skip(&dump->cursor, '('))
		return ps_dump_skip_statement(dump);
	ps_table_forget_columns(dump->table);
	do {
		ps_dump_skip_space(dump);
		quoted = ps_cursor_peek(&dump->cursor) == '`' ||
			 ps_cursor_peek(&dump->cursor) == '"';
		if (ps_dump_name(dump, &name) && (quoted || is_column(name)) &&
		    dump->table->count == 0)
			ps_table_column(dump->tables, dump->table, name);
		if (!skip_definition(dump))
			return false;
	} while (ps_cursor_skip(&dump->cursor, ','));
	return ps_dump_skip_statement(dump);
}

static bool copy_rows(struct ps_dump *dump)
{
	for (;;) {
		if (ps_cursor_done(&dump->cursor))
			return ps_dump_bad(dump, "COPY does not end");
		if (ps_cursor_skip_text(&dump->cursor, "\\.")) {
			ps_dump_skip_line(dump);
			return true;
		}
		if (!ps_dump_copied(dump))
			return false;
	}
}

/* PostgreSQL's COPY table (columns) FROM stdin; */
static bool copy(struct ps_dump *dump)
{
	struct ps_bytes name;

	if (!ps_dump_name(dump, &name))
		return ps_dump_bad(dump, "COPY names no table");
	dump->table = ps_tables_begin(dump->tables, name);
	ps_dump_skip_space(dump);
	if (ps_cursor_skip(&dump->cursor, '(') && !ps_dump_columns(dump))
		return false;
	if (!ps_dump_skip_word(dump, "FROM") ||
	    !ps_dump_skip_word(dump, "stdin") || !ps_dump_skip_statement(dump))
		return ps_dump_bad(dump, "COPY cannot be read");
	ps_dump_skip_line(dump);
	(void)ps_cursor_skip(&dump->cursor, '\n');
	return copy_rows(dump);
}

static bool statement(struct ps_dump *dump)
{
	if (ps_dump_skip_word(dump, "INSERT") ||
	    ps_dump_skip_word(dump, "REPLACE"))
		return insert(dump);
	if (ps_dump_skip_word(dump, "CREATE"))
		return create(dump);
	if (ps_dump_skip_word(dump, "COPY"))
		return copy(dump);
	return ps_dump_skip_statement(dump);
}

bool ps_tables_read_dump(struct ps_tables *tables, struct ps_bytes text)
{
	struct ps_dump dump = { .tables = tables,
				.cursor = ps_cursor_of(text),
				.counted = text.at,
				.line = 1,
				/* Only MySQL writes names like `this`. */
				.backslash = ps_bytes_find(text, '`') != NULL };
	bool good = true;
	size_t i;

	for (i = 0; i < PS_TABLE_COLUMNS_MAX; i++)
		dump.value[i] = PS_BUFFER(VALUE_MAX);
	for (;;) {
		ps_dump_skip_space(&dump);
		if (!good || ps_cursor_done(&dump.cursor))
			break;
		dump.table = NULL;
		good = statement(&dump);
	}
	for (i = 0; i < PS_TABLE_COLUMNS_MAX; i++)
		ps_buffer_free(&dump.value[i]);
	if (good && tables->first == NULL)
		ps_log(PS_LOG_ERROR, "%s: has none of the tables looked for",
		       tables->import->file);
	return good && tables->first != NULL;
}
