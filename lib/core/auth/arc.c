/* arc.c - ARC: validation of the chain of one message (RFC 8617 section 5.2).
 */

#include "core/auth/arc.h"

#include "core/auth/arc_hash.h"
#include "core/auth/dkim_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How far back message signatures are looked at; ours (step 5 is optional, and
 * each costs a hash of the header). */
#define OLDER_MAX 10

struct one {
	struct ps_dkim_signature parsed;
	struct ps_dkim_body *body; /* borrowed; not of a seal */
	const char *error;	   /* it cannot hold, whatever the key */
};

struct set {
	struct one message, seal;
};

struct ps_arc_validator {
	const struct ps_fields *fields;
	const struct ps_crypto *crypto;
	struct ps_arc_options options;
	struct ps_arc_chain chain;
	struct set *set;     /* NULL: no set, or a broken chain */
	unsigned int oldest; /* from here on message signatures are looked at */
	bool judged;
	struct ps_arc_verdict verdict;
};

/* ---- before the body ---- */

static bool names_seal(struct ps_bytes names)
{
	struct ps_bytes name;

	while (ps_dkim_signature_name(&names, &name)) {
		if (ps_bytes_equal_fold(name, PS_BYTES("ARC-Seal")))
			return true;
	}
	return false;
}

/* RFC 8301 3.1 holds here, too (4.1.2). */
static const char *parse_one(const struct ps_arc_options *options,
			     enum ps_signature_kind kind,
			     const struct ps_field *field, struct one *one)
{
	struct ps_dkim_verdict verdict;
	const struct ps_dkim_signature *parsed = &one->parsed;

	one->error = ps_dkim_signature_parse(kind, field, options->idn,
					     &one->parsed, &verdict);
	if (one->error != NULL)
		return one->error;
	if (parsed->hash == PS_HASH_SHA1)
		one->error = "rsa-sha1 is not accepted (RFC 8301)";
	else if (parsed->expires < options->now)
		one->error = "the signature has expired";
	else if (kind == PS_ARC_MESSAGE && names_seal(parsed->names))
		one->error = "h= names ARC-Seal";
	return one->error;
}

static int get_body(struct ps_arc_validator *validator, struct one *one)
{
	one->body =
		ps_dkim_bodies_get(validator->options.bodies, one->parsed.hash,
				   one->parsed.body_canon, one->parsed.length);
	return one->body == NULL ? -1 : 0;
}

/* Older ones with a length of their own are not worth another hash. */
static int parse_older(struct ps_arc_validator *validator)
{
	unsigned int at, count = validator->chain.count;
	struct one *one;

	for (at = count; at-- > 1 && count - at <= OLDER_MAX;) {
		one = &validator->set[at - 1].message;
		if (parse_one(&validator->options, PS_ARC_MESSAGE,
			      validator->chain.set[at - 1].message,
			      one) != NULL ||
		    one->parsed.length != UINT64_MAX)
			break;
		if (get_body(validator, one) < 0)
			return -1;
		validator->oldest = at;
	}
	return 0;
}

static int parse_all(struct ps_arc_validator *validator)
{
	const struct ps_arc_chain *chain = &validator->chain;
	unsigned int i, newest = chain->count - 1;
	struct one *message, *seal;

	validator->set = calloc(chain->count, sizeof(*validator->set));
	if (validator->set == NULL)
		return -1;
	validator->oldest = chain->count;
	for (i = 0; i < chain->count; i++) {
		seal = &validator->set[i].seal;
		(void)parse_one(&validator->options, PS_ARC_SEAL,
				chain->set[i].seal, seal);
	}
	message = &validator->set[newest].message;
	if (parse_one(&validator->options, PS_ARC_MESSAGE,
		      chain->set[newest].message, message) != NULL)
		return 0;
	return get_body(validator, message) < 0 ? -1 : parse_older(validator);
}

int ps_arc_validator_new(const struct ps_fields *fields,
			 const struct ps_crypto *crypto,
			 const struct ps_arc_options *options,
			 struct ps_arc_validator **validator_r)
{
	struct ps_arc_validator *validator = calloc(1, sizeof(*validator));

	*validator_r = validator;
	if (validator == NULL)
		return -1;
	validator->fields = fields;
	validator->crypto = crypto;
	validator->options = *options;
	ps_arc_chain_collect(fields, &validator->chain);
	validator->verdict.sets = validator->chain.count;
	if (validator->chain.error != NULL || validator->chain.count == 0 ||
	    parse_all(validator) == 0)
		return 0;
	ps_arc_validator_free(validator_r);
	return -1;
}

void ps_arc_validator_free(struct ps_arc_validator **validator)
{
	if (*validator == NULL)
		return;
	free((*validator)->set);
	free(*validator);
	*validator = NULL;
}

/* ---- the keys ---- */

static bool is_pending(const struct ps_arc_validator *validator,
		       const struct one *one, const struct ps_dns *dns)
{
	const struct ps_dns_answer *answer = NULL;

	return one->error == NULL &&
	       ps_dkim_check_ask(&one->parsed, validator->options.idn, dns,
				 &answer) == PS_DNS_PENDING;
}

bool ps_arc_validator_keys(struct ps_arc_validator *validator,
			   const struct ps_dns *dns)
{
	bool done = true;
	unsigned int at;

	if (validator->set == NULL)
		return true;
	for (at = validator->chain.count; at > 0; at--) {
		if (is_pending(validator, &validator->set[at - 1].seal, dns))
			done = false;
		if (at >= validator->oldest &&
		    is_pending(validator, &validator->set[at - 1].message, dns))
			done = false;
	}
	return done;
}

/* ---- the verdict ---- */

static struct ps_dkim_check check_of(enum ps_dkim_result result,
				     const char *reason)
{
	return (struct ps_dkim_check){ .result = result, .reason = reason };
}

static struct ps_dkim_check check_seal(struct ps_arc_validator *validator,
				       unsigned int at,
				       const struct ps_dns_answer *answer)
{
	const struct ps_dkim_signature *parsed =
		&validator->set[at - 1].seal.parsed;
	struct ps_bytes value = parsed->field->value;
	const char *behind = parsed->b.at + parsed->b.len;
	unsigned char digest[PS_DIGEST_MAX];
	size_t len = 0;

	if (ps_arc_hash_seal(
		    validator->crypto, parsed->hash, validator->chain.set, at,
		    (struct ps_bytes){ value.at,
				       (size_t)(parsed->b.at - value.at) },
		    (struct ps_bytes){
			    behind, (size_t)(value.at + value.len - behind) },
		    digest, &len) < 0)
		return check_of(PS_DKIM_TEMPERROR,
				"hashing failed on our side");
	return ps_dkim_check_digest(parsed, validator->crypto, answer, digest,
				    len);
}

static struct ps_dkim_check check_one(struct ps_arc_validator *validator,
				      unsigned int at, bool seal,
				      const struct ps_dns *dns)
{
	struct set *set = &validator->set[at - 1];
	struct one *one = seal ? &set->seal : &set->message;
	const struct ps_dns_answer *answer = NULL;

	if (one->error != NULL)
		return check_of(PS_DKIM_PERMERROR, one->error);
	switch (ps_dkim_check_ask(&one->parsed, validator->options.idn, dns,
				  &answer)) {
	case PS_DNS_PENDING: /* not asked before all are answered */
	case PS_DNS_TEMPFAIL:
		return check_of(PS_DKIM_TEMPERROR,
				"the key cannot be fetched now");
	case PS_DNS_NOTFOUND:
		return check_of(PS_DKIM_PERMERROR, "there is no key record");
	case PS_DNS_FOUND:
		break;
	}
	if (seal)
		return check_seal(validator, at, answer);
	return ps_dkim_check_message(&one->parsed, one->body, validator->fields,
				     validator->crypto, answer);
}

/* True: go on.  The first defect is told; one that is for good ends it, and is
 * told instead of one that may pass. */
static bool note(struct ps_arc_validator *validator, unsigned int at,
		 const char *what, struct ps_dkim_check check)
{
	struct ps_arc_verdict *verdict = &validator->verdict;
	bool temporary = check.result == PS_DKIM_TEMPERROR;

	if (check.result == PS_DKIM_PASS)
		return true;
	if (verdict->result == PS_ARC_PASS || !temporary)
		snprintf(verdict->reason, sizeof(verdict->reason), "%s %u: %s",
			 what, at, check.reason);
	verdict->result = PS_ARC_FAIL;
	verdict->temporary = temporary;
	return temporary;
}

/* Step 5: how far back is the message as it was? */
static void find_oldest(struct ps_arc_validator *validator,
			const struct ps_dns *dns)
{
	unsigned int at = validator->chain.count;

	while (at > validator->oldest &&
	       check_one(validator, at - 1, false, dns).result == PS_DKIM_PASS)
		at--;
	validator->verdict.oldest_pass = at == 1 ? 0 : at;
}

/* Steps 4 to 7. */
static void judge(struct ps_arc_validator *validator, const struct ps_dns *dns)
{
	struct ps_arc_verdict *verdict = &validator->verdict;
	unsigned int at = validator->chain.count;
	struct ps_dkim_check check = check_one(validator, at, false, dns);
	const char *sealer = validator->set[at - 1].seal.parsed.domain;

	(void)ps_idn_domain(validator->options.idn, ps_bytes_of(sealer),
			    verdict->domain);
	verdict->result = PS_ARC_PASS;
	verdict->length_limited = check.cut;
	if (!note(validator, at, "message signature", check))
		return;
	for (; at > 0; at--) {
		if (!note(validator, at, "seal",
			  check_one(validator, at, true, dns)))
			return;
	}
	if (verdict->result == PS_ARC_PASS)
		find_oldest(validator, dns);
}

static void judge_structure(struct ps_arc_validator *validator)
{
	const struct ps_arc_chain *chain = &validator->chain;
	struct ps_arc_verdict *verdict = &validator->verdict;

	verdict->result = PS_ARC_FAIL;
	if (chain->error_at > 0)
		snprintf(verdict->reason, sizeof(verdict->reason), "set %u: %s",
			 chain->error_at, chain->error);
	else
		snprintf(verdict->reason, sizeof(verdict->reason), "%s",
			 chain->error);
}

bool ps_arc_validator_finish(struct ps_arc_validator *validator,
			     const struct ps_dns *dns,
			     const struct ps_arc_verdict **verdict_r)
{
	struct ps_arc_verdict *verdict = &validator->verdict;

	*verdict_r = verdict;
	if (validator->judged)
		return true;
	if (!ps_arc_validator_keys(validator, dns))
		return false;
	if (validator->chain.error != NULL) {
		judge_structure(validator);
	} else if (validator->set != NULL) {
		judge(validator, dns);
	}
	validator->judged = true;
	return true;
}

const struct ps_arc_chain *
ps_arc_validator_chain(const struct ps_arc_validator *validator)
{
	return &validator->chain;
}
