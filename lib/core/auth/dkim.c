/* dkim.c - DKIM verification of one message (RFC 6376 section 6). */

#include "core/auth/dkim.h"

#include "core/auth/dkim_candidates.h"
#include "core/auth/dkim_check.h"

#include <stdlib.h>
#include <string.h>

struct ps_dkim_verifier {
	const struct ps_fields *fields;
	const struct ps_crypto *crypto;
	const struct ps_idn *idn;
	struct ps_dkim_candidates candidates;
	struct ps_dkim_body *body[PS_DKIM_SIGNATURES_MAX]; /* the bodies' */
	struct ps_dkim_bodies *bodies;
	struct ps_dkim_bodies *own; /* the same, or NULL: somebody else's */
};

/* ---- before the body ---- */

static int get_bodies(struct ps_dkim_verifier *verifier)
{
	const struct ps_dkim_candidate *one;
	size_t i;

	for (i = 0; i < verifier->candidates.count; i++) {
		one = &verifier->candidates.at[i];
		if (one->judged)
			continue;
		verifier->body[i] = ps_dkim_bodies_get(
			verifier->bodies, one->parsed.hash,
			one->parsed.body_canon, one->parsed.length);
		if (verifier->body[i] == NULL)
			return -1;
	}
	return 0;
}

int ps_dkim_verifier_new(const struct ps_fields *fields,
			 const struct ps_crypto *crypto,
			 const struct ps_dkim_options *options,
			 struct ps_dkim_verifier **verifier_r)
{
	struct ps_dkim_verifier *verifier = malloc(sizeof(*verifier));

	*verifier_r = verifier;
	if (verifier == NULL)
		return -1;
	memset(verifier, 0, sizeof(*verifier));
	verifier->fields = fields;
	verifier->crypto = crypto;
	verifier->idn = options->idn;
	verifier->bodies = options->bodies;
	if (verifier->bodies == NULL &&
	    ps_dkim_bodies_new(crypto, &verifier->own) == 0)
		verifier->bodies = verifier->own;
	if (verifier->bodies != NULL &&
	    ps_dkim_candidates_read(fields, options, &verifier->candidates) ==
		    0 &&
	    get_bodies(verifier) == 0)
		return 0;
	ps_dkim_verifier_free(verifier_r);
	return -1;
}

void ps_dkim_verifier_free(struct ps_dkim_verifier **verifier_p)
{
	struct ps_dkim_verifier *verifier = *verifier_p;

	*verifier_p = NULL;
	if (verifier == NULL)
		return;
	ps_dkim_bodies_free(&verifier->own);
	ps_dkim_candidates_free(&verifier->candidates);
	free(verifier);
}

void ps_dkim_verifier_body(struct ps_dkim_verifier *verifier, const void *data,
			   size_t len)
{
	if (verifier->own != NULL)
		ps_dkim_bodies_add(verifier->own, data, len);
}

/* ---- the key ---- */

bool ps_dkim_verifier_keys(struct ps_dkim_verifier *verifier,
			   const struct ps_dns *dns)
{
	const struct ps_dns_answer *answer = NULL;
	const struct ps_dkim_candidate *one;
	bool done = true;
	size_t i;

	for (i = 0; i < verifier->candidates.count; i++) {
		one = &verifier->candidates.at[i];
		if (!one->judged &&
		    ps_dkim_check_ask(&one->parsed, verifier->idn, dns,
				      &answer) == PS_DNS_PENDING)
			done = false;
	}
	return done;
}

/* ---- the verdict ---- */

const struct ps_dkim_verdict *
ps_dkim_verifier_verdicts(const struct ps_dkim_verifier *verifier,
			  size_t *count_r)
{
	*count_r = verifier->candidates.count;
	return verifier->candidates.verdict;
}

/* False: the key is on its way. */
static bool finish_one(struct ps_dkim_verifier *verifier, size_t i,
		       const struct ps_dns *dns)
{
	struct ps_dkim_candidates *candidates = &verifier->candidates;
	const struct ps_dkim_signature *parsed = &candidates->at[i].parsed;
	struct ps_dkim_verdict *verdict = &candidates->verdict[i];
	const struct ps_dns_answer *answer = NULL;
	struct ps_dkim_check check;

	switch (ps_dkim_check_ask(parsed, verifier->idn, dns, &answer)) {
	case PS_DNS_PENDING:
		return false;
	case PS_DNS_TEMPFAIL:
		ps_dkim_candidates_judge(candidates, i, PS_DKIM_TEMPERROR,
					 "the key cannot be fetched now");
		return true;
	case PS_DNS_NOTFOUND:
		ps_dkim_candidates_judge(candidates, i, PS_DKIM_PERMERROR,
					 "there is no key record");
		return true;
	case PS_DNS_FOUND:
		break;
	}
	check = ps_dkim_check_message(parsed, verifier->body[i],
				      verifier->fields, verifier->crypto,
				      answer);
	verdict->key_bits = check.bits;
	verdict->testing = check.testing;
	verdict->length_limited = check.cut;
	ps_dkim_candidates_judge(candidates, i, check.result, check.reason);
	return true;
}

bool ps_dkim_verifier_finish(struct ps_dkim_verifier *verifier,
			     const struct ps_dns *dns,
			     const struct ps_dkim_verdict **verdicts_r,
			     size_t *count_r)
{
	bool done = true;
	size_t i;

	for (i = 0; i < verifier->candidates.count; i++) {
		if (!verifier->candidates.at[i].judged &&
		    !finish_one(verifier, i, dns))
			done = false;
	}
	*verdicts_r = ps_dkim_verifier_verdicts(verifier, count_r);
	return done;
}
