/* dkim.c - DKIM verification of one message (RFC 6376 section 6). */

#include "core/auth/dkim.h"

#include "core/auth/dkim_check.h"
#include "core/text/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct one {
	struct ps_dkim_signature parsed;
	struct ps_dkim_body *body; /* borrowed from bodies; NULL: not needed */
	bool judged;
};

struct ps_dkim_verifier {
	const struct ps_fields *fields;
	const struct ps_crypto *crypto;
	const struct ps_idn *idn;
	uint64_t now;
	size_t count;
	struct one *one;
	struct ps_dkim_verdict *verdict;
	struct ps_dkim_bodies *bodies;
	struct ps_dkim_bodies *own; /* the same, or NULL: somebody else's */
};

static void judge(struct ps_dkim_verifier *verifier, size_t i,
		  enum ps_dkim_result result, const char *reason)
{
	struct ps_dkim_verdict *verdict = &verifier->verdict[i];

	verdict->result = result;
	snprintf(verdict->reason, sizeof(verdict->reason), "%s", reason);
	verifier->one[i].judged = true;
}

/* ---- before the body ---- */

/* The first mailbox of the first From: only to choose which come first. */
static void from_domain(const struct ps_fields *fields,
			char domain_r[PS_DOMAIN_MAX + 1])
{
	const struct ps_field *from = ps_fields_find(fields, "from", 0);
	struct ps_mailbox mailboxes[PS_MAILBOXES_MAX];
	size_t count = 0;

	domain_r[0] = '\0';
	if (from == NULL)
		return;
	(void)ps_address_list(from->value, mailboxes, &count);
	if (count > 0)
		(void)ps_domain_normalize(mailboxes[0].domain, domain_r);
}

static bool is_aligned(const char *domain, const char *from)
{
	return from[0] != '\0' && (ps_domain_within(domain, from) ||
				   ps_domain_within(from, domain));
}

/* What is wrong whatever the key says. */
static void judge_early(struct ps_dkim_verifier *verifier, size_t i)
{
	const struct ps_dkim_signature *parsed = &verifier->one[i].parsed;

	if (parsed->hash == PS_HASH_SHA1)
		judge(verifier, i, PS_DKIM_POLICY,
		      "rsa-sha1 is not accepted (RFC 8301)");
	else if (parsed->expires <= verifier->now)
		judge(verifier, i, PS_DKIM_POLICY, "the signature has expired");
}

static bool get_body(struct ps_dkim_verifier *verifier, struct one *one)
{
	one->body =
		ps_dkim_bodies_get(verifier->bodies, one->parsed.hash,
				   one->parsed.body_canon, one->parsed.length);
	return one->body != NULL;
}

/* The author's first, then from the top down, until there are enough. */
static int choose(struct ps_dkim_verifier *verifier, unsigned int most)
{
	char from[PS_DOMAIN_MAX + 1];
	unsigned int chosen = 0, turn;
	struct one *one;
	size_t i;

	from_domain(verifier->fields, from);
	for (turn = 0; turn < 2; turn++) {
		for (i = 0; i < verifier->count; i++) {
			one = &verifier->one[i];
			if (one->judged || one->body != NULL ||
			    is_aligned(one->parsed.domain, from) != (turn == 0))
				continue;
			if (chosen++ >= most)
				judge(verifier, i, PS_DKIM_POLICY,
				      "one more signature than are verified");
			else if (!get_body(verifier, one))
				return -1;
		}
	}
	return 0;
}

static int parse_all(struct ps_dkim_verifier *verifier)
{
	size_t i, count = ps_fields_count(verifier->fields, "dkim-signature");
	const char *error;

	if (count > PS_DKIM_SIGNATURES_MAX)
		count = PS_DKIM_SIGNATURES_MAX;
	if (count == 0)
		return 0;
	verifier->one = malloc(count * sizeof(*verifier->one));
	verifier->verdict = malloc(count * sizeof(*verifier->verdict));
	if (verifier->one == NULL || verifier->verdict == NULL)
		return -1;
	verifier->count = count;
	for (i = 0; i < count; i++) {
		verifier->one[i].body = NULL;
		verifier->one[i].judged = false;
		error = ps_dkim_signature_parse(
			ps_fields_find(verifier->fields, "dkim-signature", i),
			&verifier->one[i].parsed, &verifier->verdict[i]);
		if (error != NULL)
			judge(verifier, i, PS_DKIM_PERMERROR, error);
		else if (verifier->fields->overflow)
			judge(verifier, i, PS_DKIM_PERMERROR,
			      "the header is too large to be verified");
		else
			judge_early(verifier, i);
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
	verifier->now = options->now;
	verifier->idn = options->idn;
	verifier->bodies = options->bodies;
	if (verifier->bodies == NULL &&
	    ps_dkim_bodies_new(crypto, &verifier->own) == 0)
		verifier->bodies = verifier->own;
	if (verifier->bodies != NULL && parse_all(verifier) == 0 &&
	    choose(verifier, options->signatures_max) == 0)
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
	free(verifier->one);
	free(verifier->verdict);
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
	bool done = true;
	size_t i;

	for (i = 0; i < verifier->count; i++) {
		if (!verifier->one[i].judged &&
		    ps_dkim_check_ask(&verifier->one[i].parsed, verifier->idn,
				      dns, &answer) == PS_DNS_PENDING)
			done = false;
	}
	return done;
}

/* ---- the verdict ---- */

/* False: the key is on its way. */
static bool finish_one(struct ps_dkim_verifier *verifier, size_t i,
		       const struct ps_dns *dns)
{
	const struct ps_dns_answer *answer = NULL;
	struct one *one = &verifier->one[i];
	struct ps_dkim_check check;

	switch (ps_dkim_check_ask(&one->parsed, verifier->idn, dns, &answer)) {
	case PS_DNS_PENDING:
		return false;
	case PS_DNS_TEMPFAIL:
		judge(verifier, i, PS_DKIM_TEMPERROR,
		      "the key cannot be fetched now");
		return true;
	case PS_DNS_NOTFOUND:
		judge(verifier, i, PS_DKIM_PERMERROR, "there is no key record");
		return true;
	case PS_DNS_FOUND:
		break;
	}
	check = ps_dkim_check_message(&one->parsed, one->body, verifier->fields,
				      verifier->crypto, answer);
	verifier->verdict[i].key_bits = check.bits;
	verifier->verdict[i].testing = check.testing;
	judge(verifier, i, check.result, check.reason);
	return true;
}

bool ps_dkim_verifier_finish(struct ps_dkim_verifier *verifier,
			     const struct ps_dns *dns,
			     const struct ps_dkim_verdict **verdicts_r,
			     size_t *count_r)
{
	bool done = true;
	size_t i;

	for (i = 0; i < verifier->count; i++) {
		if (!verifier->one[i].judged && !finish_one(verifier, i, dns))
			done = false;
	}
	*verdicts_r = verifier->verdict;
	*count_r = verifier->count;
	return done;
}
