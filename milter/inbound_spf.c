/* inbound_spf.c - SPF of one message from outside. */

#include "milter/inbound_spf.h"

#include "core/auth/received.h"
#include "core/auth/spf_received.h"

#define HOPS_MAX 10 /* of our own relays, looked behind */

/* DMARC needs the sender's verdict also where SPF by itself is off; nobody but
 * the reader of our results needs that on HELO beside it. */
void ps_inbound_spf_begin(struct ps_message *message,
			  const struct ps_ip *client, const char *helo)
{
	const struct ps_service *service = message->service;
	const struct ps_config *config = service->config;
	struct ps_inbound *in = &message->in;

	if (client->bits == 0 || !in->asking ||
	    (config->spf.on_fail == PS_ENFORCE_OFF &&
	     config->dmarc.on_reject == PS_ENFORCE_OFF))
		return;
	in->spf_wanted = true;
	in->helo_wanted = config->spf.on_fail != PS_ENFORCE_OFF &&
			  message->sender[0] != '\0' && helo[0] != '\0';
	in->spf_query = (struct ps_spf_query){
		.client = *client,
		.helo = helo,
		.sender = message->sender,
		.receiver = config->authserv_id,
		.now = service->seconds(),
		.idn = service->idn,
		.explain = config->spf.explanation == PS_YES &&
			   config->spf.on_fail == PS_ENFORCE_REJECT,
	};
	(void)ps_inbound_spf_judge(message);
}

bool ps_inbound_spf_judge(struct ps_message *message)
{
	const struct ps_dns *dns = &message->in.questions.dns;
	struct ps_inbound *in = &message->in;
	struct ps_spf_query helo = in->spf_query;

	if (in->spf_wanted && !in->spf_done)
		in->spf_done = ps_spf_check(&in->spf_query, dns, &in->spf);
	helo.sender = "";
	if (in->helo_wanted && !in->helo_done)
		in->helo_done = ps_spf_check(&helo, dns, &in->helo);
	return (in->spf_done || !in->spf_wanted) &&
	       (in->helo_done || !in->helo_wanted);
}

static bool inside(const struct ps_config_nets *nets, const struct ps_ip *ip)
{
	return ps_ip_in_nets(ip, nets->at, nets->count);
}

/*
 * The field a trusted host put on top names the client it saw; if that is
 * again one of ours (or the host itself, through its own content filter), the
 * next field is its word.
 */
void ps_inbound_spf_before_backup(struct ps_message *message)
{
	const struct ps_config_milter *config =
		&message->service->config->milter;
	const struct ps_field *field;
	char helo[PS_DOMAIN_MAX + 1];
	struct ps_ip client;
	const char *kept;
	size_t i;

	for (i = 0; i < HOPS_MAX; i++) {
		field = ps_fields_find(&message->fields, "Received", i);
		if (field == NULL ||
		    !ps_received_client(field->value, &client, helo))
			break;
		if (inside(&config->backup_mx, &client) ||
		    inside(&config->trusted_relays, &client) ||
		    ps_ip_is_loopback(&client))
			continue;
		kept = ps_arena_text(message->arena, helo);
		if (kept == NULL)
			message->no_memory = true;
		else
			ps_inbound_spf_begin(message, &client, kept);
		return;
	}
	ps_message_note(message, "no hop before the backup MX to judge");
}

static void insert_received(struct ps_message *message,
			    const struct ps_spf_verdict *verdict)
{
	struct ps_buffer value = PS_BUFFER(PS_SPF_RECEIVED_MAX);

	ps_spf_received_write(&message->in.spf_query, verdict, &value);
	if (value.failed)
		message->no_memory = true;
	else
		ps_answer_insert(&message->answer, "Received-SPF",
				 (struct ps_bytes){ value.data, value.len });
	ps_buffer_free(&value);
}

/* The one that decides goes on top. */
void ps_inbound_spf_insert(struct ps_message *message)
{
	const struct ps_config_spf *config = &message->service->config->spf;
	const struct ps_inbound *in = &message->in;

	if (config->received_spf == PS_NO || config->on_fail == PS_ENFORCE_OFF)
		return;
	if (in->helo_wanted)
		insert_received(message, &in->helo);
	if (in->spf_wanted)
		insert_received(message, &in->spf);
}
