/* dkim_engine.h - what verifies and makes DKIM signatures: our own code, or
 * another's behind the same interface. */
#ifndef PS_CORE_AUTH_DKIM_ENGINE_H
#define PS_CORE_AUTH_DKIM_ENGINE_H

#include "core/auth/dkim.h"
#include "core/auth/dkim_sign.h"

struct ps_dkim_key {
	const char *selector;
	enum ps_key_type type;
	struct ps_private_key *private;
};

/* What is signed with.  Everything is borrowed until signer_free; the header
 * is complete. */
struct ps_dkim_signing {
	const struct ps_crypto *crypto;
	const struct ps_dkim_sign_options *options;
	const struct ps_fields *fields;
	const char *domain;
	const struct ps_dkim_key *keys;
	size_t count;
};

/* Safe in any thread; a verifier or signer in one at a time. */
struct ps_dkim_engine {
	/* As ps_dkim_verifier_*() in dkim.h.  The body goes to verifier_body
	 * also when options.bodies get it. */
	int (*verifier_new)(void *ctx, const struct ps_fields *fields,
			    const struct ps_crypto *crypto,
			    const struct ps_dkim_options *options,
			    void **verifier_r);
	void (*verifier_body)(void *verifier, const void *data, size_t len);
	bool (*verifier_keys)(void *verifier, const struct ps_dns *dns);
	const struct ps_dkim_verdict *(*verifier_verdicts)(const void *verifier,
							   size_t *count_r);
	bool (*verifier_finish)(void *verifier, const struct ps_dns *dns,
				const struct ps_dkim_verdict **verdicts_r,
				size_t *count_r);
	void (*verifier_free)(void **verifier); /* accepts NULL */

	/* As ps_dkim_signer_*() in dkim_sign.h; key: which of signing's. */
	int (*signer_new)(void *ctx, const struct ps_dkim_signing *signing,
			  void **signer_r);
	void (*signer_body)(void *signer, const void *data, size_t len);
	int (*signer_sign)(void *signer, size_t key, struct ps_buffer *value_r);
	void (*signer_free)(void **signer); /* accepts NULL */
	void *ctx;
};

/* Ours: the engine of record. */
extern const struct ps_dkim_engine ps_dkim_engine_own;

#endif
