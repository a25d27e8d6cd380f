/* listed.h - the list of what both engines judge differently, as it stands in
 * doc/dkim-engines.md. */
#ifndef PS_TESTS_LISTED_H
#define PS_TESTS_LISTED_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Rows of Markdown tables with six columns: a number, the cases ("`a`, `b`"),
 * what we say, what libopendkim says, the RFC's section, and who is right.
 */
struct listed;

/* NULL, with the reason on stdout: it cannot be read, has a case twice, or a
 * row without sections or with another word for who is right. */
struct listed *listed_read(const char *path);
void listed_free(struct listed **listed);
/* What is listed of a case, and note that it was run.  NULL: nothing. */
const char *listed_find(struct listed *listed, const char *id,
			const char **theirs_r);
/* Cases of that suite ("SUITE/...") that were not run, printed; how many. */
size_t listed_missing(const struct listed *listed, const char *suite);

#endif
