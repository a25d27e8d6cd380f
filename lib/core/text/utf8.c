/* utf8.c - characters of UTF-8. */

#include "core/text/utf8.h"

/* RFC 3629 4; C1 is U+0080 to U+009F. */
size_t ps_utf8_length(const char *at, size_t left)
{
	const unsigned char *u = (const unsigned char *)at;
	size_t i, len = u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2;

	if (u[0] < 0xc2 || u[0] > 0xf4 || left < len)
		return 0;
	for (i = 1; i < len; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((u[0] == 0xc2 && u[1] < 0xa0) || (u[0] == 0xe0 && u[1] < 0xa0) ||
	    (u[0] == 0xed && u[1] > 0x9f) || (u[0] == 0xf0 && u[1] < 0x90) ||
	    (u[0] == 0xf4 && u[1] > 0x8f))
		return 0;
	return len;
}

unsigned int ps_utf8_code(const char *at, size_t len)
{
	const unsigned char *u = (const unsigned char *)at;
	unsigned int code = u[0] & (0x7fu >> len);
	size_t i;

	for (i = 1; i < len; i++)
		code = code << 6 | (u[i] & 0x3f);
	return code;
}
