/* netstring.c - octets with their length in front. */

#include "core/text/netstring.h"

#define DIGITS	   "0123456789"
#define DIGITS_MAX 9 /* ours: the largest length is then 999,999,999 */

/* The length and its colon; moves over both. */
static enum ps_netstring read_length(struct ps_cursor *cursor, size_t max,
				     size_t *len_r)
{
	struct ps_bytes digits = ps_cursor_take(cursor, DIGITS);
	size_t i, len = 0;

	/* No zero in front but in "0:". */
	if (digits.len > 1 && digits.at[0] == '0')
		return PS_NETSTRING_BAD;
	if (digits.len > DIGITS_MAX)
		return PS_NETSTRING_LONG;
	for (i = 0; i < digits.len; i++)
		len = len * 10 + (size_t)(digits.at[i] - '0');
	if (len > max)
		return PS_NETSTRING_LONG;
	*len_r = len;
	if (ps_cursor_done(cursor))
		return PS_NETSTRING_PART;
	if (digits.len == 0 || !ps_cursor_skip(cursor, ':'))
		return PS_NETSTRING_BAD;
	return PS_NETSTRING_WHOLE;
}

enum ps_netstring ps_netstring_read(struct ps_cursor *cursor, size_t max,
				    struct ps_bytes *content_r)
{
	struct ps_cursor ahead = *cursor;
	enum ps_netstring found;
	struct ps_bytes rest;
	size_t len = 0;

	*content_r = PS_BYTES("");
	found = read_length(&ahead, max, &len);
	if (found != PS_NETSTRING_WHOLE)
		return found;
	rest = ps_cursor_rest(&ahead);
	if (rest.len <= len)
		return PS_NETSTRING_PART;
	if (rest.at[len] != ',')
		return PS_NETSTRING_BAD;
	*content_r = (struct ps_bytes){ rest.at, len };
	cursor->at = rest.at + len + 1;
	return PS_NETSTRING_WHOLE;
}

void ps_netstring_add(struct ps_buffer *buffer, struct ps_bytes start,
		      struct ps_bytes rest)
{
	ps_buffer_number(buffer, start.len + rest.len);
	ps_buffer_char(buffer, ':');
	ps_buffer_bytes(buffer, start);
	ps_buffer_bytes(buffer, rest);
	ps_buffer_char(buffer, ',');
}
