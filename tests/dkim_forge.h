/* dkim_forge.h - messages with the DKIM signatures that a row asks for, right
 * or wrong; signed by OpenSSL itself, not by what is tested. */
#ifndef PS_TESTS_DKIM_FORGE_H
#define PS_TESTS_DKIM_FORGE_H

#include "core/text/buffer.h"

/* Made once for the process. */
enum forge_key {
	FORGE_RSA,	/* 2,048 bits; "@rsa" */
	FORGE_RSA_1024, /* "@rsa1024" */
	FORGE_RSA_1016, /* "@rsa1016" */
	FORGE_RSA_1023, /* "@rsa1023": in octets as many as 1,024 */
	FORGE_RSA_4096, /* "@rsa4096" */
	FORGE_ED25519,	/* "@ed25519" */
	FORGE_OTHER	/* a second RSA key of 2,048 bits; "@other" */
};

/*
 * Put a DKIM-Signature of these tags on top of message (CRLF).  "bh=@" and
 * "b=@" in them become right; c=, l=, a= and h= are taken as they stand there,
 * an unreadable l= as none.  A field of h= is never the new one itself.
 */
void forge_sign(struct ps_buffer *message, const char *tags,
		enum forge_key key);
/* Text with the names of keys replaced by their p=.  free() it. */
char *forge_zone(const char *text);

#endif
