/* dkim_keyrecord.h - one key record (RFC 6376 section 3.6.1, RFC 8463). */
#ifndef PS_CORE_AUTH_DKIM_KEYRECORD_H
#define PS_CORE_AUTH_DKIM_KEYRECORD_H

#include "core/auth/crypto.h"
#include "core/text/bytes.h"

#define PS_DKIM_KEYRECORD_MAX 8192 /* octets of text looked at; ours */

struct ps_dkim_keyrecord {
	enum ps_key_type type;
	bool revoked;	    /* p= is empty */
	bool allows_sha1;   /* h= */
	bool allows_sha256; /* h= */
	bool allows_email;  /* s= */
	bool testing;	    /* t=y */
	bool strict;	    /* t=s: i= must be at d= itself */
	struct ps_bytes hashes, services, flags; /* as written; slices */
	unsigned char key[PS_PUBLIC_KEY_MAX];
	size_t key_len;
};

/* NULL: usable; else why not, as static text. */
const char *ps_dkim_keyrecord_parse(struct ps_bytes text,
				    struct ps_dkim_keyrecord *record_r);

#endif
