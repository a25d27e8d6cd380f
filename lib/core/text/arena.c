/* arena.c - memory of one lifetime, in blocks (NSD's region). */

#include "core/text/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 8192
#define ALIGN	   alignof(max_align_t)

struct block {
	struct block *next;
	size_t used, size;
	max_align_t data[];
};

struct ps_arena {
	struct block *first; /* the one in use; full ones follow */
	size_t taken, max;
};

int ps_arena_new(size_t max, struct ps_arena **arena_r)
{
	*arena_r = malloc(sizeof(**arena_r));
	if (*arena_r == NULL)
		return -1;
	**arena_r = (struct ps_arena){ .max = max };
	return 0;
}

static struct block *add_block(struct ps_arena *arena, size_t size)
{
	struct block *block;

	if (size < BLOCK_SIZE)
		size = BLOCK_SIZE;
	block = malloc(sizeof(*block) + size);
	if (block == NULL)
		return NULL;
	block->used = 0;
	block->size = size;
	block->next = arena->first;
	arena->first = block;
	return block;
}

void *ps_arena_alloc(struct ps_arena *arena, size_t size)
{
	struct block *block = arena->first;
	char *at;

	if (size > arena->max || size > SIZE_MAX / 2)
		return NULL;
	size = (size + ALIGN - 1) / ALIGN * ALIGN;
	if (arena->taken > arena->max || size > arena->max - arena->taken)
		return NULL;
	if (block == NULL || size > block->size - block->used) {
		block = add_block(arena, size);
		if (block == NULL)
			return NULL;
	}
	at = (char *)block->data + block->used;
	block->used += size;
	arena->taken += size;
	memset(at, 0, size);
	return at;
}

char *ps_arena_copy(struct ps_arena *arena, const void *data, size_t len)
{
	char *copy = len == SIZE_MAX ? NULL : ps_arena_alloc(arena, len + 1);

	if (copy != NULL && len > 0)
		memcpy(copy, data, len);
	return copy;
}

char *ps_arena_text(struct ps_arena *arena, const char *text)
{
	return ps_arena_copy(arena, text, strlen(text));
}

void ps_arena_reset(struct ps_arena *arena)
{
	struct block *block, *keep = NULL;

	while ((block = arena->first) != NULL) {
		arena->first = block->next;
		if (keep == NULL && block->size == BLOCK_SIZE)
			keep = block;
		else
			free(block);
	}
	if (keep != NULL) {
		keep->next = NULL;
		keep->used = 0;
	}
	arena->first = keep;
	arena->taken = 0;
}

void ps_arena_free(struct ps_arena **arena)
{
	struct block *block;

	if (*arena == NULL)
		return;
	while ((block = (*arena)->first) != NULL) {
		(*arena)->first = block->next;
		free(block);
	}
	free(*arena);
	*arena = NULL;
}
