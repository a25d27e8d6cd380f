/* main.c - every row of every file, one test each. */

#include "starved.h"

#include <stdlib.h>

static void run(void **state)
{
	starved_check(*state);
}

static size_t add(struct CMUnitTest *tests, const struct starved *rows,
		  size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		tests[i] = (struct CMUnitTest){
			.name = rows[i].name,
			.test_func = run,
			.initial_state = (void *)(uintptr_t)&rows[i],
		};
	return count;
}

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[100];
	size_t count = 0;
	int failed;

	starved_libraries();
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	starved_files_open();
	starved_lookups_open();
	starved_mails_open();
	count += add(tests + count, starved_files, starved_files_count);
	count += add(tests + count, starved_lookups, starved_lookups_count);
	count += add(tests + count, starved_mails, starved_mails_count);
	failed = _cmocka_run_group_tests("starved", tests, count, NULL, NULL);
	starved_mails_close();
	starved_lookups_close();
	starved_files_close();
	return failed;
}
