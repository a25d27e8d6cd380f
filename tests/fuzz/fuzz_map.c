/* fuzz_map.c - any octets from a client of the socket maps. */

#include "fuzz.h"

#include "directory/log.h"
#include "milter/map.h"

#include <stdio.h>
#include <string.h>

#define REPLIES_MAX (4 * 1048576)

static void no_log(enum ps_log_level level, const char *line)
{
	(void)level;
	(void)line;
}

static uint64_t microseconds(void)
{
	return 0;
}

/* Says what it was asked for, so that no key can be taken for another. */
static enum ps_outcome view(struct ps_service *service, enum ps_view view,
			    const char *key, struct ps_buffer *answer,
			    char reason_r[PS_REASON_MAX])
{
	(void)service;
	FUZZ_CHECK((unsigned int)view < PS_VIEW_COUNT);
	FUZZ_CHECK(strlen(key) <= PS_ADDRESS_MAX);
	ps_buffer_reset(answer);
	snprintf(reason_r, PS_REASON_MAX, "%s", key);
	if (strchr(key, '!') != NULL)
		return PS_TEMPFAIL;
	if (strchr(key, '+') != NULL || key[0] == '\0')
		return PS_NOTFOUND;
	ps_buffer_text(answer, key);
	return PS_FOUND;
}

/* As a connection does.  cut: so much of it comes first. */
static enum ps_request ask(struct ps_bytes input, size_t cut,
			   struct ps_buffer *replies)
{
	static const char *const delimiters[] = { "+", "-" };
	static const struct ps_config config = {
		.map = { .recipient_delimiter = { 2, delimiters } }
	};
	struct ps_service service = { .config = &config,
				      .view = view,
				      .microseconds = microseconds };
	struct ps_cursor cursor = ps_cursor_of(input);
	struct ps_map_request request;
	enum ps_request said;

	cursor.end = cursor.at + cut;
	for (;;) {
		said = ps_map_read(&cursor, &request, replies);
		if (said == PS_REQUEST_PART && cut < input.len) {
			cursor.end += input.len - cut;
			cut = input.len;
			continue;
		}
		if (said != PS_REQUEST_ANSWERED)
			return said;
		ps_map_reply(&service, &request, replies);
	}
}

static void check_replies(const struct ps_buffer *replies)
{
	static const char *const status[] = { "OK ", "NOTFOUND ", "TEMP ",
					      "PERM " };
	struct ps_cursor cursor = ps_cursor_of(
		(struct ps_bytes){ ps_buffer_cstr(replies), replies->len });
	struct ps_bytes reply;
	size_t i;

	while (!ps_cursor_done(&cursor)) {
		FUZZ_CHECK(ps_netstring_read(&cursor, PS_MAP_REPLY_MAX,
					     &reply) == PS_NETSTRING_WHOLE);
		for (i = 0; i < 4 && !ps_bytes_starts_fold(
					     reply, ps_bytes_of(status[i]));
		     i++)
			;
		FUZZ_CHECK(i < 4);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_buffer whole = PS_BUFFER(REPLIES_MAX), pieces = whole;
	struct ps_bytes input = fuzz_bytes(data, size);

	ps_log_set_sink(no_log);
	FUZZ_CHECK(ask(input, size, &whole) == ask(input, size / 2, &pieces));
	FUZZ_CHECK(!whole.failed && whole.len == pieces.len &&
		   (whole.len == 0 ||
		    memcmp(whole.data, pieces.data, whole.len) == 0));
	check_replies(&whole);
	ps_buffer_free(&whole);
	ps_buffer_free(&pieces);
	return 0;
}
