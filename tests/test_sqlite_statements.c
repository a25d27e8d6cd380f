/* test_sqlite_statements.c - SQL that is prepared once and run for each row. */

#include "table.h"

#include "directory/sqlite_statements.h"

#include <stdio.h>

static sqlite3 *db;
static struct ps_sqlite_statements kept;

/* The number that sql answers; what it was is given back. */
static int ask(const char *sql, const char *word, sqlite3_stmt **statement_r)
{
	const char *const words[] = { word, NULL };
	int number = -1;

	if (ps_sqlite_statement(&kept, db, sql, words, statement_r) ==
		    SQLITE_OK &&
	    sqlite3_step(*statement_r) == SQLITE_ROW)
		number = sqlite3_column_int(*statement_r, 0);
	ps_sqlite_statement_end(*statement_r);
	return number;
}

static void prepared_once(void **state)
{
	static const char sql[] = "SELECT ?1 + 1";
	sqlite3_stmt *first, *second;

	(void)state;
	assert_int_equal(ask(sql, "1", &first), 2);
	assert_int_equal(ask(sql, "7", &second), 8);
	assert_ptr_equal(first, second);
}

/* A buffer with another text in it is another statement. */
static void text_counts(void **state)
{
	char sql[32];
	sqlite3_stmt *statement;
	int i;

	(void)state;
	for (i = 0; i < 5; i++) {
		snprintf(sql, sizeof(sql), "SELECT %d", i);
		assert_int_equal(ask(sql, NULL, &statement), i);
	}
}

static void more_than_are_kept(void **state)
{
	static char sql[2 * PS_SQLITE_STATEMENTS_MAX + 1][32];
	sqlite3_stmt *statement;
	int round, i;

	(void)state;
	for (round = 0; round < 2; round++) {
		for (i = 0; i < (int)TABLE_COUNT(sql); i++) {
			snprintf(sql[i], sizeof(sql[i]), "SELECT ?1 + %d", i);
			assert_int_equal(ask(sql[i], "1", &statement), i + 1);
		}
	}
}

/* Nothing is kept of what cannot be prepared; what was given back holds no
 * lock: the table can go. */
static void bad_and_gone(void **state)
{
	sqlite3_stmt *statement;

	(void)state;
	assert_int_equal(ask("SELECT nonsense", NULL, &statement), -1);
	assert_null(statement);
	assert_int_equal(sqlite3_exec(db,
				      "CREATE TABLE a (b); INSERT INTO a"
				      " VALUES (3), (4)",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	assert_int_equal(ask("SELECT b FROM a", NULL, &statement), 3);
	assert_int_equal(sqlite3_exec(db, "DROP TABLE a", NULL, NULL, NULL),
			 SQLITE_OK);
	assert_int_equal(ask("SELECT b FROM a", NULL, &statement), -1);
}

static int set_up(void **state)
{
	(void)state;
	return sqlite3_open(":memory:", &db) == SQLITE_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	ps_sqlite_statements_free(&kept);
	return sqlite3_close(db) == SQLITE_OK ? 0 : -1;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prepared_once),
		cmocka_unit_test(text_counts),
		cmocka_unit_test(more_than_are_kept),
		cmocka_unit_test(bad_and_gone),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
