/* authres_read.h - read an Authentication-Results field (RFC 8601 2.2). */
#ifndef PS_CORE_AUTH_AUTHRES_READ_H
#define PS_CORE_AUTH_AUTHRES_READ_H

#include "core/text/arena.h"
#include "core/text/idn.h"

#define PS_AUTHRES_RESULTS_MAX	  1000 /* of one field; ours */
#define PS_AUTHRES_PROPERTIES_MAX 100  /* of one result; ours */

/* "header.d=example.com": words as written. */
struct ps_authres_property {
	struct ps_authres_property *next;
	struct ps_bytes ptype, property;
	struct ps_bytes value; /* out of its quotes, if it is all in quotes */
};

/* "dkim/1=pass reason=..." */
struct ps_authres_result {
	struct ps_authres_result *next;
	struct ps_bytes method, result;
	struct ps_bytes reason; /* out of its quotes; at is NULL: none */
	unsigned int version;	/* of the method; 0: none said */
	struct ps_authres_property *properties; /* as they stand */
};

struct ps_authres_field {
	struct ps_bytes authserv_id;	   /* out of its quotes */
	unsigned int version;		   /* 0: none said, which means 1 */
	struct ps_authres_result *results; /* NULL: "none" */
};

/*
 * What stands behind the colon.  All is borrowed from value, or stands in the
 * arena.  False: not of this syntax in any part, of another version (2.5), past
 * a bound, or out of memory: the field says nothing.
 *
 * More than the syntax is understood where nothing else can be meant: a final
 * semicolon, and values that should have quotes for ":" "/" "=" "?" "@" "[" "]"
 * "<" ">" or "," in them.
 */
bool ps_authres_read(struct ps_bytes value, struct ps_arena *arena,
		     struct ps_authres_field *field_r);
/*
 * Does the field claim this authserv-id, so that a receiver must remove it
 * (RFC 8601 5)?  True also when it cannot be read far enough to tell.  idn may
 * be NULL.
 */
bool ps_authres_claims(struct ps_bytes value, const char *authserv_id,
		       const struct ps_idn *idn);

#endif
