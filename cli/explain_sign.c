/* explain_sign.c - who signs a message of ours, and why or why not. */

#include "cli/explain.h"

#include "directory/config_sign.h"
#include "io/keylist.h"
#include "milter/withhold.h"

#include <string.h>

/* ---- the author and the login ---- */

static const char *match_name(enum ps_from_must_match match)
{
	switch (match) {
	case PS_MATCH_OFF:
		return "off";
	case PS_MATCH_DOMAIN:
		return "domain";
	case PS_MATCH_ADDRESS:
		return "address";
	}
	return "";
}

static const char *outcome_words(enum ps_outcome outcome, const char **word_r)
{
	switch (outcome) {
	case PS_FOUND:
		*word_r = "yes";
		return "may send as";
	case PS_NOTFOUND:
		*word_r = "no";
		return "may not send as";
	case PS_TEMPFAIL:
		break;
	}
	*word_r = "unknown";
	return "cannot be asked now whether it may send as";
}

static void explain_login(const struct ps_explain *explain, json_t *object)
{
	const struct ps_message *message = explain->message;
	enum ps_from_must_match match =
		message->service->config->sign.from_must_match;
	const struct ps_test_permission *told =
		ps_test_service_permissions(explain->service);
	json_t *permissions = json_array(), *one;
	const char *word, *words;

	if (*message->login != '\0' && told == NULL)
		ps_output_text(explain->output,
			       "  the login was not held against From%s",
			       match == PS_MATCH_OFF
				       ? " (sign.from_must_match = off)"
				       : "");
	for (; told != NULL; told = told->next) {
		words = outcome_words(told->outcome, &word);
		ps_output_text(explain->output,
			       "  login %s %s %s (sign.from_must_match = "
			       "%s)%s%s",
			       message->login, words, told->what,
			       match_name(told->match),
			       *told->reason == '\0' ? "" : ": ", told->reason);
		one = json_object();
		ps_explain_set_text(one, "as", told->what);
		ps_explain_set_text(one, "allowed", word);
		ps_explain_set_text(one, "reason", told->reason);
		(void)json_array_append_new(permissions, one);
	}
	ps_explain_set_text(object, "from_must_match", match_name(match));
	ps_explain_set(object, "permissions", permissions);
}

/* ---- the keys ---- */

static const char *published_words(const struct ps_message *message, size_t i,
				   const char **word_r)
{
	const struct ps_service *service = message->service;
	bool fresh;

	*word_r = "unchecked";
	if (message->out.signature.check_published == PS_NO)
		return "its record is not looked at (sign.check_published = "
		       "no)";
	if (message->out.signer == NULL)
		return "its record was not asked for";
	switch (ps_keyfolder_published(service->keys, message->out.keys, i,
				       service->seconds(), &fresh)) {
	case PS_PUBLISHED_SAME:
		*word_r = "same";
		return "the DNS has its record";
	case PS_PUBLISHED_OTHER:
		*word_r = "other";
		return "the DNS has no record of it, or another";
	case PS_PUBLISHED_UNKNOWN:
	case PS_PUBLISHED_PENDING:
		break;
	}
	*word_r = "unknown";
	return "the DNS does not say now whether it has its record";
}

static bool signs(const struct ps_explain *explain, size_t i)
{
	const struct ps_message *message = explain->message;
	const struct ps_withhold withhold = ps_withhold_of(message);

	return message->out.signer != NULL &&
	       explain->answer->disposition == PS_ACCEPT &&
	       !ps_withhold_is(&withhold, i);
}

/* Of the keys that sign; their count: it is none of them. */
static size_t active_of(const struct ps_domain_keys *keys, const char *selector)
{
	size_t i;

	for (i = 0; i < keys->count; i++) {
		if (strcmp(keys->key[i].selector, selector) == 0)
			break;
	}
	return i;
}

static json_t *explain_key(const struct ps_explain *explain,
			   const struct ps_signing_key *key)
{
	const struct ps_message *message = explain->message;
	const struct ps_domain_keys *keys = message->out.keys;
	size_t i = keys == NULL ? 0 : active_of(keys, key->selector);
	bool active = keys != NULL && i < keys->count;
	const char *word = "unchecked", *words = "";
	json_t *object = json_object();

	if (active)
		words = published_words(message, i, &word);
	ps_output_text(explain->output, "    %s, %s, %s%s%s: %s", key->selector,
		       ps_key_type_name(key->type),
		       ps_key_state_name(key->state), active ? ", " : "", words,
		       active && signs(explain, i) ? "signs" : "does not sign");
	ps_explain_set_text(object, "selector", key->selector);
	ps_explain_set_text(object, "algorithm", ps_key_type_name(key->type));
	ps_explain_set_text(object, "state", ps_key_state_name(key->state));
	ps_explain_set_text(object, "published", word);
	ps_explain_set(object, "signs",
		       json_boolean(active && signs(explain, i)));
	return object;
}

static void explain_keys(const struct ps_explain *explain, json_t *object)
{
	const struct ps_message *message = explain->message;
	const char *folder = message->service->config->keys.folder;
	const char *domain = message->out.domain;
	char reason[PS_REASON_MAX] = "";
	json_t *list = json_array();
	struct ps_domain_keys keys;
	size_t i;

	ps_explain_set_text(object, "domain", domain);
	ps_explain_set(object, "keys", list);
	if (*domain == '\0')
		return;
	switch (ps_keylist_read(folder, domain, &keys, reason)) {
	case PS_FOUND:
		break;
	case PS_NOTFOUND:
		ps_output_text(explain->output,
			       "  there is no folder of keys for %s%s in %s",
			       message->author,
			       strcmp(message->author, domain) == 0
				       ? ""
				       : ", nor for a domain above it",
			       folder);
		return;
	case PS_TEMPFAIL:
		ps_output_text(explain->output, "  %s", reason);
		return;
	}
	ps_output_text(explain->output, "  keys of %s in %s:%s", domain, folder,
		       keys.count == 0 ? " none" : "");
	if (strcmp(message->author, domain) != 0 && message->out.signer == NULL)
		ps_output_text(explain->output,
			       "    it signs for no domain below it "
			       "(sign.subdomains = no)");
	for (i = 0; i < keys.count; i++)
		(void)json_array_append_new(list,
					    explain_key(explain, &keys.key[i]));
}

/* ---- in sum ---- */

static void explain_result(const struct ps_explain *explain, json_t *object)
{
	const struct ps_message *message = explain->message;
	unsigned int count = message->out.signatures;

	if (explain->answer->disposition != PS_ACCEPT)
		count = 0;
	if (count > 0)
		ps_output_text(
			explain->output,
			"  It would be signed by %s, with %u signature%s",
			message->out.domain, count, count == 1 ? "" : "s");
	else
		ps_output_text(explain->output, "  It would not be signed: %s",
			       *message->note == '\0' ? "see below"
						      : message->note);
	ps_explain_set(object, "signatures", json_integer(count));
}

void ps_explain_signing(const struct ps_explain *explain)
{
	const struct ps_message *message = explain->message;
	json_t *object = json_object();

	ps_output_text(explain->output, "Signing");
	ps_output_text(explain->output, "  author's domain: %s",
		       *message->author == '\0' ? "none that could sign"
						: message->author);
	ps_explain_set_text(object, "author_domain", message->author);
	explain_keys(explain, object);
	explain_login(explain, object);
	explain_result(explain, object);
	ps_output_member(explain->output, "signing", object);
}

void ps_explain_not_ours(struct ps_output *output, enum ps_origin origin,
			 const char *why)
{
	json_t *object = json_object();

	ps_output_text(output, "Signing");
	ps_output_text(output,
		       "  It would not be signed, as it is not ours: "
		       "%s.",
		       why);
	ps_explain_set_text(object, "origin", ps_origin_name(origin));
	ps_explain_set_text(object, "origin_why", why);
	ps_explain_set(object, "signatures", json_integer(0));
	ps_output_member(output, "signing", object);
}
