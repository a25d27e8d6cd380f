/* record.c - files of records: numbers, and pieces with a checksum. */

#include "io/record.h"

void ps_record_put(struct ps_buffer *out, uint64_t number, size_t octets)
{
	for (; octets > 0; octets--) {
		ps_buffer_char(out, (char)(unsigned char)(number & 255));
		number >>= 8;
	}
}

uint64_t ps_record_get(const char **at, size_t octets)
{
	uint64_t number = 0;
	size_t i;

	for (i = octets; i-- > 0;)
		number = number << 8 | (unsigned char)(*at)[i];
	*at += octets;
	return number;
}

void ps_record_write(const struct ps_siphash_key *key, struct ps_bytes body,
		     struct ps_buffer *out)
{
	ps_record_put(out, body.len, 4);
	ps_record_put(out, ps_siphash(key, body.at, body.len), 8);
	ps_buffer_bytes(out, body);
}

enum ps_record_found ps_record_read(const struct ps_siphash_key *key,
				    struct ps_cursor *cursor, size_t body_max,
				    struct ps_bytes *body_r)
{
	struct ps_bytes rest = ps_cursor_rest(cursor);
	const char *at = rest.at;
	uint64_t len, checksum;

	if (rest.len == 0)
		return PS_RECORD_END;
	if (rest.len < PS_RECORD_HEAD)
		return PS_RECORD_TORN;
	len = ps_record_get(&at, 4);
	checksum = ps_record_get(&at, 8);
	rest.len -= PS_RECORD_HEAD;
	if (len > body_max || len > rest.len ||
	    ps_siphash(key, at, len) != checksum)
		return PS_RECORD_TORN;
	*body_r = (struct ps_bytes){ at, len };
	*cursor = ps_cursor_of((struct ps_bytes){ at + len, rest.len - len });
	return PS_RECORD_READ;
}
