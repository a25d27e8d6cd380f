/* dkim_text.h - a signature field as it is written: its tags, folded. */
#ifndef PS_CORE_AUTH_DKIM_TEXT_H
#define PS_CORE_AUTH_DKIM_TEXT_H

#include "core/text/buffer.h"

#include <stdint.h>

/* What stands behind the colon; lines of at most 76 octets, folded with CRLF
 * HTAB.  What does not fit shows in out->failed. */
struct ps_dkim_text {
	struct ps_buffer *out; /* borrowed */
	size_t column;
};

struct ps_dkim_text ps_dkim_text_begin(struct ps_buffer *out,
				       const char *field_name);
/* " name=value;" */
void ps_dkim_text_tag(struct ps_dkim_text *text, const char *name,
		      const char *value);
void ps_dkim_text_number(struct ps_dkim_text *text, const char *name,
			 uint64_t number);
/* " h=a:b:c;", folded at its colons. */
void ps_dkim_text_names(struct ps_dkim_text *text, const char *names);
/* " bh=...;" */
void ps_dkim_text_hash(struct ps_dkim_text *text, const unsigned char *digest,
		       size_t len);
/* " b=": what comes behind it is the signature alone. */
void ps_dkim_text_open(struct ps_dkim_text *text);
void ps_dkim_text_signature(struct ps_dkim_text *text,
			    const unsigned char *signature, size_t len);

#endif
