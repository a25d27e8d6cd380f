/* opendkim_parts.h - what the files of the engine over libopendkim share. */
#ifndef PS_IO_OPENDKIM_PARTS_H
#define PS_IO_OPENDKIM_PARTS_H

#include "core/auth/dkim_engine.h"

#include <sys/types.h> /* u_char, which the next one names */

#include <opendkim/dkim.h>

#define PS_OPENDKIM_IDENTITY_MAX 256 /* of i=: its MAXADDRESS */

/* The library's memory; its closure is a bool, set when there is none. */
void *ps_opendkim_get(void *no_memory, size_t len);
void ps_opendkim_give(void *no_memory, void *memory);

/* False: it would be another header to the library, which reads up to NUL, and
 * takes VT, FF and a bare CR or LF for white space. */
bool ps_opendkim_reads(const struct ps_fields *fields);
/* A field as it went over the wire. */
DKIM_STAT ps_opendkim_field(DKIM *dkim, const struct ps_field *field);

/* What went by of a body. */
struct ps_opendkim_body {
	bool any;
	bool bare; /* a CR or LF alone: some of that it leaves out of its hash
		      (CR where it relaxes, else the end of a line with LF) */
	char before_last, last;
};

void ps_opendkim_body_note(struct ps_opendkim_body *body, const void *data,
			   size_t len);
/* RFC 6376 3.4.3, 3.4.4: a last line without its end gets one; the library
 * refuses it. */
bool ps_opendkim_body_is_open(const struct ps_opendkim_body *body);

/* What the library found; reason_r: static text.  The key was tried, or an
 * error is known without. */
enum ps_dkim_result ps_opendkim_result(DKIM_SIGINFO *signature,
				       const char **reason_r);

/* Asked by the library for a key, from within a verifier. */
DKIM_CBSTAT ps_opendkim_key(DKIM *dkim, DKIM_SIGINFO *signature,
			    unsigned char *text, size_t size);

/* The engine; ctx is the DKIM_LIB that verifies. */
int ps_opendkim_verifier_new(void *ctx, const struct ps_fields *fields,
			     const struct ps_crypto *crypto,
			     const struct ps_dkim_options *options,
			     void **verifier_r);
void ps_opendkim_verifier_body(void *verifier, const void *data, size_t len);
bool ps_opendkim_verifier_keys(void *verifier, const struct ps_dns *dns);
const struct ps_dkim_verdict *
ps_opendkim_verifier_verdicts(const void *verifier, size_t *count_r);
bool ps_opendkim_verifier_finish(void *verifier, const struct ps_dns *dns,
				 const struct ps_dkim_verdict **verdicts_r,
				 size_t *count_r);
void ps_opendkim_verifier_free(void **verifier);
int ps_opendkim_signer_new(void *ctx, const struct ps_dkim_signing *signing,
			   void **signer_r);
void ps_opendkim_signer_body(void *signer, const void *data, size_t len);
int ps_opendkim_signer_sign(void *signer, size_t key,
			    struct ps_buffer *value_r);
void ps_opendkim_signer_free(void **signer);

#endif
