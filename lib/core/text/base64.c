/* base64.c - base64 (RFC 4648 section 4). */

#include "core/text/base64.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz0123456789+/";

void ps_base64_encode(struct ps_buffer *out, const unsigned char *data,
		      size_t len)
{
	unsigned int group;
	char four[4];
	size_t i;

	for (i = 0; i < len; i += 3) {
		group = (unsigned int)data[i] << 16;
		if (i + 1 < len)
			group |= (unsigned int)data[i + 1] << 8;
		if (i + 2 < len)
			group |= data[i + 2];
		four[0] = digits[group >> 18];
		four[1] = digits[group >> 12 & 63];
		four[2] = i + 1 < len ? digits[group >> 6 & 63] : '=';
		four[3] = i + 2 < len ? digits[group & 63] : '=';
		ps_buffer_add(out, four, sizeof(four));
	}
}

static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

bool ps_base64_decode(struct ps_bytes text, unsigned char *data_r, size_t size,
		      size_t *len_r)
{
	unsigned int bits = 0, count = 0, padding = 0, shift;
	size_t i, len = 0;
	int value;

	for (i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			continue;
		if (c == '=') {
			padding++;
			continue;
		}
		value = value_of(c);
		if (value < 0 || padding > 0)
			return false;
		bits = bits << 6 | (unsigned int)value;
		if (++count % 4 == 1)
			continue;
		if (len == size)
			return false;
		shift = (8 - count % 4 * 2) % 8;
		data_r[len++] = (unsigned char)(bits >> shift & 0xff);
	}
	if (count % 4 == 1 || (padding > 0 && (count + padding) % 4 != 0))
		return false;
	if (padding > 2)
		return false;
	*len_r = len;
	return true;
}
