/* base64.h - base64 (RFC 4648 section 4), as mail uses it. */
#ifndef PS_CORE_TEXT_BASE64_H
#define PS_CORE_TEXT_BASE64_H

#include "core/text/buffer.h"

/* With padding, without line breaks. */
void ps_base64_encode(struct ps_buffer *out, const unsigned char *data,
		      size_t len);
/*
 * White space inside is skipped (RFC 6376 2.10 allows FWS in b=, bh= and p=).
 * Padding may be missing, but must be right where it stands.  False: another
 * octet, one lone final digit, or more than size octets.
 */
bool ps_base64_decode(struct ps_bytes text, unsigned char *data_r, size_t size,
		      size_t *len_r);

#endif
