/* mail_messages.c - messages that have begun, by their queue id. */

#include "cli/mail_messages.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM	 1
#include <uthash.h>

enum part { ID, NAME, ADDRESS, PORT, METHOD, USERNAME, SENDER, PARTS };

struct message {
	UT_hash_handle hh; /* by the queue id; in the order of their begin */
	bool is_again;
	size_t len[PARTS];
	bool said[PARTS];
	char text[]; /* all parts, one behind the other */
};

struct ps_mail_messages {
	struct message *begun;
	struct message *taken; /* what the last call lent */
	size_t max;
	struct ps_mail_tally tally;
};

int ps_mail_messages_new(size_t max, struct ps_mail_messages **messages_r)
{
	*messages_r = calloc(1, sizeof(**messages_r));
	if (*messages_r == NULL)
		return -1;
	(*messages_r)->max = max;
	return 0;
}

static void forget(struct ps_mail_messages *messages, struct message *message)
{
	HASH_DEL(messages->begun, message);
	free(message);
}

void ps_mail_messages_free(struct ps_mail_messages **messages)
{
	if (*messages == NULL)
		return;
	while ((*messages)->begun != NULL)
		forget(*messages, (*messages)->begun);
	free((*messages)->taken);
	free(*messages);
	*messages = NULL;
}

static struct message *find(const struct ps_mail_messages *messages,
			    struct ps_bytes id)
{
	struct message *message;

	HASH_FIND(hh, messages->begun, id.at, id.len, message);
	return message;
}

static struct ps_bytes part_of(const struct message *message, enum part part)
{
	const char *at = message->text;
	size_t i;

	for (i = 0; i < (size_t)part; i++)
		at += message->len[i];
	return (struct ps_bytes){ message->said[part] ? at : NULL,
				  message->len[part] };
}

static struct message *copy_of(const struct ps_mail_line *line)
{
	const struct ps_bytes parts[PARTS] = {
		[ID] = line->queue_id,
		[NAME] = line->client_name,
		[ADDRESS] = line->client_address,
		[PORT] = line->client_port,
		[METHOD] = line->sasl_method,
		[USERNAME] = line->sasl_username,
		[SENDER] = line->sasl_sender,
	};
	struct message *message;
	size_t i, size = 0;
	char *at;

	for (i = 0; i < PARTS; i++)
		size += parts[i].len;
	message = calloc(1, sizeof(*message) + size);
	if (message == NULL)
		return NULL;
	at = message->text;
	message->is_again = line->is_again;
	for (i = 0; i < PARTS; i++) {
		message->len[i] = parts[i].len;
		message->said[i] = parts[i].at != NULL;
		if (parts[i].len > 0)
			memcpy(at, parts[i].at, parts[i].len);
		at += parts[i].len;
	}
	return message;
}

static void begin(struct ps_mail_messages *messages,
		  const struct ps_mail_line *line)
{
	struct message *message = find(messages, line->queue_id);

	if (message != NULL) /* short queue ids come again */
		forget(messages, message);
	message = copy_of(line);
	if (message != NULL)
		HASH_ADD_KEYPTR(hh, messages->begun, message->text,
				message->len[ID], message);
	if (message == NULL || message->hh.tbl == NULL) {
		free(message);
		messages->tally.open++;
		return;
	}
	if (HASH_COUNT(messages->begun) > messages->max) {
		forget(messages, messages->begun);
		messages->tally.open++;
	}
}

static bool end(struct ps_mail_messages *messages, struct ps_mail_line *line)
{
	struct message *message = find(messages, line->queue_id);

	if (message == NULL) {
		messages->tally.unknown++;
		return false;
	}
	HASH_DEL(messages->begun, message);
	messages->taken = message;
	if (message->is_again) {
		messages->tally.again++;
		return false;
	}
	line->client_name = part_of(message, NAME);
	line->client_address = part_of(message, ADDRESS);
	line->client_port = part_of(message, PORT);
	line->sasl_method = part_of(message, METHOD);
	line->sasl_username = part_of(message, USERNAME);
	line->sasl_sender = part_of(message, SENDER);
	return true;
}

bool ps_mail_messages_take(struct ps_mail_messages *messages,
			   struct ps_mail_line *line)
{
	struct message *message;

	free(messages->taken);
	messages->taken = NULL;
	switch (line->event) {
	case PS_MAIL_CLIENT:
		begin(messages, line);
		return false;
	case PS_MAIL_QUEUED:
		return end(messages, line);
	case PS_MAIL_DROPPED:
		message = find(messages, line->queue_id);
		if (message != NULL) {
			forget(messages, message);
			messages->tally.dropped++;
		}
		return false;
	case PS_MAIL_REFUSED:
	case PS_MAIL_OTHER:
		break;
	}
	return false;
}

size_t ps_mail_messages_held(const struct ps_mail_messages *messages)
{
	return HASH_COUNT(messages->begun);
}

struct ps_mail_tally
ps_mail_messages_tally(const struct ps_mail_messages *messages)
{
	struct ps_mail_tally tally = messages->tally;

	tally.open += ps_mail_messages_held(messages);
	return tally;
}
