/* fuzz_netstring.c - any octets as netstrings, whole and piece by piece. */

#include "fuzz.h"

#include "core/text/netstring.h"

#include <string.h>

#define MAX 64

/* What the first len octets of text say is not taken back by more of them. */
static void check_beginnings(struct ps_bytes text, enum ps_netstring all)
{
	enum ps_netstring said;
	struct ps_cursor cursor;
	struct ps_bytes content;
	size_t len;

	for (len = 0; len < text.len; len++) {
		cursor = ps_cursor_of((struct ps_bytes){ text.at, len });
		said = ps_netstring_read(&cursor, MAX, &content);
		FUZZ_CHECK(said == PS_NETSTRING_PART || said == all);
	}
}

static void check_again(struct ps_bytes text, struct ps_bytes content)
{
	struct ps_buffer again = PS_BUFFER(MAX + PS_NETSTRING_FRAME);

	ps_netstring_add(&again, content, PS_BYTES(""));
	FUZZ_CHECK(!again.failed && again.len == text.len &&
		   memcmp(again.data, text.at, text.len) == 0);
	ps_buffer_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_cursor cursor = ps_cursor_of(fuzz_bytes(data, size)), before;
	enum ps_netstring said;
	struct ps_bytes content, text;

	do {
		before = cursor;
		said = ps_netstring_read(&cursor, MAX, &content);
		text = (struct ps_bytes){ before.at,
					  (size_t)(cursor.at - before.at) };
		if (said == PS_NETSTRING_WHOLE) {
			FUZZ_CHECK(content.len <= MAX && content.at > text.at &&
				   content.at + content.len + 1 == cursor.at);
			check_again(text, content);
		} else {
			FUZZ_CHECK(text.len == 0);
			text = ps_cursor_rest(&before);
		}
		check_beginnings(text, said);
	} while (said == PS_NETSTRING_WHOLE);
	return 0;
}
