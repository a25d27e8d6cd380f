/*
 * conformance.h - published test vectors, run through the core.
 *
 * To add a format: write conformance_NAME() in a file of its own (NAME.c, it is
 * globbed), declare it here, add it to formats[] in conformance.c and its
 * files to CMakeLists.txt.  The function runs every case of the file, with
 * each zone both ways (fake_dns_pending() off and on), and calls
 * conformance_case() once for each.
 */
#ifndef PS_TESTS_CONFORMANCE_H
#define PS_TESTS_CONFORMANCE_H

#include "core/text/buffer.h"

#include <jansson.h>

struct conformance {
	unsigned int passed, failed;
};

/* Count one case; print a failing one with its id. */
void conformance_case(struct conformance *tally, const json_t *test, bool good,
		      const char *expected, const char *got);

/* A member's text with its length; empty when there is no such text. */
struct ps_bytes conformance_text(const json_t *object, const char *key);
/* The same, or "" when missing: for members that cannot hold NUL. */
const char *conformance_cstr(const json_t *object, const char *key);
/* "message" or "message_b64"; free(*memory_r) when done with it. */
struct ps_bytes conformance_message(const json_t *test, char **memory_r);
/* Is word the expected text, or one of the expected list? */
bool conformance_expects(const json_t *expected, const char *word);
/* Compact JSON of it, for the failure's line; free() it. */
char *conformance_dump(const json_t *value);

/* The formats, each in its file. */
void conformance_arc(const json_t *file, struct conformance *tally);
void conformance_arc_sign(const json_t *file, struct conformance *tally);
void conformance_authres(const json_t *file, struct conformance *tally);
void conformance_authres_strip(const json_t *file, struct conformance *tally);
void conformance_dkim(const json_t *file, struct conformance *tally);
void conformance_dkim_canon(const json_t *file, struct conformance *tally);
void conformance_dkim_keyrecord(const json_t *file, struct conformance *tally);
void conformance_dkim_sign(const json_t *file, struct conformance *tally);
void conformance_dmarc(const json_t *file, struct conformance *tally);
void conformance_dmarc_external(const json_t *file, struct conformance *tally);
void conformance_message_auth(const json_t *file, struct conformance *tally);
void conformance_messages(const json_t *file, struct conformance *tally);
void conformance_psl(const json_t *file, struct conformance *tally);
void conformance_spf(const json_t *file, struct conformance *tally);

#endif
