/* dkim_candidates.c - which signatures of a message are verified at all. */

#include "core/auth/dkim_candidates.h"

#include "core/text/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Who signed, the most wanted first. */
enum rank { RANK_AUTHOR, RANK_NEIGHBOUR, RANK_OTHER, RANK_COUNT };

struct reading {
	const struct ps_fields *fields;
	const struct ps_dkim_options *options;
	char author[PS_DOMAIN_MAX + 1]; /* "" unknown */
};

/* ---- the order ---- */

/* The first mailbox of the first From: only to choose which come first. */
static void find_author(struct reading *reading)
{
	const struct ps_field *from =
		ps_fields_find(reading->fields, "from", 0);
	struct ps_mailbox mailboxes[PS_MAILBOXES_MAX];
	char domain[PS_DOMAIN_MAX + 1];
	size_t count = 0;

	reading->author[0] = '\0';
	if (from == NULL)
		return;
	(void)ps_address_list(from->value, mailboxes, &count);
	if (count > 0 && ps_mailbox_domain(&mailboxes[0], domain))
		(void)ps_idn_domain(reading->options->idn, ps_bytes_of(domain),
				    reading->author);
}

/* The last two labels.  The organizational domain would cost questions, and
 * nothing but an order hangs on this. */
static const char *last_labels(const char *domain)
{
	const char *at = domain + strlen(domain);
	unsigned int dots = 0;

	for (; at > domain; at--) {
		if (at[-1] == '.' && ++dots == 2)
			break;
	}
	return at;
}

static enum rank rank_of(const struct reading *reading, const char *domain)
{
	char signer[PS_DOMAIN_MAX + 1];

	if (reading->author[0] == '\0' ||
	    !ps_idn_domain(reading->options->idn, ps_bytes_of(domain), signer))
		return RANK_OTHER;
	if (ps_domain_within(signer, reading->author) ||
	    ps_domain_within(reading->author, signer))
		return RANK_AUTHOR;
	return strcmp(last_labels(signer), last_labels(reading->author)) == 0
		       ? RANK_NEIGHBOUR
		       : RANK_OTHER;
}

/* ---- which are read ---- */

static enum rank rank_of_field(const struct reading *reading,
			       const struct ps_field *field)
{
	struct ps_dkim_signature parsed;
	struct ps_dkim_verdict verdict;

	if (ps_dkim_signature_parse(PS_DKIM_SIGNATURE, field,
				    reading->options->idn, &parsed,
				    &verdict) != NULL)
		return RANK_OTHER;
	return rank_of(reading, parsed.domain);
}

/* Of too many, so that a heap of them hides none of the author's. */
static void mark_best(const struct reading *reading, unsigned char *rank,
		      unsigned char marked)
{
	const struct ps_fields *fields = reading->fields;
	unsigned char turn;
	size_t i, count = 0;

	for (i = 0; i < fields->count; i++) {
		rank[i] = RANK_COUNT;
		if (ps_field_is(&fields->at[i], "dkim-signature"))
			rank[i] = (unsigned char)rank_of_field(reading,
							       &fields->at[i]);
	}
	for (turn = 0; turn < RANK_COUNT; turn++) {
		for (i = 0; i < fields->count; i++) {
			if (rank[i] == turn && count++ < PS_DKIM_SIGNATURES_MAX)
				rank[i] = marked;
		}
	}
}

/* The fields to be read, from the top down; how many, or -1. */
static int pick(const struct reading *reading,
		const struct ps_field *field_r[PS_DKIM_SIGNATURES_MAX])
{
	const struct ps_fields *fields = reading->fields;
	const unsigned char marked = RANK_COUNT + 1;
	unsigned char *mark = malloc(fields->count + 1);
	size_t i;
	int count = 0;

	if (mark == NULL)
		return -1;
	if (ps_fields_count(fields, "dkim-signature") > PS_DKIM_SIGNATURES_MAX)
		mark_best(reading, mark, marked);
	else
		for (i = 0; i < fields->count; i++)
			mark[i] = ps_field_is(&fields->at[i], "dkim-signature")
					  ? marked
					  : RANK_COUNT;
	for (i = 0; i < fields->count; i++) {
		if (mark[i] == marked)
			field_r[count++] = &fields->at[i];
	}
	free(mark);
	return count;
}

/* ---- what can be judged now ---- */

void ps_dkim_candidates_judge(struct ps_dkim_candidates *candidates, size_t i,
			      enum ps_dkim_result result, const char *reason)
{
	struct ps_dkim_verdict *verdict = &candidates->verdict[i];

	verdict->result = result;
	snprintf(verdict->reason, sizeof(verdict->reason), "%s", reason);
	candidates->at[i].judged = true;
}

static void read_one(const struct reading *reading,
		     const struct ps_field *field,
		     struct ps_dkim_candidates *candidates, size_t i)
{
	struct ps_dkim_signature *parsed = &candidates->at[i].parsed;
	const char *error;

	candidates->at[i].judged = false;
	error = ps_dkim_signature_parse(PS_DKIM_SIGNATURE, field,
					reading->options->idn, parsed,
					&candidates->verdict[i]);
	if (error != NULL)
		ps_dkim_candidates_judge(candidates, i, PS_DKIM_PERMERROR,
					 error);
	else if (reading->fields->overflow)
		ps_dkim_candidates_judge(
			candidates, i, PS_DKIM_PERMERROR,
			"the header is too large to be verified");
	else if (parsed->hash == PS_HASH_SHA1)
		ps_dkim_candidates_judge(candidates, i, PS_DKIM_POLICY,
					 "rsa-sha1 is not accepted (RFC 8301)");
	else if (parsed->expires < reading->options->now)
		ps_dkim_candidates_judge(candidates, i, PS_DKIM_POLICY,
					 "the signature has expired");
}

static void judge_rest(const struct reading *reading,
		       struct ps_dkim_candidates *candidates)
{
	enum rank rank[PS_DKIM_SIGNATURES_MAX];
	unsigned int turn, chosen = 0;
	size_t i;

	for (i = 0; i < candidates->count; i++)
		rank[i] = candidates->at[i].judged
				  ? RANK_COUNT
				  : rank_of(reading,
					    candidates->at[i].parsed.domain);
	for (turn = 0; turn < RANK_COUNT; turn++) {
		for (i = 0; i < candidates->count; i++) {
			if (rank[i] != turn ||
			    chosen++ < reading->options->signatures_max)
				continue;
			ps_dkim_candidates_judge(
				candidates, i, PS_DKIM_POLICY,
				"one more signature than are verified");
		}
	}
}

int ps_dkim_candidates_read(const struct ps_fields *fields,
			    const struct ps_dkim_options *options,
			    struct ps_dkim_candidates *candidates_r)
{
	const struct ps_field *field[PS_DKIM_SIGNATURES_MAX];
	struct reading reading = { .fields = fields, .options = options };
	size_t i;
	int count;

	*candidates_r = (struct ps_dkim_candidates){ .count = 0 };
	find_author(&reading);
	count = pick(&reading, field);
	if (count <= 0)
		return count;
	candidates_r->at = malloc((size_t)count * sizeof(*candidates_r->at));
	candidates_r->verdict =
		malloc((size_t)count * sizeof(*candidates_r->verdict));
	if (candidates_r->at == NULL || candidates_r->verdict == NULL) {
		ps_dkim_candidates_free(candidates_r);
		return -1;
	}
	candidates_r->count = (size_t)count;
	for (i = 0; i < candidates_r->count; i++)
		read_one(&reading, field[i], candidates_r, i);
	judge_rest(&reading, candidates_r);
	return 0;
}

void ps_dkim_candidates_free(struct ps_dkim_candidates *candidates)
{
	free(candidates->at);
	free(candidates->verdict);
	*candidates = (struct ps_dkim_candidates){ .count = 0 };
}
