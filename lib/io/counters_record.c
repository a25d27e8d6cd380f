/* counters_record.c - one window as it lies in the journal. */

#include "io/counters_record.h"

#define NUMBERS 33 /* flags, seconds, window, lengths of the texts */
#define LIMITED 1

static const struct ps_siphash_key checksum_key = { 0x706f73747365616c,
						    0x636f756e74733031 };

void ps_counters_record_write(const struct ps_counter *counter,
			      struct ps_buffer *out)
{
	struct ps_buffer body = PS_BUFFER(PS_COUNTERS_RECORD_MAX);

	ps_record_put(&body, counter->limited ? LIMITED : 0, 1);
	ps_record_put(&body, counter->seconds, 4);
	ps_record_put(&body, counter->window.start, 8);
	ps_record_put(&body, counter->window.count, 8);
	ps_record_put(&body, counter->window.before, 8);
	ps_record_put(&body, counter->rule.len, 2);
	ps_record_put(&body, counter->key.len, 2);
	ps_buffer_bytes(&body, counter->rule);
	ps_buffer_bytes(&body, counter->key);
	if (body.failed)
		out->failed = true;
	else
		ps_record_write(&checksum_key,
				(struct ps_bytes){ body.data, body.len }, out);
	ps_buffer_free(&body);
}

/* False: the lengths do not fit the body. */
static bool take_body(const char *at, size_t len, struct ps_counter *counter_r)
{
	const char *end = at + len;

	if (len < NUMBERS)
		return false;
	*counter_r = (struct ps_counter){ 0 };
	counter_r->limited = (ps_record_get(&at, 1) & LIMITED) != 0;
	counter_r->seconds = (uint32_t)ps_record_get(&at, 4);
	counter_r->window.start = ps_record_get(&at, 8);
	counter_r->window.count = ps_record_get(&at, 8);
	counter_r->window.before = ps_record_get(&at, 8);
	counter_r->rule.len = ps_record_get(&at, 2);
	counter_r->key.len = ps_record_get(&at, 2);
	if (counter_r->rule.len > PS_COUNTER_TEXT_MAX ||
	    counter_r->key.len > PS_COUNTER_TEXT_MAX ||
	    counter_r->rule.len + counter_r->key.len != (size_t)(end - at))
		return false;
	counter_r->rule.at = at;
	counter_r->key.at = at + counter_r->rule.len;
	return true;
}

enum ps_record_found ps_counters_record_read(struct ps_cursor *cursor,
					     struct ps_counter *counter_r)
{
	struct ps_cursor next = *cursor;
	struct ps_bytes body;
	enum ps_record_found read =
		ps_record_read(&checksum_key, &next,
			       PS_COUNTERS_RECORD_MAX - PS_RECORD_HEAD, &body);

	if (read != PS_RECORD_READ)
		return read;
	if (!take_body(body.at, body.len, counter_r))
		return PS_RECORD_TORN;
	*cursor = next;
	return PS_RECORD_READ;
}
