/* test_dkim.c - DKIM signatures and keys by table (RFC 6376, 8301, 8463). */

#include "table.h"

#include "dkim_row.h"

#include <stdlib.h>

static void run(void **state)
{
	dkim_row_check(*state);
}

static void add(struct CMUnitTest *test, const struct dkim_row *row)
{
	*test = (struct CMUnitTest){
		.name = row->name,
		.test_func = run,
		.initial_state = (void *)(uintptr_t)row,
	};
}

int main(int argc, char **argv)
{
	const size_t count = dkim_rows_count + dkim_rows_key_count;
	struct CMUnitTest *tests = calloc(count, sizeof(*tests));
	size_t i;
	int failed;

	if (tests == NULL)
		return 1;
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	for (i = 0; i < count; i++)
		add(&tests[i], i < dkim_rows_count
				       ? &dkim_rows[i]
				       : &dkim_rows_key[i - dkim_rows_count]);
	failed = _cmocka_run_group_tests(__FILE__, tests, count, NULL, NULL);
	free(tests);
	return failed;
}
