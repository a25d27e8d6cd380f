/* import_sql.h - words, names and values of SQL; for import_dump.c only. */
#ifndef PS_CLI_IMPORT_SQL_H
#define PS_CLI_IMPORT_SQL_H

#include "cli/import_tables.h"

#include "core/text/buffer.h"
#include "core/text/cursor.h"

/* One dump on its way through, with the row that is being read. */
struct ps_dump {
	struct ps_tables *tables;
	struct ps_cursor cursor;
	const char *counted; /* lines up to here are in line */
	unsigned long line;
	bool backslash;		/* MySQL: an escape inside of a text */
	struct ps_table *table; /* of this statement; NULL: not wanted */
	struct ps_buffer value[PS_TABLE_COLUMNS_MAX];
	bool is_null[PS_TABLE_COLUMNS_MAX];
};

/* False: it is said to be bad, with its line. */
bool ps_dump_bad(struct ps_dump *dump, const char *what);

/* White space and comments. */
void ps_dump_skip_space(struct ps_dump *dump);
/* Up to the end of the line, which stays. */
void ps_dump_skip_line(struct ps_dump *dump);
/* A word, ASCII case aside, that is no prefix of a longer one. */
bool ps_dump_skip_word(struct ps_dump *dump, const char *word);
/* Behind the opening quote. */
bool ps_dump_skip_quoted(struct ps_dump *dump, char quote);
/* The rest of a statement that is none of ours. */
bool ps_dump_skip_statement(struct ps_dump *dump);
/* An identifier, quoted or not; of "schema.table" the last. */
bool ps_dump_name(struct ps_dump *dump, struct ps_bytes *name_r);
/* "a, b)": the columns in this order, in the place of those known. */
bool ps_dump_columns(struct ps_dump *dump);
/* "1, 'a', NULL)": a row of the table. */
bool ps_dump_tuple(struct ps_dump *dump);
/* A row in COPY's text format, its line end too. */
bool ps_dump_copied(struct ps_dump *dump);

#endif
