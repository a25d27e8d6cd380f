/* fuzz_control.c - any octets from a client of the control socket. */

#include "fuzz.h"

#include "milter/control.h"

#include <string.h>

#define REPLIES_MAX 65536

/* One line that says why, and only that. */
static void check_refusal(const struct ps_buffer *replies)
{
	json_t *reply =
		json_loadb(ps_buffer_cstr(replies), replies->len, 0, NULL);

	FUZZ_CHECK(replies->len > 0 &&
		   strchr(ps_buffer_cstr(replies), '\n') ==
			   ps_buffer_cstr(replies) + replies->len - 1);
	FUZZ_CHECK(json_is_false(json_object_get(reply, "ok")));
	FUZZ_CHECK(json_is_string(json_object_get(reply, "error")));
	json_decref(reply);
}

/* What was said of it can be asked again, and is the same. */
static void check_again(const struct ps_control_request *request)
{
	struct ps_control_request again;
	struct ps_buffer replies = PS_BUFFER(REPLIES_MAX);
	json_t *object = json_pack("{s:s, s:s}", "command",
				   ps_control_verb_name(request->verb),
				   "subject", request->subject);
	char *text;
	struct ps_cursor cursor;
	size_t len;

	if (request->most > 0)
		json_object_set_new(object, "most",
				    json_integer(request->most));
	text = json_dumps(object, JSON_COMPACT);
	FUZZ_CHECK(text != NULL);
	len = strlen(text);
	text[len] = '\n';
	cursor = ps_cursor_of((struct ps_bytes){ text, len + 1 });
	if (len < PS_CONTROL_REQUEST_MAX) {
		FUZZ_CHECK(ps_control_read(&cursor, &again, &replies) ==
			   PS_REQUEST_ANSWERED);
		FUZZ_CHECK(ps_cursor_done(&cursor) && replies.len == 0);
		FUZZ_CHECK(again.verb == request->verb &&
			   again.most == request->most &&
			   strcmp(again.subject, request->subject) == 0);
	}
	free(text);
	json_decref(object);
	ps_buffer_free(&replies);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_buffer replies = PS_BUFFER(REPLIES_MAX);
	struct ps_bytes input = fuzz_bytes(data, size);
	struct ps_cursor cursor = ps_cursor_of(input);
	const char *begin = cursor.at;
	struct ps_control_request request;

	switch (ps_control_read(&cursor, &request, &replies)) {
	case PS_REQUEST_PART:
		FUZZ_CHECK(input.len < PS_CONTROL_REQUEST_MAX &&
			   cursor.at == begin && replies.len == 0);
		break;
	case PS_REQUEST_ANSWERED:
		FUZZ_CHECK(cursor.at > begin && cursor.at[-1] == '\n' &&
			   replies.len == 0);
		FUZZ_CHECK((unsigned int)request.verb < PS_CONTROL_VERBS &&
			   request.most <= PS_CONTROL_MOST_MAX);
		check_again(&request);
		break;
	case PS_REQUEST_WAITS:
	case PS_REQUEST_LAST:
		check_refusal(&replies);
		break;
	}
	ps_buffer_free(&replies);
	return 0;
}
