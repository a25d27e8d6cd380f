/* record.h - files of records: numbers, and pieces with a checksum. */
#ifndef PS_IO_RECORD_H
#define PS_IO_RECORD_H

#include "core/text/buffer.h"
#include "core/text/cursor.h"
#include "io/siphash.h"

#define PS_RECORD_HEAD 12 /* octets in front of a body: length and checksum */

/* Little endian. */
void ps_record_put(struct ps_buffer *out, uint64_t number, size_t octets);
/* Moves *at, behind which there are as many. */
uint64_t ps_record_get(const char **at, size_t octets);

/* Appends body as a record.  key: of the kind of file, so that a record of one
 * is none of another; against accidents only, it keeps no secret. */
void ps_record_write(const struct ps_siphash_key *key, struct ps_bytes body,
		     struct ps_buffer *out);

enum ps_record_found {
	PS_RECORD_READ, /* body_r lies in the input */
	PS_RECORD_END,
	PS_RECORD_TORN /* what follows is no record; the cursor stays */
};
/* body_max: octets of the longest. */
enum ps_record_found ps_record_read(const struct ps_siphash_key *key,
				    struct ps_cursor *cursor, size_t body_max,
				    struct ps_bytes *body_r);

#endif
