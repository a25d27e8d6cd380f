/* inbound_policy.c - what speaks for and against mail that fails DMARC. */

#include "milter/inbound_policy.h"

#include "core/auth/client.h"
#include "core/text/address.h"
#include "milter/inbound_arc.h"

#include <string.h>

/* Postfix looked the name up, and found the address again under it. */
static bool has_verified_name(const struct ps_client *client)
{
	return client->host[0] != '\0' && client->host[0] != '[' &&
	       strcmp(client->host, "unknown") != 0;
}

/* Is name one of the domains, or below one? */
static bool is_within(const struct ps_message *message,
		      const struct ps_config_list *domains, const char *name)
{
	const struct ps_idn *idn = message->service->idn;
	char domain[PS_DOMAIN_MAX + 1], normal[PS_DOMAIN_MAX + 1];
	size_t i;

	if (domains->count == 0 ||
	    !ps_idn_domain(idn, ps_bytes_of(name), normal))
		return false;
	for (i = 0; i < domains->count; i++) {
		if (ps_idn_domain(idn, ps_bytes_of(domains->at[i]), domain) &&
		    ps_domain_within(normal, domain))
			return true;
	}
	return false;
}

/* What a forwarder cannot be robbed of: the verified name of its host, its
 * SPF, its signature. */
static bool is_forwarder(const struct ps_message *message)
{
	const struct ps_config *config = message->service->config;
	const struct ps_config_list *forwarders = &config->dmarc.forwarders;
	const struct ps_inbound *in = &message->in;
	size_t i;

	if (has_verified_name(message->client) &&
	    is_within(message, forwarders, message->client->host))
		return true;
	if (in->spf_wanted && in->spf.result == PS_SPF_PASS &&
	    is_within(message, forwarders, in->spf.domain))
		return true;
	for (i = 0; i < in->dkim_count; i++) {
		if (in->dkim[i].result == PS_DKIM_PASS &&
		    (!in->dkim[i].length_limited ||
		     config->dkim.trust_length == PS_YES) &&
		    is_within(message, forwarders, in->dkim[i].domain))
			return true;
	}
	return false;
}

enum ps_spare ps_inbound_policy_spare(const struct ps_message *message)
{
	const struct ps_config_dmarc *config = &message->service->config->dmarc;
	const struct ps_dmarc_verdict *dmarc = &message->in.dmarc;

	if (dmarc->result != PS_DMARC_FAIL &&
	    dmarc->result != PS_DMARC_PERMERROR)
		return PS_SPARE_NOT;
	/* An exempt author must not open the door to another beside him. */
	if (dmarc->one_author &&
	    is_within(message, &config->exempt_domains, dmarc->from_domain))
		return PS_SPARE_DOMAIN;
	if (ps_ip_in_nets(&message->client->ip, config->exempt_networks.at,
			  config->exempt_networks.count))
		return PS_SPARE_NETWORK;
	return is_forwarder(message) ? PS_SPARE_FORWARDER : PS_SPARE_NOT;
}

/* A message from a backup MX is never refused, whatever its client. */
static bool wants_signs(const struct ps_message *message)
{
	const struct ps_config_dmarc *config = &message->service->config->dmarc;
	const struct ps_inbound *in = &message->in;

	if (message->origin != PS_ORIGIN_OUTSIDE ||
	    config->on_reject != PS_ENFORCE_REJECT)
		return false;
	switch (config->reject_when) {
	case PS_REJECT_ALWAYS:
		return false;
	case PS_REJECT_CONFIRMED:
		if (in->spf_wanted && in->spf_done &&
		    in->spf.result == PS_SPF_FAIL)
			return false; /* sign enough */
		return !in->dmarc_done ||
		       (in->dmarc.result == PS_DMARC_FAIL &&
			in->dmarc.disposition == PS_DMARC_POLICY_REJECT);
	}
	return false;
}

/* True: answered, or not to be told. */
static bool ask_name(struct ps_message *message)
{
	enum ps_dns_status status;

	if (has_verified_name(message->client))
		return true;
	status = ps_client_named(&message->client->ip,
				 &message->in.questions.dns);
	message->in.no_reverse_name = status == PS_DNS_NOTFOUND;
	return status != PS_DNS_PENDING;
}

static bool ask_lists(struct ps_message *message)
{
	const struct ps_service *service = message->service;
	const struct ps_config_list *lists = &service->config->dmarc.dnsbl;
	struct ps_inbound *in = &message->in;
	char list[PS_DOMAIN_MAX + 1];
	enum ps_dns_status status;
	bool done = true;
	size_t i;

	in->listed = NULL;
	for (i = 0; i < lists->count; i++) {
		if (!ps_idn_domain(service->idn, ps_bytes_of(lists->at[i]),
				   list))
			continue;
		status = ps_client_listed(&message->client->ip, list,
					  &in->questions.dns);
		done = done && status != PS_DNS_PENDING;
		if (status == PS_DNS_FOUND && in->listed == NULL)
			in->listed = lists->at[i];
	}
	return done;
}

bool ps_inbound_policy_signs(struct ps_message *message)
{
	bool named, unlisted;

	if (!wants_signs(message) || !message->in.asking)
		return true;
	named = ask_name(message);
	unlisted = ask_lists(message);
	return named && unlisted;
}

/* Whom of those it may have been: the administrator named several. */
static void note_sealer(struct ps_message *message, const char *what,
			enum ps_spare spared)
{
	const struct ps_arc_trust *trust = &message->in.arc->trust;

	ps_message_note(message, "%s not enforced: %s, %.100s in set %u", what,
			ps_spare_name(spared), trust->sealer, trust->set);
}

void ps_inbound_policy_note(struct ps_message *message,
			    const struct ps_decision *decision)
{
	const struct ps_inbound *in = &message->in;

	if (decision->spared == PS_SPARE_SEALER ||
	    decision->spared == PS_SPARE_SEALER_KEYS)
		note_sealer(message, "DMARC", decision->spared);
	else if (decision->spf_spared != PS_SPARE_NOT)
		note_sealer(message, "SPF", decision->spf_spared);
	else if (decision->spared != PS_SPARE_NOT)
		ps_message_note(message, "DMARC not enforced: %s",
				ps_spare_name(decision->spared));
	else if (decision->action == PS_ACTION_REJECT && in->listed != NULL)
		ps_message_note(message, "client is in %s", in->listed);
	else if (decision->action == PS_ACTION_REJECT && in->no_reverse_name)
		ps_message_note(message, "client has no reverse name");
}
