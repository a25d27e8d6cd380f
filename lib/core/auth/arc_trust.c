/* arc_trust.c - what the sealers of a chain vouch for (RFC 8617 section 7.2).
 */

#include "core/auth/arc_trust.h"

#include "core/auth/authres_read.h"
#include "core/text/taglist.h"

#include <string.h>

/* d= of the set's seal, A-labels. */
static bool read_sealer(const struct ps_arc_trust_query *query,
			const struct ps_arc_set *set,
			char domain_r[PS_DOMAIN_MAX + 1])
{
	const struct ps_tag *tag;
	struct ps_taglist tags;

	domain_r[0] = '\0';
	if (!ps_taglist_parse(set->seal->value, &tags))
		return false;
	tag = ps_taglist_find(&tags, "d");
	return tag != NULL && ps_idn_domain(query->idn, tag->value, domain_r);
}

static bool is_trusted(const struct ps_arc_trust_query *query,
		       const char *sealer)
{
	char domain[PS_DOMAIN_MAX + 1];
	size_t i;

	for (i = 0; i < query->trusted_count; i++) {
		if (ps_idn_domain(query->idn, ps_bytes_of(query->trusted[i]),
				  domain) &&
		    strcmp(domain, sealer) == 0)
			return true;
	}
	return false;
}

/* RFC 8601: header.from is the author domain that DMARC judged. */
static bool is_of_author(const struct ps_arc_trust_query *query,
			 const struct ps_authres_result *result)
{
	const struct ps_authres_property *property = result->properties;
	char domain[PS_DOMAIN_MAX + 1];

	for (; property != NULL; property = property->next) {
		if (ps_bytes_equal_fold(property->ptype, PS_BYTES("header")) &&
		    ps_bytes_equal_fold(property->property, PS_BYTES("from")) &&
		    (!ps_idn_domain(query->idn, property->value, domain) ||
		     strcmp(domain, query->authors->domain[0]) != 0))
			return false;
	}
	return true;
}

/* At least one result of DMARC, and none but passes. */
static bool says_pass(const struct ps_arc_trust_query *query,
		      const struct ps_arc_set *set)
{
	const struct ps_authres_result *result;
	struct ps_authres_field field;
	bool pass = false;

	if (!ps_authres_read(set->payload, query->arena, &field))
		return false;
	for (result = field.results; result != NULL; result = result->next) {
		if (!ps_bytes_equal_fold(result->method, PS_BYTES("dmarc")))
			continue;
		if (!ps_bytes_equal_fold(result->result, PS_BYTES("pass")) ||
		    !is_of_author(query, result))
			return false;
		pass = true;
	}
	return pass;
}

/* The first result of a method, in words of letters only: strangers' text. */
static void add_said(const struct ps_authres_field *field, const char *method,
		     struct ps_buffer *said)
{
	const struct ps_authres_result *result = field->results;
	size_t i;

	while (result != NULL &&
	       !ps_bytes_equal_fold(result->method, ps_bytes_of(method)))
		result = result->next;
	if (result == NULL || result->result.len > sizeof("permerror"))
		return;
	for (i = 0; i < result->result.len; i++) {
		if (!ps_ascii_alpha(result->result.at[i]))
			return;
	}
	if (said->len > 0)
		ps_buffer_char(said, ' ');
	ps_buffer_text(said, method);
	ps_buffer_char(said, '=');
	ps_buffer_bytes(said, result->result);
}

static void read_said(const struct ps_arc_trust_query *query,
		      char said_r[PS_ARC_SAID_MAX])
{
	const struct ps_arc_chain *chain = query->chain;
	struct ps_buffer said = PS_BUFFER(PS_ARC_SAID_MAX);
	struct ps_authres_field field;

	if (chain->set[chain->count - 1].results != NULL &&
	    ps_authres_read(chain->set[chain->count - 1].payload, query->arena,
			    &field)) {
		add_said(&field, "spf", &said);
		add_said(&field, "dkim", &said);
		add_said(&field, "dmarc", &said);
	}
	(void)ps_bytes_copy(
		(struct ps_bytes){ ps_buffer_cstr(&said), said.len }, said_r,
		PS_ARC_SAID_MAX);
	ps_buffer_free(&said);
}

/* oldest: from this set on the message is as it was. */
static bool find(const struct ps_arc_trust_query *query, unsigned int oldest,
		 struct ps_arc_trust *trust)
{
	const struct ps_arc_chain *chain = query->chain;
	bool all_trusted = true;
	unsigned int at;

	for (at = chain->count; at > 0; at--) {
		if (!read_sealer(query, &chain->set[at - 1], trust->sealer) ||
		    !is_trusted(query, trust->sealer)) {
			all_trusted = false;
			continue;
		}
		if ((all_trusted || at >= oldest) &&
		    says_pass(query, &chain->set[at - 1])) {
			trust->set = at;
			return true;
		}
	}
	trust->sealer[0] = '\0';
	return false;
}

void ps_arc_trust_find(const struct ps_arc_trust_query *query,
		       struct ps_arc_trust *trust_r)
{
	const struct ps_arc_verdict *verdict = query->verdict;

	memset(trust_r, 0, sizeof(*trust_r));
	if (query->chain->count > 0)
		read_said(query, trust_r->said);
	if (query->trusted_count == 0 || query->chain->error != NULL ||
	    verdict->length_limited || query->authors->unsure != NULL)
		return;
	if (verdict->result == PS_ARC_PASS)
		trust_r->vouched = find(query, verdict->oldest_pass, trust_r);
	else if (verdict->temporary)
		trust_r->unknown = find(query, query->chain->count, trust_r);
}
