/* foreign.h - text of strangers, on its way to a terminal or a program. */
#ifndef PS_CLI_FOREIGN_H
#define PS_CLI_FOREIGN_H

#include "core/text/bytes.h"

#include <jansson.h>

/*
 * Octets of the character at text that may go to a terminal: printable ASCII,
 * or UTF-8 that is no control character, no end of a line, and does not turn
 * the direction of writing.  0: the first octet may not.  text ends with NUL.
 */
size_t ps_foreign_harmless(const char *text);

#define PS_FOREIGN_MAX 600 /* octets shown of one text in a line; ours */

/* For a line of output.h: unfolded, HTAB as a blank, NUL and line ends as \xNN,
 * cut behind PS_FOREIGN_MAX with "...".  Returns text_r. */
const char *ps_foreign_shown(struct ps_bytes text,
			     char text_r[4 * PS_FOREIGN_MAX + 4]);
/* A JSON string of all of it; what is not UTF-8 has \xNN for its octets over
 * ASCII.  NULL: no memory. */
json_t *ps_foreign_json(struct ps_bytes text);
json_t *ps_foreign_json_of(const char *text);

#endif
