/* ldap_connection.h - one connection to the first LDAP server that answers. */
#ifndef PS_DIRECTORY_LDAP_CONNECTION_H
#define PS_DIRECTORY_LDAP_CONNECTION_H

#include "directory/directory.h"
#include "directory/ldap_io.h"

#include <sys/types.h>

/*
 * Opened by the first question and kept; when it is lost, the next question
 * opens it anew, at the server that was asked last or one behind it in the
 * list.  A child of fork() does not touch its parent's.  Nothing here leaves a
 * SIGPIPE behind.
 */
struct ps_ldap {
	const struct ps_config_ldap *config; /* borrowed */
	LDAP *ld;			     /* NULL: not connected */
	struct ps_ldap_io io;		     /* of ld */
	pid_t owner;			     /* whose ld is */
	size_t server;			     /* in config->uris */
	long long deadline;		     /* of the lookup; ms */
	bool again;			     /* it has connected anew */
	bool bare; /* without the bind of the settings, for passwords */
};

/* A lookup begins: from here it takes config->timeout seconds in all. */
void ps_ldap_begin(struct ps_ldap *ldap);
/*
 * FOUND: connected, with TLS and bound as the settings say.  TEMPFAIL when no
 * server could be had before the deadline; reason_r tells of the last.
 */
enum ps_outcome ps_ldap_connect(struct ps_ldap *ldap,
				char reason_r[PS_REASON_MAX]);
/* io.until of what is asked next: the deadline, but where there is another
 * server to turn to, half of the time that is left. */
void ps_ldap_set_time(struct ps_ldap *ldap);
/* next: the server there is to be left for the next in the list. */
void ps_ldap_drop(struct ps_ldap *ldap, bool next);
void ps_ldap_close(struct ps_ldap *ldap);
/* The server that is asked, and what libldap says of code. */
void ps_ldap_reason(const struct ps_ldap *ldap, int code,
		    char reason_r[PS_REASON_MAX]);
/*
 * The result code of the one answer to msgid, until io.until; LDAP_TIMEOUT
 * without it.  *referral_r, which may be NULL: the server it refers to, where
 * it does; ldap_memfree() it.
 */
int ps_ldap_result(const struct ps_ldap *ldap, int msgid, char **referral_r);
/*
 * A simple bind with dn and password, neither empty (RFC 4513 5.1.2), on the
 * connection there is, until io.until.  The result code.
 */
int ps_ldap_simple_bind(struct ps_ldap *ldap, const char *dn,
			const char *password);

#endif
