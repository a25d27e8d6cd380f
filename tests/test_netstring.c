/* test_netstring.c - octets with their length in front, by table. */

#include "table.h"

#include "core/text/netstring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX 12

static const char *const names[] = {
	[PS_NETSTRING_PART] = "part",
	[PS_NETSTRING_WHOLE] = "whole",
	[PS_NETSTRING_LONG] = "long",
	[PS_NETSTRING_BAD] = "bad",
};

/* want: the outcome; of a whole one its content and, behind "|", the rest. */
static const struct row {
	const char *name;
	struct ps_bytes text;
	const char *want;
} rows[] = {
#define ROW(n, text, want)                                                     \
	{                                                                      \
		n, PS_BYTES(text), want                                        \
	}
	ROW("one", "5:hello,", "whole hello|"),
	ROW("of the document", "12:hello world!,", "whole hello world!|"),
	ROW("empty", "0:,", "whole |"),
	ROW("with a comma and a colon inside", "5:a,b:c,", "whole a,b:c|"),
	ROW("with NUL inside", "3:a\0b,", "whole a\\0b|"),
	ROW("with a line end inside", "2:\r\n,x", "whole \r\n|x"),
	ROW("two", "1:a,1:b,", "whole a|1:b,"),
	ROW("nothing", "", "part"),
	ROW("a digit", "1", "part"),
	ROW("no content yet", "1:", "part"),
	ROW("no comma yet", "1:a", "part"),
	ROW("content cut off", "12:hello world", "part"),
	ROW("of max octets", "12:", "part"),
	ROW("of max octets and one", "13:", "long"),
	ROW("long without the colon", "13", "long"),
	ROW("long in nine digits", "999999999", "long"),
	ROW("ten digits", "1000000000:", "long"),
	ROW("a length that overflows", "18446744073709551621:hello,", "long"),
	ROW("another octet in place of the comma", "5:hello;", "bad"),
	ROW("content longer than it says", "4:hello,", "bad"),
	ROW("no digit", ":,", "bad"),
	ROW("a letter", "x", "bad"),
	ROW("a letter behind the digits", "1x", "bad"),
	ROW("a sign", "+1:a,", "bad"),
	ROW("minus", "-1:a,", "bad"),
	ROW("a blank in front", " 1:a,", "bad"),
	ROW("a blank behind the length", "1 :a,", "bad"),
	ROW("a zero in front", "01:a,", "bad"),
	ROW("two zeros", "00:,", "bad"),
	ROW("zeros without end", "0000000000000000", "bad"),
	ROW("a line end behind the comma is the next", "1:a,\n", "whole a|\n"),
	ROW("NUL", "\0", "bad"),
	ROW("NUL behind the digits", "1\0:a,", "bad"),
	ROW("an octet above ASCII", "\xb1:a,", "bad"),
#undef ROW
};

static void show(struct ps_buffer *text, struct ps_bytes bytes)
{
	size_t i;

	for (i = 0; i < bytes.len; i++) {
		if (bytes.at[i] == '\0')
			ps_buffer_text(text, "\\0");
		else
			ps_buffer_char(text, bytes.at[i]);
	}
}

static void check(const struct row *row)
{
	struct ps_cursor cursor = ps_cursor_of(row->text), before = cursor;
	struct ps_buffer said = PS_BUFFER(200);
	enum ps_netstring found;
	struct ps_bytes content;

	found = ps_netstring_read(&cursor, MAX, &content);
	ps_buffer_text(&said, names[found]);
	if (found == PS_NETSTRING_WHOLE) {
		ps_buffer_char(&said, ' ');
		show(&said, content);
		ps_buffer_char(&said, '|');
		show(&said, ps_cursor_rest(&cursor));
	} else {
		assert_ptr_equal(cursor.at, before.at);
		assert_int_equal(content.len, 0);
	}
	assert_string_equal(ps_buffer_cstr(&said), row->want);
	ps_buffer_free(&said);
}

static void written(void **state)
{
	struct ps_buffer buffer = PS_BUFFER(100);

	(void)state;
	ps_netstring_add(&buffer, PS_BYTES("hello"), PS_BYTES(" world!"));
	ps_netstring_add(&buffer, PS_BYTES(""), PS_BYTES(""));
	assert_string_equal(ps_buffer_cstr(&buffer), "12:hello world!,0:,");
	ps_buffer_free(&buffer);
}

static void run(void **state)
{
	check(*state);
}

int main(void)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows) + 1];

	TABLE_TESTS(tests, rows, run);
	tests[TABLE_COUNT(rows)] = (struct CMUnitTest)cmocka_unit_test(written);
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(rows) + 1,
				       NULL, NULL);
}
