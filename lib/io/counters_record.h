/* counters_record.h - one window as it lies in the journal. */
#ifndef PS_IO_COUNTERS_RECORD_H
#define PS_IO_COUNTERS_RECORD_H

#include "io/counters_memory.h"
#include "io/record.h"

/* At the head of the file; the last octet is the version. */
#define PS_COUNTERS_MAGIC      "postseal counts1"
/* 12 octets in front, 33 of numbers, and the texts. */
#define PS_COUNTERS_RECORD_MAX (45 + 2 * PS_COUNTER_TEXT_MAX)

/* Appends the record (record.h). */
void ps_counters_record_write(const struct ps_counter *counter,
			      struct ps_buffer *out);

/* Texts of counter_r lie in the input. */
enum ps_record_found ps_counters_record_read(struct ps_cursor *cursor,
					     struct ps_counter *counter_r);

#endif
