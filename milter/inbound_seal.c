/* inbound_seal.c - our ARC set on mail from outside (RFC 8617 5.1). */

#include "milter/inbound_seal.h"

#include "core/auth/arc_seal.h"
#include "io/sign_settings.h"
#include "milter/inbound_arc.h"
#include "milter/quiet.h"
#include "milter/withhold.h"

#include <stdio.h>
#include <string.h>

/* Behind what the judgement noted: neither must hide the other. */
static void note(struct ps_message *message, const char *what,
		 const char *reason)
{
	char before[PS_NOTE_MAX];

	memcpy(before, message->note, sizeof(before));
	ps_message_note(message, "%s%s%s: %s", before,
			*before == '\0' ? "" : "; ", what, reason);
}

/* ---- the keys ---- */

static void set_fault(struct ps_message *message, const char *reason)
{
	struct ps_inbound_seal *seal = message->in.seal;

	seal->fault = ps_arena_text(message->arena, reason);
	if (seal->fault == NULL)
		message->no_memory = true;
}

/* The domain is one that the administrator named: that it has no keys is a
 * fault, other than with authors of originating mail. */
static void get_keys(struct ps_message *message)
{
	struct ps_service *service = message->service;
	const struct ps_config *config = service->config;
	struct ps_inbound_seal *seal = message->in.seal;
	struct ps_config_signature signature = config->sign.signature;
	char reason[PS_REASON_MAX] = "";

	if (!ps_idn_domain(service->idn, ps_bytes_of(config->arc.seal_domain),
			   seal->domain)) {
		set_fault(message, "arc.seal_domain is not a domain name");
		return;
	}
	switch (ps_keyfolder_get(service->keys, seal->domain,
				 service->seconds(), &seal->keys, reason)) {
	case PS_FOUND:
		break;
	case PS_NOTFOUND:
		set_fault(message, "no keys");
		return;
	case PS_TEMPFAIL:
		set_fault(message, reason);
		return;
	}
	if (seal->keys->count == 0)
		set_fault(message, "no active key");
	ps_sign_settings_apply(seal->keys->settings, &signature);
	seal->check = signature.check_published;
}

void ps_inbound_seal_begin(struct ps_message *message)
{
	struct ps_inbound *in = &message->in;

	if (message->service->config->arc.seal_domain == NULL)
		return;
	in->seal = ps_arena_alloc(message->arena, sizeof(*in->seal));
	if (in->seal == NULL) {
		message->no_memory = true;
		return;
	}
	in->seal->body = ps_dkim_bodies_get(in->bodies, PS_HASH_SHA256,
					    PS_DKIM_RELAXED, UINT64_MAX);
	if (in->seal->body == NULL)
		message->no_memory = true;
	get_keys(message);
	(void)ps_inbound_seal_ready(message);
}

static struct ps_withhold withhold_of(const struct ps_message *message)
{
	const struct ps_inbound_seal *seal = message->in.seal;

	return (struct ps_withhold){
		.service = message->service,
		.keys = seal->keys,
		.domain = seal->domain,
		.check = seal->check,
		.questions = &message->in.questions,
	};
}

bool ps_inbound_seal_ready(struct ps_message *message)
{
	const struct ps_inbound_seal *seal = message->in.seal;
	struct ps_withhold withhold;

	if (seal == NULL || seal->keys == NULL || !message->in.asking)
		return true;
	withhold = withhold_of(message);
	return !ps_withhold_due(&withhold) || ps_withhold_round(&withhold);
}

/*
 * A set has one signer: the first key, RSA if there is one.  While that one is
 * withheld another of its kind is taken, but not Ed25519 in the place of RSA:
 * whoever does not know it would find the chain broken for good, where no set
 * of ours leaves it as it is.  NULL none.
 */
static const struct ps_signing_key *choose_key(const struct ps_message *message)
{
	const struct ps_domain_keys *keys = message->in.seal->keys;
	const struct ps_withhold withhold = withhold_of(message);
	size_t i;

	for (i = 0; i < keys->count; i++) {
		if (keys->key[i].type == keys->key[0].type &&
		    !ps_withhold_is(&withhold, i))
			return &keys->key[i];
	}
	return NULL;
}

/* ---- the set ---- */

static void cannot_seal(struct ps_message *message, const char *reason)
{
	ps_quiet_log(message->service->microseconds(), PS_LOG_ERROR,
		     "cannot seal by %s: %s",
		     message->service->config->arc.seal_domain, reason);
	note(message, "cannot seal", reason);
	switch (message->service->config->arc.on_error) {
	case PS_SEAL_ERROR_DEFER:
		ps_answer_defer(&message->answer, "4.7.5",
				"Cannot seal this message now, "
				"try again later");
		break;
	case PS_SEAL_ERROR_UNSEALED:
		break;
	}
}

static void insert(struct ps_message *message, const char *name,
		   const struct ps_buffer *value)
{
	ps_answer_insert(&message->answer, name,
			 (struct ps_bytes){ value->data, value->len });
}

/* What of the message's fields is removed, Authentication-Results, is none that
 * is signed; so the set is over the message as it leaves. */
static void make_set(struct ps_message *message,
		     const struct ps_fields *results,
		     const struct ps_signing_key *key)
{
	const struct ps_service *service = message->service;
	struct ps_inbound *in = &message->in;
	const struct ps_arc_chain *chain =
		ps_arc_validator_chain(in->arc->validator);
	const struct ps_arc_sealing sealing = {
		.crypto = service->crypto,
		.authserv_id = service->config->authserv_id,
		.domain = in->seal->domain,
		.selector = key->selector,
		.type = key->type,
		.key = key->private,
		.now = service->seconds(),
		.fields = &message->fields,
		.results = results,
		.chain = chain,
		.cv = in->arc->verdict->result,
		.body = in->seal->body,
	};
	char reason[PS_SELECTOR_MAX + 32];
	struct ps_arc_text text;
	int made = ps_arc_seal(&sealing, &text);

	if (made > 0) {
		insert(message, "ARC-Authentication-Results", &text.results);
		insert(message, "ARC-Message-Signature", &text.message);
		insert(message, "ARC-Seal", &text.seal);
		in->seal->number = chain->count + 1;
	} else if (made == 0) {
		note(message, "not sealed",
		     chain->ended ? "the chain has ended" : "50 sets");
	} else {
		snprintf(reason, sizeof(reason), "sealing failed, selector %s",
			 key->selector);
		cannot_seal(message, reason);
	}
	ps_arc_text_free(&text);
}

/*
 * RFC 8617 5.2.1: all that could be said of a chain whose keys cannot be
 * fetched is cv=fail, and that for good.  Nobody has to add a set: without ours
 * the chain holds for those behind us whose DNS answers.
 */
static const char *unsealable(const struct ps_message *message,
			      const struct ps_signing_key *key)
{
	if (message->in.arc->verdict->temporary)
		return "its chain cannot be judged now";
	if (key == NULL)
		return "the DNS has another key";
	return NULL;
}

void ps_inbound_seal_insert(struct ps_message *message, struct ps_bytes results)
{
	const struct ps_inbound_seal *seal = message->in.seal;
	const enum ps_disposition disposition = message->answer.disposition;
	const struct ps_signing_key *key;
	struct ps_fields fields;

	if (seal == NULL || message->no_memory || disposition == PS_REFUSE ||
	    disposition == PS_DEFER)
		return;
	if (seal->fault != NULL) {
		cannot_seal(message, seal->fault);
		return;
	}
	key = choose_key(message);
	if (unsealable(message, key) != NULL) {
		note(message, "not sealed", unsealable(message, key));
		return;
	}
	ps_fields_init(&fields, message->arena);
	if (ps_fields_add(&fields, PS_BYTES("Authentication-Results"), results))
		make_set(message, &fields, key);
	else
		message->no_memory = true;
}

void ps_inbound_seal_free(struct ps_message *message)
{
	struct ps_inbound_seal *seal = message->in.seal;

	if (seal != NULL && seal->keys != NULL)
		ps_keyfolder_release(message->service->keys, &seal->keys);
}
