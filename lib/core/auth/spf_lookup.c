/* spf_lookup.c - what one SPF evaluation asks the DNS (RFC 7208 4.6.4, 5). */

#include "core/auth/spf_lookup.h"

#include "core/text/address.h"

#include <stdio.h>
#include <string.h>

void ps_spf_say(struct ps_spf_run *run, const char *why, struct ps_bytes where)
{
	char *reason = run->verdict->reason;
	size_t i, len;

	snprintf(reason, PS_SPF_REASON_MAX, "%s%s", why,
		 why[0] != '\0' && where.len > 0 ? ": " : "");
	len = strlen(reason);
	for (i = 0; i < where.len && len < PS_SPF_REASON_MAX - 1; i++) {
		char c = where.at[i];

		reason[len++] = '?';
		if (c >= 0x20 && c < 0x7f)
			reason[len - 1] = c;
	}
	reason[len] = '\0';
}

enum ps_spf_match ps_spf_fail(struct ps_spf_run *run, enum ps_spf_match kind,
			      const char *why)
{
	ps_spf_say(run, why, run->term);
	return kind;
}

void ps_spf_tell(const struct ps_spf_run *run, enum ps_spf_step_kind kind,
		 const char *domain, struct ps_bytes text,
		 enum ps_spf_result result)
{
	const struct ps_spf_step step = { .kind = kind,
					  .depth = run->depth,
					  .domain = domain,
					  .text = text,
					  .result = result };

	if (run->watch != NULL)
		run->watch->step(run->watch->ctx, &step);
}

/* Labels of 1 to 63 octets, whatever they hold (RFC 1035 2.3.4). */
static bool is_name(const char *name)
{
	size_t len;

	do {
		len = strcspn(name, ".");
		if (len == 0 || len > PS_LABEL_MAX)
			return false;
		name += len + 1;
	} while (name[-1] != '\0');
	return true;
}

enum ps_dns_status ps_spf_look(struct ps_spf_run *run, const char *name,
			       enum ps_dns_type type,
			       const struct ps_dns_answer **answer_r)
{
	enum ps_dns_status status;

	status = run->dns->lookup(run->dns->ctx, name, type, answer_r);
	run->waiting = run->waiting || status == PS_DNS_PENDING;
	return status;
}

enum ps_spf_match ps_spf_ask(struct ps_spf_run *run, const char *name,
			     enum ps_dns_type type,
			     const struct ps_dns_answer **answer_r)
{
	if (!is_name(name))
		return PS_SPF_MATCH_NO;
	switch (ps_spf_look(run, name, type, answer_r)) {
	case PS_DNS_FOUND:
		return PS_SPF_MATCH_YES;
	case PS_DNS_PENDING:
		return PS_SPF_MATCH_NO;
	case PS_DNS_NOTFOUND:
		if (++run->voids <= PS_SPF_VOIDS_MAX)
			return PS_SPF_MATCH_NO;
		return ps_spf_fail(run, PS_SPF_MATCH_PERMERROR,
				   "more than 2 void lookups");
	case PS_DNS_TEMPFAIL:
		break;
	}
	return ps_spf_fail(run, PS_SPF_MATCH_TEMPERROR, "DNS failure");
}

static bool has_ip(const struct ps_dns_answer *hosts, const struct ps_ip *ip,
		   unsigned int prefix)
{
	size_t i;

	for (i = 0; i < hosts->count; i++) {
		if (ps_ip_in_net(ip, &hosts->record[i].ip, prefix))
			return true;
	}
	return false;
}

/* Section 5: "the IP version of the client decides". */
static enum ps_dns_type address_type(const struct ps_ip *client)
{
	return client->bits == 32 ? PS_DNS_A : PS_DNS_AAAA;
}

enum ps_spf_match ps_spf_match_host(struct ps_spf_run *run, const char *host,
				    unsigned int prefix4, unsigned int prefix6)
{
	const struct ps_ip *client = &run->facts.client;
	const struct ps_dns_answer *hosts;
	enum ps_spf_match found;

	found = ps_spf_ask(run, host, address_type(client), &hosts);
	if (found == PS_SPF_MATCH_YES &&
	    !has_ip(hosts, client, client->bits == 32 ? prefix4 : prefix6))
		return PS_SPF_MATCH_NO;
	return found;
}

void ps_spf_host_name(struct ps_bytes host, char name_r[PS_DOMAIN_MAX + 1])
{
	(void)ps_bytes_copy(host, name_r, PS_DOMAIN_MAX + 1);
	ps_ascii_lower_all(name_r, strlen(name_r));
}

/* Which of the client's names are asked for, the best first (7.3). */
enum scope { SCOPE_SAME, SCOPE_BELOW, SCOPE_OTHER };

static enum scope scope_of(const char *name, const char *domain)
{
	if (strcmp(name, domain) == 0)
		return SCOPE_SAME;
	return ps_domain_within(name, domain) ? SCOPE_BELOW : SCOPE_OTHER;
}

/*
 * 5.5: the first of the client's names in the scope that leads back to it; the
 * names behind the tenth are ignored.  A name whose lookup fails is skipped.
 * The client chose them all, so none is a void lookup of the publisher.
 */
static bool validate(struct ps_spf_run *run, const struct ps_dns_answer *names,
		     const char *domain, enum scope scope,
		     char name_r[PS_DOMAIN_MAX + 1])
{
	const struct ps_ip *client = &run->facts.client;
	const struct ps_dns_answer *hosts;
	size_t i;

	for (i = 0; i < names->count && i < PS_SPF_HOSTS_MAX; i++) {
		ps_spf_host_name(names->record[i].text, name_r);
		if (scope_of(name_r, domain) != scope)
			continue;
		if (ps_spf_look(run, name_r, address_type(client), &hosts) ==
			    PS_DNS_FOUND &&
		    has_ip(hosts, client, client->bits))
			return true;
	}
	name_r[0] = '\0';
	return false;
}

static void reverse_name(const struct ps_spf_run *run,
			 char name_r[PS_DOMAIN_MAX + 1])
{
	ps_spf_macro_name(PS_BYTES("%{ir}.%{v}.arpa"), &run->facts, name_r);
}

/* 5.5: an error in looking up the names is no match. */
enum ps_spf_match ps_spf_match_ptr(struct ps_spf_run *run, const char *domain)
{
	const struct ps_dns_answer *names;
	char name[PS_DOMAIN_MAX + 1];
	enum ps_spf_match found;

	if (run->waiting)
		return PS_SPF_MATCH_NO;
	reverse_name(run, name);
	found = ps_spf_ask(run, name, PS_DNS_PTR, &names);
	if (found == PS_SPF_MATCH_TEMPERROR)
		return PS_SPF_MATCH_NO;
	if (found == PS_SPF_MATCH_YES &&
	    !validate(run, names, domain, SCOPE_SAME, name) &&
	    !validate(run, names, domain, SCOPE_BELOW, name))
		return PS_SPF_MATCH_NO;
	return found;
}

/*
 * %{p} (7.3): the client's validated name, one of the domain if possible; ""
 * none.  Its PTR lookup is one of the ten (4.6.4), once however often it is
 * used; false: there is none left.
 */
static bool find_validated(struct ps_spf_run *run, const char *domain,
			   char name_r[PS_DOMAIN_MAX + 1])
{
	const struct ps_dns_answer *names;
	enum scope scope;

	if (!run->p_counted) {
		if (run->verdict->lookups == PS_SPF_LOOKUPS_MAX)
			return false;
		run->verdict->lookups++;
		run->p_counted = true;
	}
	reverse_name(run, name_r);
	if (ps_spf_look(run, name_r, PS_DNS_PTR, &names) != PS_DNS_FOUND) {
		name_r[0] = '\0';
		return true;
	}
	for (scope = SCOPE_SAME; scope <= SCOPE_OTHER; scope++) {
		if (validate(run, names, domain, scope, name_r))
			break;
	}
	return true;
}

static bool is_ascii(struct ps_bytes text)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		if ((unsigned char)text.at[i] > 0x7f)
			return false;
	}
	return true;
}

/* RFC 8616 4: a local part that is not ASCII "does not match anything". */
enum ps_spf_match ps_spf_target(struct ps_spf_run *run, const char *domain,
				struct ps_bytes spec,
				char name_r[PS_DOMAIN_MAX + 1])
{
	struct ps_spf_facts facts = run->facts;
	char validated[PS_DOMAIN_MAX + 1] = "";

	if (spec.len == 0) {
		memcpy(name_r, domain, strlen(domain) + 1);
		return PS_SPF_MATCH_YES;
	}
	if (ps_spf_macro_uses(spec, "sl") && !is_ascii(facts.local))
		return PS_SPF_MATCH_NO;
	if (ps_spf_macro_uses(spec, "p")) {
		if (!run->waiting && !find_validated(run, domain, validated))
			return PS_SPF_MATCH_PERMERROR;
		if (run->waiting)
			return PS_SPF_MATCH_NO;
	}
	facts.domain = domain;
	facts.validated = validated;
	ps_spf_macro_name(spec, &facts, name_r);
	return PS_SPF_MATCH_YES;
}
