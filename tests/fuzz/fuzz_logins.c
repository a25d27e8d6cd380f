/* fuzz_logins.c - records of the file of logins. */

#include "fuzz.h"
#include "io/logins_record.h"

#include <string.h>

/* What was read can be used, and is written as it was. */
static void check_again(struct ps_bytes name, struct ps_login_sketch *sketch,
			struct ps_bytes octets)
{
	const struct ps_login_event event = { .now = sketch->newest,
					      .address = 1,
					      .country = 2,
					      .recipient = 3 };
	struct ps_buffer text = PS_BUFFER(PS_LOGINS_RECORD_MAX);
	struct ps_login_counts counts;

	FUZZ_CHECK(name.len <= PS_LOGIN_TEXT_MAX);
	ps_logins_record_write(name, sketch, &text);
	FUZZ_CHECK(!text.failed && text.len == octets.len &&
		   memcmp(text.data, octets.at, octets.len) == 0);
	ps_buffer_free(&text);
	ps_login_note(sketch, &event);
	ps_login_count(sketch, event.now, PS_LOGIN_WINDOW_MAX, &counts);
	FUZZ_CHECK(counts.addresses <= PS_LOGIN_ADDRESSES_MAX &&
		   counts.countries <= PS_LOGIN_COUNTRIES_MAX &&
		   counts.recipients_new <= counts.recipients);
}

/* Any body with the right checksum: what a fuzzer would hardly find. */
static void check_body(struct ps_bytes input)
{
	struct ps_buffer record = PS_BUFFER(2 * PS_LOGINS_RECORD_MAX);
	struct ps_login_sketch sketch;
	struct ps_cursor cursor;
	struct ps_bytes name;

	ps_record_write(&ps_logins_checksum, input, &record);
	if (!record.failed) {
		cursor = ps_cursor_of(
			(struct ps_bytes){ record.data, record.len });
		if (ps_logins_record_read(&cursor, &name, &sketch) ==
		    PS_RECORD_READ)
			check_again(
				name, &sketch,
				(struct ps_bytes){ record.data, record.len });
	}
	ps_buffer_free(&record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_bytes input = fuzz_bytes(data, size), rest, name;
	struct ps_cursor cursor = ps_cursor_of(input);
	struct ps_login_sketch sketch;

	check_body(input);
	for (;;) {
		rest = ps_cursor_rest(&cursor);
		if (ps_logins_record_read(&cursor, &name, &sketch) !=
		    PS_RECORD_READ)
			break;
		rest.len -= ps_cursor_rest(&cursor).len;
		check_again(name, &sketch, rest);
	}
	FUZZ_CHECK(ps_cursor_rest(&cursor).len == rest.len);
	return 0;
}
