/* dmarc_walk.c - where a domain's DMARC records are (RFC 9989 4.10, RFC 7489
 * 3.2 and 6.6.3). */

#include "core/auth/dmarc_walk.h"

#include <stdio.h>
#include <string.h>

#define LABELS_AFTER_SKIP 7 /* 4.10 step 4 */

static size_t count_labels(const char *name)
{
	size_t labels = 1;

	while ((name = strchr(name, '.')) != NULL) {
		labels++;
		name++;
	}
	return labels;
}

/* Without its first label; NULL when it is the last. */
static const char *parent_of(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot == NULL ? NULL : dot + 1;
}

/* 4.10 steps 2 and 6: several records are none. */
static void read_answer(const struct ps_dns_answer *answer,
			enum ps_dmarc_standard standard,
			struct ps_dmarc_step *step)
{
	struct ps_dmarc_record record;
	size_t i, found = 0;

	for (i = 0; i < answer->count; i++) {
		if (!ps_dmarc_record_parse(answer->record[i].text, standard,
					   &record))
			continue;
		step->record = record;
		found++;
	}
	step->several = found > 1;
	step->status = found == 1 ? PS_DNS_FOUND : PS_DNS_NOTFOUND;
}

/* True: answered. */
static bool ask(struct ps_dmarc_walk *walk, const char *name,
		enum ps_dmarc_standard standard, const struct ps_dns *dns)
{
	struct ps_dmarc_step *step = &walk->step[walk->count++];
	const struct ps_dns_answer *answer = NULL;
	char asked[sizeof("_dmarc.") + PS_DOMAIN_MAX];

	*step = (struct ps_dmarc_step){ .name = name };
	snprintf(asked, sizeof(asked), "_dmarc.%s", name);
	step->status = dns->lookup(dns->ctx, asked, PS_DNS_TXT, &answer);
	if (step->status == PS_DNS_FOUND)
		read_answer(answer, standard, step);
	return step->status != PS_DNS_PENDING;
}

const char *ps_dmarc_listed_org(const struct ps_psl *psl, const char *domain)
{
	const char *org = psl->registered(psl->ctx, domain);

	return org == NULL ? domain : org;
}

/* RFC 7489 6.6.3: the organization's is needed only when the domain has none,
 * but asking for both at once spares the wait. */
static bool ask_listed(struct ps_dmarc_walk *walk, const struct ps_psl *psl,
		       const struct ps_dns *dns)
{
	bool done = ask(walk, walk->domain, PS_DMARC_RFC7489, dns);

	walk->listed_org = ps_dmarc_listed_org(psl, walk->domain);
	if (walk->listed_org == walk->domain)
		return done;
	return ask(walk, walk->listed_org, PS_DMARC_RFC7489, dns) && done;
}

bool ps_dmarc_walk(const char *domain, const struct ps_psl *psl,
		   const struct ps_dns *dns, struct ps_dmarc_walk *walk_r)
{
	const char *name = walk_r->domain;
	bool done = true;

	walk_r->count = 0;
	walk_r->listed_org = NULL;
	if (!ps_bytes_copy(ps_bytes_of(domain), walk_r->domain,
			   sizeof(walk_r->domain)))
		return true;
	if (psl != NULL)
		return ask_listed(walk_r, psl, dns);
	while (name != NULL && walk_r->count < PS_DMARC_QUERIES_MAX) {
		done = ask(walk_r, name, PS_DMARC_RFC9989, dns) && done;
		do
			name = parent_of(name);
		while (name != NULL && count_labels(name) > LABELS_AFTER_SKIP);
	}
	return done;
}

/* 4.10: a record that says psd=y or psd=n ends the walk. */
static bool ends_walk(const struct ps_dmarc_step *step)
{
	return step->status == PS_DNS_FOUND &&
	       step->record.psd != PS_DMARC_PSD_UNKNOWN;
}

/* One label more than name has, which is an end of domain. */
static const char *below(const char *domain, const char *name)
{
	const char *parent;

	while ((parent = parent_of(domain)) != NULL && parent != name)
		domain = parent;
	return domain;
}

const char *ps_dmarc_walk_org(const struct ps_dmarc_walk *walk)
{
	const char *org = walk->domain;
	const struct ps_dmarc_step *step;
	size_t i;

	if (walk->listed_org != NULL)
		return walk->listed_org;
	for (i = 0; i < walk->count; i++) {
		step = &walk->step[i];
		if (step->status == PS_DNS_TEMPFAIL)
			return NULL;
		if (step->status != PS_DNS_FOUND)
			continue;
		org = step->name;
		if (!ends_walk(step))
			continue;
		if (step->record.psd == PS_DMARC_PSD_YES && i > 0)
			org = below(walk->domain, org);
		break;
	}
	return org;
}

/* The public suffix ends the walk; above it is nothing. */
static const struct ps_dmarc_step *find_suffix(const struct ps_dmarc_walk *walk)
{
	size_t i;

	for (i = 0; i < walk->count; i++) {
		if (ends_walk(&walk->step[i]))
			return &walk->step[i];
	}
	return NULL;
}

enum ps_dns_status ps_dmarc_walk_policy(const struct ps_dmarc_walk *walk,
					const struct ps_dmarc_step **policy_r)
{
	const char *org = ps_dmarc_walk_org(walk);
	size_t i;

	*policy_r = &walk->step[0];
	if (walk->count == 0)
		return PS_DNS_NOTFOUND;
	if (walk->step[0].status != PS_DNS_NOTFOUND)
		return walk->step[0].status;
	/* RFC 7489 6.6.3 step 5; RFC 9989 4.10 takes several for none. */
	if (walk->step[0].several && walk->listed_org != NULL)
		return PS_DNS_NOTFOUND;
	if (org == NULL)
		return PS_DNS_TEMPFAIL;
	for (i = 0; i < walk->count; i++) {
		*policy_r = &walk->step[i];
		if (walk->step[i].name == org &&
		    walk->step[i].status != PS_DNS_NOTFOUND)
			return walk->step[i].status;
	}
	*policy_r = find_suffix(walk);
	return *policy_r == NULL ? PS_DNS_NOTFOUND : PS_DNS_FOUND;
}
