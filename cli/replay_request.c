/* replay_request.c - requests of the policy protocol out of records. */

#include "cli/replay_request.h"

#include <stdio.h>
#include <string.h>

static const char *const words[PS_STAGES] = {
	[PS_STAGE_RCPT] = "RCPT",
	[PS_STAGE_DATA] = "DATA",
	[PS_STAGE_END] = "END-OF-MESSAGE",
};

const char *const ps_replay_unknown[] = {
	"helo_name, reverse_client_name, encryption_* and ccert_*",
	"recipient (the log names recipients when they are delivered to)",
	"server_address, server_port, policy_context",
	"the login of a refused recipient (Postfix 3.7)",
	"recipients that aliases have added: recipient_count is after them",
	NULL
};

unsigned int ps_stages_read(const char *text)
{
	struct ps_cursor cursor = ps_cursor_of(ps_bytes_of(text));
	unsigned int stages = 0, i;
	struct ps_bytes word;

	do {
		word = ps_cursor_until(&cursor, ",");
		for (i = 0; i < PS_STAGES; i++) {
			if (ps_bytes_equal_fold(word, ps_bytes_of(words[i])))
				break;
		}
		if (i == PS_STAGES)
			return 0;
		stages |= 1U << i;
	} while (ps_cursor_skip(&cursor, ','));
	return stages;
}

static void add(struct ps_replay_request *request, const char *name,
		struct ps_bytes value)
{
	struct ps_policy_request *policy = &request->policy;

	/* Postfix sends what it does not know as empty. */
	if (value.at == NULL)
		value = PS_BYTES("");
	policy->at[policy->count++] =
		(struct ps_policy_attribute){ ps_bytes_of(name), value };
}

void ps_replay_request_of(const struct ps_mail_line *line, enum ps_stage stage,
			  struct ps_replay_request *request_r)
{
	const bool data = stage != PS_STAGE_RCPT;
	struct ps_bytes protocol = line->protocol;

	request_r->policy.count = 0;
	snprintf(request_r->size, sizeof(request_r->size), "%llu",
		 (unsigned long long)line->size);
	snprintf(request_r->recipients, sizeof(request_r->recipients), "%llu",
		 (unsigned long long)(data ? line->recipients : 0));
	if (protocol.at == NULL)
		protocol = PS_BYTES("ESMTP");
	add(request_r, "request", PS_BYTES("smtpd_access_policy"));
	add(request_r, "protocol_state", ps_bytes_of(words[stage]));
	add(request_r, "protocol_name", protocol);
	add(request_r, "client_address", line->client_address);
	add(request_r, "client_name", line->client_name);
	add(request_r, "client_port", line->client_port);
	add(request_r, "helo_name", line->helo);
	add(request_r, "sender", line->sender);
	add(request_r, "recipient", line->recipient);
	add(request_r, "recipient_count", ps_bytes_of(request_r->recipients));
	add(request_r, "queue_id", data ? line->queue_id : PS_BYTES(""));
	add(request_r, "instance", line->queue_id);
	add(request_r, "size", ps_bytes_of(request_r->size));
	add(request_r, "sasl_method", line->sasl_method);
	add(request_r, "sasl_username", line->sasl_username);
	add(request_r, "sasl_sender", line->sasl_sender);
}

bool ps_replay_time(const struct ps_policy_request *request, uint64_t latest,
		    uint64_t *time_r)
{
	struct ps_bytes text = ps_policy_get(request, PS_BYTES("request_time"));
	struct ps_cursor cursor = ps_cursor_of(text);
	struct ps_mail_stamp stamp;
	unsigned long long seconds;
	struct ps_bytes whole;

	if (text.at == NULL)
		return false;
	whole = ps_cursor_until(&cursor, ".");
	if (ps_ascii_number(whole, UINT32_MAX, &seconds)) {
		*time_r = seconds;
		return true;
	}
	cursor = ps_cursor_of(text);
	if (!ps_mail_stamp_read(&cursor, &stamp) || !ps_cursor_done(&cursor))
		return false;
	*time_r = ps_mail_stamp_seconds(&stamp, latest);
	return true;
}
