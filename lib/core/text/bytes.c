/* bytes.c - borrowed runs of octets, and ASCII without a locale. */

#include "core/text/bytes.h"

#include <string.h>

char ps_ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool ps_ascii_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool ps_ascii_alpha(char c)
{
	return ps_ascii_lower(c) >= 'a' && ps_ascii_lower(c) <= 'z';
}

void ps_ascii_lower_all(char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		text[i] = ps_ascii_lower(text[i]);
}

bool ps_ascii_number(struct ps_bytes text, unsigned long long max,
		     unsigned long long *number_r)
{
	unsigned long long n = 0, digit;
	size_t i;

	if (text.len == 0)
		return false;
	for (i = 0; i < text.len; i++) {
		if (!ps_ascii_digit(text.at[i]))
			return false;
		digit = (unsigned long long)(text.at[i] - '0');
		if (digit > max || n > (max - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*number_r = n;
	return true;
}

struct ps_bytes ps_bytes_of(const char *text)
{
	return (struct ps_bytes){ text, strlen(text) };
}

bool ps_bytes_equal(struct ps_bytes a, struct ps_bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool ps_bytes_starts_fold(struct ps_bytes text, struct ps_bytes prefix)
{
	size_t i;

	if (text.len < prefix.len)
		return false;
	for (i = 0; i < prefix.len; i++) {
		if (ps_ascii_lower(text.at[i]) != ps_ascii_lower(prefix.at[i]))
			return false;
	}
	return true;
}

bool ps_bytes_equal_fold(struct ps_bytes a, struct ps_bytes b)
{
	return a.len == b.len && ps_bytes_starts_fold(a, b);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct ps_bytes ps_bytes_trim(struct ps_bytes text)
{
	while (text.len > 0 && is_space(text.at[0])) {
		text.at++;
		text.len--;
	}
	while (text.len > 0 && is_space(text.at[text.len - 1]))
		text.len--;
	return text;
}

const char *ps_bytes_find(struct ps_bytes text, char octet)
{
	return text.len == 0 ? NULL : memchr(text.at, octet, text.len);
}

bool ps_bytes_copy(struct ps_bytes bytes, char *text_r, size_t size)
{
	text_r[0] = '\0';
	if (bytes.len >= size || ps_bytes_find(bytes, '\0') != NULL)
		return false;
	if (bytes.len > 0)
		memcpy(text_r, bytes.at, bytes.len);
	text_r[bytes.len] = '\0';
	return true;
}
