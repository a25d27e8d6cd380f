/* counters_record.h - one window as it lies in the journal. */
#ifndef PS_IO_COUNTERS_RECORD_H
#define PS_IO_COUNTERS_RECORD_H

#include "core/text/buffer.h"
#include "core/text/cursor.h"
#include "io/counters_memory.h"

/* At the head of the file; the last octet is the version. */
#define PS_COUNTERS_MAGIC      "postseal counts1"
/* 12 octets in front, 33 of numbers, and the texts. */
#define PS_COUNTERS_RECORD_MAX (45 + 2 * PS_COUNTER_TEXT_MAX)

/* Appends the record: its length and checksum, then the rest.  All numbers are
 * little endian. */
void ps_counters_record_write(const struct ps_counter *counter,
			      struct ps_buffer *out);

enum ps_counters_record {
	PS_RECORD_READ, /* texts of counter_r lie in the input */
	PS_RECORD_END,
	PS_RECORD_TORN /* what follows is no record; the cursor stays */
};
enum ps_counters_record ps_counters_record_read(struct ps_cursor *cursor,
						struct ps_counter *counter_r);

#endif
