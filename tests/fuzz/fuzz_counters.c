/* fuzz_counters.c - records of the counters' journal. */

#include "fuzz.h"
#include "io/counters_record.h"

/* What was read is written as the octets it was read from, but for flags. */
static void check_again(const struct ps_counter *counter, size_t octets)
{
	struct ps_buffer text = PS_BUFFER(PS_COUNTERS_RECORD_MAX);
	struct ps_counter again;
	struct ps_cursor cursor;

	ps_counters_record_write(counter, &text);
	FUZZ_CHECK(!text.failed && text.len == octets);
	cursor = ps_cursor_of((struct ps_bytes){ text.data, text.len });
	FUZZ_CHECK(ps_counters_record_read(&cursor, &again) == PS_RECORD_READ);
	FUZZ_CHECK(ps_bytes_equal(again.rule, counter->rule) &&
		   ps_bytes_equal(again.key, counter->key) &&
		   again.seconds == counter->seconds &&
		   again.limited == counter->limited &&
		   again.window.start == counter->window.start &&
		   again.window.count == counter->window.count &&
		   again.window.before == counter->window.before);
	ps_buffer_free(&text);
}

/* Any rule, key and numbers can be written, and read again. */
static void check_made(struct ps_bytes input)
{
	const size_t half = input.len / 2;
	struct ps_counter counter = { .limited = input.len % 2 == 1,
				      .seconds = (uint32_t)input.len };

	if (half > PS_COUNTER_TEXT_MAX)
		return;
	counter.rule = (struct ps_bytes){ input.at, half };
	counter.key = (struct ps_bytes){ input.at + half, half };
	check_again(&counter, 45 + 2 * half);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_bytes input = fuzz_bytes(data, size);
	struct ps_cursor cursor = ps_cursor_of(input);
	struct ps_counter counter;
	size_t before;

	check_made(input);
	for (;;) {
		before = ps_cursor_rest(&cursor).len;
		if (ps_counters_record_read(&cursor, &counter) !=
		    PS_RECORD_READ)
			break;
		check_again(&counter, before - ps_cursor_rest(&cursor).len);
	}
	FUZZ_CHECK(ps_cursor_rest(&cursor).len == before);
	return 0;
}
