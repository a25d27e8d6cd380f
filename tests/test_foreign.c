/* test_foreign.c - strangers' text for terminals and as JSON, by table. */

#include "table.h"

#include "cli/foreign.h"

#include <string.h>

#define X100                                                                   \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"                   \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X600 X100 X100 X100 X100 X100 X100

/* harmless: octets of the first character; shown NULL: text itself; json
 * NULL: the same. */
static const struct row {
	const char *name;
	struct ps_bytes text;
	size_t harmless;
	const char *shown, *json;
} rows[] = {
#define ROW(n, t, ...)                                                         \
	{                                                                      \
		n, PS_BYTES(t), __VA_ARGS__                                    \
	}
	ROW("nothing", "", 0, NULL, NULL),
	ROW("ASCII", "a~ ", 1, NULL, NULL),
	ROW("a blank", " ", 1, NULL, NULL),
	ROW("escape", "\x1b[2J", 0, NULL, NULL),
	ROW("BEL", "\x07", 0, NULL, NULL),
	ROW("DEL", "\x7f", 0, NULL, "\\x7f"),
	ROW("HTAB", "\t", 0, " ", "\t"),
	ROW("LF", "\nx", 0, "\\x0ax", "\nx"),
	ROW("CR", "\rx", 0, "\\x0dx", "\rx"),
	ROW("NUL", "\0x", 0, "\\x00x", NULL),
	ROW("5322 2.2.3 a fold", "a\n\tb", 1, "a b", "a\n\tb"),
	ROW("5322 2.2.3 a fold with CRLF", "a\r\n b", 1, "a b", "a\r\n b"),
	ROW("5322 2.2.3 CR alone is no fold", "a\r b", 1, "a\\x0d b", "a\r b"),
	ROW("5322 2.2.3 nothing behind a fold", "a\r\n", 1, "a\\x0d\\x0a",
	    "a\r\n"),
	ROW("3629 3 two octets", "\xc3\xbc", 2, NULL, NULL),
	ROW("3629 3 three octets", "\xe2\x82\xac", 3, NULL, NULL),
	ROW("3629 3 four octets", "\xf0\x9f\x93\xa7", 4, NULL, NULL),
	ROW("3629 3 the last character", "\xf4\x8f\xbf\xbf", 4, NULL, NULL),
	ROW("3629 3 beyond it", "\xf4\x90\x80\x80", 0, NULL,
	    "\\xf4\\x90\\x80\\x80"),
	ROW("3629 3 a surrogate", "\xed\xa0\x80", 0, NULL, "\\xed\\xa0\\x80"),
	ROW("3629 3 longer than need be", "\xc0\x9b", 0, NULL, "\\xc0\\x9b"),
	ROW("3629 3 the same in three", "\xe0\x82\x9b", 0, NULL,
	    "\\xe0\\x82\\x9b"),
	ROW("3629 3 cut", "\xe2\x82", 0, NULL, "\\xe2\\x82"),
	ROW("3629 3 an octet of the middle", "\x82", 0, NULL, "\\x82"),
	ROW("3629 3 no octet of UTF-8", "\xff", 0, NULL, "\\xff"),
	ROW("C1, U+0080", "\xc2\x80", 0, NULL, NULL),
	ROW("C1, U+009B", "\xc2\x9b", 0, NULL, NULL),
	ROW("behind C1", "\xc2\xa0", 2, NULL, NULL),
	ROW("U+2028 ends a line", "\xe2\x80\xa8", 0, NULL, NULL),
	ROW("U+202E turns the direction", "\xe2\x80\xae", 0, NULL, NULL),
	ROW("U+2066 turns the direction", "\xe2\x81\xa6", 0, NULL, NULL),
	ROW("U+200F turns the direction", "\xe2\x80\x8f", 0, NULL, NULL),
	ROW("U+061C turns the direction", "\xd8\x9c", 0, NULL, NULL),
	ROW("bound: what is still shown", X600, 1, NULL, NULL),
	ROW("bound: what is cut", X600 "y", 1, X600 "...", NULL),
#undef ROW
};

static void check(const struct row *row)
{
	char shown[4 * PS_FOREIGN_MAX + 4];
	json_t *string = ps_foreign_json(row->text);
	struct ps_bytes json = row->text;

	assert_int_equal(ps_foreign_harmless(row->text.at), row->harmless);
	(void)ps_foreign_shown(row->text, shown);
	assert_string_equal(shown,
			    row->shown == NULL ? row->text.at : row->shown);
	if (row->json != NULL)
		json = ps_bytes_of(row->json);
	assert_int_equal(json_string_length(string), json.len);
	assert_memory_equal(json_string_value(string), json.at, json.len);
	json_decref(string);
}

TABLE_MAIN(rows, check)
