/* netstring.h - octets with their length in front: "5:hello,". */
#ifndef PS_CORE_TEXT_NETSTRING_H
#define PS_CORE_TEXT_NETSTRING_H

#include "core/text/buffer.h"
#include "core/text/cursor.h"

/* Octets around the content of a netstring of up to 999,999,999 octets. */
#define PS_NETSTRING_FRAME 11

enum ps_netstring {
	PS_NETSTRING_PART, /* so far right, but the end is missing */
	PS_NETSTRING_WHOLE,
	PS_NETSTRING_LONG, /* more than max octets; seen in the length alone */
	PS_NETSTRING_BAD   /* no netstring (cr.yp.to/proto/netstrings.txt) */
};

/*
 * WHOLE: content_r is a slice of what cursor reads, and the cursor stands
 * behind the final comma.  Else the cursor has not moved; after LONG and BAD
 * nothing that follows can be understood.
 */
enum ps_netstring ps_netstring_read(struct ps_cursor *cursor, size_t max,
				    struct ps_bytes *content_r);
/* One netstring: start and, at once behind it, rest. */
void ps_netstring_add(struct ps_buffer *buffer, struct ps_bytes start,
		      struct ps_bytes rest);

#endif
