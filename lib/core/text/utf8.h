/* utf8.h - characters of UTF-8 (RFC 3629). */
#ifndef PS_CORE_TEXT_UTF8_H
#define PS_CORE_TEXT_UTF8_H

#include <stddef.h>

/* The octets of the character beyond ASCII that begins here, at most those that
 * are left (of which there is one); 0: it is none, or a control character (C1).
 */
size_t ps_utf8_length(const char *at, size_t left);
/* What these octets, whose length that was, stand for. */
unsigned int ps_utf8_code(const char *at, size_t len);

#endif
