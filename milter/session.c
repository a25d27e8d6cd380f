/* session.c - one milter connection: its facts, message by message. */

#include "milter/session.h"

#include "core/auth/authres_read.h"
#include "core/rules/rule_eval.h"
#include "core/text/address.h"
#include "directory/log.h"
#include "milter/message.h"
#include "milter/metrics.h"

#include <stdlib.h>
#include <string.h>

struct ps_session {
	struct ps_service *service; /* held; NULL: the client is not known */
	struct ps_client client;
	struct ps_message message;
	struct ps_arena *arena; /* of the message */
};

int ps_session_new(struct ps_session **session_r)
{
	struct ps_session *session = calloc(1, sizeof(*session));

	*session_r = NULL;
	if (session == NULL)
		return -1;
	if (ps_arena_new(PS_MESSAGE_OCTETS_MAX, &session->arena) < 0) {
		free(session);
		return -1;
	}
	*session_r = session;
	return 0;
}

/* The message goes first: it lives by the service. */
static void forget(struct ps_session *session)
{
	ps_session_abort(session);
	if (session->service != NULL)
		session->service->release(session->service);
	session->service = NULL;
}

void ps_session_free(struct ps_session **session)
{
	if (*session == NULL)
		return;
	forget(*session);
	ps_arena_free(&(*session)->arena);
	free(*session);
	*session = NULL;
}

/* What is too long for a name is not one, and is not half kept. */
static void keep_name(char name_r[PS_HOST_MAX + 1], const char *name)
{
	(void)ps_bytes_copy(ps_bytes_of(name == NULL ? "" : name), name_r,
			    PS_HOST_MAX + 1);
}

void ps_session_connect(struct ps_session *session, struct ps_service *service,
			const char *host, const struct ps_ip *ip,
			unsigned int port, const char *daemon)
{
	struct ps_client *client = &session->client;

	forget(session);
	session->service = service;
	*client = (struct ps_client){ .port = port };
	if (ip != NULL)
		client->ip = *ip;
	keep_name(client->host, host);
	keep_name(client->daemon, daemon);
}

void ps_session_helo(struct ps_session *session, const char *helo)
{
	keep_name(session->client.helo, helo);
}

/* "<a@b>" → "a@b" */
static struct ps_bytes unbracketed(const char *path)
{
	struct ps_bytes address = ps_bytes_trim(ps_bytes_of(path));

	if (address.len > 0 && address.at[0] == '<') {
		address.at++;
		address.len--;
	}
	if (address.len > 0 && address.at[address.len - 1] == '>')
		address.len--;
	return address;
}

static bool exempt_sender(const struct ps_message *message)
{
	const struct ps_config_list *list =
		&message->service->config->milter.exempt_senders;
	struct ps_mailbox mailbox;
	size_t i;

	if (!ps_address_split(ps_bytes_of(message->sender), &mailbox))
		return false;
	for (i = 0; i < list->count; i++) {
		if (ps_bytes_equal_fold(mailbox.domain,
					ps_bytes_of(list->at[i])))
			return true;
	}
	return false;
}

static bool exempt_recipient(const struct ps_message *message,
			     struct ps_bytes address)
{
	const struct ps_config_list *list =
		&message->service->config->milter.exempt_recipients;
	struct ps_mailbox mailbox = { .local = address };
	struct ps_bytes entry;
	size_t i;

	/* RFC 5321 4.5.1: "postmaster" may come without a domain. */
	(void)ps_address_split(address, &mailbox);
	for (i = 0; i < list->count; i++) {
		entry = ps_bytes_of(list->at[i]);
		if (ps_bytes_equal_fold(entry, address) ||
		    ps_bytes_equal_fold(entry, mailbox.local))
			return true;
	}
	return false;
}

void ps_session_mail(struct ps_session *session, const char *sender,
		     const char *login)
{
	struct ps_message *message = &session->message;
	struct ps_bytes address = unbracketed(sender);

	ps_session_abort(session);
	if (session->service == NULL)
		return;
	message->service = session->service;
	message->client = &session->client;
	message->arena = session->arena;
	ps_fields_init(&message->fields, session->arena);
	ps_answer_init(&message->answer, session->arena);
	message->sender =
		ps_arena_copy(session->arena, address.at, address.len);
	message->login =
		ps_arena_text(session->arena, login == NULL ? "" : login);
	if (message->sender == NULL || message->login == NULL) {
		message->no_memory = true;
		message->sender = message->login = "";
	}
	message->origin = ps_origin_of(&message->service->config->milter,
				       message->client, message->login);
	message->exempt_sender = exempt_sender(message);
	ps_log(PS_LOG_DEBUG,
	       "MAIL FROM:<%s> from %s port %u, login \"%s\", daemon \"%s\": "
	       "%s",
	       message->sender, message->client->host, message->client->port,
	       message->login, message->client->daemon,
	       ps_origin_name(message->origin));
	if (message->origin == PS_ORIGIN_OUTSIDE)
		ps_inbound_begin(message);
}

void ps_session_recipient(struct ps_session *session, const char *recipient)
{
	struct ps_message *message = &session->message;

	if (message->service == NULL)
		return;
	message->recipients++;
	if (!exempt_recipient(message, unbracketed(recipient)))
		message->guarded = true;
}

static bool is_claimed(const struct ps_service *service, struct ps_bytes value)
{
	const struct ps_config *config = service->config;
	const struct ps_config_list *others = &config->authserv_ids_removed;
	size_t i;

	if (ps_authres_claims(value, config->authserv_id, service->idn))
		return true;
	for (i = 0; i < others->count; i++) {
		if (ps_authres_claims(value, others->at[i], service->idn))
			return true;
	}
	return false;
}

/* RFC 8601 5: counted here and not among the fields kept, so that a field
 * behind the bound on fields is found as well. */
static void check_results(struct ps_message *message, struct ps_bytes value)
{
	struct ps_forged *forged;

	message->results++;
	if (!is_claimed(message->service, value))
		return;
	forged = ps_arena_alloc(message->arena, sizeof(*forged));
	if (forged == NULL) {
		message->no_memory = true;
		return;
	}
	*forged = (struct ps_forged){ message->forged, message->results };
	message->forged = forged;
}

/* As it came by SMTP: "name:value" and CRLF, which in folds is LF here. */
static uint64_t octets_of(struct ps_bytes name, struct ps_bytes value)
{
	uint64_t octets = name.len + value.len + 3;
	const char *fold = ps_bytes_find(value, '\n');

	for (; fold != NULL; octets++) {
		value.len -= (size_t)(fold + 1 - value.at);
		value.at = fold + 1;
		fold = ps_bytes_find(value, '\n');
	}
	return octets;
}

void ps_session_header(struct ps_session *session, struct ps_bytes name,
		       struct ps_bytes value)
{
	struct ps_message *message = &session->message;
	struct ps_fields *fields = &message->fields;

	if (message->service == NULL || message->header_done)
		return;
	message->octets += octets_of(name, value);
	if (ps_bytes_equal_fold(ps_bytes_trim(name),
				PS_BYTES("Authentication-Results")))
		check_results(message, value);
	if (fields->count == PS_FIELDS_MAX ||
	    fields->octets + name.len + value.len > PS_FIELDS_OCTETS_MAX) {
		message->header_too_large = true;
		fields->overflow = true;
	}
	if (!ps_fields_add(fields, name, value) && !message->header_too_large)
		message->no_memory = true;
}

/* Asked before anything else can defer, and again at the end: it may have come
 * to that meanwhile. */
static void refuse_suspended(struct ps_message *message)
{
	struct ps_service *service = message->service;

	if (message->login[0] != '\0' && service->suspended != NULL &&
	    service->suspended(service, message->login))
		ps_answer_refuse(&message->answer, "550", "5.7.1",
				 PS_SUSPENDED_TEXT);
}

/* The milter's own end of header is not asked for: it says nothing that the
 * first piece of body or the end of the message does not. */
static void header_complete(struct ps_message *message)
{
	if (message->header_done)
		return;
	message->header_done = true;
	message->octets += 2; /* the empty line */
	if (message->no_memory)
		return;
	refuse_suspended(message);
	switch (message->origin) {
	case PS_ORIGIN_OURS:
		ps_outbound_header(message);
		break;
	case PS_ORIGIN_BACKUP:
	case PS_ORIGIN_OUTSIDE:
		ps_inbound_header(message);
		break;
	case PS_ORIGIN_TRUSTED:
		break;
	}
}

void ps_session_body(struct ps_session *session, const void *data, size_t len)
{
	struct ps_message *message = &session->message;

	if (message->service == NULL)
		return;
	header_complete(message);
	message->octets += len;
	if (message->out.signer != NULL)
		message->service->dkim->signer_body(message->out.signer, data,
						    len);
	if (message->in.verifier != NULL)
		message->service->dkim->verifier_body(message->in.verifier,
						      data, len);
	if (message->in.bodies != NULL)
		ps_dkim_bodies_add(message->in.bodies, data, len);
}

/* From the lowest up: removing one must not renumber those still to go. */
static void remove_forged(struct ps_message *message)
{
	const struct ps_forged *forged;

	for (forged = message->forged; forged != NULL; forged = forged->above)
		ps_answer_remove(&message->answer, "Authentication-Results",
				 forged->nth);
}

const struct ps_answer *ps_session_end(struct ps_session *session)
{
	struct ps_message *message = &session->message;

	if (message->service == NULL)
		return NULL;
	message->end_us = message->service->microseconds();
	header_complete(message);
	refuse_suspended(message);
	remove_forged(message);
	if (!message->no_memory && message->origin == PS_ORIGIN_OURS)
		ps_outbound_end(message);
	else if (!message->no_memory)
		ps_inbound_end(message);
	if (message->no_memory)
		ps_answer_defer(&message->answer, "4.3.0",
				"Out of memory, try again later");
	return &message->answer;
}

const struct ps_message *ps_session_message(const struct ps_session *session)
{
	return session->message.service == NULL ? NULL : &session->message;
}

void ps_session_done(struct ps_session *session, const char *queue_id,
		     bool carried_out)
{
	const struct ps_message *message = &session->message;

	if (message->service != NULL) {
		ps_message_log(message, queue_id, carried_out);
		ps_metrics_message(message->service->metrics, message,
				   carried_out);
	}
	ps_session_abort(session);
}

void ps_session_abort(struct ps_session *session)
{
	struct ps_message *message = &session->message;

	if (message->service == NULL)
		return;
	ps_inbound_free(message);
	ps_outbound_free(message);
	memset(message, 0, sizeof(*message));
	ps_arena_reset(session->arena);
}
