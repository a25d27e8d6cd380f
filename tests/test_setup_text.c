/* test_setup_text.c - edits of the hosts' files, done and undone, by table. */

#include "table.h"

#include "cli/setup_edit.h"
#include "cli/setup_text.h"

#include <stdio.h>
#include <string.h>

#define MASTER                                                                 \
	"# service\n"                                                          \
	"smtp inet n - y - - smtpd\n"                                          \
	"#smtp inet n - y - - other\n"                                         \
	"submission inet n - y - - smtpd\n"                                    \
	"  -o syslog_name=postfix/submission\n"                                \
	"# said of it\n"                                                       \
	"  -o smtpd_sasl_auth_enable=yes\n"                                    \
	"\n"                                                                   \
	"pickup unix n - y 60 1 pickup\n"
#define CONF                                                                   \
	"#authserv_id = \"mx.example.org\"\n"                                  \
	"milter {\n"                                                           \
	"  # authserv_id = no\n"                                               \
	"  #originating_daemons = {}\n"                                        \
	"  socket = \"unix:/a }\"\n"                                           \
	"  exempt_senders = { \"a\", # socket = \"\n"                          \
	"  \"b\" }\n"                                                          \
	"}\n"                                                                  \
	"// directory { backend = \"ldap\"\n"                                  \
	"/* directory {\n backend = \"ldap\" } */\n"                           \
	"keys { folder = \"/k\" }\n"

/* want: the text behind it, which undone is text again; NULL: CHANGED. */
static const struct row {
	const char *name;
	enum ps_edit_kind kind;
	const char *of, *before, *written, *text, *want;
} rows[] = {
	{ "a parameter at the end", PS_EDIT_PARAMETER, "b", "", "b = 2\n",
	  "a = 1\n# end\n", "a = 1\n# end\nb = 2\n" },
	{ "a parameter in an empty file", PS_EDIT_PARAMETER, "b", "", "b = 2\n",
	  "", "b = 2\n" },
	{ "a parameter in its place", PS_EDIT_PARAMETER, "b", "b=1\n",
	  "b = 2\n", "bb = 1\nb=1\nab = 3\n", "bb = 1\nb = 2\nab = 3\n" },
	{ "one over several lines, with a comment in it", PS_EDIT_PARAMETER,
	  "b", "b = 1\n# in\n\n   2\n", "b = 2\n",
	  "b = 1\n# in\n\n   2\n# behind\nc = 1\n",
	  "b = 2\n# behind\nc = 1\n" },
	{ "a comment is none", PS_EDIT_PARAMETER, "b", "", "b = 2\n",
	  "#b = 1\n a\n", "#b = 1\n a\nb = 2\n" },
	{ "set twice", PS_EDIT_PARAMETER, "b", "b = 1\n", "b = 2\n",
	  "b = 1\nb = 1\n", NULL },
	{ "not as it was", PS_EDIT_PARAMETER, "b", "b = 1\n", "b = 2\n",
	  "b = 3\n", NULL },
	{ "taken out meanwhile", PS_EDIT_PARAMETER, "b", "b = 1\n", "b = 2\n",
	  "a = 3\n", NULL },
	{ "an option behind its entry", PS_EDIT_OPTION, "submission inet x=y",
	  "", "  -o x=y\n", MASTER,
	  "# service\n"
	  "smtp inet n - y - - smtpd\n"
	  "#smtp inet n - y - - other\n"
	  "submission inet n - y - - smtpd\n"
	  "  -o syslog_name=postfix/submission\n"
	  "# said of it\n"
	  "  -o smtpd_sasl_auth_enable=yes\n"
	  "  -o x=y\n"
	  "\n"
	  "pickup unix n - y 60 1 pickup\n" },
	{ "a service at the end", PS_EDIT_SERVICE, "smtps inet", "",
	  "smtps inet n - y - - smtpd\n  -o a=b\n",
	  "smtp inet n\nsmtps unix n\n",
	  "smtp inet n\nsmtps unix n\nsmtps inet n - y - - smtpd\n  -o a=b\n" },
	{ "a service is there", PS_EDIT_SERVICE, "smtp inet", "",
	  "smtp inet n\n", MASTER, NULL },
	{ "a setting behind its comment", PS_EDIT_SETTING,
	  "milter.originating_daemons", "", "  originating_daemons = {\"S\"}\n",
	  "milter {\n  #socket = \"\"\n  #originating_daemons = "
	  "{}\n}\n",
	  "milter {\n  #socket = \"\"\n  #originating_daemons = {}\n"
	  "  originating_daemons = {\"S\"}\n}\n" },
	{ "a setting without a comment", PS_EDIT_SETTING, "milter.socket_group",
	  "", "  socket_group = \"a\"\n", "milter {\n}\n",
	  "milter {\n  socket_group = \"a\"\n}\n" },
	{ "a setting of no section", PS_EDIT_SETTING, "authserv_id", "",
	  "authserv_id = \"a\"\n", "#authserv_id = \"\"\nmilter {\n}\n",
	  "#authserv_id = \"\"\nauthserv_id = \"a\"\nmilter {\n}\n" },
	{ "the first of a file", PS_EDIT_SETTING, "authserv_id", "",
	  "authserv_id = \"a\"\n", "milter {\n}\n",
	  "authserv_id = \"a\"\nmilter {\n}\n" },
	{ "a setting in its place", PS_EDIT_SETTING, "milter.exempt_senders",
	  "  exempt_senders = { \"a\", # socket = \"\n  \"b\" }\n",
	  "  exempt_senders = {}\n",
	  "milter {\n  exempt_senders = { \"a\", # socket = \"\n  "
	  "\"b\" }\n}\n",
	  "milter {\n  exempt_senders = {}\n}\n" },
	{ "braces in a quoted text", PS_EDIT_SETTING, "milter.socket",
	  "  socket = \"unix:/a }\"\n", "  socket = \"unix:/b\"\n",
	  "milter {\n  socket = \"unix:/a }\"\n}\n",
	  "milter {\n  socket = \"unix:/b\"\n}\n" },
	{ "a line shared with others", PS_EDIT_SETTING, "keys.folder",
	  "  folder = \"/k\"\n", "  folder = \"/l\"\n", CONF, NULL },
	{ "no room in a section of one line", PS_EDIT_SETTING, "keys.group", "",
	  "  group = \"g\"\n", CONF, NULL },
	{ "a section in a comment", PS_EDIT_SETTING, "directory.backend", "",
	  "  backend = \"ldap\"\n", CONF, NULL },
	{ "a section that is not there", PS_EDIT_SECTION, "dns", "",
	  "dns {\n  timeout = 3\n}\n", "a = 1\n",
	  "a = 1\ndns {\n  timeout = 3\n}\n" },
	{ "a section that is there, with more in it", PS_EDIT_SECTION, "dns",
	  "", "dns {\n}\n", "dns {\n  timeout = 3\n}\n", NULL },
	{ "a file of ours", PS_EDIT_FILE, "", "", "all of it\n", "",
	  "all of it\n" },
	{ "a file of somebody else's", PS_EDIT_FILE, "", "", "all of it\n",
	  "theirs\n", NULL },
};

static void check_undone(const struct ps_edit *edit, const struct row *row,
			 struct ps_arena *arena, struct ps_bytes done)
{
	struct ps_bytes text;

	assert_int_equal(ps_edit_do(edit, done, arena, &text), PS_EDIT_ALREADY);
	assert_int_equal(ps_edit_undo(edit, done, arena, &text), PS_EDIT_DONE);
	assert_string_equal(text.at, row->text);
	assert_int_equal(ps_edit_undo(edit, text, arena, &text),
			 PS_EDIT_ALREADY);
}

static void check(const struct row *row)
{
	struct ps_edit edit = { row->kind,   "f",	   row->of,
				row->before, row->written, NULL };
	struct ps_arena *arena;
	struct ps_bytes text;
	enum ps_edit_result result;

	assert_int_equal(ps_arena_new(1 << 20, &arena), 0);
	result = ps_edit_do(&edit, ps_bytes_of(row->text), arena, &text);
	if (row->want == NULL) {
		assert_int_equal(result, PS_EDIT_CHANGED);
		assert_string_equal(text.at, row->text);
	} else {
		assert_int_equal(result, PS_EDIT_DONE);
		assert_string_equal(text.at, row->want);
		check_undone(&edit, row, arena, text);
	}
	ps_arena_free(&arena);
}

/* items: each in < >; "!" at the end: the braces do not match. */
static const struct list_row {
	const char *name, *list, *items;
} list_rows[] = {
	{ "nothing", "", "" },
	{ "blanks and commas", " a,b ,\tc,\n  d ", "<a><b><c><d>" },
	{ "a milter with options",
	  "inet:a:1, { unix:/b, default_action=tempfail }",
	  "<inet:a:1><{ unix:/b, default_action=tempfail }=unix:/b>" },
	{ "options in braces of their own", "{ a, { b = { c } } } d",
	  "<{ a, { b = { c } } }=a><d>" },
	{ "no blanks", "{a,b}", "<{a,b}=a>" },
	{ "an open brace", "a { b, c", "<a>!" },
	{ "a value as postconf prints it", "$smtpd_milters",
	  "<$smtpd_milters>" },
};

static void check_list(void **state)
{
	char got[300] = "";
	size_t i, len;

	(void)state;
	for (i = 0; i < TABLE_COUNT(list_rows); i++) {
		struct ps_bytes list = ps_bytes_of(list_rows[i].list), item, at;
		struct ps_cursor cursor = ps_cursor_of(list);

		len = 0;
		got[0] = '\0';
		while (ps_list_next(&cursor, &item)) {
			at = ps_milter_address(item);
			len += (size_t)snprintf(got + len, sizeof(got) - len,
						"<%.*s", (int)item.len,
						item.at);
			if (at.len != item.len)
				len += (size_t)snprintf(
					got + len, sizeof(got) - len, "=%.*s",
					(int)at.len, at.at);
			len += (size_t)snprintf(got + len, sizeof(got) - len,
						">");
			assert_true(ps_list_has(list, at));
		}
		if (!ps_list_is_whole(list))
			snprintf(got + len, sizeof(got) - len, "!");
		assert_string_equal(got, list_rows[i].items);
	}
}

static void run(void **state)
{
	check(*state);
}

int main(void)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows) + 1];

	TABLE_TESTS(tests, rows, run);
	tests[TABLE_COUNT(rows)] =
		(struct CMUnitTest){ .name = "lists", .test_func = check_list };
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(rows) + 1,
				       NULL, NULL);
}
