/* fuzz_mail_log.c - lines of a log of Postfix, and the messages they tell of.
 */

#include "cli/mail_messages.h"
#include "cli/replay_request.h"
#include "fuzz.h"

#include <string.h>

#define NOW 1795694400 /* 26 November 2026 */
#define MAX 4

static void check_within(struct ps_bytes part, struct ps_bytes whole)
{
	FUZZ_CHECK(part.at == NULL ||
		   (part.at >= whole.at && part.len <= whole.len &&
		    part.at + part.len <= whole.at + whole.len));
}

static void check_line(const struct ps_mail_line *line, struct ps_bytes text)
{
	const struct ps_bytes parts[] = {
		line->queue_id,	   line->client_name, line->client_address,
		line->client_port, line->sasl_method, line->sasl_username,
		line->sasl_sender, line->sender,      line->recipient,
		line->protocol,	   line->helo,
	};
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		check_within(parts[i], text);
}

/* Each request of a message is one that the policy protocol can send. */
static void check_requests(const struct ps_mail_line *line)
{
	struct ps_replay_request request;
	uint64_t when;
	unsigned int i;

	for (i = 0; i < PS_STAGES; i++) {
		ps_replay_request_of(line, i, &request);
		FUZZ_CHECK(request.policy.count <= PS_POLICY_ATTRIBUTES_MAX);
		FUZZ_CHECK(
			ps_policy_get(&request.policy, PS_BYTES("size")).at ==
			request.size);
		FUZZ_CHECK(!ps_replay_time(&request.policy, NOW, &when));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_cursor cursor = ps_cursor_of(fuzz_bytes(data, size));
	struct ps_mail_messages *messages;
	struct ps_mail_line line;
	struct ps_bytes text;
	bool whole;

	FUZZ_CHECK(ps_mail_messages_new(MAX, &messages) == 0);
	while (!ps_cursor_done(&cursor)) {
		text = ps_cursor_until(&cursor, "\n");
		(void)ps_cursor_skip(&cursor, '\n');
		if (!ps_mail_line_read(text, &line))
			continue;
		check_line(&line, text);
		(void)ps_mail_stamp_seconds(&line.stamp, NOW);
		whole = ps_mail_messages_take(messages, &line);
		FUZZ_CHECK(!whole || (line.event == PS_MAIL_QUEUED &&
				      line.client_address.len > 0));
		FUZZ_CHECK(ps_mail_messages_held(messages) <= MAX);
		if (whole || line.event == PS_MAIL_REFUSED)
			check_requests(&line);
	}
	ps_mail_messages_free(&messages);
	return 0;
}
