/* dkim.c - DKIM verification of one message (RFC 6376 section 6). */

#include "core/auth/dkim.h"

#include "core/auth/dkim_hash.h"
#include "core/auth/dkim_keyrecord.h"
#include "core/auth/dkim_signature.h"
#include "core/text/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RSA_BITS_MIN	1024 /* RFC 8301 3.2 */
#define KEY_RECORDS_MAX 8    /* tried of one name; ours (3.6.2.2: undefined) */

struct one {
	struct ps_dkim_signature parsed;
	struct ps_dkim_body *body; /* borrowed from bodies; NULL: not needed */
	bool judged;
};

struct body {
	struct ps_dkim_body *body;
	enum ps_hash hash;
	enum ps_dkim_canon canon;
	uint64_t limit;
};

struct ps_dkim_verifier {
	const struct ps_fields *fields;
	const struct ps_crypto *crypto;
	const struct ps_idn *idn;
	uint64_t now;
	size_t count, body_count;
	struct one *one;
	struct ps_dkim_verdict *verdict;
	struct body bodies[PS_DKIM_SIGNATURES_MAX];
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

/* One hash for all signatures that canonicalize and cut the body alike. */
static int share_body(struct ps_dkim_verifier *verifier, struct one *one)
{
	const struct ps_dkim_signature *parsed = &one->parsed;
	struct body *body;
	size_t i;

	for (i = 0; i < verifier->body_count; i++) {
		body = &verifier->bodies[i];
		if (body->hash == parsed->hash &&
		    body->canon == parsed->body_canon &&
		    body->limit == parsed->length) {
			one->body = body->body;
			return 0;
		}
	}
	body = &verifier->bodies[verifier->body_count];
	*body = (struct body){ .hash = parsed->hash,
			       .canon = parsed->body_canon,
			       .limit = parsed->length };
	if (ps_dkim_body_new(verifier->crypto, body->hash, body->canon,
			     body->limit, &body->body) < 0)
		return -1;
	verifier->body_count++;
	one->body = body->body;
	return 0;
}

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
			else if (share_body(verifier, one) < 0)
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
	if (parse_all(verifier) == 0 &&
	    choose(verifier, options->signatures_max) == 0)
		return 0;
	ps_dkim_verifier_free(verifier_r);
	return -1;
}

void ps_dkim_verifier_free(struct ps_dkim_verifier **verifier_p)
{
	struct ps_dkim_verifier *verifier = *verifier_p;
	size_t i;

	*verifier_p = NULL;
	if (verifier == NULL)
		return;
	for (i = 0; i < verifier->body_count; i++)
		ps_dkim_body_free(&verifier->bodies[i].body);
	free(verifier->one);
	free(verifier->verdict);
	free(verifier);
}

void ps_dkim_verifier_body(struct ps_dkim_verifier *verifier, const void *data,
			   size_t len)
{
	size_t i;

	for (i = 0; i < verifier->body_count; i++)
		ps_dkim_body_add(verifier->bodies[i].body, data, len);
}

/* ---- the key ---- */

/* 3.6.2.1 */
static enum ps_dns_status ask(const struct ps_dkim_verifier *verifier,
			      const struct ps_dkim_signature *parsed,
			      const struct ps_dns *dns,
			      const struct ps_dns_answer **answer_r)
{
	char selector[PS_DOMAIN_MAX + 1], domain[PS_DOMAIN_MAX + 1];
	char name[PS_DKIM_SELECTOR_MAX + PS_DOMAIN_MAX + 16];

	/* RFC 8616 4: U-labels are asked for as A-labels. */
	if (!ps_idn_domain(verifier->idn, ps_bytes_of(parsed->selector),
			   selector) ||
	    !ps_idn_domain(verifier->idn, ps_bytes_of(parsed->domain), domain))
		return PS_DNS_NOTFOUND;
	snprintf(name, sizeof(name), "%s._domainkey.%s", selector, domain);
	if (strlen(name) > PS_DOMAIN_MAX)
		return PS_DNS_NOTFOUND;
	return dns->lookup(dns->ctx, name, PS_DNS_TXT, answer_r);
}

bool ps_dkim_verifier_keys(struct ps_dkim_verifier *verifier,
			   const struct ps_dns *dns)
{
	const struct ps_dns_answer *answer = NULL;
	bool done = true;
	size_t i;

	for (i = 0; i < verifier->count; i++) {
		if (!verifier->one[i].judged &&
		    ask(verifier, &verifier->one[i].parsed, dns, &answer) ==
			    PS_DNS_PENDING)
			done = false;
	}
	return done;
}

/* NULL: this record may sign this message. */
static const char *record_fits(const struct ps_dkim_signature *parsed,
			       const struct ps_dkim_keyrecord *record)
{
	if (record->revoked)
		return "the key is revoked";
	if (record->type != parsed->key_type)
		return "the key is of another type than a=";
	if (!record->allows_sha256)
		return "the key is not for this hash";
	if (!record->allows_email)
		return "the key is not for mail";
	if (record->strict &&
	    strcmp(parsed->identity_domain, parsed->domain) != 0)
		return "the key does not allow i= below d=";
	return NULL;
}

struct result {
	enum ps_dkim_result result;
	const char *reason;
};

static struct result try_key(struct ps_dkim_verifier *verifier, size_t i,
			     const struct ps_dkim_keyrecord *record,
			     const unsigned char *digest, size_t digest_len)
{
	const struct ps_dkim_signature *parsed = &verifier->one[i].parsed;
	struct ps_dkim_verdict *verdict = &verifier->verdict[i];
	const struct ps_crypto *crypto = verifier->crypto;
	enum ps_verify verify;

	verify = crypto->verify(crypto->ctx, parsed->key_type, parsed->hash,
				record->key, record->key_len, digest,
				digest_len, parsed->signature,
				parsed->signature_len, &verdict->key_bits);
	verdict->testing = record->testing;
	switch (verify) {
	case PS_VERIFY_BAD_KEY:
		return (struct result){ PS_DKIM_PERMERROR,
					"p= of the key record is no key" };
	case PS_VERIFY_FAILED:
		return (struct result){ PS_DKIM_TEMPERROR,
					"verification failed on our side" };
	case PS_VERIFY_BAD:
		return (struct result){
			PS_DKIM_FAIL, "the signature does not fit the header"
		};
	case PS_VERIFY_GOOD:
		break;
	}
	if (parsed->key_type == PS_KEY_RSA && verdict->key_bits < RSA_BITS_MIN)
		return (struct result){ PS_DKIM_POLICY,
					"the key is too short (RFC 8301)" };
	return (struct result){ PS_DKIM_PASS, "" };
}

static int hash_header(struct ps_dkim_verifier *verifier, size_t i,
		       unsigned char digest_r[PS_DIGEST_MAX], size_t *len_r)
{
	const struct ps_dkim_signature *parsed = &verifier->one[i].parsed;
	struct ps_bytes value = parsed->field->value;
	const char *behind = parsed->b.at + parsed->b.len;
	struct ps_dkim_header header = {
		.crypto = verifier->crypto,
		.hash = parsed->hash,
		.canon = parsed->header_canon,
		.fields = verifier->fields,
		.names = parsed->names,
		.field_name = parsed->field->name,
		.before_b = { value.at, (size_t)(parsed->b.at - value.at) },
		.behind_b = { behind, (size_t)(value.at + value.len - behind) },
	};

	return ps_dkim_hash_header(&header, digest_r, len_r);
}

/* Several records (3.6.2.2): one that verifies decides; else the first error
 * of what looks like a key. */
static struct result try_records(struct ps_dkim_verifier *verifier, size_t i,
				 const struct ps_dns_answer *answer)
{
	struct result result, first = { PS_DKIM_NONE, "" };
	unsigned char digest[PS_DIGEST_MAX];
	struct ps_dkim_keyrecord record;
	size_t n, digest_len = 0;

	if (hash_header(verifier, i, digest, &digest_len) < 0)
		return (struct result){ PS_DKIM_TEMPERROR,
					"hashing failed on our side" };
	for (n = 0; n < answer->count && n < KEY_RECORDS_MAX; n++) {
		result = (struct result){ PS_DKIM_PERMERROR, NULL };
		result.reason = ps_dkim_keyrecord_parse(answer->record[n].text,
							&record);
		if (result.reason == NULL)
			result.reason =
				record_fits(&verifier->one[i].parsed, &record);
		if (result.reason == NULL)
			result = try_key(verifier, i, &record, digest,
					 digest_len);
		if (result.result == PS_DKIM_PASS)
			return result;
		if (first.result == PS_DKIM_NONE ||
		    first.result == PS_DKIM_PERMERROR)
			first = result;
	}
	return first.result == PS_DKIM_NONE
		       ? (struct result){ PS_DKIM_PERMERROR,
					  "there is no key record" }
		       : first;
}

/* ---- the verdict ---- */

/* NULL: the body is what was signed. */
static const char *check_body(const struct one *one)
{
	const struct ps_dkim_signature *parsed = &one->parsed;
	unsigned char digest[PS_DIGEST_MAX];
	uint64_t octets = 0;
	size_t len = 0;

	if (ps_dkim_body_end(one->body, digest, &len, &octets) < 0)
		return "hashing failed on our side";
	if (parsed->length != UINT64_MAX && parsed->length > octets)
		return "l= is longer than the body";
	if (len != parsed->body_hash_len ||
	    memcmp(digest, parsed->body_hash, len) != 0)
		return "the body was altered";
	return NULL;
}

/* False: the key is on its way. */
static bool finish_one(struct ps_dkim_verifier *verifier, size_t i,
		       const struct ps_dns *dns)
{
	const struct ps_dns_answer *answer = NULL;
	struct one *one = &verifier->one[i];
	struct result result;
	const char *altered;

	switch (ask(verifier, &one->parsed, dns, &answer)) {
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
	altered = check_body(one);
	if (altered == NULL) {
		result = try_records(verifier, i, answer);
		judge(verifier, i, result.result, result.reason);
	} else if (one->parsed.length != UINT64_MAX && altered[0] == 'l') {
		judge(verifier, i, PS_DKIM_PERMERROR, altered);
	} else {
		judge(verifier, i, PS_DKIM_FAIL, altered);
	}
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
