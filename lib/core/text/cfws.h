/* cfws.h - comments, white space, quoted strings of fields (RFC 5322 3.2). */
#ifndef PS_CORE_TEXT_CFWS_H
#define PS_CORE_TEXT_CFWS_H

#include "core/text/cursor.h"

/*
 * Past white space, folding and comments, nested to any depth (counted, not
 * recursed).  False: a comment without its end, or a NUL in one; the cursor
 * then stands somewhere inside.
 */
bool ps_cfws_skip(struct ps_cursor *cursor);
/*
 * The quoted string that begins here, its quotes included.  False, and the
 * cursor where it was: none, without its end, or with a NUL.
 */
bool ps_cfws_quoted(struct ps_cursor *cursor, struct ps_bytes *quoted_r);
/* atext of RFC 5322 3.2.3, and the octets over 127 of RFC 6532 3.2. */
bool ps_cfws_is_atext(int c);

#endif
