/* test_check.c - contradictions in the directory, each found and none else. */

#include "table.h"

#include "directory/listing.h"
#include "directory/writer_account.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[] = "/tmp/postseal-check-XXXXXX";
static char database[128], credentials[128];
static struct ps_config config;

/* A line makes, whatever the command would refuse: "d DOMAIN", "a DOMAIN" an
 * alias of the first, "r DOMAIN" a relayed one, "u ACCOUNT", "c ACCOUNT"
 * closed, "m ACCOUNT MAILDROP", "l SOURCE DESTINATION". */
static const struct row {
	const char *name, *lines, *want; /* "kind object text\n" each */
} rows[] = {
	{ "nothing at all", "", "" },
	{ "all is well",
	  "d a.example\n"
	  "u x@a.example\n"
	  "l l@a.example X@a.example\n"
	  "l far@a.example no@far.example\n"
	  "l m@a.example l@a.example\n"
	  "l bare@a.example root\n"
	  "l ext@a.example x+folder@a.example\n"
	  "m x@a.example x@a.example\n",
	  "" },
	{ "an alias to nowhere",
	  "d a.example\n"
	  "l l@a.example No@a.example\n",
	  "alias-to-nowhere l@a.example leads to no@a.example, which nobody "
	  "has\n" },
	{ "an alias to a closed account",
	  "d a.example\n"
	  "u x@a.example\n"
	  "c x@a.example\n"
	  "l l@a.example x@a.example\n",
	  "alias-to-nowhere l@a.example leads to x@a.example, which nobody "
	  "has\n" },
	{ "a maildrop to nowhere",
	  "d a.example\n"
	  "u x@a.example\n"
	  "m x@a.example y@a.example\n",
	  "alias-to-nowhere x@a.example leads to y@a.example, which nobody "
	  "has\n" },
	{ "an alias into an alias domain",
	  "d a.example\n"
	  "a b.example\n"
	  "u x@a.example\n"
	  "l l@a.example x@b.example\n"
	  "l n@a.example no@b.example\n",
	  "alias-to-nowhere n@a.example leads to no@a.example, which nobody "
	  "has\n" },
	{ "an alias into a relayed domain",
	  "d a.example\n"
	  "r b.example\n"
	  "l l@a.example x@b.example\n",
	  "" },
	{ "a catch-all to nowhere in itself",
	  "d a.example\n"
	  "l @a.example no@a.example\n",
	  "alias-to-nowhere @a.example leads to no@a.example, which nobody "
	  "has\n" },
	{ "nobodies behind a catch-all",
	  "d a.example\n"
	  "u x@a.example\n"
	  "u c@a.example\n"
	  "c c@a.example\n"
	  "l @a.example x@a.example\n"
	  "l l@a.example no@a.example\n",
	  "behind-catch-all c@a.example is closed, but its mail goes to the "
	  "catch-all\n"
	  "behind-catch-all l@a.example leads to no@a.example, which nobody "
	  "has but the catch-all\n" },
	{ "a catch-all in front of a relay",
	  "d a.example\n"
	  "u x@a.example\n"
	  "r b.example\n"
	  "l @b.example x@a.example\n"
	  "l i@b.example x@a.example\n",
	  "behind-catch-all @b.example takes all mail for a domain that is "
	  "relayed to another host\n" },
	{ "a loop of three, and what leads to it",
	  "d a.example\n"
	  "l a@a.example B@a.example\n"
	  "l b@a.example c@a.example\n"
	  "l c@a.example a@a.example\n"
	  "l d@a.example a@a.example\n",
	  "alias-loop a@a.example leads back to itself\n"
	  "alias-loop b@a.example leads back to itself\n"
	  "alias-loop c@a.example leads back to itself\n" },
	{ "a loop through the alias domain",
	  "d a.example\n"
	  "a b.example\n"
	  "l a@a.example a@b.example\n",
	  "alias-loop a@a.example leads back to itself\n" },
	{ "a loop of a maildrop",
	  "d a.example\n"
	  "u x@a.example\n"
	  "m x@a.example l@a.example\n"
	  "l l@a.example x@a.example\n",
	  "alias-loop l@a.example leads back to itself\n"
	  "alias-loop x@a.example leads back to itself\n" },
	{ "itself is no loop: a copy is kept",
	  "d a.example\n"
	  "u x@a.example\n"
	  "l x@a.example x@a.example\n"
	  "l x@a.example y@far.example\n",
	  "" },
	{ "an account and an alias",
	  "d a.example\n"
	  "u x@a.example\n"
	  "l x@a.example y@far.example\n",
	  "two-places x@a.example is an account, and an alias that takes its "
	  "mail elsewhere\n" },
	{ "no domain",
	  "d a.example\n"
	  "u x@b.example\n"
	  "l l@b.example y\n",
	  "no-domain l@b.example is an alias whose domain is not there\n"
	  "no-domain x@b.example is an account whose domain is not there\n" },
	{ "an account where none can be",
	  "d a.example\n"
	  "r b.example\n"
	  "u x@b.example\n",
	  "no-domain x@b.example is an account in a domain that is relayed, or "
	  "an alias of another\n" },
	{ "an alias where none can be",
	  "d a.example\n"
	  "a b.example\n"
	  "l x@b.example y@far.example\n",
	  "no-domain x@b.example is an alias in a domain that is an alias of "
	  "another\n" },
	{ "four where three may be",
	  "d a.example\n"
	  "l a@a.example 1@far.example\n"
	  "l a@a.example 2@far.example\n"
	  "l a@a.example 3@far.example\n"
	  "l a@a.example 4@far.example\n",
	  "too-many a@a.example leads to 4 addresses, more than the 3 of "
	  "Postfix's virtual_alias_expansion_limit\n" },
	{ "three where three may be, twice over",
	  "d a.example\n"
	  "l a@a.example 1@far.example\n"
	  "l a@a.example 2@far.example\n"
	  "l a@a.example 3@far.example\n"
	  "l b@a.example a@a.example\n"
	  "l b@a.example 1@far.example\n",
	  "" },
	{ "four by way of another",
	  "d a.example\n"
	  "l a@a.example 1@far.example\n"
	  "l a@a.example 2@far.example\n"
	  "l a@a.example 3@far.example\n"
	  "l b@a.example a@a.example\n"
	  "l b@a.example 4@far.example\n",
	  "too-many b@a.example leads to 4 addresses, more than the 3 of "
	  "Postfix's virtual_alias_expansion_limit\n" },
};

static const char *sql_of(char what)
{
	switch (what) {
	case 'd':
		return "INSERT INTO domains (name) VALUES (?1)";
	case 'a':
		return "INSERT INTO domains (name, alias_of) SELECT ?1,"
		       " min(id) FROM domains";
	case 'r':
		return "INSERT INTO domains (name, transport)"
		       " VALUES (?1, 'relay:x')";
	case 'u':
		return "INSERT INTO accounts (domain_id, address) SELECT"
		       " coalesce((SELECT id FROM domains WHERE name ="
		       " substr(?1, instr(?1, '@') + 1)), 99), ?1";
	case 'c':
		return "UPDATE accounts SET closed = 1 WHERE address = ?1";
	case 'm':
		return "INSERT INTO maildrops (account_id, destination)"
		       " SELECT id, ?2 FROM accounts WHERE address = ?1";
	case 'l':
		return "INSERT INTO aliases (domain_id, source, destination)"
		       " SELECT coalesce((SELECT id FROM domains WHERE name ="
		       " substr(?1, instr(?1, '@') + 1)), 99), ?1, ?2";
	}
	fail_msg("no line %c", what);
	return NULL;
}

static void run_line(sqlite3 *db, const char *line)
{
	char what, first[100] = "", second[100] = "";
	sqlite3_stmt *query;

	assert_true(sscanf(line, "%c %99s%*[ ]%99[^\n]", &what, first,
			   second) >= 2);
	assert_int_equal(sqlite3_prepare_v2(db, sql_of(what), -1, &query, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_bind_text(query, 1, first, -1, SQLITE_STATIC),
			 SQLITE_OK);
	if (sqlite3_bind_parameter_count(query) > 1)
		assert_int_equal(
			sqlite3_bind_text(query, 2, second, -1, SQLITE_STATIC),
			SQLITE_OK);
	assert_int_equal(sqlite3_step(query), SQLITE_DONE);
	assert_int_equal(sqlite3_finalize(query), SQLITE_OK);
}

static void fill(const char *lines)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(database, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db,
			     "DELETE FROM maildrops; DELETE FROM accounts;"
			     "DELETE FROM aliases; DELETE FROM domains",
			     NULL, NULL, NULL),
		SQLITE_OK);
	for (; *lines != '\0'; lines = strchr(lines, '\n') + 1)
		run_line(db, lines);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void collect(void *ctx, const struct ps_finding *finding)
{
	struct ps_buffer *found = ctx;

	ps_buffer_text(found, finding->kind);
	ps_buffer_char(found, ' ');
	ps_buffer_text(found, finding->object);
	ps_buffer_char(found, ' ');
	ps_buffer_text(found, finding->text);
	ps_buffer_char(found, '\n');
}

static void check_row(void **state)
{
	const struct row *row = *state;
	struct ps_buffer found = PS_BUFFER(10000);
	struct ps_directory *directory;
	char error[PS_CONFIG_ERROR_MAX];
	enum ps_outcome outcome;

	fill(row->lines);
	assert_int_equal(ps_directory_new(&config, &directory, error), 0);
	outcome = ps_directory_check(directory, 3, collect, &found);
	assert_string_equal(ps_directory_reason(directory), "");
	assert_string_equal(ps_buffer_cstr(&found), row->want);
	assert_int_equal(outcome,
			 row->want[0] == '\0' ? PS_NOTFOUND : PS_FOUND);
	ps_directory_free(&directory);
	ps_buffer_free(&found);
}

static int set_up(void **state)
{
	struct ps_writer *writer = NULL;
	char reason[PS_REASON_MAX];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(database, sizeof(database), "%s/d/directory.db", folder);
	snprintf(credentials, sizeof(credentials), "%s/c/credentials.db",
		 folder);
	config.directory = (struct ps_config_directory){
		.database = database,
		.credentials = credentials,
		.read_group = "root",
		.auth_group = "root",
	};
	assert_int_equal(ps_writer_open(&config, &writer, reason),
			 PS_WRITE_DONE);
	assert_int_equal(ps_writer_commit(writer), PS_WRITE_DONE);
	ps_writer_close(&writer);
	return 0;
}

static int tear_down(void **state)
{
	char line[80];

	(void)state;
	snprintf(line, sizeof(line), "rm -rf '%s'", folder);
	return system(line) == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows)];

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	TABLE_TESTS(tests, rows, check_row);
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
				       set_up, tear_down);
}
