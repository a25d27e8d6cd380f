/* buffer.h - text that grows up to a bound; one check at the end suffices. */
#ifndef PS_CORE_TEXT_BUFFER_H
#define PS_CORE_TEXT_BUFFER_H

#include "core/text/bytes.h"

/*
 * After the first append that does not fit (max octets, or no memory) failed
 * stays true and further appends do nothing.  data[len] is NUL once anything
 * was appended.  Owns data, unless it is lent: ps_buffer_free() it.
 */
struct ps_buffer {
	char *data;
	size_t len, size, max;
	bool failed;
	bool no_memory; /* failed for the want of it, not of room */
	bool lent;	/* data is the caller's array */
};

#define PS_BUFFER(max_octets) ((struct ps_buffer){ .max = (max_octets) })
/* In an array of the caller's, of size octets: it needs no memory, and fails
 * for want of room only. */
#define PS_BUFFER_AT(array, octets)                                            \
	((struct ps_buffer){ .data = (array),                                  \
			     .size = (octets),                                 \
			     .max = (octets)-1,                                \
			     .lent = true })

void ps_buffer_add(struct ps_buffer *buffer, const void *data, size_t len);
void ps_buffer_bytes(struct ps_buffer *buffer, struct ps_bytes bytes);
void ps_buffer_text(struct ps_buffer *buffer, const char *text);
void ps_buffer_char(struct ps_buffer *buffer, char c);
void ps_buffer_number(struct ps_buffer *buffer, unsigned long long number);
/* Never NULL: "" when nothing was appended.  Borrowed until the next append. */
const char *ps_buffer_cstr(const struct ps_buffer *buffer);
/* Empty it, as if nothing had failed, but keep the memory. */
void ps_buffer_reset(struct ps_buffer *buffer);
void ps_buffer_free(struct ps_buffer *buffer);

#endif
