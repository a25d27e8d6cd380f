/* arena.h - memory of one lifetime: configuration, connection, message. */
#ifndef PS_CORE_TEXT_ARENA_H
#define PS_CORE_TEXT_ARENA_H

#include "core/text/bytes.h"

struct ps_arena;

/* At most max octets in all, each piece counted with the up to 15 that align
 * the next.  0, or -1 when there is no memory. */
int ps_arena_new(size_t max, struct ps_arena **arena_r);
/* Aligned for any type, zeroed; NULL past the bound or out of memory. */
void *ps_arena_alloc(struct ps_arena *arena, size_t size);
/* Copies with a final NUL that is not counted in the length. */
char *ps_arena_copy(struct ps_arena *arena, const void *data, size_t len);
char *ps_arena_text(struct ps_arena *arena, const char *text);
/* Everything taken from it is gone; one block stays for the next use. */
void ps_arena_reset(struct ps_arena *arena);
void ps_arena_free(struct ps_arena **arena);

#endif
