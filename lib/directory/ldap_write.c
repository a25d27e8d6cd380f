/* ldap_write.c - LDAP for the command: begun, and its changes made. */

#include "directory/ldap_write_parts.h"

#include "directory/backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_MAX     1073741824 /* octets of one command's changes; ours */
#define WRITE_SECONDS 10	 /* of one change; only the command waits */

struct ps_ldap_writer *ps_ldap_writer_of(struct ps_writer *writer)
{
	return (struct ps_ldap_writer *)writer;
}

/* ---- opening ---- */

static struct ps_writer *make(void)
{
	struct ps_ldap_writer *own = calloc(1, sizeof(*own));

	return own == NULL ? NULL : &own->writer;
}

static void close_writer(struct ps_writer *writer)
{
	struct ps_ldap_writer *own = ps_ldap_writer_of(writer);

	ps_ldap_changes_wipe(&own->changes);
	if (own->store != NULL)
		ps_directory_ldap.close(own->store);
	ps_arena_free(&own->changes.arena);
	free(own);
}

/* With StartTLS for ldap://, the socket beside it needs none. */
static bool is_local(const struct ps_config_list *uris)
{
	size_t i;

	for (i = 0; i < uris->count; i++) {
		if (!ps_bytes_starts_fold(ps_bytes_of(uris->at[i]),
					  PS_BYTES("ldapi:")))
			return false;
	}
	return true;
}

static void use_settings(struct ps_config_ldap *ldap)
{
	ldap->bind = ldap->write_bind;
	ldap->bind_dn = ldap->write_bind_dn;
	ldap->password_file = ldap->write_password_file;
	if (ldap->write_uris.count == 0)
		return;
	ldap->uris = ldap->write_uris;
	if (is_local(&ldap->uris))
		ldap->start_tls = PS_NO;
}

static enum ps_write prepare(struct ps_writer *writer)
{
	struct ps_ldap_writer *own = ps_ldap_writer_of(writer);
	char error[PS_CONFIG_ERROR_MAX];
	void *store = NULL;

	own->config = *writer->config;
	use_settings(&own->config.ldap);
	if (own->config.ldap.bind == PS_LDAP_BIND_SIMPLE &&
	    (own->config.ldap.bind_dn == NULL ||
	     own->config.ldap.password_file == NULL))
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "setting ldap.write_bind is simple: "
				     "ldap.write_bind_dn and "
				     "ldap.write_password_file must be set");
	if (ps_directory_ldap.open(&own->config, &store, error) < 0)
		return ps_writer_say(writer, PS_WRITE_REFUSED, "%s", error);
	own->store = store;
	if (ps_arena_new(ARENA_MAX, &own->changes.arena) < 0)
		return ps_writer_say(writer, PS_WRITE_TEMPFAIL,
				     "out of memory");
	return PS_WRITE_DONE;
}

/* Who makes the hash is asked before any password is. */
static bool takes_password(const struct ps_config *config)
{
	return config->ldap.write_passwords == PS_LDAP_PASSWORDS_SERVER;
}

/* ---- what went wrong ---- */

enum ps_write ps_ldap_write_unknown(struct ps_writer *writer,
				    const char *reason)
{
	static const int codes[] = { LDAP_INVALID_CREDENTIALS,
				     LDAP_AUTH_UNKNOWN,
				     LDAP_AUTH_METHOD_NOT_SUPPORTED,
				     LDAP_STRONG_AUTH_REQUIRED,
				     LDAP_INAPPROPRIATE_AUTH };
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (strstr(reason, ldap_err2string(codes[i])) != NULL)
			return ps_writer_say(writer, PS_WRITE_TEMPFAIL,
					     "%.190s: see setting "
					     "ldap.write_bind",
					     reason);
	}
	return ps_writer_say(writer, PS_WRITE_TEMPFAIL, "%s", reason);
}

static const char *who(const struct ps_config_ldap *config)
{
	switch (config->bind) {
	case PS_LDAP_BIND_NONE:
		return "without a name, the command";
	case PS_LDAP_BIND_SIMPLE:
		return config->bind_dn;
	case PS_LDAP_BIND_SASL:
		break;
	}
	return "by SASL EXTERNAL, the command";
}

/* What may pass, and the rest. */
static enum ps_write trouble(struct ps_writer *writer,
			     const struct ps_ldap_change *change, int code,
			     const char *server)
{
	switch (code) {
	case LDAP_TIMEOUT:
	case LDAP_SERVER_DOWN:
	case LDAP_CONNECT_ERROR:
	case LDAP_DECODING_ERROR:
	case LDAP_LOCAL_ERROR:
		return ps_writer_say(
			writer, PS_WRITE_TEMPFAIL,
			"%.100s: whether %.100s was changed is not "
			"known",
			server, change->dn);
	case LDAP_BUSY:
	case LDAP_UNAVAILABLE:
	case LDAP_NO_MEMORY:
	case LDAP_OTHER:
	case LDAP_OPERATIONS_ERROR:
		return ps_writer_say(writer, PS_WRITE_TEMPFAIL,
				     "%.120s: %.100s was not changed", server,
				     change->dn);
	default:
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "%.100s cannot be changed so: %.130s",
				     change->dn, server);
	}
}

/* server: the server, and what it says. */
static enum ps_write explain(struct ps_writer *writer,
			     const struct ps_ldap_change *change, int code,
			     const char *server, const char *referral)
{
	const struct ps_config_ldap *config =
		&ps_ldap_writer_of(writer)->config.ldap;

	switch (code) {
	case LDAP_REFERRAL:
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "the server is a copy that is not written "
				     "to, and names %.90s: set ldap.write_uris "
				     "to the one that is",
				     referral == NULL ? "no other" : referral);
	case LDAP_INSUFFICIENT_ACCESS:
	case LDAP_STRONG_AUTH_REQUIRED:
	case LDAP_CONFIDENTIALITY_REQUIRED:
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "%.60s may not change %.90s: allow it in "
				     "the server, or set ldap.write_bind and "
				     "ldap.write_bind_dn",
				     who(config), change->dn);
	case LDAP_ALREADY_EXISTS:
	case LDAP_TYPE_OR_VALUE_EXISTS:
	case LDAP_NO_SUCH_ATTRIBUTE:
		return ps_writer_say(writer, PS_WRITE_NOTHING,
				     "%.140s is so already: somebody else has "
				     "changed it meanwhile",
				     change->dn);
	case LDAP_NO_SUCH_OBJECT:
		return ps_writer_say(
			writer, PS_WRITE_REFUSED,
			"there is no entry for %.100s: see settings "
			"ldap.new_base, ldap.alias_base, ldap.domain_base",
			change->dn);
	case LDAP_UNDEFINED_TYPE:
	case LDAP_INVALID_SYNTAX:
	case LDAP_INVALID_DN_SYNTAX:
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "%.70s cannot be changed so: %.115s; does "
				     "the server know the classes of "
				     "examples/ldap?",
				     change->dn, server);
	default:
		return trouble(writer, change, code, server);
	}
}

/* ---- the commit ---- */

static size_t count_of(const struct ps_ldap_changes *changes)
{
	const struct ps_ldap_change *change;
	size_t count = 0;

	for (change = changes->first; change != NULL; change = change->next)
		count += !ps_ldap_change_is_empty(change);
	return count;
}

/* What was made stays: nothing in LDAP takes it back. */
static enum ps_write tell_of_the_rest(struct ps_writer *writer,
				      enum ps_write result)
{
	const struct ps_ldap_writer *own = ps_ldap_writer_of(writer);
	char reason[PS_REASON_MAX];

	if (own->made == 0)
		return result;
	snprintf(reason, sizeof(reason), "%s", writer->reason);
	return ps_writer_say(
		writer, result == PS_WRITE_NOTHING ? PS_WRITE_REFUSED : result,
		"%zu of %zu entries were changed, then: %.200s", own->made,
		count_of(&own->changes), reason);
}

static enum ps_write make_one(struct ps_writer *writer,
			      const struct ps_ldap_change *change)
{
	struct ps_ldap_writer *own = ps_ldap_writer_of(writer);
	struct ps_ldap *ldap = &own->store->ldap;
	char server[PS_REASON_MAX], *referral = NULL;
	enum ps_write result = PS_WRITE_DONE;
	int code;

	ps_ldap_begin(ldap);
	ldap->deadline = ps_ldap_now() + WRITE_SECONDS * 1000LL;
	if (ps_ldap_connect(ldap, server) != PS_FOUND)
		return ps_ldap_write_unknown(writer, server);
	ldap->io.until = ldap->deadline;
	code = ps_ldap_change_make(ldap, &own->changes, change, &referral);
	if (code != LDAP_SUCCESS) {
		ps_ldap_reason(ldap, code, server);
		result = explain(writer, change, code, server, referral);
	}
	ldap_memfree(referral);
	return result;
}

static enum ps_write commit(struct ps_writer *writer)
{
	struct ps_ldap_writer *own = ps_ldap_writer_of(writer);
	const struct ps_ldap_change *change;
	enum ps_write result = PS_WRITE_DONE;
	struct ps_ldap_quiet quiet;

	if (own->changes.failed)
		return ps_writer_say(writer, PS_WRITE_TEMPFAIL,
				     "out of memory: nothing was changed");
	if (writer->rehearsal)
		return PS_WRITE_DONE;
	ps_ldap_quiet_begin(&quiet);
	for (change = own->changes.first; change != NULL;
	     change = change->next) {
		if (ps_ldap_change_is_empty(change))
			continue;
		result = make_one(writer, change);
		if (result != PS_WRITE_DONE)
			break;
		own->made++;
	}
	ps_ldap_quiet_end(&quiet);
	return result == PS_WRITE_DONE ? result
				       : tell_of_the_rest(writer, result);
}

const struct ps_writer_backend ps_writer_ldap = {
	.make = make,
	.prepare = prepare,
	.commit = commit,
	.close = close_writer,
	.takes_password = takes_password,
	.add_domain = ps_ldap_add_domain,
	.add_alias_domain = ps_ldap_add_alias_domain,
	.add_relayed_domain = ps_ldap_add_relayed_domain,
	.add_system_aliases = ps_ldap_add_system_aliases,
	.remove_domain = ps_ldap_remove_domain,
	.add_alias = ps_ldap_add_alias,
	.remove_alias = ps_ldap_remove_alias,
	.remove_alias_id = ps_ldap_remove_alias_id,
	.add_account = ps_ldap_add_account,
	.has_account = ps_ldap_has_account,
	.remove_account = ps_ldap_remove_account,
	.set_credential = ps_ldap_set_credential,
	.set_password = ps_ldap_set_password,
	.set_once = ps_ldap_set_once,
	.set_state = ps_ldap_set_state,
	.set = ps_ldap_set,
	.add_sender = ps_ldap_add_sender,
	.remove_sender = ps_ldap_remove_sender,
};
