/* ldap_connection.c - one connection to the first LDAP server that answers. */

#include "directory/ldap_connection.h"

#include "directory/ldap_secret.h"
#include "directory/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- what went wrong ---- */

static const char *uri_of(const struct ps_ldap *ldap)
{
	return ldap->config->uris.at[ldap->server];
}

void ps_ldap_reason(const struct ps_ldap *ldap, int code,
		    char reason_r[PS_REASON_MAX])
{
	const char *uri = uri_of(ldap);
	char *more = NULL;

	if (ldap->ld != NULL)
		(void)ldap_get_option(ldap->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE,
				      &more);
	if (more != NULL && more[0] != '\0')
		snprintf(reason_r, PS_REASON_MAX, "%.80s: %.60s (%.100s)", uri,
			 ldap_err2string(code), more);
	else
		snprintf(reason_r, PS_REASON_MAX, "%.80s: %.150s", uri,
			 ldap_err2string(code));
	ldap_memfree(more);
}

/* ---- opening ---- */

static int code_of(LDAP *ld)
{
	int code = LDAP_OTHER;

	(void)ldap_get_option(ld, LDAP_OPT_RESULT_CODE, &code);
	return code == LDAP_SUCCESS ? LDAP_SERVER_DOWN : code;
}

int ps_ldap_result(const struct ps_ldap *ldap, int msgid, char **referral_r)
{
	struct timeval left = ps_ldap_left(ldap->io.until);
	LDAPMessage *answer = NULL;
	int got, code = LDAP_OTHER, parsed;
	char *more = NULL, **referrals = NULL;

	got = ldap_result(ldap->ld, msgid, LDAP_MSG_ALL, &left, &answer);
	if (got <= 0)
		return got == 0 ? LDAP_TIMEOUT : code_of(ldap->ld);
	parsed = ldap_parse_result(ldap->ld, answer, &code, NULL, &more,
				   &referrals, NULL, 0);
	if (parsed == LDAP_SUCCESS)
		(void)ldap_set_option(ldap->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE,
				      more);
	if (referrals != NULL && referral_r != NULL)
		*referral_r = ldap_strdup(referrals[0]);
	ldap_memvfree((void **)referrals);
	ldap_memfree(more);
	(void)ldap_msgfree(answer);
	return parsed == LDAP_SUCCESS ? code : parsed;
}

int ps_ldap_simple_bind(struct ps_ldap *ldap, const char *dn,
			const char *password)
{
	struct berval secret = { .bv_len = strlen(password),
				 .bv_val = (char *)(uintptr_t)password };
	int msgid = 0, code;

	/* RFC 4513 5.1.2: that would succeed, and prove nothing. */
	if (dn[0] == '\0' || password[0] == '\0')
		return LDAP_INVALID_CREDENTIALS;
	code = ldap_sasl_bind(ldap->ld, dn, LDAP_SASL_SIMPLE, &secret, NULL,
			      NULL, &msgid);
	return code == LDAP_SUCCESS ? ps_ldap_result(ldap, msgid, NULL) : code;
}

static int bind_by_file(struct ps_ldap *ldap, char reason_r[PS_REASON_MAX])
{
	char password[PS_LDAP_SECRET_MAX];
	int code;

	if (!ps_ldap_secret_read(ldap->config->password_file, password,
				 reason_r))
		return LDAP_LOCAL_ERROR;
	code = ps_ldap_simple_bind(ldap, ldap->config->bind_dn, password);
	explicit_bzero(password, sizeof(password));
	return code;
}

static int bind_as(struct ps_ldap *ldap, char reason_r[PS_REASON_MAX])
{
	/* An identity, empty: that of the socket (RFC 4422 A). */
	struct berval same = { .bv_len = 0, .bv_val = (char[]){ "" } };
	int msgid = 0, code;

	if (ldap->bare)
		return ldap_connect(ldap->ld);
	switch (ldap->config->bind) {
	case PS_LDAP_BIND_NONE:
		return ldap_connect(ldap->ld);
	case PS_LDAP_BIND_SIMPLE:
		return bind_by_file(ldap, reason_r);
	case PS_LDAP_BIND_SASL:
		code = ldap_sasl_bind(ldap->ld, "", "EXTERNAL", &same, NULL,
				      NULL, &msgid);
		return code == LDAP_SUCCESS ? ps_ldap_result(ldap, msgid, NULL)
					    : code;
	}
	return LDAP_PARAM_ERROR;
}

static int start_tls(struct ps_ldap *ldap)
{
	int msgid = 0, code = ldap_start_tls(ldap->ld, NULL, NULL, &msgid);

	if (code == LDAP_SUCCESS)
		code = ps_ldap_result(ldap, msgid, NULL);
	return code == LDAP_SUCCESS ? ldap_install_tls(ldap->ld) : code;
}

/* For ldaps:// and StartTLS. */
static bool set_tls(const struct ps_config_ldap *config, LDAP *ld)
{
	static const int demand = LDAP_OPT_X_TLS_DEMAND, client = 0,
			 tls12 = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;

	if (ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) != 0 ||
	    ldap_set_option(ld, LDAP_OPT_X_TLS_PROTOCOL_MIN, &tls12) != 0)
		return false;
	if (config->ca_file != NULL &&
	    (ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, config->ca_file) !=
		     0 ||
	     ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTDIR, "") != 0))
		return false;
	/* What was set counts from here; fails where ca_file is no good. */
	return ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &client) == 0;
}

/* Whatever ldap.conf(5), or the host, has set for others. */
static int set_options(const struct ps_ldap *ldap, const char *uri)
{
	static const int version = LDAP_VERSION3, never = LDAP_DEREF_NEVER,
			 none = 0;
	struct timeval left = ps_ldap_left(ldap->io.until);
	int limit = (int)ldap->config->timeout;
	LDAP *ld = ldap->ld;

	if (ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version) != 0 ||
	    ldap_set_option(ld, LDAP_OPT_DEREF, &never) != 0 ||
	    ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) != 0 ||
	    ldap_set_option(ld, LDAP_OPT_RESTART, LDAP_OPT_ON) != 0 ||
	    ldap_set_option(ld, LDAP_OPT_SIZELIMIT, &none) != 0 ||
	    ldap_set_option(ld, LDAP_OPT_TIMELIMIT, &limit) != 0 ||
	    ldap_set_option(ld, LDAP_OPT_NETWORK_TIMEOUT, &left) != 0 ||
	    ldap_set_option(ld, LDAP_OPT_TIMEOUT, &left) != 0)
		return LDAP_PARAM_ERROR;
	if (ldap->config->start_tls == PS_NO &&
	    !ps_bytes_starts_fold(ps_bytes_of(uri), PS_BYTES("ldaps:")))
		return LDAP_SUCCESS;
	return set_tls(ldap->config, ld) ? LDAP_SUCCESS : LDAP_CONNECT_ERROR;
}

/* One server, in ldap->ld.  False with a reason, and that is NULL. */
static bool open_server(struct ps_ldap *ldap, char reason_r[PS_REASON_MAX])
{
	const char *uri = uri_of(ldap);
	int code = ldap_initialize(&ldap->ld, uri);

	reason_r[0] = '\0';
	if (code == LDAP_SUCCESS)
		code = ps_ldap_io_attach(&ldap->io, ldap->ld);
	if (code == LDAP_SUCCESS)
		code = set_options(ldap, uri);
	if (code == LDAP_SUCCESS && ldap->config->start_tls == PS_YES)
		code = start_tls(ldap);
	if (code == LDAP_SUCCESS)
		code = bind_as(ldap, reason_r);
	if (code == LDAP_SUCCESS)
		return true;
	if (reason_r[0] == '\0')
		ps_ldap_reason(ldap, code, reason_r);
	if (ldap->ld != NULL)
		(void)ldap_unbind_ext(ldap->ld, NULL, NULL);
	ldap->ld = NULL;
	return false;
}

enum ps_outcome ps_ldap_connect(struct ps_ldap *ldap,
				char reason_r[PS_REASON_MAX])
{
	size_t count = ldap->config->uris.count, tried;
	long long now;

	if (ldap->ld != NULL && ldap->owner != getpid())
		ldap->ld = NULL;
	if (ldap->ld != NULL)
		return PS_FOUND;
	reason_r[0] = '\0';
	for (tried = 0; tried < count; tried++) {
		now = ps_ldap_now();
		if (now >= ldap->deadline)
			break;
		/* One that hangs leaves time for those behind it. */
		ldap->io.until = now + (ldap->deadline - now) /
					       (long long)(count - tried);
		ldap->owner = getpid();
		if (open_server(ldap, reason_r))
			return PS_FOUND;
		ldap->server = (ldap->server + 1) % count;
		if (count > 1)
			ps_log(PS_LOG_WARNING, "%s; asking %s", reason_r,
			       uri_of(ldap));
	}
	if (reason_r[0] == '\0')
		snprintf(reason_r, PS_REASON_MAX, "%.150s: no answer in %u s",
			 uri_of(ldap), ldap->config->timeout);
	return PS_TEMPFAIL;
}

void ps_ldap_set_time(struct ps_ldap *ldap)
{
	long long now = ps_ldap_now();

	ldap->io.until = ldap->deadline;
	if (!ldap->again && ldap->config->uris.count > 1)
		ldap->io.until = now + (ldap->deadline - now) / 2;
}

void ps_ldap_drop(struct ps_ldap *ldap, bool next)
{
	ps_ldap_close(ldap);
	if (next)
		ldap->server = (ldap->server + 1) % ldap->config->uris.count;
}

void ps_ldap_close(struct ps_ldap *ldap)
{
	struct ps_ldap_quiet quiet;

	if (ldap->ld != NULL && ldap->owner == getpid()) {
		ps_ldap_quiet_begin(&quiet);
		(void)ldap_unbind_ext(ldap->ld, NULL, NULL);
		ps_ldap_quiet_end(&quiet);
	}
	ldap->ld = NULL;
}

void ps_ldap_begin(struct ps_ldap *ldap)
{
	ldap->deadline =
		ps_ldap_now() + (long long)ldap->config->timeout * 1000;
	ldap->again = false;
}
