/* ldap_login.c - passwords of accounts in LDAP. */

#include "directory/ldap_backend.h"
#include "directory/ldap_once.h"
#include "directory/ldap_questions.h"

#include <stdio.h>
#include <string.h>

/* ---- by the hash in the entry ---- */

/* RFC 4519 2.41: without a scheme it is the password itself. */
static bool copy_hash(const char *stored, struct ps_credential *credential_r)
{
	int len;

	len = snprintf(credential_r->hash, sizeof(credential_r->hash), "%s%s",
		       stored[0] == '{' || stored[0] == '$' ? "" : "{PLAIN}",
		       stored);
	return len > 0 && (size_t)len < sizeof(credential_r->hash);
}

struct secret {
	struct ps_ldap_store *store;
	struct ps_ldap_entry *entry;
	char *reason;
};

static void take_secret(void *ctx, size_t search, LDAP *ld,
			LDAPMessage *message)
{
	struct secret *secret = ctx;

	(void)search;
	secret->entry =
		ps_ldap_entry_read(secret->store->config, secret->store->arena,
				   ld, message, secret->reason);
}

/* The entry again, with what is asked for only here. */
static enum ps_outcome read_hash(struct ps_ldap_store *store, const char *dn,
				 struct ps_credential *credential_r,
				 char reason_r[PS_REASON_MAX])
{
	const char *attributes[] = { store->config->password_attribute, NULL };
	struct ps_ldap_search search = { .base = dn };
	char why[PS_REASON_MAX] = "";
	struct secret secret = { .store = store, .reason = why };
	enum ps_outcome outcome =
		ps_ldap_ask(&store->ldap, &search, 1, attributes, take_secret,
			    &secret, reason_r);

	if (outcome != PS_FOUND)
		return outcome;
	if (secret.entry == NULL || secret.entry->password == NULL)
		return PS_NOTFOUND;
	if (copy_hash(secret.entry->password, credential_r))
		return PS_FOUND;
	snprintf(reason_r, PS_REASON_MAX, "entry %.150s: its hash is too long",
		 dn);
	return PS_TEMPFAIL;
}

/* It stands above any password the entry has. */
static enum ps_outcome read_once(const struct ps_ldap_entry *entry,
				 struct ps_credential *credential_r,
				 char reason_r[PS_REASON_MAX])
{
	if (ps_ldap_once_read(ps_bytes_of(entry->once), credential_r))
		return PS_FOUND;
	snprintf(reason_r, PS_REASON_MAX,
		 "entry %.150s: its password for one login is no time and hash",
		 entry->dn);
	return PS_TEMPFAIL;
}

enum ps_outcome ps_ldap_credential(void *ctx, const char *login,
				   struct ps_credential *credential_r,
				   char reason_r[PS_REASON_MAX])
{
	struct ps_ldap_store *store = ctx;
	const struct ps_ldap_entry *entry;
	enum ps_outcome outcome;

	if (store->config->password_attribute == NULL &&
	    store->config->once_attribute == NULL) {
		credential_r->kind = PS_CREDENTIAL_ASK;
		return PS_FOUND;
	}
	outcome = ps_ldap_account_again(store, login, &entry, reason_r);
	if (outcome != PS_FOUND)
		return outcome;
	if (entry->once != NULL)
		return read_once(entry, credential_r, reason_r);
	if (store->config->password_attribute == NULL) {
		credential_r->kind = PS_CREDENTIAL_ASK;
		return PS_FOUND;
	}
	return read_hash(store, entry->dn, credential_r, reason_r);
}

/* ---- by a bind as the entry ---- */

static enum ps_outcome outcome_of(const struct ps_ldap *login, int code,
				  char reason_r[PS_REASON_MAX])
{
	switch (code) {
	case LDAP_SUCCESS:
		return PS_FOUND;
	case LDAP_INVALID_CREDENTIALS:
	case LDAP_INAPPROPRIATE_AUTH: /* it has no password */
	case LDAP_NO_SUCH_OBJECT:
		return PS_NOTFOUND;
	default:
		ps_ldap_reason(login, code, reason_r);
		return PS_TEMPFAIL;
	}
}

static bool is_lost(int code)
{
	return code == LDAP_TIMEOUT || code == LDAP_SERVER_DOWN ||
	       code == LDAP_CONNECT_ERROR || code == LDAP_UNAVAILABLE ||
	       code == LDAP_DECODING_ERROR || code == LDAP_LOCAL_ERROR;
}

/* One connection for all logins: each bind takes the place of the one before
 * it, and nothing is ever asked there. */
static enum ps_outcome try_bind(struct ps_ldap *login, const char *dn,
				const char *password,
				char reason_r[PS_REASON_MAX])
{
	enum ps_outcome outcome;
	bool more = true;
	int code;

	do {
		if (ps_ldap_connect(login, reason_r) != PS_FOUND)
			return PS_TEMPFAIL;
		ps_ldap_set_time(login);
		code = ps_ldap_simple_bind(login, dn, password);
		outcome = outcome_of(login, code, reason_r);
		if (!is_lost(code))
			return outcome;
		ps_ldap_drop(login, code == LDAP_TIMEOUT);
		more = !login->again &&
		       (code != LDAP_TIMEOUT || login->config->uris.count > 1);
		login->again = true;
	} while (more);
	return outcome;
}

enum ps_outcome ps_ldap_password(void *ctx, const char *login,
				 const char *password,
				 char reason_r[PS_REASON_MAX])
{
	struct ps_ldap_store *store = ctx;
	const struct ps_ldap_entry *entry;
	struct ps_ldap_quiet quiet;
	enum ps_outcome outcome;

	outcome = ps_ldap_account_again(store, login, &entry, reason_r);
	if (outcome != PS_FOUND)
		return outcome;
	ps_ldap_begin(&store->login);
	store->login.deadline = store->ldap.deadline;
	ps_ldap_quiet_begin(&quiet);
	outcome = try_bind(&store->login, entry->dn, password, reason_r);
	ps_ldap_quiet_end(&quiet);
	return outcome;
}
