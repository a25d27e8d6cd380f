/* ldap_once.c - passwords for one login, as an entry in LDAP has them. */

#include "directory/ldap_once.h"

#include "directory/ldap_backend.h"
#include "directory/ldap_questions.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* ---- values ---- */

void ps_ldap_once_write(const struct ps_credential *credential,
			char text_r[PS_LDAP_ONCE_MAX])
{
	bool spent = credential->kind == PS_CREDENTIAL_SPENT;

	snprintf(text_r, PS_LDAP_ONCE_MAX, "%lld %s",
		 spent ? 0 : credential->expires, credential->hash);
}

bool ps_ldap_once_read(struct ps_bytes text, struct ps_credential *credential_r)
{
	const char *blank = ps_bytes_find(text, ' ');
	unsigned long long expires;
	struct ps_bytes number, hash;

	if (blank == NULL)
		return false;
	number = (struct ps_bytes){ text.at, (size_t)(blank - text.at) };
	hash = (struct ps_bytes){ blank + 1, text.len - number.len - 1 };
	if (!ps_ascii_number(number, LLONG_MAX, &expires) || hash.len == 0 ||
	    ps_bytes_find(hash, '\0') != NULL ||
	    !ps_bytes_copy(hash, credential_r->hash,
			   sizeof(credential_r->hash)))
		return false;
	credential_r->kind =
		expires == 0 ? PS_CREDENTIAL_SPENT : PS_CREDENTIAL_ONCE;
	credential_r->expires = (long long)expires;
	return true;
}

/* ---- used up ---- */

static struct berval bytes_of(const char *text)
{
	return (struct berval){ .bv_val = (char *)(uintptr_t)text,
				.bv_len = strlen(text) };
}

/* Where the old value is not there any more nothing is changed (RFC 4511
 * 4.6).  The result code. */
static int swap(struct ps_ldap *ldap, const char *dn, const char *old,
		const char *new)
{
	struct berval values[2] = { bytes_of(old), bytes_of(new) };
	struct berval *lists[2][2] = { { &values[0], NULL },
				       { &values[1], NULL } };
	LDAPMod mods[2] = {
		{ .mod_op = LDAP_MOD_DELETE | LDAP_MOD_BVALUES },
		{ .mod_op = LDAP_MOD_ADD | LDAP_MOD_BVALUES },
	};
	LDAPMod *all[3] = { &mods[0], &mods[1], NULL };
	int i, msgid, code;

	for (i = 0; i < 2; i++) {
		mods[i].mod_type =
			(char *)(uintptr_t)ldap->config->once_attribute;
		mods[i].mod_bvalues = lists[i];
	}
	code = ldap_modify_ext(ldap->ld, dn, all, NULL, NULL, &msgid);
	return code == LDAP_SUCCESS ? ps_ldap_result(ldap, msgid, NULL) : code;
}

static enum ps_outcome outcome_of(struct ps_ldap *ldap, int code,
				  const char *dn, char reason_r[PS_REASON_MAX])
{
	char server[PS_REASON_MAX];

	switch (code) {
	case LDAP_SUCCESS:
		return PS_FOUND;
	case LDAP_NO_SUCH_ATTRIBUTE:
	case LDAP_NO_SUCH_OBJECT:
		return PS_NOTFOUND;
	default:
		break;
	}
	ps_ldap_reason(ldap, code, server);
	snprintf(reason_r, PS_REASON_MAX,
		 "%.64s: its password for one login cannot be used up: "
		 "%.80s (may ldap.bind write %.24s?)",
		 dn, server, ldap->config->once_attribute);
	/* What the server made of it is not known: the next question goes
	 * over a new connection. */
	if (code == LDAP_TIMEOUT || code == LDAP_SERVER_DOWN)
		ps_ldap_drop(ldap, code == LDAP_TIMEOUT);
	return PS_TEMPFAIL;
}

enum ps_outcome ps_ldap_replace(void *ctx, const char *login,
				const struct ps_credential *old,
				const struct ps_credential *other,
				char reason_r[PS_REASON_MAX])
{
	struct ps_ldap_store *store = ctx;
	char from[PS_LDAP_ONCE_MAX], to[PS_LDAP_ONCE_MAX];
	const struct ps_ldap_entry *entry;
	struct ps_ldap_quiet quiet;
	enum ps_outcome outcome;
	bool disabled;

	if (old->kind != PS_CREDENTIAL_ONCE ||
	    other->kind != PS_CREDENTIAL_SPENT) {
		snprintf(reason_r, PS_REASON_MAX,
			 "the hash in LDAP is not changed from here");
		return PS_TEMPFAIL;
	}
	ps_ldap_store_begin(store);
	outcome = ps_ldap_account_entry(store, login, &entry, &disabled,
					reason_r);
	if (outcome == PS_FOUND)
		outcome = ps_ldap_connect(&store->ldap, reason_r);
	if (outcome != PS_FOUND)
		return outcome;
	ps_ldap_once_write(old, from);
	ps_ldap_once_write(other, to);
	ps_ldap_quiet_begin(&quiet);
	ps_ldap_set_time(&store->ldap);
	outcome = outcome_of(&store->ldap,
			     swap(&store->ldap, entry->dn, from, to), entry->dn,
			     reason_r);
	ps_ldap_quiet_end(&quiet);
	explicit_bzero(from, sizeof(from));
	explicit_bzero(to, sizeof(to));
	return outcome;
}
