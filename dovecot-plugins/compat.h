/* compat.h - what differs between Dovecot's versions, behind one face. */
#ifndef PS_DOVECOT_COMPAT_H
#define PS_DOVECOT_COMPAT_H

/*
 * Exactly one compat_*.c is compiled, for the version whose headers are here;
 * version names stand there and nowhere else.
 */
#include "auth-common.h"
#include "passdb.h"
#include "userdb.h"

struct ps_shared;

struct ps_source {
	const char *file;	  /* of the configuration */
	struct ps_shared *shared; /* NULL: not opened yet */
};

/* Ours begin with Dovecot's; both live in the pool of its configuration. */
struct ps_passdb {
	struct passdb_module module;
	struct ps_source source;
};
struct ps_userdb {
	struct userdb_module module;
	struct ps_source source;
};

/* Complete and register: preinit makes the structs above and sets the file, and
 * sees to it that lookups run in an auth worker, never in the event loop. */
void ps_compat_register(struct passdb_module_interface *passdb,
			struct userdb_module_interface *userdb);

void ps_compat_unknown_user(struct auth_request *request);
void ps_compat_password_mismatch(struct auth_request *request);
/* The administrator's own passdb fields.  -1: failed, and logged. */
int ps_compat_passdb_fields(struct auth_request *request);
/* Logs a mismatch; INTERNAL_FAILURE when the hash cannot be understood. */
enum passdb_result ps_compat_password_verify(struct auth_request *request,
					     const char *password,
					     const char *crypted,
					     const char *scheme);
/* As ps_compat_passdb_fields(), after the driver's own are set. */
int ps_compat_userdb_fields(struct auth_request *request);
/* location: "driver:path".  -1, and logged: this Dovecot cannot have it so. */
int ps_compat_set_mail(struct auth_request *request, const char *location);
/* quota: a size, "2G". */
void ps_compat_set_quota(struct auth_request *request, const char *quota);

#endif
