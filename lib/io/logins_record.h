/* logins_record.h - what is known of one login, as it lies in the file. */
#ifndef PS_IO_LOGINS_RECORD_H
#define PS_IO_LOGINS_RECORD_H

#include "io/logins_memory.h"
#include "io/record.h"

/* At the head of the file; the last octet is the version. */
#define PS_LOGINS_MAGIC	     "postseal logins1"
#define PS_LOGINS_RECORD_MAX 4096 /* a full sketch has some 3,100; ours */
/* Its checksum tells records of this file from others. */
extern const struct ps_siphash_key ps_logins_checksum;

/* Appends the record (record.h).  Only as many addresses and countries as there
 * are, of the filters and slices all. */
void ps_logins_record_write(struct ps_bytes name,
			    const struct ps_login_sketch *sketch,
			    struct ps_buffer *out);
/* name_r lies in the input. */
enum ps_record_found ps_logins_record_read(struct ps_cursor *cursor,
					   struct ps_bytes *name_r,
					   struct ps_login_sketch *sketch_r);

#endif
