/* spf.c - check_host() (RFC 7208 section 4). */

#include "core/auth/spf.h"

#include "core/auth/spf_lookup.h"
#include "core/auth/spf_record.h"

#include <stdio.h>
#include <string.h>

/* Octets of a local part that macros see; ours.  RFC 5321 4.5.3.1.1 has 64. */
#define LOCAL_MAX   512
#define SENDER_SIZE (LOCAL_MAX + 1 + PS_DOMAIN_MAX + 1)

/* Redirects are followed in place: domain is where the last record was. */
static enum ps_spf_result check_host(struct ps_spf_run *run,
				     char domain[PS_DOMAIN_MAX + 1],
				     struct ps_bytes *exp_r);

/*
 * 5.4.  More than ten are an error whichever matches: their order is chance.
 *
 * A host that is asked for ahead counts as one of the ten lookups.  So only an
 * include can make an answer useless, by moving what was asked ahead behind
 * the tenth lookup: ten questions at most, which is what an mx in its place
 * could have asked for.  In all a record never costs more than the worst in
 * sequence, ten terms of eleven questions.
 */
static enum ps_spf_match match_mx(struct ps_spf_run *run,
				  const struct ps_spf_term *term,
				  const char *domain)
{
	const struct ps_dns_answer *mx;
	char host[PS_DOMAIN_MAX + 1];
	bool ahead = run->waiting;
	enum ps_spf_match found;
	size_t i;

	found = ps_spf_ask(run, domain, PS_DNS_MX, &mx);
	if (found != PS_SPF_MATCH_YES)
		return found;
	if (mx->count > PS_SPF_HOSTS_MAX)
		return ps_spf_fail(run, PS_SPF_MATCH_PERMERROR,
				   "more than 10 MX hosts");
	for (i = 0; i < mx->count; i++) {
		if (ahead &&
		    run->verdict->lookups + run->ahead++ >= PS_SPF_LOOKUPS_MAX)
			break;
		ps_spf_host_name(mx->record[i].text, host);
		found = ps_spf_match_host(run, host, term->prefix4,
					  term->prefix6);
		if (found != PS_SPF_MATCH_NO)
			return found;
	}
	return PS_SPF_MATCH_NO;
}

/* 5.2: the other record only says whether it would pass. */
static enum ps_spf_match match_include(struct ps_spf_run *run,
				       char domain[PS_DOMAIN_MAX + 1])
{
	enum ps_spf_result result;
	struct ps_bytes exp;

	run->depth++;
	result = check_host(run, domain, &exp);
	run->depth--;
	switch (result) {
	case PS_SPF_PASS:
		return PS_SPF_MATCH_YES;
	case PS_SPF_FAIL:
	case PS_SPF_SOFTFAIL:
	case PS_SPF_NEUTRAL:
		return PS_SPF_MATCH_NO;
	case PS_SPF_TEMPERROR:
		return PS_SPF_MATCH_TEMPERROR;
	case PS_SPF_PERMERROR:
		return PS_SPF_MATCH_PERMERROR;
	case PS_SPF_NONE:
		break;
	}
	return ps_spf_fail(run, PS_SPF_MATCH_PERMERROR, "no SPF record");
}

/* 4.6.4, with what was asked ahead (only ever while waiting). */
static bool count_lookup(struct ps_spf_run *run)
{
	if (run->verdict->lookups + run->ahead >= PS_SPF_LOOKUPS_MAX)
		return false;
	run->verdict->lookups++;
	return true;
}

static enum ps_spf_match match_net(const struct ps_spf_run *run,
				   const struct ps_spf_term *term,
				   unsigned int prefix)
{
	return ps_ip_in_net(&run->facts.client, &term->net, prefix)
		       ? PS_SPF_MATCH_YES
		       : PS_SPF_MATCH_NO;
}

/* A term that asks the DNS. */
static enum ps_spf_match match_lookup(struct ps_spf_run *run,
				      const struct ps_spf_term *term,
				      const char *domain)
{
	const struct ps_dns_answer *any;
	char target[PS_DOMAIN_MAX + 1];
	enum ps_spf_match found = PS_SPF_MATCH_PERMERROR;

	if (count_lookup(run))
		found = ps_spf_target(run, domain, term->spec, target);
	if (found == PS_SPF_MATCH_PERMERROR)
		return ps_spf_fail(run, found, "more than 10 DNS lookups");
	if (found != PS_SPF_MATCH_YES)
		return found;
	switch (term->mechanism) {
	case PS_SPF_INCLUDE:
		return match_include(run, target);
	case PS_SPF_A:
		return ps_spf_match_host(run, target, term->prefix4,
					 term->prefix6);
	case PS_SPF_MX:
		return match_mx(run, term, target);
	case PS_SPF_PTR:
		return ps_spf_match_ptr(run, target);
	case PS_SPF_EXISTS: /* 5.7: A, also for a client with IPv6 */
		return ps_spf_ask(run, target, PS_DNS_A, &any);
	case PS_SPF_ALL:
	case PS_SPF_IP4:
	case PS_SPF_IP6:
		break;
	}
	return PS_SPF_MATCH_NO;
}

static enum ps_spf_match match_term(struct ps_spf_run *run,
				    const struct ps_spf_term *term,
				    const char *domain)
{
	run->term = term->text;
	switch (term->mechanism) {
	case PS_SPF_ALL:
		return PS_SPF_MATCH_YES;
	case PS_SPF_IP4:
		return match_net(run, term, term->prefix4);
	case PS_SPF_IP6:
		return match_net(run, term, term->prefix6);
	case PS_SPF_INCLUDE:
	case PS_SPF_A:
	case PS_SPF_MX:
	case PS_SPF_PTR:
	case PS_SPF_EXISTS:
		break;
	}
	return match_lookup(run, term, domain);
}

/* 4.5: the one record among the texts; NONE, or PERMERROR for several. */
static enum ps_spf_result select_record(struct ps_spf_run *run,
					const struct ps_dns_answer *texts,
					struct ps_bytes *text_r)
{
	enum ps_spf_result result = PS_SPF_NONE;
	size_t i;

	for (i = 0; i < texts->count; i++) {
		if (!ps_spf_record_is(texts->record[i].text))
			continue;
		if (result == PS_SPF_PASS) {
			ps_spf_say(run, "several SPF records", run->term);
			return PS_SPF_PERMERROR;
		}
		result = PS_SPF_PASS;
		*text_r = texts->record[i].text;
	}
	return result;
}

/*
 * 4.4 to 4.6: PASS with the record of the domain, or why there is none.  While
 * its answer is on its way it is a record that matches nothing: NEUTRAL.
 */
static enum ps_spf_result fetch(struct ps_spf_run *run, const char *domain,
				struct ps_spf_record *record_r)
{
	const struct ps_dns_answer *texts;
	enum ps_spf_result result = PS_SPF_NONE;
	struct ps_bytes text = PS_BYTES(""), where;
	const char *error;

	switch (ps_spf_look(run, domain, PS_DNS_TXT, &texts)) {
	case PS_DNS_FOUND:
		result = select_record(run, texts, &text);
		break;
	case PS_DNS_NOTFOUND:
		break;
	case PS_DNS_PENDING:
		return PS_SPF_NEUTRAL;
	case PS_DNS_TEMPFAIL:
		ps_spf_say(run, "DNS failure", run->term);
		result = PS_SPF_TEMPERROR;
		break;
	}
	if (result == PS_SPF_PASS &&
	    !ps_spf_record_parse(text, record_r, &error, &where)) {
		ps_spf_say(run, error, where);
		result = PS_SPF_PERMERROR;
	}
	ps_spf_tell(run, PS_SPF_STEP_RECORD, domain, text, result);
	return result;
}

/* NONE: it does not match. */
static enum ps_spf_result result_of(enum ps_spf_match found,
				    const struct ps_spf_term *term)
{
	switch (found) {
	case PS_SPF_MATCH_NO:
		break;
	case PS_SPF_MATCH_YES:
		return term->result;
	case PS_SPF_MATCH_TEMPERROR:
		return PS_SPF_TEMPERROR;
	case PS_SPF_MATCH_PERMERROR:
		return PS_SPF_PERMERROR;
	}
	return PS_SPF_NONE;
}

/* 4.6.2: the first directive that matches decides.  False: none does. */
static bool match_record(struct ps_spf_run *run, const char *domain,
			 const struct ps_spf_record *record,
			 enum ps_spf_result *result_r)
{
	struct ps_bytes rest = record->terms;
	enum ps_spf_match found;
	struct ps_spf_term term;

	while (ps_spf_record_next(&rest, &term)) {
		if (term.mechanism == PS_SPF_INCLUDE)
			ps_spf_tell(run, PS_SPF_STEP_INCLUDE, domain, term.text,
				    PS_SPF_NONE);
		found = match_term(run, &term, domain);
		*result_r = result_of(found, &term);
		ps_spf_tell(run, PS_SPF_STEP_TERM, domain, term.text,
			    *result_r);
		if (found == PS_SPF_MATCH_YES)
			ps_spf_say(run, "", term.text);
		if (found != PS_SPF_MATCH_NO)
			return true;
	}
	return false;
}

/* 6.1.  YES: domain is now the name of the record to go on with. */
static enum ps_spf_match redirect(struct ps_spf_run *run, struct ps_bytes spec,
				  char domain[PS_DOMAIN_MAX + 1])
{
	enum ps_spf_match found = PS_SPF_MATCH_PERMERROR;
	char target[PS_DOMAIN_MAX + 1];

	run->term = spec;
	ps_spf_tell(run, PS_SPF_STEP_REDIRECT, domain, spec, PS_SPF_NONE);
	if (count_lookup(run))
		found = ps_spf_target(run, domain, spec, target);
	if (found == PS_SPF_MATCH_PERMERROR)
		return ps_spf_fail(run, found, "more than 10 DNS lookups");
	if (found == PS_SPF_MATCH_YES)
		memcpy(domain, target, strlen(target) + 1);
	return found;
}

static enum ps_spf_result check_host(struct ps_spf_run *run,
				     char domain[PS_DOMAIN_MAX + 1],
				     struct ps_bytes *exp_r)
{
	struct ps_spf_record record = { 0 };
	enum ps_spf_result result;
	bool redirected = false;

	*exp_r = (struct ps_bytes){ 0 };
	while ((result = fetch(run, domain, &record)) == PS_SPF_PASS) {
		*exp_r = record.exp;
		if (match_record(run, domain, &record, &result))
			return result;
		ps_spf_say(run, "", PS_BYTES(""));
		if (record.redirect.at == NULL)
			return PS_SPF_NEUTRAL; /* 4.7 */
		switch (redirect(run, record.redirect, domain)) {
		case PS_SPF_MATCH_NO:
			return PS_SPF_NEUTRAL;
		case PS_SPF_MATCH_YES:
			redirected = true;
			continue;
		case PS_SPF_MATCH_TEMPERROR:
		case PS_SPF_MATCH_PERMERROR:
			return PS_SPF_PERMERROR;
		}
	}
	if (result != PS_SPF_NONE || !redirected)
		return result;
	ps_spf_say(run, "no SPF record", run->term);
	return PS_SPF_PERMERROR;
}

/* 6.2: whatever is wrong with it, then there is no explanation. */
static void explain(struct ps_spf_run *run, const char *domain,
		    struct ps_bytes exp)
{
	char validated[PS_DOMAIN_MAX + 1] = "", target[PS_DOMAIN_MAX + 1];
	struct ps_spf_facts facts = run->facts;
	const struct ps_dns_answer *texts;
	struct ps_bytes text;

	if (exp.at == NULL ||
	    ps_spf_target(run, domain, exp, target) != PS_SPF_MATCH_YES ||
	    ps_spf_look(run, target, PS_DNS_TXT, &texts) != PS_DNS_FOUND ||
	    texts->count != 1)
		return;
	text = texts->record[0].text;
	if (!ps_spf_macro_valid(text, PS_SPF_IN_TEXT))
		return;
	if (ps_spf_macro_uses(text, "p") &&
	    ps_spf_target(run, domain, PS_BYTES("%{p}"), validated) !=
		    PS_SPF_MATCH_YES)
		return;
	facts.domain = domain;
	facts.validated = validated;
	ps_spf_macro_text(text, &facts, run->verdict->explanation,
			  PS_SPF_EXPLANATION_MAX);
}

/*
 * 2.4, 4.3: the sender, or postmaster at HELO for the null sender.  False: the
 * domain is malformed, or has one label only.
 */
static bool identify(const struct ps_spf_query *query, struct ps_spf_run *run,
		     char sender_r[SENDER_SIZE])
{
	struct ps_spf_facts *facts = &run->facts;
	const char *at = strrchr(query->sender, '@');
	const char *domain = at == NULL ? query->sender : at + 1;
	char *judged = run->verdict->domain;

	run->verdict->of_helo = query->sender[0] == '\0';
	if (run->verdict->of_helo)
		domain = query->helo;
	if (!ps_idn_domain(query->idn, ps_bytes_of(domain), judged) ||
	    strchr(judged, '.') == NULL) {
		judged[0] = '\0';
		return false;
	}
	facts->local = PS_BYTES("postmaster");
	if (at != NULL && at > query->sender) {
		facts->local = ps_bytes_of(query->sender);
		facts->local.len = (size_t)(at - query->sender);
	}
	if (facts->local.len > LOCAL_MAX)
		facts->local.len = LOCAL_MAX;
	snprintf(sender_r, SENDER_SIZE, "%.*s@%s", (int)facts->local.len,
		 facts->local.at, judged);
	facts->sender = ps_bytes_of(sender_r);
	facts->sender_domain = ps_bytes_of(judged);
	return true;
}

bool ps_spf_check(const struct ps_spf_query *query, const struct ps_dns *dns,
		  struct ps_spf_verdict *verdict_r)
{
	char domain[PS_DOMAIN_MAX + 1], sender[SENDER_SIZE];
	struct ps_spf_run run = { .dns = dns,
				  .verdict = verdict_r,
				  .watch = query->watch };
	struct ps_bytes exp;

	*verdict_r = (struct ps_spf_verdict){ .result = PS_SPF_NONE };
	run.facts = (struct ps_spf_facts){ .helo = query->helo,
					   .receiver = query->receiver,
					   .client = query->client,
					   .now = query->now };
	ps_ip_unmap(&run.facts.client);
	if (query->client.bits == 0 || !identify(query, &run, sender))
		return true;
	memcpy(domain, verdict_r->domain, sizeof(domain));
	run.term = ps_bytes_of(verdict_r->domain);
	verdict_r->result = check_host(&run, domain, &exp);
	if (query->explain && verdict_r->result == PS_SPF_FAIL && !run.waiting)
		explain(&run, domain, exp);
	return !run.waiting;
}
