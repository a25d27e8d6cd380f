/* dmarc.c - DMARC: alignment and the verdict (RFC 9989 4.4, 5.3; RFC 7489 3.1,
 * 6.6). */

#include "core/auth/dmarc.h"

#include "core/auth/dmarc_author.h"
#include "core/auth/dmarc_watch.h"
#include "core/text/address.h"

#include <stdio.h>
#include <string.h>

/* One message, one of its author domains. */
struct check {
	const struct ps_dmarc_query *query;
	const struct ps_dns *dns;
	const char *author;
	const char *org; /* of the author; NULL: a temporary failure hides it */
	bool early;	 /* what SPF and the signatures say is not known yet */
	bool pending;
};

/* Names walked before it is known that they count; ours. */
#define AHEAD_MAX 4

static const struct ps_dmarc_verdict none = { .result = PS_DMARC_NONE,
					      .pct = 100 };

/* What SPF or a signature says; with i == dkim_count it is SPF's.  The SPF
 * domain is that of MAIL FROM, or of HELO when that was empty (3.2.4). */
static bool get_identifier(const struct check *check, size_t i,
			   struct ps_dmarc_identifier *identifier_r)
{
	const struct ps_dmarc_query *query = check->query;
	const struct ps_spf_verdict *spf = query->spf;
	const char *domain;
	bool failed;

	identifier_r->is_spf = i == query->dkim_count;
	identifier_r->signature = i;
	if (identifier_r->is_spf) {
		if (spf == NULL)
			return false;
		domain = spf->domain;
		identifier_r->passed = spf->result == PS_SPF_PASS;
		failed = spf->result != PS_SPF_TEMPERROR && !check->early;
	} else {
		domain = query->dkim[i].domain;
		/* RFC 6376 8.2: what was added could be all that is seen. */
		identifier_r->passed =
			query->dkim[i].result == PS_DKIM_PASS &&
			(!query->dkim[i].length_limited || query->trust_length);
		failed = query->dkim[i].result != PS_DKIM_TEMPERROR &&
			 !(check->early &&
			   query->dkim[i].result == PS_DKIM_NONE);
	}
	return (identifier_r->passed || !failed) &&
	       ps_idn_domain(query->idn, ps_bytes_of(domain),
			     identifier_r->domain);
}

/* The last two labels. */
static const char *end_of(const char *name)
{
	const char *end = name, *dot;

	while ((dot = strchr(name, '.')) != NULL &&
	       strchr(dot + 1, '.') != NULL)
		end = name = dot + 1;
	return end;
}

/*
 * While answers are on their way: what will most likely be needed.  An end of
 * the author domain is walked with it; of others, not more than a few, since
 * whoever sends can sign with any number of names.
 */
static void ask_identifiers(const struct check *check)
{
	size_t i = check->query->dkim_count + 1, count = 0;
	struct ps_dmarc_identifier identifier;
	struct ps_dmarc_walk walk;

	if (check->query->psl != NULL)
		return; /* the list knows */
	while (i-- > 0 && count < AHEAD_MAX) {
		if (!get_identifier(check, i, &identifier) ||
		    ps_domain_within(check->author, identifier.domain) ||
		    strcmp(end_of(identifier.domain), end_of(check->author)) !=
			    0)
			continue;
		(void)ps_dmarc_walk(identifier.domain, NULL, check->dns, &walk);
		count++;
	}
}

/* 4.10.2; RFC 7489 3.1.  No walk when the answer is plain without. */
static enum ps_dmarc_alignment is_aligned(struct check *check,
					  const char *identifier, bool strict)
{
	const struct ps_psl *psl = check->query->psl;
	struct ps_dmarc_walk walk;
	const char *org;

	if (strcmp(identifier, check->author) == 0)
		return PS_DMARC_ALIGNED_YES;
	if (strict)
		return PS_DMARC_ALIGNED_NO;
	if (check->org == NULL)
		return PS_DMARC_ALIGNED_UNKNOWN;
	/* An organizational domain is always an end of the name. */
	if (!ps_domain_within(identifier, check->org))
		return PS_DMARC_ALIGNED_NO;
	if (psl != NULL) {
		org = ps_dmarc_listed_org(psl, identifier);
	} else if (!ps_dmarc_walk(identifier, NULL, check->dns, &walk)) {
		check->pending = true;
		return PS_DMARC_ALIGNED_UNKNOWN;
	} else {
		org = ps_dmarc_walk_org(&walk);
	}
	if (org == NULL)
		return PS_DMARC_ALIGNED_UNKNOWN;
	return strcmp(org, check->org) == 0 ? PS_DMARC_ALIGNED_YES
					    : PS_DMARC_ALIGNED_NO;
}

static void tell_author(const struct check *check,
			const struct ps_dmarc_walk *walk,
			const struct ps_dmarc_step *policy)
{
	const struct ps_dmarc_watch *watch = check->query->watch;

	if (watch != NULL)
		watch->author(watch->ctx, walk, policy);
}

static void tell_identifier(const struct check *check,
			    const struct ps_dmarc_identifier *identifier,
			    enum ps_dmarc_alignment alignment)
{
	const struct ps_dmarc_watch *watch = check->query->watch;

	if (watch != NULL)
		watch->identifier(watch->ctx, identifier, alignment);
}

/* True: an aligned identifier, or its alignment, is hidden by a temporary
 * failure. */
static bool align(struct check *check, const struct ps_dmarc_record *record,
		  struct ps_dmarc_verdict *verdict)
{
	struct ps_dmarc_identifier identifier;
	enum ps_dmarc_alignment aligned;
	bool unknown = false;
	size_t i;

	for (i = 0; i <= check->query->dkim_count; i++) {
		if (!get_identifier(check, i, &identifier))
			continue;
		aligned = is_aligned(check, identifier.domain,
				     identifier.is_spf ? record->aspf_strict
						       : record->adkim_strict);
		tell_identifier(check, &identifier, aligned);
		if (aligned == PS_DMARC_ALIGNED_NO)
			continue;
		if (aligned == PS_DMARC_ALIGNED_UNKNOWN || !identifier.passed)
			unknown = true;
		else if (identifier.is_spf)
			verdict->spf_aligned = true;
		else
			verdict->dkim_aligned = true;
	}
	return unknown;
}

/* p, sp or np (4.10.1).  Only where it makes a difference is it asked whether
 * the author domain exists, in the sense of 3.2.13.  True: not to be told. */
static bool choose_policy(struct check *check,
			  const struct ps_dmarc_step *policy,
			  struct ps_dmarc_verdict *verdict)
{
	const struct ps_dmarc_record *record = &policy->record;
	const struct ps_dns_answer *answer = NULL;

	verdict->policy = record->p;
	if (strcmp(policy->name, check->author) == 0)
		return false;
	verdict->policy = record->sp;
	if (record->np == record->sp)
		return false;
	switch (check->dns->lookup(check->dns->ctx, check->author, PS_DNS_A,
				   &answer)) {
	case PS_DNS_FOUND:
		return false;
	case PS_DNS_NOTFOUND:
		if (answer->nxdomain)
			verdict->policy = record->np;
		return false;
	case PS_DNS_TEMPFAIL:
		return true;
	case PS_DNS_PENDING:
		check->pending = true;
		return true;
	}
	return true;
}

static void prepare_author(struct check *check)
{
	const struct ps_dmarc_step *policy;
	struct ps_dmarc_verdict unused;
	struct ps_dmarc_walk walk;

	if (!ps_dmarc_walk(check->author, check->query->psl, check->dns, &walk))
		check->pending = true;
	else if (ps_dmarc_walk_policy(&walk, &policy) == PS_DNS_FOUND &&
		 policy->record.usable)
		(void)choose_policy(check, policy, &unused);
	ask_identifiers(check);
}

bool ps_dmarc_prepare(const struct ps_dmarc_query *query,
		      const struct ps_dns *dns)
{
	struct check check = { .query = query, .dns = dns, .early = true };
	struct ps_dmarc_authors authors;
	size_t i;

	ps_dmarc_authors_find(query->fields, query->idn, &authors);
	for (i = 0; i < authors.count && !authors.too_many; i++) {
		check.author = authors.domain[i];
		prepare_author(&check);
	}
	return !check.pending;
}

static void set(struct ps_dmarc_verdict *verdict, enum ps_dmarc_result result,
		const char *reason)
{
	verdict->result = result;
	snprintf(verdict->reason, sizeof(verdict->reason), "%s", reason);
}

/* 5.3.4 to 5.3.6 */
static void apply(struct check *check, const struct ps_dmarc_step *policy,
		  struct ps_dmarc_verdict *verdict)
{
	bool unknown, no_policy;

	no_policy = choose_policy(check, policy, verdict);
	unknown = align(check, &policy->record, verdict);
	verdict->testing = policy->record.testing;
	verdict->pct = policy->record.pct;
	if (verdict->spf_aligned || verdict->dkim_aligned) {
		set(verdict, PS_DMARC_PASS, "");
	} else if (unknown) {
		set(verdict, PS_DMARC_TEMPERROR,
		    "DNS failure hides an aligned identifier");
	} else if (no_policy) {
		set(verdict, PS_DMARC_TEMPERROR,
		    "DNS failure hides whether the domain exists");
	} else {
		set(verdict, PS_DMARC_FAIL, "");
		verdict->disposition =
			verdict->testing
				? ps_dmarc_policy_below(verdict->policy)
				: verdict->policy;
	}
}

static void copy_domain(const char *domain, char text_r[PS_DOMAIN_MAX + 1])
{
	(void)ps_bytes_copy(ps_bytes_of(domain), text_r, PS_DOMAIN_MAX + 1);
}

/* False: answers are on their way. */
static bool judge_author(const struct ps_dmarc_query *query,
			 const struct ps_dns *dns, const char *author,
			 struct ps_dmarc_verdict *verdict_r)
{
	struct check check = { .query = query, .dns = dns, .author = author };
	const struct ps_dmarc_step *policy;
	enum ps_dns_status status;
	struct ps_dmarc_walk walk;

	*verdict_r = none;
	copy_domain(author, verdict_r->from_domain);
	if (!ps_dmarc_walk(author, query->psl, dns, &walk)) {
		ask_identifiers(&check);
		return false;
	}
	check.org = ps_dmarc_walk_org(&walk);
	if (check.org != NULL)
		copy_domain(check.org, verdict_r->org_domain);
	status = ps_dmarc_walk_policy(&walk, &policy);
	tell_author(&check, &walk, status == PS_DNS_FOUND ? policy : NULL);
	switch (status) {
	case PS_DNS_FOUND:
		break;
	case PS_DNS_NOTFOUND:
		set(verdict_r, PS_DMARC_NONE, "no policy record");
		return true;
	case PS_DNS_TEMPFAIL:
	case PS_DNS_PENDING:
		set(verdict_r, PS_DMARC_TEMPERROR,
		    "DNS failure hides the policy record");
		return true;
	}
	if (!policy->record.usable) {
		set(verdict_r, PS_DMARC_NONE, "policy record without policy");
		return true;
	}
	copy_domain(policy->name, verdict_r->policy_domain);
	apply(&check, policy, verdict_r);
	return !check.pending;
}

/* What has the say when several author domains are judged. */
static unsigned int weight(const struct ps_dmarc_verdict *verdict)
{
	switch (verdict->result) {
	case PS_DMARC_NONE:
	case PS_DMARC_PASS:
		return 0;
	case PS_DMARC_PERMERROR:
		return 1;
	case PS_DMARC_TEMPERROR:
		return 2;
	case PS_DMARC_FAIL:
		return 3 + (unsigned int)verdict->disposition;
	}
	return 0;
}

bool ps_dmarc_check(const struct ps_dmarc_query *query,
		    const struct ps_dns *dns,
		    struct ps_dmarc_verdict *verdict_r)
{
	struct ps_dmarc_verdict one;
	struct ps_dmarc_authors authors;
	bool done = true;
	size_t i;

	*verdict_r = none;
	ps_dmarc_authors_find(query->fields, query->idn, &authors);
	if (authors.too_many) {
		set(verdict_r, PS_DMARC_PERMERROR, "too many author domains");
		verdict_r->disposition = PS_DMARC_POLICY_REJECT;
		return true;
	}
	for (i = 0; i < authors.count; i++) {
		done = judge_author(query, dns, authors.domain[i], &one) &&
		       done;
		if (i == 0 || weight(&one) > weight(verdict_r))
			*verdict_r = one;
	}
	if (authors.unsure != NULL && weight(verdict_r) == 0) {
		*verdict_r = none;
		set(verdict_r, PS_DMARC_NONE, authors.unsure);
	}
	verdict_r->one_author = authors.unsure == NULL;
	return done;
}
