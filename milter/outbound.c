/* outbound.c - originating mail: signed with the author domain's keys. */

#include "core/text/address.h"
#include "directory/log.h"
#include "io/sign_settings.h"
#include "milter/message.h"
#include "milter/quiet.h"
#include "milter/withhold.h"

#include <string.h>

#define PARENTS_MAX	    8 /* looked at above the author's domain; ours */
#define SIGNATURE_FIELD_MAX 16384 /* ours; RSA-4096 and 40 names need 2 KB */

/* A key that fails is the administrator's to mend; the sender tries again. */
static void cannot_sign(struct ps_message *message, const char *reason)
{
	ps_quiet_log(message->service->microseconds(), PS_LOG_ERROR,
		     "cannot sign for %s: %s", message->out.domain, reason);
	ps_message_note(message, "cannot sign: %s", reason);
	switch (message->service->config->sign.on_error) {
	case PS_SIGN_ERROR_DEFER:
		ps_answer_defer(&message->answer, "4.7.5",
				"Cannot sign this message now, "
				"try again later");
		break;
	case PS_SIGN_ERROR_UNSIGNED:
		break;
	}
}

/* It will be too large tomorrow, too. */
static void header_too_large(struct ps_message *message)
{
	ps_message_note(message, "header too large");
	switch (message->service->config->sign.on_error) {
	case PS_SIGN_ERROR_DEFER:
		ps_answer_refuse(&message->answer, "552", "5.3.4",
				 "Message header is too large to be signed");
		break;
	case PS_SIGN_ERROR_UNSIGNED:
		break;
	}
}

/*
 * RFC 5322 3.6.2: one From field; of several mailboxes in it the first is the
 * author whose domain signs.  A field that is there twice (as a forger writes
 * it) or cannot be read is not vouched for.
 */
static bool find_author(struct ps_message *message,
			struct ps_mailbox mailbox_r[PS_MAILBOXES_MAX],
			size_t *count_r)
{
	const struct ps_field *from =
		ps_fields_find(&message->fields, "From", 0);
	char domain[PS_DOMAIN_MAX + 1];

	if (from == NULL) {
		ps_message_note(message, "no From field");
		return false;
	}
	if (ps_fields_find(&message->fields, "From", 1) != NULL) {
		ps_message_note(message, "two From fields");
		return false;
	}
	if (!ps_address_list(from->value, mailbox_r, count_r) ||
	    *count_r == 0 || !ps_mailbox_domain(&mailbox_r[0], domain) ||
	    !ps_idn_domain(message->service->idn, ps_bytes_of(domain),
			   message->author)) {
		message->author[0] = '\0';
		ps_message_note(message, "From cannot be read");
		return false;
	}
	return true;
}

static enum ps_outcome may_send_as(struct ps_message *message,
				   const struct ps_mailbox *mailbox,
				   char reason_r[PS_REASON_MAX])
{
	struct ps_service *service = message->service;
	char text[PS_ADDRESS_MAX + 1];
	struct ps_buffer address = PS_BUFFER_AT(text, sizeof(text));

	ps_mailbox_text(mailbox, &address);
	if (address.failed)
		return PS_NOTFOUND;
	return service->may_send(service, PS_MATCH_ADDRESS, message->login,
				 ps_buffer_cstr(&address), reason_r);
}

/* In address mode every author must be the login's; in domain mode the one
 * whose domain signs. */
static enum ps_outcome may_send(struct ps_message *message,
				const struct ps_mailbox *mailbox, size_t count,
				char reason_r[PS_REASON_MAX])
{
	struct ps_service *service = message->service;
	enum ps_from_must_match match = service->config->sign.from_must_match;
	enum ps_outcome outcome = PS_FOUND;
	size_t i;

	if (*message->login == '\0')
		return PS_FOUND;
	switch (match) {
	case PS_MATCH_OFF:
		break;
	case PS_MATCH_DOMAIN:
		outcome = service->may_send(service, match, message->login,
					    message->author, reason_r);
		break;
	case PS_MATCH_ADDRESS:
		for (i = 0; i < count && outcome == PS_FOUND; i++)
			outcome = may_send_as(message, &mailbox[i], reason_r);
		break;
	}
	return outcome;
}

static void mismatch(struct ps_message *message)
{
	ps_message_note(message, "login may not send as From");
	switch (message->service->config->sign.on_mismatch) {
	case PS_MISMATCH_UNSIGNED:
		break;
	case PS_MISMATCH_REJECT:
		ps_answer_refuse(&message->answer, "550", "5.7.1",
				 "From address does not belong to the "
				 "account that sends");
		break;
	}
}

static bool author_allowed(struct ps_message *message,
			   const struct ps_mailbox *mailbox, size_t count)
{
	char reason[PS_REASON_MAX] = "";

	switch (may_send(message, mailbox, count, reason)) {
	case PS_FOUND:
		return true;
	case PS_NOTFOUND:
		mismatch(message);
		return false;
	case PS_TEMPFAIL:
		break;
	}
	ps_quiet_log(message->service->microseconds(), PS_LOG_ERROR,
		     "directory: %s", reason);
	ps_message_note(message, "directory: %s", reason);
	ps_answer_defer(&message->answer, "4.3.0",
			"Account directory not available, try again later");
	return false;
}

/* The keys of domain; with FOUND how it wishes to sign, too. */
static enum ps_outcome get_keys(struct ps_message *message, const char *domain,
				char reason_r[PS_REASON_MAX])
{
	struct ps_service *service = message->service;
	struct ps_outbound *out = &message->out;
	enum ps_outcome outcome;

	(void)ps_bytes_copy(ps_bytes_of(domain), out->domain,
			    sizeof(out->domain));
	outcome = ps_keyfolder_get(service->keys, domain, service->seconds(),
				   &out->keys, reason_r);
	out->signature = service->config->sign.signature;
	if (outcome == PS_FOUND)
		ps_sign_settings_apply(out->keys->settings, &out->signature);
	return outcome;
}

/* The next domain above that may have keys; NULL none. */
static const char *above(const char *domain)
{
	const char *parent = strchr(domain, '.');

	return parent == NULL || strchr(parent + 1, '.') == NULL ? NULL
								 : parent + 1;
}

/* The author domain's own, or (sign.subdomains) the next ones above it. */
static bool find_keys(struct ps_message *message)
{
	struct ps_outbound *out = &message->out;
	const char *domain = message->author;
	enum ps_outcome outcome = PS_NOTFOUND;
	char reason[PS_REASON_MAX] = "";
	unsigned int level;

	for (level = 0; level <= PARENTS_MAX && domain != NULL; level++) {
		outcome = get_keys(message, domain, reason);
		if (outcome != PS_NOTFOUND)
			break;
		domain = above(domain);
	}
	switch (outcome) {
	case PS_FOUND:
		if (level > 0 && out->signature.subdomains == PS_NO)
			break;
		if (out->keys->count > 0)
			return true;
		ps_message_note(message, "no active key");
		return false;
	case PS_NOTFOUND:
		break;
	case PS_TEMPFAIL:
		cannot_sign(message, reason);
		return false;
	}
	ps_message_note(message, "no keys");
	return false;
}

/* RFC 6376 2.11: dkim-quoted-printable, whatever stands in a tag's value. */
static void add_quoted(struct ps_buffer *out, struct ps_bytes text)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char c;
	size_t i;

	for (i = 0; i < text.len; i++) {
		c = (unsigned char)text.at[i];
		if (c > ' ' && c <= '~' && c != ';' && c != '=') {
			ps_buffer_char(out, (char)c);
			continue;
		}
		ps_buffer_char(out, '=');
		ps_buffer_char(out, hex[c >> 4]);
		ps_buffer_char(out, hex[c & 15]);
	}
}

/* i=, in the message's arena; NULL none. */
static const char *identity_of(struct ps_message *message,
			       const struct ps_mailbox *author)
{
	char plain_text[PS_ADDRESS_MAX + 1];
	char quoted_text[3 * PS_ADDRESS_MAX + 1]; /* an octet is three */
	struct ps_buffer address = PS_BUFFER_AT(plain_text, sizeof(plain_text));
	struct ps_buffer identity =
		PS_BUFFER_AT(quoted_text, sizeof(quoted_text));
	struct ps_mailbox plain;
	char *text;

	if (message->out.signature.identity == PS_IDENTITY_NONE)
		return NULL;
	ps_mailbox_text(author, &address);
	if (message->out.signature.identity == PS_IDENTITY_AUTHOR &&
	    ps_address_split((struct ps_bytes){ address.data, address.len },
			     &plain))
		add_quoted(&identity, plain.local);
	ps_buffer_char(&identity, '@');
	ps_buffer_text(&identity, message->author);
	if (identity.failed)
		return NULL;
	text = ps_arena_text(message->arena, ps_buffer_cstr(&identity));
	if (text == NULL)
		message->no_memory = true;
	return text;
}

static void set_options(struct ps_message *message,
			const struct ps_mailbox *author)
{
	const struct ps_config_signature *signature = &message->out.signature;
	const uint64_t now = message->service->seconds();
	const enum ps_sign_canon canon = signature->canonicalization;

	message->out.options = (struct ps_dkim_sign_options){
		.header_canon = canon == PS_SIGN_RELAXED_SIMPLE ||
						canon == PS_SIGN_RELAXED_RELAXED
					? PS_DKIM_RELAXED
					: PS_DKIM_SIMPLE,
		.body_canon = canon == PS_SIGN_SIMPLE_RELAXED ||
					      canon == PS_SIGN_RELAXED_RELAXED
				      ? PS_DKIM_RELAXED
				      : PS_DKIM_SIMPLE,
		.now = now,
		.expires = signature->expiry == 0 ? 0 : now + signature->expiry,
		.identity = identity_of(message, author),
		.sign = signature->fields.at,
		.oversign = signature->oversign.at,
	};
}

/* From now on the keys are those of out->keys, in their order. */
static int begin_signing(struct ps_message *message)
{
	const struct ps_service *service = message->service;
	struct ps_outbound *out = &message->out;
	const size_t count = out->keys->count;
	struct ps_dkim_key *keys =
		ps_arena_alloc(message->arena, count * sizeof(*keys));
	size_t i;

	if (keys == NULL)
		return -1;
	for (i = 0; i < count; i++)
		keys[i] = (struct ps_dkim_key){ out->keys->key[i].selector,
						out->keys->key[i].type,
						out->keys->key[i].private };
	out->signing = (struct ps_dkim_signing){
		.crypto = service->crypto,
		.options = &out->options,
		.fields = &message->fields,
		.domain = out->domain,
		.keys = keys,
		.count = count,
	};
	return service->dkim->signer_new(service->dkim->ctx, &out->signing,
					 &out->signer);
}

void ps_outbound_header(struct ps_message *message)
{
	struct ps_mailbox mailbox[PS_MAILBOXES_MAX];
	size_t count = 0;

	if (message->header_too_large) {
		header_too_large(message);
		return;
	}
	if (!find_author(message, mailbox, &count) || !find_keys(message) ||
	    !author_allowed(message, mailbox, count))
		return;
	set_options(message, &mailbox[0]);
	if (begin_signing(message) < 0)
		message->no_memory = true;
	else
		ps_withhold_ask(message);
}

static void sign_with(struct ps_message *message, size_t i)
{
	const char *selector = message->out.keys->key[i].selector;
	struct ps_buffer value = PS_BUFFER(SIGNATURE_FIELD_MAX);
	char reason[PS_SELECTOR_MAX + 32] = "signing failed, selector ";

	if (message->service->dkim->signer_sign(message->out.signer, i,
						&value) == 0 &&
	    !value.failed) {
		ps_answer_insert(&message->answer, "DKIM-Signature",
				 (struct ps_bytes){ value.data, value.len });
		message->out.signatures++;
		message->out.made |= UINT32_C(1) << i;
	} else {
		memcpy(reason + strlen(reason), selector, strlen(selector) + 1);
		cannot_sign(message, reason);
	}
	ps_buffer_free(&value);
}

/* Each goes on top of those before it: the first key's, RSA, ends up above,
 * for verifiers that look at one signature only. */
void ps_outbound_end(struct ps_message *message)
{
	const struct ps_domain_keys *keys = message->out.keys;
	const struct ps_withhold withhold = ps_withhold_of(message);
	size_t i, withheld = 0;

	if (message->out.signer == NULL)
		return;
	ps_withhold_answered(message);
	for (i = keys->count; i > 0; i--) {
		if (ps_withhold_is(&withhold, i - 1))
			withheld++;
		else
			sign_with(message, i - 1);
	}
	if (withheld > 0)
		ps_message_note(message,
				"%zu of %zu signatures withheld: the DNS has "
				"other keys",
				withheld, keys->count);
}

void ps_outbound_free(struct ps_message *message)
{
	struct ps_outbound *out = &message->out;

	message->service->dkim->signer_free(&out->signer);
	if (out->asking)
		out->questions.close(out->questions.ctx);
	out->asking = false;
	if (message->out.keys != NULL)
		ps_keyfolder_release(message->service->keys,
				     &message->out.keys);
}
