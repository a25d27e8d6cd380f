/* dkim_engine.c - our own verifier and signer as an engine. */

#include "core/auth/dkim_engine.h"

#include <stdlib.h>

static int verifier_new(void *ctx, const struct ps_fields *fields,
			const struct ps_crypto *crypto,
			const struct ps_dkim_options *options,
			void **verifier_r)
{
	struct ps_dkim_verifier *verifier;
	int result = ps_dkim_verifier_new(fields, crypto, options, &verifier);

	(void)ctx;
	*verifier_r = verifier;
	return result;
}

static void verifier_body(void *verifier, const void *data, size_t len)
{
	ps_dkim_verifier_body(verifier, data, len);
}

static bool verifier_keys(void *verifier, const struct ps_dns *dns)
{
	return ps_dkim_verifier_keys(verifier, dns);
}

static const struct ps_dkim_verdict *verifier_verdicts(const void *verifier,
						       size_t *count_r)
{
	return ps_dkim_verifier_verdicts(verifier, count_r);
}

static bool verifier_finish(void *verifier, const struct ps_dns *dns,
			    const struct ps_dkim_verdict **verdicts_r,
			    size_t *count_r)
{
	return ps_dkim_verifier_finish(verifier, dns, verdicts_r, count_r);
}

static void verifier_free(void **verifier_p)
{
	struct ps_dkim_verifier *verifier = *verifier_p;

	*verifier_p = NULL;
	ps_dkim_verifier_free(&verifier);
}

struct signer {
	const struct ps_dkim_signing *signing;
	struct ps_dkim_signer *signer;
};

static int signer_new(void *ctx, const struct ps_dkim_signing *signing,
		      void **signer_r)
{
	struct signer *signer = malloc(sizeof(*signer));

	(void)ctx;
	*signer_r = NULL;
	if (signer == NULL)
		return -1;
	signer->signing = signing;
	if (ps_dkim_signer_new(signing->crypto, signing->options,
			       &signer->signer) < 0) {
		free(signer);
		return -1;
	}
	*signer_r = signer;
	return 0;
}

static void signer_body(void *signer_p, const void *data, size_t len)
{
	struct signer *signer = signer_p;

	ps_dkim_signer_body(signer->signer, data, len);
}

static int signer_sign(void *signer_p, size_t i, struct ps_buffer *value_r)
{
	struct signer *signer = signer_p;
	const struct ps_dkim_signing *signing = signer->signing;
	const struct ps_dkim_key *key = &signing->keys[i];

	return ps_dkim_signer_sign(signer->signer, signing->fields,
				   signing->domain, key->selector, key->type,
				   key->private, value_r);
}

static void signer_free(void **signer_p)
{
	struct signer *signer = *signer_p;

	*signer_p = NULL;
	if (signer == NULL)
		return;
	ps_dkim_signer_free(&signer->signer);
	free(signer);
}

const struct ps_dkim_engine ps_dkim_engine_own = {
	.verifier_new = verifier_new,
	.verifier_body = verifier_body,
	.verifier_keys = verifier_keys,
	.verifier_verdicts = verifier_verdicts,
	.verifier_finish = verifier_finish,
	.verifier_free = verifier_free,
	.signer_new = signer_new,
	.signer_body = signer_body,
	.signer_sign = signer_sign,
	.signer_free = signer_free,
};
