/* setup_diff.h - two versions of a file as diff -u shows them. */
#ifndef PS_CLI_SETUP_DIFF_H
#define PS_CLI_SETUP_DIFF_H

#include "core/text/buffer.h"

/*
 * "--- name", "+++ name" and the hunks, three lines of context around each;
 * nothing where both are equal.  Right, but not always the shortest.  A file
 * that is not there is empty.
 */
void ps_setup_diff(const char *name, struct ps_bytes before,
		   struct ps_bytes after, struct ps_buffer *diff_r);

#endif
