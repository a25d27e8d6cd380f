/* ldap_account.c - accounts in LDAP: which one a login means. */

#include "core/text/ldap_filter.h"
#include "directory/ldap_backend.h"
#include "directory/ldap_questions.h"

#include <stdio.h>
#include <string.h>

/* A change is in force within a second. */
#define KNOWN_MS 1000

/* ---- which account a login means ---- */

/* How an entry comes to be meant, the strongest first. */
enum claim {
	CLAIM_LOGIN,	/* it logs in so */
	CLAIM_MAILBOX,	/* its address, delivered to its mailbox of that name */
	CLAIM_ADDRESS,	/* its address */
	CLAIM_MAILDROP, /* where its mail goes */
	CLAIM_NONE
};

static enum claim claim_of(const struct ps_ldap_entry *entry, const char *login)
{
	bool address = ps_ldap_texts_hold(&entry->addresses, login),
	     maildrop = ps_ldap_texts_hold(&entry->maildrops, login);

	if (ps_ldap_texts_hold(&entry->logins, login))
		return CLAIM_LOGIN;
	if (address)
		return maildrop ? CLAIM_MAILBOX : CLAIM_ADDRESS;
	return maildrop ? CLAIM_MAILDROP : CLAIM_NONE;
}

void ps_ldap_account_filter(const struct ps_ldap_store *store,
			    const char *login, struct ps_buffer *filter)
{
	const struct ps_config_ldap *config = store->config;
	struct ps_bytes value = ps_bytes_of(login);

	ps_ldap_accounts_and(store, filter);
	if (strchr(login, '@') == NULL) {
		ps_ldap_filter_equal(filter, config->login_attribute, value);
		return;
	}
	ps_buffer_text(filter, "(|");
	ps_ldap_filter_equal(filter, config->login_attribute, value);
	ps_ldap_filter_equal(filter, config->address_attribute, value);
	ps_ldap_mailbox_filter(store, login, filter);
	ps_buffer_char(filter, ')');
}

/* Is the address some other entry's, a group's perhaps? */
static enum ps_outcome is_owned(struct ps_ldap_store *store,
				const char *address,
				char reason_r[PS_REASON_MAX])
{
	struct ps_buffer filter = PS_BUFFER(PS_LDAP_FILTER_MAX);
	struct ps_ldap_entry *entries;
	enum ps_outcome outcome;

	ps_ldap_any_and(store, &filter);
	ps_ldap_filter_equal(&filter, store->config->address_attribute,
			     ps_bytes_of(address));
	ps_buffer_char(&filter, ')');
	outcome = ps_ldap_find_by(store, PS_LDAP_PLACES, &filter, &entries,
				  reason_r);
	if (outcome != PS_FOUND)
		return outcome;
	for (; entries != NULL; entries = entries->next) {
		if (ps_ldap_texts_hold(&entries->addresses, address))
			return PS_FOUND;
	}
	return PS_NOTFOUND;
}

/* The one entry with the strongest claim. */
static enum ps_outcome choose(const struct ps_ldap_entry *entries,
			      const char *login,
			      const struct ps_ldap_entry **entry_r,
			      enum claim *claim_r, char reason_r[PS_REASON_MAX])
{
	const struct ps_ldap_entry *other = NULL;
	enum claim claim;

	*entry_r = NULL;
	*claim_r = CLAIM_NONE;
	for (; entries != NULL; entries = entries->next) {
		claim = claim_of(entries, login);
		if (entries->search != 0 || !ps_ldap_entry_open(entries) ||
		    claim == CLAIM_NONE || claim > *claim_r)
			continue;
		other = claim == *claim_r ? *entry_r : NULL;
		*entry_r = entries;
		*claim_r = claim;
	}
	if (*entry_r == NULL)
		return PS_NOTFOUND;
	if (other == NULL)
		return PS_FOUND;
	/* Neither may have the other's mail. */
	snprintf(reason_r, PS_REASON_MAX,
		 "two accounts are %.60s: %.80s and %.80s", login, other->dn,
		 (*entry_r)->dn);
	return PS_TEMPFAIL;
}

static bool is_in(const struct ps_ldap_entry *entries, size_t search,
		  const char *dn)
{
	for (; entries != NULL; entries = entries->next) {
		if (entries->search == search && strcmp(entries->dn, dn) == 0)
			return true;
	}
	return false;
}

/* The accounts that login may mean, and with search 1 the disabled ones. */
static enum ps_outcome find_accounts(struct ps_ldap_store *store,
				     const char *login,
				     struct ps_ldap_entry **entries_r,
				     char reason_r[PS_REASON_MAX])
{
	struct ps_buffer all = PS_BUFFER(PS_LDAP_FILTER_MAX),
			 disabled = PS_BUFFER(PS_LDAP_FILTER_MAX);
	struct ps_ldap_search searches[2] = { 0 };
	enum ps_outcome outcome = PS_TEMPFAIL;

	*entries_r = NULL;
	ps_ldap_account_filter(store, login, &all);
	ps_buffer_char(&all, ')');
	ps_ldap_account_filter(store, login, &disabled);
	ps_buffer_text(&disabled, store->config->disabled_filter);
	ps_buffer_char(&disabled, ')');
	searches[0].filter = ps_buffer_cstr(&all);
	searches[1].filter = ps_buffer_cstr(&disabled);
	if (all.failed || disabled.failed)
		snprintf(reason_r, PS_REASON_MAX, "out of memory");
	else
		outcome = ps_ldap_find(store, PS_LDAP_ALL, searches, 2,
				       entries_r, reason_r);
	ps_buffer_free(&all);
	ps_buffer_free(&disabled);
	return outcome;
}

enum ps_outcome ps_ldap_account_entry(struct ps_ldap_store *store,
				      const char *login,
				      const struct ps_ldap_entry **entry_r,
				      bool *disabled_r,
				      char reason_r[PS_REASON_MAX])
{
	struct ps_ldap_entry *entries;
	enum ps_outcome outcome, owned;
	enum claim claim;

	*entry_r = NULL;
	outcome = find_accounts(store, login, &entries, reason_r);
	if (outcome == PS_FOUND)
		outcome = choose(entries, login, entry_r, &claim, reason_r);
	if (outcome != PS_FOUND)
		return outcome;
	*disabled_r = is_in(entries, 1, (*entry_r)->dn);
	if (claim != CLAIM_MAILDROP)
		return PS_FOUND;
	/* Somebody who forwards there is not who lives there. */
	owned = is_owned(store, login, reason_r);
	if (owned == PS_TEMPFAIL)
		return PS_TEMPFAIL;
	return owned == PS_FOUND ? PS_NOTFOUND : PS_FOUND;
}

enum ps_outcome ps_ldap_account_again(struct ps_ldap_store *store,
				      const char *login,
				      const struct ps_ldap_entry **entry_r,
				      char reason_r[PS_REASON_MAX])
{
	bool disabled;

	if (store->known != NULL && strcmp(store->known_login, login) == 0 &&
	    ps_ldap_now() - store->known_at < KNOWN_MS) {
		ps_ldap_begin(&store->ldap);
		*entry_r = store->known;
		return PS_FOUND;
	}
	ps_ldap_store_begin(store);
	return ps_ldap_account_entry(store, login, entry_r, &disabled,
				     reason_r);
}

/* ---- the backend's functions ---- */

static bool copy(const char *text, char *text_r, size_t size)
{
	return text == NULL || ps_bytes_copy(ps_bytes_of(text), text_r, size);
}

/* As Dovecot takes them, in one text. */
static bool join_nets(const struct ps_ldap_texts *nets,
		      char text_r[PS_NETS_TEXT_MAX])
{
	struct ps_buffer text = PS_BUFFER_AT(text_r, PS_NETS_TEXT_MAX);
	size_t i;

	text_r[0] = '\0';
	for (i = 0; i < nets->count; i++) {
		if (i > 0)
			ps_buffer_char(&text, ',');
		ps_buffer_text(&text, nets->at[i]);
	}
	return !text.failed;
}

/* Never the superuser's, however it is written. */
static bool copy_owner(const char *owner, char text_r[PS_OWNER_TEXT_MAX])
{
	return owner == NULL ||
	       (strspn(owner, "0") < strlen(owner) &&
		strcmp(owner, "root") != 0 && owner[0] != '-' &&
		copy(owner, text_r, PS_OWNER_TEXT_MAX));
}

static enum ps_outcome describe(const struct ps_ldap_store *store,
				const struct ps_ldap_entry *entry,
				struct ps_account *account_r,
				char reason_r[PS_REASON_MAX])
{
	const char *login = ps_ldap_entry_login(entry);

	if (!ps_ldap_entry_home(entry, store->config, account_r->address)) {
		snprintf(reason_r, PS_REASON_MAX,
			 "entry %.150s has no login and no address", entry->dn);
		return PS_TEMPFAIL;
	}
	/* Who has no login of its own logs in by its address. */
	if (!copy(login == NULL ? account_r->address : login, account_r->login,
		  sizeof(account_r->login)) ||
	    !copy(entry->home, account_r->home, sizeof(account_r->home)) ||
	    !copy(entry->quota, account_r->quota, sizeof(account_r->quota)) ||
	    !copy(entry->mail, account_r->mail, sizeof(account_r->mail)) ||
	    !copy_owner(entry->uid, account_r->uid) ||
	    !copy_owner(entry->gid, account_r->gid) ||
	    !join_nets(&entry->allow_nets, account_r->allow_nets)) {
		snprintf(reason_r, PS_REASON_MAX,
			 "entry %.150s: a value is too long, or its owner is "
			 "root",
			 entry->dn);
		return PS_TEMPFAIL;
	}
	return PS_FOUND;
}

enum ps_outcome ps_ldap_account(void *ctx, const char *login,
				struct ps_account *account_r,
				char reason_r[PS_REASON_MAX])
{
	struct ps_ldap_store *store = ctx;
	const struct ps_ldap_entry *entry;
	bool disabled = false;
	enum ps_outcome outcome;

	ps_ldap_store_begin(store);
	outcome = ps_ldap_account_entry(store, login, &entry, &disabled,
					reason_r);
	if (outcome != PS_FOUND)
		return outcome;
	account_r->state = disabled ? PS_ACCOUNT_DISABLED : PS_ACCOUNT_ACTIVE;
	outcome = describe(store, entry, account_r, reason_r);
	if (outcome != PS_FOUND)
		return outcome;
	store->known = entry;
	memcpy(store->known_login, account_r->login,
	       sizeof(store->known_login));
	store->known_at = ps_ldap_now();
	return PS_FOUND;
}
