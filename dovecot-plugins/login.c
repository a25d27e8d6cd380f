/* login.c - a password that is tried against what is kept of it. */

#include "login.h"

#include "directory/password_hash.h"
#include "net.h"
#include "password-scheme.h"
#include "safe-memset.h"

#include <time.h>

#define WARNED_MAX 256 /* logins remembered, so that each is warned of once */

/* *hash is moved behind {SCHEME}; without one it is as crypt(3) writes it. */
static const char *scheme_of(const char **hash)
{
	const char *scheme = password_get_scheme(hash);

	return scheme == NULL ? "CRYPT" : scheme;
}

static void log_failure(const struct ps_login *login)
{
	e_error(authdb_event(login->request), "%s",
		ps_directory_reason(login->directory));
}

/* By the backend itself, such as a bind to LDAP. */
static enum passdb_result ask(struct ps_login *login, const char *password)
{
	switch (ps_directory_password(login->directory, login->account.login,
				      password)) {
	case PS_FOUND:
		return PASSDB_RESULT_OK;
	case PS_NOTFOUND:
		ps_compat_password_mismatch(login->request);
		return PASSDB_RESULT_PASSWORD_MISMATCH;
	case PS_TEMPFAIL:
		break;
	}
	log_failure(login);
	return PASSDB_RESULT_INTERNAL_FAILURE;
}

static enum passdb_result compare(struct ps_login *login, const char *password)
{
	const char *hash = login->credential.hash, *scheme;

	if (login->credential.kind == PS_CREDENTIAL_ASK)
		return ask(login, password);
	if (hash[0] == '\0')
		return auth_request_password_missing(login->request);
	scheme = scheme_of(&hash);
	return ps_compat_password_verify(login->request, password, hash,
					 scheme);
}

static bool is_over(const struct ps_credential *credential, time_t now)
{
	switch (credential->kind) {
	case PS_CREDENTIAL_HASH:
	case PS_CREDENTIAL_ASK:
		return false;
	case PS_CREDENTIAL_ONCE:
		return credential->expires <= (long long)now;
	case PS_CREDENTIAL_SPENT:
		break;
	}
	return true;
}

/* What stands in the way of who knows the password. */
static enum passdb_result refuse(const struct ps_login *login)
{
	struct event *event = authdb_event(login->request);

	switch (login->account.state) {
	case PS_ACCOUNT_ACTIVE:
		break;
	case PS_ACCOUNT_DISABLED:
		e_info(event, "the account is disabled");
		return PASSDB_RESULT_USER_DISABLED;
	}
	if (!is_over(&login->credential, time(NULL)))
		return PASSDB_RESULT_OK;
	e_info(event, "the one-time password has been used, or is too old");
	return PASSDB_RESULT_PASS_EXPIRED;
}

/* Before anybody is let in by it: two at once are one too many. */
static enum passdb_result use_up(struct ps_login *login)
{
	struct ps_credential spent = login->credential;
	enum passdb_result result = PASSDB_RESULT_INTERNAL_FAILURE;

	spent.kind = PS_CREDENTIAL_SPENT;
	switch (ps_directory_replace(login->directory, login->account.login,
				     &login->credential, &spent)) {
	case PS_FOUND:
		e_info(authdb_event(login->request),
		       "the one-time password is used up now");
		result = PASSDB_RESULT_OK;
		break;
	case PS_NOTFOUND:
		e_info(authdb_event(login->request),
		       "the one-time password was used up meanwhile");
		result = PASSDB_RESULT_PASS_EXPIRED;
		break;
	case PS_TEMPFAIL:
		log_failure(login);
		break;
	}
	safe_memset(&spent, 0, sizeof(spent));
	return result;
}

/* Has it been warned of this login yet?  Now it is. */
static bool was_warned(const char *login)
{
	static unsigned int warned[WARNED_MAX];
	unsigned int hash = 2166136261U; /* FNV-1a */
	bool before;

	for (; *login != '\0'; login++)
		hash = (hash ^ (unsigned char)*login) * 16777619U;
	before = warned[hash % WARNED_MAX] == hash;
	warned[hash % WARNED_MAX] = hash;
	return before;
}

/* The login succeeds, whatever becomes of this. */
static void hash_anew(struct ps_login *login, const char *password)
{
	struct ps_credential strong = { .kind = PS_CREDENTIAL_HASH };
	struct event *event = authdb_event(login->request);
	enum ps_outcome outcome = PS_TEMPFAIL;
	bool good;

	good = ps_password_hash(password, strong.hash) == 0;
	if (good)
		outcome = ps_directory_replace(login->directory,
					       login->account.login,
					       &login->credential, &strong);
	if (outcome == PS_FOUND)
		e_info(event, "the password is hashed anew, as its hash was "
			      "weak");
	else if (outcome == PS_TEMPFAIL && !was_warned(login->account.login))
		e_warning(event,
			  "the password's hash is weak, and cannot be made "
			  "anew: %s",
			  good ? ps_directory_reason(login->directory)
			       : "it is too long for crypt(3)");
	safe_memset(&strong, 0, sizeof(strong));
}

static void see_to_weakness(struct ps_login *login, const char *password)
{
	if (!ps_password_is_weak(login->credential.hash))
		return;
	if (login->config->directory.rehash == PS_YES)
		hash_anew(login, password);
	else if (!was_warned(login->account.login))
		e_warning(authdb_event(login->request),
			  "the password's hash is weak: change the password, "
			  "or set directory.rehash");
}

enum passdb_result ps_login_verify(struct ps_login *login, const char *password)
{
	enum passdb_result result = compare(login, password);

	if (result == PASSDB_RESULT_OK)
		result = refuse(login);
	if (result != PASSDB_RESULT_OK)
		return result;
	/* Dovecot has logged and will refuse it: nothing is used up. */
	if (!ps_account_allows(&login->account,
			       net_ip2addr(&login->request->fields.remote_ip)))
		return PASSDB_RESULT_PASSWORD_MISMATCH;
	switch (login->credential.kind) {
	case PS_CREDENTIAL_HASH:
		see_to_weakness(login, password);
		break;
	case PS_CREDENTIAL_ONCE:
		result = use_up(login);
		break;
	case PS_CREDENTIAL_SPENT:
	case PS_CREDENTIAL_ASK:
		break;
	}
	return result;
}

enum passdb_result ps_login_credentials(struct ps_login *login,
					const char **hash_r,
					const char **scheme_r)
{
	enum passdb_result result = refuse(login);

	*hash_r = NULL;
	*scheme_r = NULL;
	/* Once given, we would not see when it is used. */
	if (result != PASSDB_RESULT_OK || login->credential.hash[0] == '\0' ||
	    login->credential.kind != PS_CREDENTIAL_HASH)
		return result;
	*hash_r = login->credential.hash;
	*scheme_r = scheme_of(hash_r);
	return result;
}
