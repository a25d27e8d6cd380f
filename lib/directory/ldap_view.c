/* ldap_view.c - Postfix's tables from the directory in LDAP. */

#include "core/text/ldap_filter.h"
#include "directory/ldap_backend.h"
#include "directory/ldap_questions.h"

#include <stdio.h>
#include <string.h>

#define USERS_MAX 20 /* entries that an address is a maildrop of; ours */

/* ---- addresses ---- */

/* Without the entries that only look alike to the server. */
static struct ps_ldap_entry *those_with(struct ps_ldap_entry *entries,
					const char *address)
{
	struct ps_ldap_entry *first = NULL, **last = &first;

	for (; entries != NULL; entries = entries->next) {
		if (!ps_ldap_texts_hold(&entries->addresses, address))
			continue;
		*last = entries;
		last = &entries->next;
	}
	*last = NULL;
	return first;
}

/* The accounts and groups that have the address. */
static enum ps_outcome owners_of(struct ps_ldap_store *store,
				 const char *address,
				 enum ps_ldap_wanted wanted,
				 struct ps_ldap_entry **owners_r,
				 char reason_r[PS_REASON_MAX])
{
	const struct ps_ldap_kind kind = { .groups = true, .wanted = wanted };
	struct ps_buffer condition = PS_BUFFER(PS_LDAP_FILTER_MAX);
	enum ps_outcome outcome;

	ps_ldap_filter_equal(&condition, store->config->address_attribute,
			     ps_bytes_of(address));
	outcome =
		ps_ldap_find_kind(store, &kind, &condition, owners_r, reason_r);
	*owners_r = those_with(*owners_r, address);
	return outcome;
}

/* What was found, but for the case that it is nothing. */
static enum ps_outcome or_nothing(enum ps_outcome outcome,
				  const struct ps_buffer *answer)
{
	if (outcome == PS_FOUND && answer->len == 0 && !answer->failed)
		return PS_NOTFOUND;
	return outcome;
}

/* ---- domains ---- */

static enum ps_outcome view_domains(struct ps_ldap_store *store,
				    const char *key, struct ps_buffer *answer,
				    char reason_r[PS_REASON_MAX])
{
	enum ps_outcome outcome = ps_ldap_domain_here(store, key, reason_r);

	if (outcome == PS_FOUND)
		ps_buffer_text(answer, key);
	return outcome;
}

/* Of a relayed domain: itself, or where its mail goes. */
static enum ps_outcome view_relayed(struct ps_ldap_store *store,
				    const char *key, bool transport,
				    struct ps_buffer *answer,
				    char reason_r[PS_REASON_MAX])
{
	const char *at = strrchr(key, '@');
	const struct ps_ldap_entry *entry;
	enum ps_outcome outcome;

	if (at != NULL && (!transport || at == key))
		return PS_NOTFOUND;
	outcome = ps_ldap_domain_entry(store, at == NULL ? key : at + 1, &entry,
				       reason_r);
	if (outcome == PS_FOUND && entry->transport != NULL)
		ps_buffer_text(answer, transport ? entry->transport : key);
	return or_nothing(outcome, answer);
}

/* ---- mailboxes ---- */

/*
 * Whose mailbox an address is: an account's that has it as a maildrop and as
 * an address; where nobody has it as an address, any account's that has it as a
 * maildrop.  So a mailbox ends with its account, though others may forward to
 * it still.
 */
static enum ps_outcome view_mailboxes(struct ps_ldap_store *store,
				      const char *key, struct ps_buffer *answer,
				      char reason_r[PS_REASON_MAX])
{
	const struct ps_ldap_kind kind = { .wanted = PS_LDAP_PLACES };
	struct ps_buffer condition = PS_BUFFER(PS_LDAP_FILTER_MAX);
	struct ps_ldap_entry *entries, *owners;
	enum ps_outcome outcome;
	bool any = false, own = false;

	if (strchr(key, '@') == NULL)
		return PS_NOTFOUND;
	ps_ldap_mailbox_filter(store, key, &condition);
	outcome =
		ps_ldap_find_kind(store, &kind, &condition, &entries, reason_r);
	for (; entries != NULL; entries = entries->next) {
		if (!ps_ldap_texts_hold(&entries->maildrops, key))
			continue;
		any = true;
		own = own || ps_ldap_texts_hold(&entries->addresses, key);
	}
	if (outcome == PS_FOUND && any && !own) {
		outcome = owners_of(store, key, PS_LDAP_PLACES, &owners,
				    reason_r);
		any = owners == NULL;
	}
	if (outcome == PS_FOUND && any)
		ps_buffer_text(answer, key);
	return or_nothing(outcome, answer);
}

/* ---- aliases ---- */

static enum ps_outcome has_catch_all(struct ps_ldap_store *store,
				     const char *domain,
				     struct ps_buffer *scratch,
				     char reason_r[PS_REASON_MAX])
{
	struct ps_ldap_entry *owners;
	enum ps_outcome outcome =
		owners_of(store, domain, PS_LDAP_OWNERS, &owners, reason_r);

	if (outcome == PS_FOUND)
		outcome = ps_ldap_collect(store, owners, PS_COLLECT_MAILDROPS,
					  scratch, reason_r);
	return or_nothing(outcome, scratch);
}

/*
 * A mailbox that nobody has as an address: where its domain has a catch-all, it
 * answers itself, or it would go there (virtual(5) asks @domain next).
 */
static enum ps_outcome view_bare_mailbox(struct ps_ldap_store *store,
					 const char *key,
					 struct ps_buffer *answer,
					 char reason_r[PS_REASON_MAX])
{
	struct ps_buffer scratch = PS_BUFFER(PS_ANSWER_MAX);
	const char *at = strrchr(key, '@');
	enum ps_outcome outcome;

	if (at == NULL || at == key)
		return PS_NOTFOUND;
	outcome = view_mailboxes(store, key, answer, reason_r);
	if (outcome == PS_FOUND)
		outcome = has_catch_all(store, at, &scratch, reason_r);
	ps_buffer_free(&scratch);
	return outcome;
}

/*
 * The accounts and groups that have it, or, where few do, as their maildrop:
 * one question answers for an address that is unknown altogether.  FOUND where
 * that is all there are, else NOTFOUND.
 */
static enum ps_outcome owners_and_users(struct ps_ldap_store *store,
					const char *address,
					struct ps_ldap_entry **entries_r,
					char reason_r[PS_REASON_MAX])
{
	const struct ps_ldap_kind kind = { .groups = true,
					   .wanted = PS_LDAP_OWNERS,
					   .most = USERS_MAX };
	struct ps_buffer condition = PS_BUFFER(PS_LDAP_FILTER_MAX);

	ps_buffer_text(&condition, "(|");
	ps_ldap_filter_equal(&condition, store->config->address_attribute,
			     ps_bytes_of(address));
	ps_ldap_mailbox_filter(store, address, &condition);
	ps_buffer_char(&condition, ')');
	return ps_ldap_find_kind(store, &kind, &condition, entries_r, reason_r);
}

static enum ps_outcome view_aliases(struct ps_ldap_store *store,
				    const char *key, struct ps_buffer *answer,
				    char reason_r[PS_REASON_MAX])
{
	const char *at = strrchr(key, '@');
	struct ps_ldap_entry *owners = NULL;
	enum ps_outcome outcome = PS_NOTFOUND;

	if (at != NULL && at != key)
		outcome = owners_and_users(store, key, &owners, reason_r);
	if (outcome == PS_FOUND && owners == NULL)
		return PS_NOTFOUND;
	owners = those_with(owners, key);
	if (outcome == PS_NOTFOUND)
		outcome = owners_of(store, key, PS_LDAP_OWNERS, &owners,
				    reason_r);
	if (outcome != PS_FOUND)
		return outcome;
	if (owners == NULL)
		return view_bare_mailbox(store, key, answer, reason_r);
	outcome = ps_ldap_collect(store, owners, PS_COLLECT_MAILDROPS, answer,
				  reason_r);
	return or_nothing(outcome, answer);
}

/* ---- senders ---- */

/* The accounts that may send as any local domain, among others. */
static enum ps_outcome relay_accounts(struct ps_ldap_store *store,
				      struct ps_ldap_entry **entries_r,
				      char reason_r[PS_REASON_MAX])
{
	struct ps_buffer filter = PS_BUFFER(PS_LDAP_FILTER_MAX);

	ps_ldap_accounts_and(store, &filter);
	ps_buffer_text(&filter, store->config->relay_filter);
	ps_buffer_char(&filter, ')');
	return ps_ldap_find_by(store, PS_LDAP_PEOPLE, &filter, entries_r,
			       reason_r);
}

static struct ps_ldap_entry *joined(struct ps_ldap_entry *first,
				    struct ps_ldap_entry *second)
{
	struct ps_ldap_entry *last = first;

	while (last != NULL && last->next != NULL)
		last = last->next;
	if (last == NULL)
		return second;
	last->next = second;
	return first;
}

/*
 * With relay accounts every address of a local domain is found, and Postfix
 * does not go on to ask @domain: so whoever has that is added here.
 */
static enum ps_outcome with_relay(struct ps_ldap_store *store,
				  const char *domain,
				  struct ps_ldap_entry **owners,
				  char reason_r[PS_REASON_MAX])
{
	struct ps_ldap_entry *more = NULL;
	enum ps_outcome outcome =
		ps_ldap_domain_here(store, domain + 1, reason_r);

	if (outcome != PS_FOUND)
		return outcome == PS_NOTFOUND ? PS_FOUND : outcome;
	if (*owners == NULL)
		outcome = owners_of(store, domain, PS_LDAP_PEOPLE, owners,
				    reason_r);
	if (outcome == PS_FOUND)
		outcome = relay_accounts(store, &more, reason_r);
	*owners = joined(*owners, more);
	return outcome;
}

/* Who has the address, or is listed for it; and *rest_r: who is for the rest of
 * its domain. */
static enum ps_outcome senders_of(struct ps_ldap_store *store, const char *key,
				  const char *domain,
				  struct ps_ldap_entry **owners_r,
				  struct ps_ldap_entry **rest_r,
				  char reason_r[PS_REASON_MAX])
{
	const struct ps_ldap_kind kind = { .groups = true,
					   .wanted = PS_LDAP_PEOPLE };
	const struct ps_config_ldap *config = store->config;
	struct ps_buffer condition = PS_BUFFER(PS_LDAP_FILTER_MAX);
	struct ps_ldap_entry *entry, *next;
	enum ps_outcome outcome;

	*owners_r = *rest_r = NULL;
	ps_buffer_text(&condition, "(|");
	ps_ldap_filter_equal(&condition, config->address_attribute,
			     ps_bytes_of(key));
	ps_ldap_filter_equal(&condition, config->sender_attribute,
			     ps_bytes_of(key));
	if (domain != NULL && domain != key)
		ps_ldap_filter_equal(&condition, config->sender_attribute,
				     ps_bytes_of(domain));
	ps_buffer_char(&condition, ')');
	outcome = ps_ldap_find_kind(store, &kind, &condition, &entry, reason_r);
	for (; entry != NULL; entry = next) {
		struct ps_ldap_entry **to = NULL;

		next = entry->next;
		if (ps_ldap_texts_hold(&entry->addresses, key) ||
		    ps_ldap_texts_hold(&entry->senders, key))
			to = owners_r;
		else if (domain != NULL &&
			 ps_ldap_texts_hold(&entry->senders, domain))
			to = rest_r;
		if (to == NULL)
			continue;
		entry->next = *to;
		*to = entry;
	}
	return outcome;
}

static enum ps_outcome view_senders(struct ps_ldap_store *store,
				    const char *key, struct ps_buffer *answer,
				    char reason_r[PS_REASON_MAX])
{
	const char *domain = strrchr(key, '@');
	struct ps_ldap_entry *owners, *rest;
	enum ps_outcome outcome =
		senders_of(store, key, domain, &owners, &rest, reason_r);

	if (outcome == PS_FOUND && domain != NULL &&
	    store->config->relay_filter != NULL)
		outcome = with_relay(store, domain, &owners, reason_r);
	/* Where there is an owner, nobody asks for @domain. */
	if (owners != NULL)
		owners = joined(owners, rest);
	if (outcome == PS_FOUND)
		outcome = ps_ldap_collect(store, owners, PS_COLLECT_LOGINS,
					  answer, reason_r);
	return or_nothing(outcome, answer);
}

/* ---- all views ---- */

static enum ps_outcome view_quota(struct ps_ldap_store *store, const char *key,
				  struct ps_buffer *answer,
				  char reason_r[PS_REASON_MAX])
{
	const struct ps_ldap_entry *entry;
	enum ps_outcome outcome;
	bool disabled;

	if (store->config->quota_attribute == NULL || strchr(key, '@') == NULL)
		return PS_NOTFOUND;
	outcome =
		ps_ldap_account_entry(store, key, &entry, &disabled, reason_r);
	if (outcome == PS_FOUND && entry->quota != NULL)
		ps_buffer_text(answer, entry->quota);
	return or_nothing(outcome, answer);
}

enum ps_outcome ps_ldap_view(void *ctx, enum ps_view view, const char *key,
			     struct ps_buffer *answer,
			     char reason_r[PS_REASON_MAX])
{
	struct ps_ldap_store *store = ctx;

	ps_ldap_store_begin(store);
	switch (view) {
	case PS_VIEW_DOMAINS:
		return view_domains(store, key, answer, reason_r);
	case PS_VIEW_MAILBOXES:
		return view_mailboxes(store, key, answer, reason_r);
	case PS_VIEW_ALIASES:
		return view_aliases(store, key, answer, reason_r);
	case PS_VIEW_SENDERS:
		return view_senders(store, key, answer, reason_r);
	case PS_VIEW_QUOTA:
		return view_quota(store, key, answer, reason_r);
	case PS_VIEW_TRANSPORT:
		return view_relayed(store, key, true, answer, reason_r);
	case PS_VIEW_RELAY_DOMAINS:
		return view_relayed(store, key, false, answer, reason_r);
	}
	return PS_NOTFOUND;
}
