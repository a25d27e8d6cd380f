/* fields.h - the header fields of one message, from the top down. */
#ifndef PS_CORE_TEXT_FIELDS_H
#define PS_CORE_TEXT_FIELDS_H

#include "core/text/arena.h"

#define PS_FIELDS_MAX 10000 /* ours: a message has some 30 */
#define PS_FIELDS_OCTETS_MAX                                                   \
	2097152 /* ours: 20 × Postfix's header_size_limit */

struct ps_field {
	struct ps_bytes name; /* as written, without the colon */
	struct ps_bytes
		value; /* behind the colon, octet for octet: the
			  leading space and the folding (LF or CRLF,
			  then SP or HTAB) are kept; no final line end */
};

/* Holds copies in the arena it was made with; they live as long as that. */
struct ps_fields {
	struct ps_arena *arena; /* borrowed */
	struct ps_field *at;
	size_t count, size, octets;
	bool overflow; /* a field did not fit: the rest of the header is unknown
			*/
};

void ps_fields_init(struct ps_fields *fields, struct ps_arena *arena);
/* False, with overflow set for good, past a bound or out of memory. */
bool ps_fields_add(struct ps_fields *fields, struct ps_bytes name,
		   struct ps_bytes value);
/* Has it that name, in any case and perhaps with space before its colon? */
bool ps_field_is(const struct ps_field *field, const char *name);
/* The nth (from 0) field of that name from the top; NULL: not so many. */
const struct ps_field *ps_fields_find(const struct ps_fields *fields,
				      const char *name, size_t nth);
size_t ps_fields_count(const struct ps_fields *fields, const char *name);
/*
 * Split a header block, lines ended by CRLF or LF, into fields; stops behind
 * the empty line.  *body_r (unless NULL): what follows it, or empty.  Returns
 * false when a line is no field (it is skipped), or on overflow.
 */
bool ps_fields_parse(struct ps_fields *fields, struct ps_bytes message,
		     struct ps_bytes *body_r);

#endif
