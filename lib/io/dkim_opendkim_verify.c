/* dkim_opendkim_verify.c - libopendkim verifies the signatures of a message. */

#include "core/auth/dkim_check.h"
#include "core/auth/dkim_keyrecord.h"
#include "io/opendkim_verifier.h"
#include "io/private_key.h"

#include <stdlib.h>
#include <string.h>

#define RSA_BITS_MIN 1024 /* RFC 8301 3.2 */
#define RECORD_MAX   1024 /* the library would cut off the rest (BUFRSZ) */

/* ---- before the body ---- */

/* What a stranger wrote must not make us say "later": then a policy of reject
 * would not be enforced. */
static void give_up(struct ps_opendkim_verifier *verifier)
{
	if (verifier->no_memory)
		ps_opendkim_judge_open(verifier, PS_DKIM_TEMPERROR,
				       "verification failed on our side");
	else
		ps_opendkim_judge_open(verifier, PS_DKIM_PERMERROR,
				       "libopendkim cannot verify it");
}

/* -1: no memory. */
static int begin(struct ps_opendkim_verifier *verifier, DKIM_LIB *library,
		 const struct ps_crypto *crypto,
		 const struct ps_dkim_options *options)
{
	DKIM_STAT status;

	verifier->idn = options->idn;
	verifier->bodies = options->bodies;
	if (verifier->bodies == NULL) {
		if (ps_dkim_bodies_new(crypto, &verifier->own) < 0)
			return -1;
		verifier->bodies = verifier->own;
	}
	if (ps_dkim_candidates_read(verifier->fields, options,
				    &verifier->candidates) < 0)
		return -1;
	if (verifier->candidates.count == 0)
		return 0;
	verifier->dkim = dkim_verify(library, (const unsigned char *)"",
				     &verifier->no_memory, &status);
	if (verifier->dkim == NULL)
		return -1;
	(void)dkim_set_user_context(verifier->dkim, verifier);
	if (ps_opendkim_header(verifier, options->signatures_max) < 0)
		give_up(verifier);
	return verifier->no_memory ? -1 : 0;
}

int ps_opendkim_verifier_new(void *ctx, const struct ps_fields *fields,
			     const struct ps_crypto *crypto,
			     const struct ps_dkim_options *options,
			     void **verifier_r)
{
	struct ps_opendkim_verifier *verifier = calloc(1, sizeof(*verifier));

	*verifier_r = verifier;
	if (verifier == NULL)
		return -1;
	verifier->fields = fields;
	if (begin(verifier, ctx, crypto, options) == 0)
		return 0;
	ps_opendkim_verifier_free(verifier_r);
	return -1;
}

void ps_opendkim_verifier_free(void **verifier_p)
{
	struct ps_opendkim_verifier *verifier = *verifier_p;

	*verifier_p = NULL;
	if (verifier == NULL)
		return;
	if (verifier->dkim != NULL)
		(void)dkim_free(verifier->dkim);
	ps_dkim_bodies_free(&verifier->own);
	ps_dkim_candidates_free(&verifier->candidates);
	free(verifier);
}

/* ---- the body ---- */

static void give_body(struct ps_opendkim_verifier *verifier, const void *data,
		      size_t len)
{
	ps_opendkim_body_note(&verifier->body, data, len);
	/* It only reads. */
	if (dkim_body(verifier->dkim, (unsigned char *)(uintptr_t)data, len) !=
	    DKIM_STAT_OK)
		give_up(verifier);
}

void ps_opendkim_verifier_body(void *verifier_p, const void *data, size_t len)
{
	struct ps_opendkim_verifier *verifier = verifier_p;

	if (verifier->own != NULL)
		ps_dkim_bodies_add(verifier->own, data, len);
	if (len > 0 && ps_opendkim_any_open(verifier))
		give_body(verifier, data, len);
}

/* It would go on to the keys: ps_opendkim_key() has none yet. */
static void end_body(struct ps_opendkim_verifier *verifier)
{
	if (verifier->ended || !ps_opendkim_any_open(verifier))
		return;
	verifier->ended = true;
	if (ps_opendkim_body_is_open(&verifier->body))
		give_body(verifier, "\r\n", 2);
	switch (dkim_eom(verifier->dkim, NULL)) {
	case DKIM_STAT_SYNTAX:
	case DKIM_STAT_NORESOURCE:
	case DKIM_STAT_INTERNAL:
	case DKIM_STAT_INVALID:
		give_up(verifier);
		break;
	default: /* about one of the signatures */
		break;
	}
}

/* ---- the keys ---- */

/* The key is given when it is there, and to the signature that is asked for. */
DKIM_CBSTAT ps_opendkim_key(DKIM *dkim, DKIM_SIGINFO *signature,
			    unsigned char *text, size_t size)
{
	const struct ps_opendkim_verifier *verifier =
		dkim_get_user_context(dkim);
	const struct ps_bytes *record = verifier->record;

	(void)signature;
	if (record == NULL)
		return DKIM_CBSTAT_TRYAGAIN;
	if (!ps_bytes_copy(*record, (char *)text, size))
		return DKIM_CBSTAT_NOTFOUND;
	return DKIM_CBSTAT_CONTINUE;
}

/* NOTFOUND without a question: something is wrong with it anyway. */
static enum ps_dns_status ask(const struct ps_opendkim_verifier *verifier,
			      size_t i, const struct ps_dns *dns,
			      const struct ps_dns_answer **answer_r)
{
	if (dkim_sig_geterror(verifier->info[i]) != DKIM_SIGERROR_UNKNOWN)
		return PS_DNS_NOTFOUND;
	return ps_dkim_check_ask(&verifier->candidates.at[i].parsed,
				 verifier->idn, dns, answer_r);
}

bool ps_opendkim_verifier_keys(void *verifier_p, const struct ps_dns *dns)
{
	const struct ps_opendkim_verifier *verifier = verifier_p;
	const struct ps_dns_answer *answer = NULL;
	bool done = true;
	size_t i;

	for (i = 0; i < verifier->candidates.count; i++) {
		if (ps_opendkim_is_open(verifier, i) &&
		    ask(verifier, i, dns, &answer) == PS_DNS_PENDING)
			done = false;
	}
	return done;
}

/* ---- the verdict ---- */

/* RSA: its own number is of whole octets, 1,024 for 1,017 bits. */
static unsigned int bits_of(DKIM_SIGINFO *info, struct ps_bytes text)
{
	struct ps_dkim_keyrecord record;
	unsigned int bits = 0;
	EVP_PKEY *key;

	if (dkim_sig_getkeysize(info, &bits) != DKIM_STAT_OK || bits == 0 ||
	    bits > RSA_BITS_MIN ||
	    ps_dkim_keyrecord_parse(text, &record) != NULL)
		return bits;
	key = ps_public_key_decode(PS_KEY_RSA, record.key, record.key_len);
	if (key != NULL)
		bits = (unsigned int)EVP_PKEY_get_bits(key);
	EVP_PKEY_free(key);
	return bits;
}

/* NULL: what the library passes stands. */
static const char *why_not(const struct ps_opendkim_verifier *verifier,
			   size_t i, unsigned int bits)
{
	DKIM_SIGINFO *info = verifier->info[i];
	dkim_alg_t algorithm;

	if (dkim_sig_getsignalg(info, &algorithm) != DKIM_STAT_OK ||
	    algorithm == DKIM_SIGN_RSASHA1)
		return "rsa-sha1 is not accepted (RFC 8301)";
	if (algorithm != DKIM_SIGN_ED25519SHA256 && bits < RSA_BITS_MIN)
		return "the key is too short (RFC 8301)";
	if (verifier->body.bare)
		return "the body has a bare CR or LF, which libopendkim does "
		       "not hash";
	return NULL;
}

/* False: it cannot be told what l= leaves. */
static bool note_cut(struct ps_opendkim_verifier *verifier, size_t i)
{
	struct ps_dkim_verdict *verdict = &verifier->candidates.verdict[i];
	unsigned char digest[PS_DIGEST_MAX];
	ssize_t length = 0;
	uint64_t octets = 0;
	size_t len = 0;

	if (verifier->length[i] == NULL)
		return true;
	if (ps_dkim_body_end(verifier->length[i], digest, &len, &octets) < 0)
		return false;
	(void)dkim_sig_getcanonlen(verifier->dkim, verifier->info[i], NULL,
				   NULL, &length);
	verdict->length_limited = (uint64_t)length < octets;
	return true;
}

/* What the library said, once it had the record. */
static void judge_by(struct ps_opendkim_verifier *verifier, size_t i,
		     struct ps_bytes record)
{
	struct ps_dkim_verdict *verdict = &verifier->candidates.verdict[i];
	DKIM_SIGINFO *info = verifier->info[i];
	const char *reason, *objection;
	enum ps_dkim_result result = ps_opendkim_result(info, &reason);

	verdict->testing =
		(dkim_sig_getflags(info) & DKIM_SIGFLAG_TESTKEY) != 0;
	verdict->key_bits = bits_of(info, record);
	if (!note_cut(verifier, i)) {
		ps_opendkim_judge(verifier, i, PS_DKIM_TEMPERROR,
				  "hashing failed on our side");
		return;
	}
	objection = result == PS_DKIM_PASS
			    ? why_not(verifier, i, verdict->key_bits)
			    : NULL;
	if (objection != NULL)
		ps_opendkim_judge(verifier, i, PS_DKIM_POLICY, objection);
	else
		ps_opendkim_judge(verifier, i, result, reason);
}

static void try_key(struct ps_opendkim_verifier *verifier, size_t i,
		    const struct ps_dns_answer *answer)
{
	const struct ps_bytes *record = &answer->record[0].text;
	DKIM_STAT status;

	if (answer->count != 1) {
		ps_opendkim_judge(verifier, i, PS_DKIM_PERMERROR,
				  "there are several key records");
		return;
	}
	if (record->len > RECORD_MAX) {
		ps_opendkim_judge(verifier, i, PS_DKIM_NEUTRAL,
				  "the key record is longer than libopendkim "
				  "takes");
		return;
	}
	verifier->record = record;
	status = dkim_sig_process(verifier->dkim, verifier->info[i]);
	verifier->record = NULL;
	if (status == DKIM_STAT_OK)
		judge_by(verifier, i, *record);
	else
		give_up(verifier);
}

/* False: the key is on its way. */
static bool finish_one(struct ps_opendkim_verifier *verifier, size_t i,
		       const struct ps_dns *dns)
{
	const struct ps_dns_answer *answer = NULL;

	if (dkim_sig_geterror(verifier->info[i]) != DKIM_SIGERROR_UNKNOWN) {
		judge_by(verifier, i, PS_BYTES(""));
		return true;
	}
	switch (ask(verifier, i, dns, &answer)) {
	case PS_DNS_PENDING:
		return false;
	case PS_DNS_TEMPFAIL:
		ps_opendkim_judge(verifier, i, PS_DKIM_TEMPERROR,
				  "the key cannot be fetched now");
		return true;
	case PS_DNS_NOTFOUND:
		ps_opendkim_judge(verifier, i, PS_DKIM_PERMERROR,
				  "there is no key record");
		return true;
	case PS_DNS_FOUND:
		break;
	}
	try_key(verifier, i, answer);
	return true;
}

const struct ps_dkim_verdict *
ps_opendkim_verifier_verdicts(const void *verifier_p, size_t *count_r)
{
	const struct ps_opendkim_verifier *verifier = verifier_p;

	*count_r = verifier->candidates.count;
	return verifier->candidates.verdict;
}

/* In the order of the library: of two signatures with one key it copies the
 * key of the first. */
bool ps_opendkim_verifier_finish(void *verifier_p, const struct ps_dns *dns,
				 const struct ps_dkim_verdict **verdicts_r,
				 size_t *count_r)
{
	struct ps_opendkim_verifier *verifier = verifier_p;
	bool done = true;
	size_t i;

	end_body(verifier);
	for (i = 0; i < verifier->candidates.count; i++) {
		if (ps_opendkim_is_open(verifier, i) &&
		    !finish_one(verifier, i, dns))
			done = false;
	}
	*verdicts_r = ps_opendkim_verifier_verdicts(verifier, count_r);
	return done;
}
