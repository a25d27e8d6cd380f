/* test_setup_diff.c - differences as diff -u shows them, by table. */

#include "table.h"

#include "cli/setup_diff.h"

#include <string.h>

#define HEAD "--- f\n+++ f\n"

static const struct row {
	const char *name, *before, *after, *want;
} rows[] = {
	{ "equal", "a\nb\n", "a\nb\n", "" },
	{ "a new file", "", "a\nb\n", HEAD "@@ -0,0 +1,2 @@\n+a\n+b\n" },
	{ "a file that goes", "a\n", "", HEAD "@@ -1 +0,0 @@\n-a\n" },
	{ "at the end", "a\nb\nc\nd\n", "a\nb\nc\nd\ne\n",
	  HEAD "@@ -2,3 +2,4 @@\n b\n c\n d\n+e\n" },
	{ "in the middle", "a\nb\nc\nd\ne\n", "a\nb\nC\nd\ne\n",
	  HEAD "@@ -1,5 +1,5 @@\n a\n b\n-c\n+C\n d\n e\n" },
	{ "two changes close to one another", "a\nb\nc\nd\ne\nf\n",
	  "A\nb\nc\nd\ne\nF\n",
	  HEAD "@@ -1,6 +1,6 @@\n-a\n+A\n b\n c\n d\n e\n-f\n+F\n" },
	{ "two far apart", "a\n1\n2\n3\n4\n5\n6\n7\nb\n",
	  "1\n2\n3\n4\n5\n6\n7\nb\nc\n",
	  HEAD "@@ -1,4 +1,3 @@\n-a\n 1\n 2\n 3\n"
	       "@@ -7,3 +6,4 @@\n 6\n 7\n b\n+c\n" },
	{ "the last line end", "a\nb", "a\nb\n",
	  HEAD "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n" },
};

static void check(const struct row *row)
{
	struct ps_buffer diff = PS_BUFFER(4096);

	ps_setup_diff("f", ps_bytes_of(row->before), ps_bytes_of(row->after),
		      &diff);
	assert_false(diff.failed);
	assert_string_equal(ps_buffer_cstr(&diff), row->want);
	ps_buffer_free(&diff);
}

TABLE_MAIN(rows, check)
