/* ldap_filter.c - search filters of LDAP as text (RFC 4515). */

#include "core/text/ldap_filter.h"

#include "core/text/cursor.h"

#include <string.h>

#define DIGITS	"0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define HEX	DIGITS "abcdefABCDEF"
#define KEYCHAR LETTERS DIGITS "-" /* RFC 4512 1.4 */

void ps_ldap_filter_value(struct ps_buffer *filter, struct ps_bytes value)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char c;
	size_t i;

	for (i = 0; i < value.len; i++) {
		c = (unsigned char)value.at[i];
		if (c != '\0' && strchr(KEYCHAR "@._+", c) != NULL) {
			ps_buffer_char(filter, (char)c);
			continue;
		}
		ps_buffer_char(filter, '\\');
		ps_buffer_char(filter, hex[c >> 4]);
		ps_buffer_char(filter, hex[c & 15]);
	}
}

void ps_ldap_filter_equal(struct ps_buffer *filter, const char *attribute,
			  struct ps_bytes value)
{
	ps_buffer_char(filter, '(');
	ps_buffer_text(filter, attribute);
	ps_buffer_char(filter, '=');
	ps_ldap_filter_value(filter, value);
	ps_buffer_char(filter, ')');
}

void ps_ldap_filter_ends(struct ps_buffer *filter, const char *attribute,
			 struct ps_bytes value)
{
	ps_buffer_char(filter, '(');
	ps_buffer_text(filter, attribute);
	ps_buffer_text(filter, "=*");
	ps_ldap_filter_value(filter, value);
	ps_buffer_char(filter, ')');
}

/* descr or numericoid (RFC 4512 1.4), no option. */
static bool skip_name(struct ps_cursor *cursor)
{
	int first = ps_cursor_peek(cursor);

	if (first > 0 && strchr(LETTERS, first) != NULL)
		return ps_cursor_take(cursor, KEYCHAR).len > 0;
	do {
		if (ps_cursor_take(cursor, DIGITS).len == 0)
			return false;
	} while (ps_cursor_skip(cursor, '.'));
	return true;
}

static bool skip_attribute(struct ps_cursor *cursor)
{
	if (!skip_name(cursor))
		return false;
	while (ps_cursor_skip(cursor, ';')) {
		if (ps_cursor_take(cursor, KEYCHAR).len == 0)
			return false;
	}
	return true;
}

bool ps_ldap_attribute_valid(struct ps_bytes text)
{
	struct ps_cursor cursor = ps_cursor_of(text);

	return skip_attribute(&cursor) && ps_cursor_done(&cursor);
}

/* assertionvalue, "*" allowed between its parts. */
static bool skip_value(struct ps_cursor *cursor)
{
	struct ps_bytes plain;
	int i;

	for (;;) {
		plain = ps_cursor_until(cursor, "()\\");
		if (ps_bytes_find(plain, '\0') != NULL)
			return false;
		if (!ps_cursor_skip(cursor, '\\'))
			return true;
		for (i = 0; i < 2; i++) {
			int c = ps_cursor_next(cursor);

			if (c <= 0 || strchr(HEX, c) == NULL)
				return false;
		}
	}
}

/* attr [":dn"] [":" rule] ":=", or ":dn:rule:=" */
static bool skip_extensible(struct ps_cursor *cursor, bool named)
{
	bool dn = ps_cursor_skip_text(cursor, ":dn");

	if (dn && ps_cursor_peek(cursor) != ':')
		return false;
	if (ps_cursor_skip_text(cursor, ":="))
		return named;
	return ps_cursor_skip(cursor, ':') && skip_name(cursor) &&
	       ps_cursor_skip_text(cursor, ":=");
}

static bool skip_item(struct ps_cursor *cursor)
{
	bool named = ps_cursor_peek(cursor) != ':';

	if (named && !skip_attribute(cursor))
		return false;
	if (ps_cursor_peek(cursor) == ':')
		return skip_extensible(cursor, named) && skip_value(cursor);
	return (ps_cursor_skip(cursor, '=') ||
		ps_cursor_skip_text(cursor, "~=") ||
		ps_cursor_skip_text(cursor, ">=") ||
		ps_cursor_skip_text(cursor, "<=")) &&
	       skip_value(cursor);
}

static bool skip_filter(struct ps_cursor *cursor, unsigned int depth)
{
	bool good;

	if (depth > PS_LDAP_FILTER_DEPTH || !ps_cursor_skip(cursor, '('))
		return false;
	if (ps_cursor_skip(cursor, '!')) {
		good = skip_filter(cursor, depth + 1);
	} else if (ps_cursor_skip(cursor, '&') || ps_cursor_skip(cursor, '|')) {
		/* RFC 4526: there may be none in it. */
		good = true;
		while (good && ps_cursor_peek(cursor) == '(')
			good = skip_filter(cursor, depth + 1);
	} else {
		good = skip_item(cursor);
	}
	return good && ps_cursor_skip(cursor, ')');
}

bool ps_ldap_filter_valid(struct ps_bytes text)
{
	struct ps_cursor cursor = ps_cursor_of(text);

	return skip_filter(&cursor, 1) && ps_cursor_done(&cursor);
}

static unsigned int digit_of(int c)
{
	static const char hex[] = "0123456789abcdef";

	return (unsigned int)(strchr(hex, ps_ascii_lower((char)c)) - hex);
}

bool ps_ldap_filter_is_equal(struct ps_bytes text, struct ps_bytes *attribute_r,
			     struct ps_buffer *value)
{
	struct ps_cursor cursor = ps_cursor_of(text);
	unsigned int octet;
	int c;

	if (!ps_ldap_filter_valid(text) || ps_bytes_find(text, '*') != NULL ||
	    !ps_cursor_skip(&cursor, '('))
		return false;
	*attribute_r = ps_cursor_until(&cursor, "=~<>:()&|!");
	if (!ps_ldap_attribute_valid(*attribute_r) ||
	    !ps_cursor_skip(&cursor, '='))
		return false;
	while ((c = ps_cursor_next(&cursor)) >= 0 && c != ')') {
		if (c == '\\') {
			octet = digit_of(ps_cursor_next(&cursor)) << 4;
			octet |= digit_of(ps_cursor_next(&cursor));
			c = (int)octet;
		}
		ps_buffer_char(value, (char)(unsigned char)c);
	}
	return !value->failed && value->len > 0;
}
