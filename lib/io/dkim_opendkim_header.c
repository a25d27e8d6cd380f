/* dkim_opendkim_header.c - the header of a message, given to libopendkim, and
 * what it reads in its signatures. */

#include "core/text/address.h"
#include "core/text/taglist.h"
#include "io/opendkim_verifier.h"

#include <string.h>

/* Of one that is given to the library: it has room for 65,536 octets
 * (dkim-internal.h, MAXBUFRSZ), and for one that is longer gives up all. */
#define SIGNATURE_MAX 32768
#define NO_LENGTH     ((ssize_t)-1)

/* ---- which are for the library ---- */

void ps_opendkim_judge(struct ps_opendkim_verifier *verifier, size_t i,
		       enum ps_dkim_result result, const char *reason)
{
	ps_dkim_candidates_judge(&verifier->candidates, i, result, reason);
}

bool ps_opendkim_is_open(const struct ps_opendkim_verifier *verifier, size_t i)
{
	return !verifier->candidates.at[i].judged;
}

bool ps_opendkim_any_open(const struct ps_opendkim_verifier *verifier)
{
	size_t i;

	for (i = 0; i < verifier->candidates.count; i++) {
		if (ps_opendkim_is_open(verifier, i))
			return true;
	}
	return false;
}

void ps_opendkim_judge_open(struct ps_opendkim_verifier *verifier,
			    enum ps_dkim_result result, const char *reason)
{
	size_t i;

	for (i = 0; i < verifier->candidates.count; i++) {
		if (ps_opendkim_is_open(verifier, i))
			ps_opendkim_judge(verifier, i, result, reason);
	}
}

/* Those that we would verify; and those that we cannot read, in case that it
 * can, as far as the bound on signatures goes. */
static void choose(struct ps_opendkim_verifier *verifier, unsigned int max)
{
	struct ps_dkim_candidates *candidates = &verifier->candidates;
	struct ps_dkim_verdict *verdict = candidates->verdict;
	unsigned int chosen = 0;
	size_t i;

	for (i = 0; i < candidates->count; i++)
		chosen += !candidates->at[i].judged;
	if (verifier->fields->overflow)
		return;
	for (i = 0; i < candidates->count && chosen < max; i++, verdict++) {
		if (verdict->result != PS_DKIM_PERMERROR)
			continue;
		candidates->at[i].judged = false;
		verdict->result = PS_DKIM_NONE;
		verdict->reason[0] = '\0';
		chosen++;
	}
}

/* ---- the header ---- */

/*
 * HTAB before the colon (RFC 5322 4.5) makes the library refuse a field, which
 * an h= that names it would then miss.  Without, it is another one where the
 * header is not relaxed, and no such signature passes.
 */
static DKIM_STAT give(struct ps_opendkim_verifier *verifier,
		      const struct ps_field *field)
{
	struct ps_field given = *field;

	if (ps_bytes_find(field->name, '\t') != NULL ||
	    ps_bytes_find(field->name, '\r') != NULL ||
	    ps_bytes_find(field->name, '\n') != NULL)
		given.name = ps_bytes_trim(field->name);
	return ps_opendkim_field(verifier->dkim, &given);
}

/* NULL: the library has room for it. */
static const char *too_long(const struct ps_field *field)
{
	const struct ps_tag *identity;
	struct ps_taglist tags;

	if (field->value.len > SIGNATURE_MAX)
		return "the signature is longer than libopendkim takes";
	if (!ps_taglist_parse(field->value, &tags))
		return NULL;
	identity = ps_taglist_find(&tags, "i");
	return identity != NULL &&
			       identity->value.len > PS_OPENDKIM_IDENTITY_MAX
		       ? "i= is longer than libopendkim takes"
		       : NULL;
}

/* True, with how the library took it: the field of the ith signature. */
static bool give_signature(struct ps_opendkim_verifier *verifier, size_t i,
			   const struct ps_field *field, DKIM_STAT *status_r)
{
	const bool open = ps_opendkim_is_open(verifier, i);
	const char *reason = too_long(field);

	if (reason != NULL) {
		if (open)
			ps_opendkim_judge(verifier, i, PS_DKIM_PERMERROR,
					  reason);
		return false;
	}
	*status_r = give(verifier, field);
	if (*status_r == DKIM_STAT_SYNTAX && open)
		ps_opendkim_judge(verifier, i, PS_DKIM_PERMERROR,
				  "libopendkim cannot read the signature");
	return true;
}

/*
 * All signatures that were looked at are given, as one may sign another; the
 * rest are not, or each of a thousand would cost a hash of the body.  given_r:
 * which, in the library's order.  Their number, or -1.
 */
static int give_header(struct ps_opendkim_verifier *verifier,
		       size_t given_r[PS_DKIM_SIGNATURES_MAX])
{
	const struct ps_dkim_candidates *candidates = &verifier->candidates;
	const struct ps_field *field = verifier->fields->at;
	size_t i, next = 0;
	DKIM_STAT status;
	int given = 0;

	for (i = 0; i < verifier->fields->count; i++, field++) {
		status = DKIM_STAT_OK;
		if (!ps_field_is(field, "dkim-signature")) {
			status = give(verifier, field);
		} else if (next < candidates->count &&
			   candidates->at[next].parsed.field == field) {
			if (give_signature(verifier, next, field, &status))
				given_r[given++] = next;
			next++;
		}
		/* SYNTAX of others: a name that no h= can have. */
		if (status != DKIM_STAT_OK && status != DKIM_STAT_SYNTAX)
			return -1;
	}
	return given;
}

/* ---- what the library read ---- */

static const char *tag(DKIM_SIGINFO *info, const char *name)
{
	unsigned char key[4];

	memcpy(key, name, strlen(name) + 1);
	return (const char *)dkim_sig_gettagvalue(info, false, key);
}

static void note_identity(struct ps_dkim_verdict *verdict, const char *identity)
{
	if (identity != NULL &&
	    ps_bytes_copy(ps_bytes_of(identity), verdict->identity,
			  sizeof(verdict->identity)))
		return;
	verdict->identity[0] = '@';
	memcpy(verdict->identity + 1, verdict->domain,
	       strlen(verdict->domain) + 1);
}

static void note_algorithm(struct ps_dkim_verdict *verdict, const char *a)
{
	static const char *const known[] = { "rsa-sha256", "ed25519-sha256",
					     "rsa-sha1" };
	size_t i;

	verdict->algorithm[0] = '\0';
	for (i = 0; a != NULL && i < sizeof(known) / sizeof(known[0]); i++) {
		if (ps_bytes_equal_fold(ps_bytes_of(a), ps_bytes_of(known[i])))
			memcpy(verdict->algorithm, known[i],
			       strlen(known[i]) + 1);
	}
}

/* Whose signature it is, as the library has it: of a tag that is there twice
 * it takes the second. */
static void note_reading(struct ps_opendkim_verifier *verifier, size_t i)
{
	struct ps_dkim_verdict *verdict = &verifier->candidates.verdict[i];
	struct ps_dkim_signature *parsed = &verifier->candidates.at[i].parsed;
	DKIM_SIGINFO *info = verifier->info[i];
	const char *d = (const char *)dkim_sig_getdomain(info);
	const char *s = (const char *)dkim_sig_getselector(info);
	const char *b = tag(info, "b");

	if (d == NULL || s == NULL)
		return;
	if (!ps_domain_normalize(ps_bytes_of(d), parsed->domain) ||
	    !ps_domain_normalize(ps_bytes_of(s), parsed->selector)) {
		ps_opendkim_judge(
			verifier, i, PS_DKIM_PERMERROR,
			"d= or s= is no name that the DNS could have");
		return;
	}
	memcpy(verdict->domain, parsed->domain, sizeof(verdict->domain));
	memcpy(verdict->selector, parsed->selector, sizeof(verdict->selector));
	note_identity(verdict, tag(info, "i"));
	note_algorithm(verdict, tag(info, "a"));
	memset(verdict->signature_start, 0, sizeof(verdict->signature_start));
	if (b != NULL)
		memcpy(verdict->signature_start, b,
		       strnlen(b, sizeof(verdict->signature_start) - 1));
}

/* -1: memory. */
static int note_length(struct ps_opendkim_verifier *verifier, size_t i)
{
	DKIM_SIGINFO *info = verifier->info[i];
	dkim_canon_t header, body;
	ssize_t length;

	if (dkim_sig_getcanonlen(verifier->dkim, info, NULL, NULL, &length) !=
		    DKIM_STAT_OK ||
	    length == NO_LENGTH)
		return 0;
	/* From 2^63 on it is taken for none. */
	if (length < 0) {
		ps_opendkim_judge(verifier, i, PS_DKIM_PERMERROR,
				  "l= is longer than the body");
		return 0;
	}
	(void)dkim_sig_getcanons(info, &header, &body);
	/* Its own count ends at l=. */
	verifier->length[i] = ps_dkim_bodies_get(
		verifier->bodies, PS_HASH_SHA256,
		body == DKIM_CANON_RELAXED ? PS_DKIM_RELAXED : PS_DKIM_SIMPLE,
		0);
	if (verifier->length[i] == NULL)
		verifier->no_memory = true;
	return verifier->no_memory ? -1 : 0;
}

static int note_all(struct ps_opendkim_verifier *verifier,
		    const size_t given[PS_DKIM_SIGNATURES_MAX], int count)
{
	DKIM_SIGINFO **infos;
	int k, known = 0;
	size_t i;

	if (dkim_getsiglist(verifier->dkim, &infos, &known) != DKIM_STAT_OK ||
	    known != count)
		return -1;
	for (k = 0; k < count; k++) {
		i = given[k];
		verifier->info[i] = infos[k];
		if (ps_opendkim_is_open(verifier, i))
			note_reading(verifier, i);
		if (ps_opendkim_is_open(verifier, i) &&
		    note_length(verifier, i) < 0)
			return -1;
		if (!ps_opendkim_is_open(verifier, i))
			dkim_sig_ignore(infos[k]);
	}
	return 0;
}

int ps_opendkim_header(struct ps_opendkim_verifier *verifier, unsigned int max)
{
	size_t given[PS_DKIM_SIGNATURES_MAX];
	DKIM_STAT status;
	int count;

	choose(verifier, max);
	if (!ps_opendkim_reads(verifier->fields))
		ps_opendkim_judge_open(
			verifier, PS_DKIM_PERMERROR,
			"libopendkim cannot read a header with such "
			"control characters");
	if (!ps_opendkim_any_open(verifier)) {
		(void)dkim_free(verifier->dkim);
		verifier->dkim = NULL;
		return 0;
	}
	count = give_header(verifier, given);
	if (count < 0)
		return -1;
	status = dkim_eoh(verifier->dkim);
	if (status != DKIM_STAT_OK && status != DKIM_STAT_NOSIG)
		return -1;
	return note_all(verifier, given, count);
}
