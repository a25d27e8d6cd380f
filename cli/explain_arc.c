/* explain_arc.c - the ARC chain, and whom it makes believe. */

#include "cli/explain.h"

#include "core/auth/dkim_signature.h"
#include "milter/inbound_arc.h"
#include "milter/inbound_seal.h"

/* d= and s= of one of a set's signatures; why not, where it cannot be read. */
static void explain_signer(const struct ps_explain *explain,
			   enum ps_signature_kind kind,
			   const struct ps_field *field, json_t *object)
{
	const struct ps_idn *idn = explain->message->service->idn;
	const char *what = kind == PS_ARC_SEAL ? "seal" : "message signature";
	struct ps_dkim_signature parsed;
	struct ps_dkim_verdict verdict;
	json_t *signer = json_object();
	const char *error;

	if (field == NULL) {
		ps_output_text(explain->output, "     no %s", what);
		ps_explain_set(object, what, NULL);
		json_decref(signer);
		return;
	}
	error = ps_dkim_signature_parse(kind, field, idn, &parsed, &verdict);
	ps_output_text(explain->output, "     %s of d=%s s=%s%s%s", what,
		       verdict.domain, verdict.selector,
		       error == NULL ? "" : ": ", error == NULL ? "" : error);
	ps_explain_set_text(signer, "domain", verdict.domain);
	ps_explain_set_text(signer, "selector", verdict.selector);
	ps_explain_set(signer, "error",
		       error == NULL ? NULL : ps_foreign_json_of(error));
	ps_explain_set(object, kind == PS_ARC_SEAL ? "seal" : "signature",
		       signer);
}

static json_t *explain_set(const struct ps_explain *explain,
			   const struct ps_arc_set *set, unsigned int number)
{
	char shown[4 * PS_FOREIGN_MAX + 4];
	json_t *object = json_object();

	ps_output_text(explain->output, "  set %u, cv=%s", number,
		       ps_arc_result_name(set->cv));
	ps_explain_set(object, "set", json_integer(number));
	ps_explain_set_text(object, "cv", ps_arc_result_name(set->cv));
	explain_signer(explain, PS_ARC_SEAL, set->seal, object);
	explain_signer(explain, PS_ARC_MESSAGE, set->message, object);
	ps_output_text(explain->output, "     it found:%s",
		       set->results == NULL
			       ? " nothing is said"
			       : ps_foreign_shown(set->payload, shown));
	ps_explain_set(object, "results",
		       set->results == NULL ? NULL
					    : ps_foreign_json(set->payload));
	return object;
}

static void explain_age(const struct ps_explain *explain,
			const struct ps_arc_verdict *verdict)
{
	if (verdict->result != PS_ARC_PASS)
		return;
	if (verdict->oldest_pass == 0)
		ps_output_text(explain->output,
			       "  nobody altered the message since set 1");
	else
		ps_output_text(explain->output,
			       "  the message was altered before set %u",
			       verdict->oldest_pass);
}

static void explain_trust(const struct ps_explain *explain, json_t *object)
{
	const struct ps_inbound_arc *arc = explain->message->in.arc;
	const struct ps_config_arc *config =
		&explain->message->service->config->arc;
	const struct ps_arc_trust *trust = &arc->trust;

	if (trust->vouched)
		ps_output_text(explain->output,
			       "  %s, of arc.trusted_sealers, saw its DMARC "
			       "pass (set %u)",
			       trust->sealer, trust->set);
	else if (trust->unknown)
		ps_output_text(
			explain->output,
			"  %s, of arc.trusted_sealers, may have seen its "
			"DMARC pass (set %u)",
			trust->sealer, trust->set);
	else
		ps_output_text(explain->output, "  %s",
			       config->trusted_sealers.count == 0
				       ? "arc.trusted_sealers is empty: it "
					 "changes no decision"
				       : "no sealer of arc.trusted_sealers "
					 "vouches for it");
	ps_explain_set(object, "vouched", json_boolean(trust->vouched));
	ps_explain_set(object, "vouched_perhaps", json_boolean(trust->unknown));
	ps_explain_set_text(object, "trusted_sealer", trust->sealer);
}

static void explain_chain(const struct ps_explain *explain, json_t *object)
{
	const struct ps_inbound_arc *arc = explain->message->in.arc;
	const struct ps_arc_chain *chain =
		ps_arc_validator_chain(arc->validator);
	const struct ps_arc_verdict *verdict = arc->verdict;
	json_t *sets = json_array();
	unsigned int i;

	ps_output_text(explain->output, "ARC, a chain of %u: %s", verdict->sets,
		       ps_arc_result_name(verdict->result));
	if (*verdict->reason != '\0')
		ps_output_text(explain->output, "  why: %s", verdict->reason);
	for (i = 0; i < chain->count; i++)
		(void)json_array_append_new(
			sets, explain_set(explain, &chain->set[i], i + 1));
	explain_age(explain, verdict);
	explain_trust(explain, object);
	ps_explain_set(object, "sets", sets);
}

static const char *why_unsealed(const struct ps_explain *explain)
{
	const char *fault = explain->message->in.seal->fault;

	if (explain->answer->disposition == PS_REFUSE ||
	    explain->answer->disposition == PS_DEFER)
		return "it is not accepted";
	return fault == NULL ? explain->message->note : fault;
}

static void explain_seal(const struct ps_explain *explain)
{
	const struct ps_inbound_seal *seal = explain->message->in.seal;

	if (seal != NULL && seal->number > 0)
		ps_output_text(explain->output,
			       "  It would be sealed by %s (arc.seal_domain), "
			       "as set %u",
			       seal->domain, seal->number);
	else if (seal != NULL)
		ps_output_text(explain->output,
			       "  It would not be sealed by %s "
			       "(arc.seal_domain): %s",
			       seal->domain, why_unsealed(explain));
}

void ps_explain_arc(const struct ps_explain *explain)
{
	const struct ps_inbound_arc *arc = explain->message->in.arc;
	json_t *object = json_object();

	if (arc == NULL || arc->verdict == NULL) {
		ps_output_text(explain->output, "ARC is not judged");
		ps_output_member(explain->output, "arc", json_null());
		json_decref(object);
		return;
	}
	if (arc->verdict->result == PS_ARC_NONE)
		ps_output_text(explain->output, "ARC: there is no chain");
	else
		explain_chain(explain, object);
	explain_seal(explain);
	ps_explain_set_text(object, "result",
			    ps_arc_result_name(arc->verdict->result));
	ps_explain_set_text(object, "reason", arc->verdict->reason);
	ps_explain_set(object, "temporary",
		       json_boolean(arc->verdict->temporary));
	ps_explain_set(object, "oldest_pass",
		       json_integer(arc->verdict->oldest_pass));
	ps_output_member(explain->output, "arc", object);
}
