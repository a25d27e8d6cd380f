/* table.h - one cmocka test for each row of a table, named by the row. */
#ifndef PS_TESTS_TABLE_H
#define PS_TESTS_TABLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TABLE_COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/*
 * Register check(const struct row *) once for each row.  rows: a static array
 * of struct row, whose first member is "const char *name".
 */
#define TABLE_TESTS(tests, rows, check_state)                                  \
	do {                                                                   \
		size_t table_i;                                                \
		for (table_i = 0; table_i < TABLE_COUNT(rows); table_i++) {    \
			(tests)[table_i].name = (rows)[table_i].name;          \
			(tests)[table_i].test_func = (check_state);            \
			(tests)[table_i].initial_state =                       \
				(void *)(uintptr_t) & (rows)[table_i];         \
		}                                                              \
	} while (0)

/* The whole program: a table and the function that checks one row. */
#define TABLE_MAIN(rows, check)                                                \
	static void table_run(void **state)                                    \
	{                                                                      \
		check(*state);                                                 \
	}                                                                      \
	int main(int argc, char **argv)                                        \
	{                                                                      \
		static struct CMUnitTest tests[TABLE_COUNT(rows)];             \
		if (argc > 1)                                                  \
			cmocka_set_test_filter(argv[1]);                       \
		TABLE_TESTS(tests, rows, table_run);                           \
		return _cmocka_run_group_tests(__FILE__, tests,                \
					       TABLE_COUNT(rows), NULL, NULL); \
	}

#endif
