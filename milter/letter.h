/* letter.h - a notice as a mail, whatever strangers have put into its words. */
#ifndef PS_MILTER_LETTER_H
#define PS_MILTER_LETTER_H

#include "core/text/buffer.h"

#include <stdint.h>

#define PS_LETTER_SUBJECT_MAX 200   /* octets shown; ours */
#define PS_LETTER_OCTETS_MAX  32768 /* of all of it; ours */
#define PS_LETTER_LINE_MAX    900   /* RFC 5322 2.1.1: 998 */

struct ps_letter {
	const char *host;    /* ours: behind From's @ */
	const char *to;	     /* ps_letter_address() */
	const char *subject; /* any octets, as body */
	const char *body;    /* LF ends a line */
	uint64_t now;	     /* seconds since 1970 */
	uint64_t number;     /* with now and process: no other has it */
	unsigned int process;
};

/* Can be put behind RCPT TO and To: an address of printable ASCII, without
 * quotes, brackets and what separates addresses. */
bool ps_letter_address(const char *text);
/* Header and body, lines ended by CRLF; octets that are not printable ASCII
 * stand as \xNN.  out->failed: too long. */
void ps_letter_write(const struct ps_letter *letter, struct ps_buffer *out);

#endif
