/* explain_dkim.c - each DKIM signature, and what came of it. */

#include "cli/explain.h"

#include "core/auth/dkim_signature.h"

#include <stdio.h>
#include <string.h>

static const char *canon_name(enum ps_dkim_canon canon)
{
	switch (canon) {
	case PS_DKIM_SIMPLE:
		return "simple";
	case PS_DKIM_RELAXED:
		return "relaxed";
	}
	return "";
}

/* What a signature says of itself: what it covers, and for how long it holds.
 */
static void explain_tags(const struct ps_explain *explain,
			 const struct ps_dkim_signature *parsed, json_t *object)
{
	char shown[4 * PS_FOREIGN_MAX + 4], canon[32], times[96] = "";

	snprintf(canon, sizeof(canon), "%s/%s",
		 canon_name(parsed->header_canon),
		 canon_name(parsed->body_canon));
	if (parsed->time != 0)
		snprintf(times, sizeof(times), ", t=%llu",
			 (unsigned long long)parsed->time);
	if (parsed->expires != UINT64_MAX)
		snprintf(times + strlen(times), sizeof(times) - strlen(times),
			 ", x=%llu", (unsigned long long)parsed->expires);
	ps_output_text(explain->output, "     signs %s by %s%s",
		       ps_foreign_shown(parsed->names, shown), canon, times);
	ps_explain_set(object, "fields", ps_foreign_json(parsed->names));
	ps_explain_set_text(object, "canonicalization", canon);
	ps_explain_set(object, "time",
		       parsed->time == 0
			       ? NULL
			       : json_integer((json_int_t)parsed->time));
	ps_explain_set(object, "expires",
		       parsed->expires == UINT64_MAX
			       ? NULL
			       : json_integer((json_int_t)parsed->expires));
	ps_explain_set(object, "length",
		       parsed->length == UINT64_MAX
			       ? NULL
			       : json_integer((json_int_t)parsed->length));
}

/* Verdicts are from the top down, one per field, unless there are too many. */
static void explain_field(const struct ps_explain *explain, size_t i,
			  json_t *object)
{
	const struct ps_fields *fields = &explain->message->fields;
	const struct ps_idn *idn = explain->message->service->idn;
	struct ps_dkim_signature parsed;
	struct ps_dkim_verdict unused;
	const struct ps_field *field =
		ps_fields_find(fields, "DKIM-Signature", i);

	if (field != NULL &&
	    ps_fields_count(fields, "DKIM-Signature") <=
		    PS_DKIM_SIGNATURES_MAX &&
	    ps_dkim_signature_parse(PS_DKIM_SIGNATURE, field, idn, &parsed,
				    &unused) == NULL)
		explain_tags(explain, &parsed, object);
}

static void explain_remarks(const struct ps_explain *explain,
			    const struct ps_dkim_verdict *verdict)
{
	bool trusted =
		explain->message->service->config->dkim.trust_length == PS_YES;

	if (*verdict->reason != '\0')
		ps_output_text(explain->output, "     why: %s",
			       verdict->reason);
	if (verdict->length_limited)
		ps_output_text(explain->output,
			       "     l= leaves some of the body unsigned%s",
			       trusted ? ""
				       : ", so it does not count for DMARC "
					 "(dkim.trust_length = no)");
	if (verdict->testing)
		ps_output_text(explain->output,
			       "     the domain is testing DKIM (t=y), which "
			       "makes no difference");
}

static json_t *explain_signature(const struct ps_explain *explain, size_t i)
{
	const struct ps_dkim_verdict *verdict = &explain->message->in.dkim[i];
	const char *result = ps_dkim_result_name(verdict->result);
	json_t *object = json_object();
	char bits[48] = "";

	if (verdict->key_bits != 0)
		snprintf(bits, sizeof(bits), ", by a key of %u bits",
			 verdict->key_bits);
	ps_output_text(explain->output, "  %zu. d=%s s=%s a=%s: %s%s", i + 1,
		       verdict->domain, verdict->selector, verdict->algorithm,
		       result, bits);
	ps_explain_set_text(object, "result", result);
	ps_explain_set_text(object, "reason", verdict->reason);
	ps_explain_set_text(object, "domain", verdict->domain);
	ps_explain_set_text(object, "selector", verdict->selector);
	ps_explain_set_text(object, "identity", verdict->identity);
	ps_explain_set_text(object, "algorithm", verdict->algorithm);
	ps_explain_set(object, "key_bits",
		       verdict->key_bits == 0
			       ? NULL
			       : json_integer(verdict->key_bits));
	ps_explain_set(object, "length_limited",
		       json_boolean(verdict->length_limited));
	ps_explain_set(object, "testing", json_boolean(verdict->testing));
	explain_remarks(explain, verdict);
	explain_field(explain, i, object);
	return object;
}

void ps_explain_dkim(const struct ps_explain *explain)
{
	const struct ps_inbound *in = &explain->message->in;
	json_t *signatures = json_array();
	size_t i;

	ps_output_text(explain->output, "DKIM: %s",
		       in->dkim_count == 0 ? "there is no signature"
					   : "signatures, from the top down");
	for (i = 0; i < in->dkim_count; i++)
		(void)json_array_append_new(signatures,
					    explain_signature(explain, i));
	ps_output_member(explain->output, "dkim", signatures);
}
