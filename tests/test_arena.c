/* test_arena.c - memory of one lifetime, by table. */

#include "table.h"

#include "core/text/arena.h"

#include <stdalign.h>
#include <string.h>

#define LARGE 100000 /* more than a block has */

/* So many pieces of a size fit under the bound, and not one more. */
static const struct row {
	const char *name;
	size_t max, size, fit;
} rows[] = {
	{ "one at the bound", 64, 64, 1 },
	{ "one over the bound", 64, 65, 0 },
	{ "four at the bound", 64, 16, 4 },
	{ "counted with what aligns the next", 64, 1, 4 },
	{ "nothing fits", 0, 1, 0 },
	{ "more than a block", LARGE * 3, LARGE, 3 },
	{ "many blocks", 160000, 160, 1000 },
	{ "no memory has so much", SIZE_MAX, SIZE_MAX, 0 },
	{ "no memory has so much, rounded", SIZE_MAX, SIZE_MAX - 14, 0 },
};

static void fill(struct ps_arena *arena, const struct row *row)
{
	unsigned char *piece, *before = NULL;
	size_t i, j;

	for (i = 0; i < row->fit; i++) {
		piece = ps_arena_alloc(arena, row->size);
		assert_non_null(piece);
		assert_int_equal((uintptr_t)piece % alignof(max_align_t), 0);
		for (j = 0; j < row->size; j++)
			assert_int_equal(piece[j], 0);
		memset(piece, 0x55, row->size);
		assert_true(before == NULL || before[row->size - 1] == 0x55);
		before = piece;
	}
	assert_null(ps_arena_alloc(arena, row->size));
}

static void check(const struct row *row)
{
	struct ps_arena *arena;

	assert_int_equal(ps_arena_new(row->max, &arena), 0);
	fill(arena, row);
	ps_arena_reset(arena);
	fill(arena, row);
	ps_arena_free(&arena);
	assert_null(arena);
	ps_arena_free(&arena);
}

static void check_copies(void **state)
{
	struct ps_arena *arena;
	char *text;

	(void)state;
	assert_int_equal(ps_arena_new(1024, &arena), 0);
	text = ps_arena_text(arena, "abc");
	assert_string_equal(text, "abc");
	text = ps_arena_copy(arena, "a\0bc", 3);
	assert_memory_equal(text, "a\0b\0", 4);
	assert_string_equal(ps_arena_copy(arena, NULL, 0), "");
	assert_null(ps_arena_copy(arena, "x", SIZE_MAX));
	assert_null(ps_arena_copy(arena, "x", 1024));
	ps_arena_free(&arena);
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
		(struct CMUnitTest){ .name = "copies",
				     .test_func = check_copies };
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
				       NULL, NULL);
}
