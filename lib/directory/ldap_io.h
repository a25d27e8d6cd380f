/* ldap_io.h - no read or write of libldap waits longer than it may. */
#ifndef PS_DIRECTORY_LDAP_IO_H
#define PS_DIRECTORY_LDAP_IO_H

#include <ldap.h>
#include <signal.h>
#include <stdbool.h>

#define PS_LDAP_AHEAD 4096 /* octets; an answer about one entry fits; ours */

/*
 * libldap's own timeouts end neither a TLS handshake nor the rest of an answer
 * that has begun: it reads without end, or in a loop.  A layer between it and
 * the socket ends both.  It also reads ahead: libldap itself takes the head of
 * each message first, and its rest by another read.  Must outlive the LDAP
 * handle.
 */
struct ps_ldap_io {
	ldap_conncb hook;
	long long until; /* by ps_ldap_now(); then a read or write fails */
	size_t at, end;	 /* of ahead, what libldap has not taken */
	char ahead[PS_LDAP_AHEAD];
};

/* Monotonic; ms. */
long long ps_ldap_now(void);
/* What is left until then, at least 1 ms; for libldap. */
struct timeval ps_ldap_left(long long until);
/* Before ld connects.  A result code of LDAP. */
int ps_ldap_io_attach(struct ps_ldap_io *io, LDAP *ld);

/* Around what ends a connection, should libldap write(2) once more when the
 * layer is gone: a host may not ignore SIGPIPE.  The layer raises none. */
struct ps_ldap_quiet {
	sigset_t before;
	bool pending;
};
void ps_ldap_quiet_begin(struct ps_ldap_quiet *quiet);
void ps_ldap_quiet_end(const struct ps_ldap_quiet *quiet);

#endif
