/* engines.h - both DKIM engines over the same messages. */
#ifndef PS_TESTS_ENGINES_H
#define PS_TESTS_ENGINES_H

#include "core/auth/dkim_engine.h"
#include "fake_dns.h"
#include "listed.h"

#include <jansson.h>

/* Of a.test, and in its zone: "r" and "e". */
struct engines_keys {
	struct ps_private_key *key[2]; /* RSA, Ed25519 */
	struct fake_dns *zone;
};

void engines_keys_make(struct engines_keys *keys);
void engines_keys_free(struct engines_keys *keys);

struct engines {
	const struct ps_crypto *crypto;
	const struct ps_dkim_engine *ours, *theirs;
	struct listed *listed;
	struct engines_keys keys;
	unsigned int passed, failed;
};

/* A message, header and body with CRLF. */
struct engines_message {
	struct ps_arena *arena;
	struct ps_fields fields;
	struct ps_bytes body;
};

void engines_read(struct ps_bytes octets, struct engines_message *message_r);
void engines_message_free(struct engines_message *message);

/* The time, for both: libopendkim asks time(3). */
void engines_set_time(uint64_t seconds);

/* Count one; print a failing one. */
void engines_count(struct engines *engines, bool good, const char *id,
		   const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Of each signature ("ID", of several "ID#1" from the top down) what both say,
 * against the list. */
void engines_compare(struct engines *engines, const char *id,
		     struct ps_bytes octets, struct fake_dns *zone,
		     unsigned int max);
/* Of the topmost signature. */
void engines_first(const struct engines *engines,
		   const struct ps_dkim_engine *engine,
		   const struct engines_message *message, struct fake_dns *zone,
		   struct ps_dkim_verdict *verdict_r);
/* How many signatures pass. */
size_t engines_passes(const struct engines *engines,
		      const struct ps_dkim_engine *engine,
		      const struct engines_message *message,
		      struct fake_dns *zone);
/* 0, or -1: it would not. */
int engines_sign(const struct ps_dkim_engine *engine,
		 const struct ps_dkim_signing *signing, struct ps_bytes body,
		 size_t step, size_t key, struct ps_buffer *value);

struct engines_signing {
	const char *id;
	struct ps_bytes octets;
	struct ps_dkim_sign_options options;
	size_t key;
	const char *body_hash; /* base64; NULL: whatever */
	bool ours; /* what libopendkim cannot do right: we sign it, and by it
		      nothing of it passes */
};

/* Both sign, and both verify both; but libopendkim neither where that is
 * listed. */
void engines_sign_both(struct engines *engines,
		       const struct engines_signing *one);

/* Our own corpus. */
void engines_rows(struct engines *engines);
void engines_signings(struct engines *engines);
void engines_bounds(struct engines *engines);
/* A file of published vectors.  False: of a format that is not for this. */
bool engines_suite(struct engines *engines, const json_t *file);

#endif
