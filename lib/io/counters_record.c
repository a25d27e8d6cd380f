/* counters_record.c - one window as it lies in the journal. */

#include "io/counters_record.h"

#include "io/siphash.h"

#include <string.h>

#define HEAD	12 /* length and checksum */
#define NUMBERS 33 /* flags, seconds, window, lengths of the texts */
#define LIMITED 1

/* A checksum against accidents; it keeps no secret. */
static const struct ps_siphash_key checksum_key = { 0x706f73747365616c,
						    0x636f756e74733031 };

static void put_number(struct ps_buffer *out, uint64_t number, size_t octets)
{
	for (; octets > 0; octets--) {
		ps_buffer_char(out, (char)(unsigned char)(number & 255));
		number >>= 8;
	}
}

static uint64_t get_number(const char **at, size_t octets)
{
	uint64_t number = 0;
	size_t i;

	for (i = octets; i-- > 0;)
		number = number << 8 | (unsigned char)(*at)[i];
	*at += octets;
	return number;
}

void ps_counters_record_write(const struct ps_counter *counter,
			      struct ps_buffer *out)
{
	struct ps_buffer body = PS_BUFFER(PS_COUNTERS_RECORD_MAX);

	put_number(&body, counter->limited ? LIMITED : 0, 1);
	put_number(&body, counter->seconds, 4);
	put_number(&body, counter->window.start, 8);
	put_number(&body, counter->window.count, 8);
	put_number(&body, counter->window.before, 8);
	put_number(&body, counter->rule.len, 2);
	put_number(&body, counter->key.len, 2);
	ps_buffer_bytes(&body, counter->rule);
	ps_buffer_bytes(&body, counter->key);
	if (body.failed) {
		out->failed = true;
	} else {
		put_number(out, body.len, 4);
		put_number(out, ps_siphash(&checksum_key, body.data, body.len),
			   8);
		ps_buffer_add(out, body.data, body.len);
	}
	ps_buffer_free(&body);
}

/* False: the lengths do not fit the body. */
static bool take_body(const char *at, size_t len, struct ps_counter *counter_r)
{
	const char *end = at + len;

	if (len < NUMBERS)
		return false;
	*counter_r = (struct ps_counter){ 0 };
	counter_r->limited = (get_number(&at, 1) & LIMITED) != 0;
	counter_r->seconds = (uint32_t)get_number(&at, 4);
	counter_r->window.start = get_number(&at, 8);
	counter_r->window.count = get_number(&at, 8);
	counter_r->window.before = get_number(&at, 8);
	counter_r->rule.len = get_number(&at, 2);
	counter_r->key.len = get_number(&at, 2);
	if (counter_r->rule.len > PS_COUNTER_TEXT_MAX ||
	    counter_r->key.len > PS_COUNTER_TEXT_MAX ||
	    counter_r->rule.len + counter_r->key.len != (size_t)(end - at))
		return false;
	counter_r->rule.at = at;
	counter_r->key.at = at + counter_r->rule.len;
	return true;
}

enum ps_counters_record ps_counters_record_read(struct ps_cursor *cursor,
						struct ps_counter *counter_r)
{
	struct ps_bytes rest = ps_cursor_rest(cursor);
	const char *at = rest.at;
	uint64_t len, checksum;

	if (rest.len == 0)
		return PS_RECORD_END;
	if (rest.len < HEAD)
		return PS_RECORD_TORN;
	len = get_number(&at, 4);
	checksum = get_number(&at, 8);
	if (len > PS_COUNTERS_RECORD_MAX - HEAD || len > rest.len - HEAD ||
	    ps_siphash(&checksum_key, at, len) != checksum ||
	    !take_body(at, len, counter_r))
		return PS_RECORD_TORN;
	*cursor = ps_cursor_of(
		(struct ps_bytes){ at + len, rest.len - HEAD - len });
	return PS_RECORD_READ;
}
