/* starved.h - memory that runs out: what our code does when each of its
 * allocations fails in turn. */
#ifndef PS_TESTS_STARVED_H
#define PS_TESTS_STARVED_H

#include "table.h"

#include <stdbool.h>
#include <stddef.h>

#define STARVED_SAID_MAX 1000

/*
 * The linker hands us the allocations of our objects (--wrap), and SQLite,
 * OpenSSL and Jansson take theirs from us, too.  Those of other libraries never
 * fail.  One thread.
 */
void starved_libraries(void); /* before anything else */

/* What is done, and what may come of it. */
struct starved {
	const char *name;
	/* From the first allocation to the last free, between begin and end;
	 * then what came of it, as a text. */
	void (*run)(const struct starved *what, char said_r[STARVED_SAID_MAX]);
	const void *argument; /* of run */
	const char *want;     /* with all the memory there is */
	/* And with less: beginnings of it; NULL behind the last.  What is
	 * wanted is allowed, too. */
	const char *const *allowed;
	size_t least; /* allocations of ours, so that no row tests nothing */
};

void starved_begin(void);
void starved_end(void);

/*
 * Run it with all memory; then once for each allocation of ours, which fails
 * alone, and once more for each, which fails with all behind it; then the same
 * with a sample of those of libraries (in the environment STARVED_ALL: each).
 * Fails where something else comes of it, or where memory is not given back.
 */
void starved_check(const struct starved *what);

/* The rows of each file. */
extern const struct starved starved_files[], starved_lookups[], starved_mails[];
extern const size_t starved_files_count, starved_lookups_count,
	starved_mails_count;
/* What they need, made and removed outside of the hunger. */
void starved_files_open(void);
void starved_files_close(void);
void starved_lookups_open(void);
void starved_lookups_close(void);
void starved_mails_open(void);
void starved_mails_close(void);

#endif
