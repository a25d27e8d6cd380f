/* quoted.h - text that goes into a quoted string (RFC 5322 3.2.4, 6532). */
#ifndef PS_CORE_TEXT_QUOTED_H
#define PS_CORE_TEXT_QUOTED_H

#include "core/text/buffer.h"

/*
 * May it stand in quotes: is it printable ASCII, spaces, and whole characters
 * of UTF-8, and not empty?  What may not is to be left out, never altered: an
 * altered name is another name.
 */
bool ps_quoted_can(struct ps_bytes text);
/* Append it in quotes, with quoted pairs where they are needed. */
void ps_quoted_add(struct ps_buffer *out, struct ps_bytes text);

#endif
