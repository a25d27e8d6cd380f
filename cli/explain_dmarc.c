/* explain_dmarc.c - where the DMARC policy is, and what is aligned. */

#include "cli/explain.h"

#include "core/auth/dmarc_watch.h"
#include "milter/inbound_dmarc.h"

#include <stdio.h>
#include <string.h>

#define RECORD_MAX 160 /* of what we write of one */

struct watched {
	const struct ps_explain *explain;
	json_t *authors;
	/* Of the last of them: */
	json_t *identifiers;
	bool adkim_strict, aspf_strict;
};

/* ---- the walk ---- */

static const char *step_word(const struct ps_dmarc_step *step)
{
	switch (step->status) {
	case PS_DNS_FOUND:
		return step->record.usable ? "found" : "unusable";
	case PS_DNS_NOTFOUND:
		return step->several ? "several" : "none";
	case PS_DNS_TEMPFAIL:
	case PS_DNS_PENDING:
		break;
	}
	return "failure";
}

static void add_word(char text[RECORD_MAX], const char *name, const char *word)
{
	size_t len = strlen(text);

	snprintf(text + len, RECORD_MAX - len, " %s=%s", name, word);
}

/* What we make of a record, defaults filled in. */
static void record_words(const struct ps_dmarc_record *record,
			 char text_r[RECORD_MAX])
{
	*text_r = '\0';
	add_word(text_r, "p", ps_dmarc_policy_name(record->p));
	add_word(text_r, "sp", ps_dmarc_policy_name(record->sp));
	add_word(text_r, "np", ps_dmarc_policy_name(record->np));
	add_word(text_r, "adkim", record->adkim_strict ? "s" : "r");
	add_word(text_r, "aspf", record->aspf_strict ? "s" : "r");
	if (record->psd != PS_DMARC_PSD_UNKNOWN)
		add_word(text_r, "psd",
			 record->psd == PS_DMARC_PSD_YES ? "y" : "n");
	if (record->testing)
		add_word(text_r, "t", "y");
}

static void explain_step(const struct ps_explain *explain,
			 const struct ps_dmarc_step *step, json_t *steps)
{
	json_t *object = json_object();
	char words[RECORD_MAX] = "";

	switch (step->status) {
	case PS_DNS_FOUND:
		record_words(&step->record, words);
		ps_output_text(explain->output, "    _dmarc.%s: %s%s",
			       step->name,
			       step->record.usable
				       ? "a record, as it is understood:"
				       : "a record without a usable policy:",
			       words);
		break;
	case PS_DNS_NOTFOUND:
		ps_output_text(explain->output, "    _dmarc.%s: %s", step->name,
			       step->several
				       ? "several records, which count as none"
				       : "no record");
		break;
	case PS_DNS_TEMPFAIL:
	case PS_DNS_PENDING:
		ps_output_text(explain->output,
			       "    _dmarc.%s: cannot be asked now",
			       step->name);
		break;
	}
	ps_explain_set_text(object, "name", step->name);
	ps_explain_set_text(object, "record", step_word(step));
	(void)json_array_append_new(steps, object);
}

/* Which of the three applies to the author domain (RFC 9989 4.10.1). */
static const char *tag_of(const char *author,
			  const struct ps_dmarc_step *policy)
{
	if (strcmp(policy->name, author) == 0)
		return "p";
	return policy->record.np == policy->record.sp
		       ? "sp"
		       : "sp, or np if the domain does not exist,";
}

static void tell_author(void *ctx, const struct ps_dmarc_walk *walk,
			const struct ps_dmarc_step *policy)
{
	struct watched *watched = ctx;
	const struct ps_explain *explain = watched->explain;
	json_t *object = json_object(), *steps = json_array();
	const char *org = ps_dmarc_walk_org(walk);
	size_t i;

	ps_output_text(explain->output, "  author domain %s", walk->domain);
	for (i = 0; i < walk->count; i++)
		explain_step(explain, &walk->step[i], steps);
	ps_output_text(explain->output, "    organizational domain: %s",
		       org == NULL ? "not to be told now" : org);
	if (policy == NULL)
		ps_output_text(explain->output, "    no record applies");
	else
		ps_output_text(explain->output,
			       "    the record of %s applies, by its %s",
			       policy->name, tag_of(walk->domain, policy));
	watched->adkim_strict = policy != NULL && policy->record.adkim_strict;
	watched->aspf_strict = policy != NULL && policy->record.aspf_strict;
	watched->identifiers = json_array();
	ps_explain_set_text(object, "domain", walk->domain);
	ps_explain_set(object, "walk", steps);
	ps_explain_set(object, "organizational_domain",
		       org == NULL ? NULL : ps_foreign_json_of(org));
	ps_explain_set(object, "policy_domain",
		       policy == NULL ? NULL
				      : ps_foreign_json_of(policy->name));
	ps_explain_set(object, "identifiers", watched->identifiers);
	(void)json_array_append_new(watched->authors, object);
}

/* ---- alignment ---- */

static const char *alignment_words(const struct watched *watched,
				   const struct ps_dmarc_identifier *identifier,
				   enum ps_dmarc_alignment alignment,
				   const char **word_r)
{
	bool strict = identifier->is_spf ? watched->aspf_strict
					 : watched->adkim_strict;

	switch (alignment) {
	case PS_DMARC_ALIGNED_NO:
		*word_r = "no";
		return strict ? "is not aligned: it is not the author's domain "
				"itself, as adkim=s or aspf=s demand"
			      : "is not aligned: it is of another organization";
	case PS_DMARC_ALIGNED_YES:
		*word_r = "yes";
		return "is aligned";
	case PS_DMARC_ALIGNED_UNKNOWN:
		break;
	}
	*word_r = "unknown";
	return "may be aligned: the DNS does not say of which organization it "
	       "is";
}

static void tell_identifier(void *ctx,
			    const struct ps_dmarc_identifier *identifier,
			    enum ps_dmarc_alignment alignment)
{
	const struct watched *watched = ctx;
	json_t *object = json_object();
	char who[32] = "SPF's";
	const char *word, *words;

	words = alignment_words(watched, identifier, alignment, &word);
	if (!identifier->is_spf)
		snprintf(who, sizeof(who), "signature %zu's",
			 identifier->signature + 1);
	ps_output_text(watched->explain->output, "    %s %s%s %s", who,
		       identifier->domain,
		       identifier->passed ? ""
					  : ", if that passes (the DNS fails),",
		       words);
	ps_explain_set_text(object, "domain", identifier->domain);
	ps_explain_set(
		object, "signature",
		identifier->is_spf
			? NULL
			: json_integer((json_int_t)identifier->signature));
	ps_explain_set(object, "passed", json_boolean(identifier->passed));
	ps_explain_set_text(object, "aligned", word);
	(void)json_array_append_new(watched->identifiers, object);
}

/* All answers are there: judged again it comes to the same, and is watched.
 * But what was too large was not judged at all. */
static json_t *explain_authors(const struct ps_explain *explain)
{
	const struct ps_message *message = explain->message;
	struct watched watched = { .explain = explain,
				   .authors = json_array() };
	const struct ps_dmarc_watch watch = { .author = tell_author,
					      .identifier = tell_identifier,
					      .ctx = &watched };
	struct ps_dmarc_query query = ps_inbound_dmarc_query(message);
	struct ps_dmarc_verdict unused;

	query.watch = &watch;
	if (!message->header_too_large)
		(void)ps_dmarc_check(&query, &message->in.questions.dns,
				     &unused);
	return watched.authors;
}

/* ---- the verdict ---- */

static json_t *verdict_object(const struct ps_dmarc_verdict *verdict)
{
	json_t *object = json_object();

	ps_explain_set_text(object, "result",
			    ps_dmarc_result_name(verdict->result));
	ps_explain_set_text(object, "reason", verdict->reason);
	ps_explain_set_text(object, "author_domain", verdict->from_domain);
	ps_explain_set_text(object, "policy_domain", verdict->policy_domain);
	ps_explain_set_text(object, "organizational_domain",
			    verdict->org_domain);
	ps_explain_set_text(object, "policy",
			    ps_dmarc_policy_name(verdict->policy));
	ps_explain_set_text(object, "disposition",
			    ps_dmarc_policy_name(verdict->disposition));
	ps_explain_set(object, "testing", json_boolean(verdict->testing));
	ps_explain_set(object, "spf_aligned",
		       json_boolean(verdict->spf_aligned));
	ps_explain_set(object, "dkim_aligned",
		       json_boolean(verdict->dkim_aligned));
	return object;
}

static void say_verdict(const struct ps_explain *explain,
			const struct ps_dmarc_verdict *verdict)
{
	ps_output_text(explain->output, "DMARC%s%s: %s",
		       *verdict->from_domain == '\0' ? "" : " of ",
		       verdict->from_domain,
		       ps_dmarc_result_name(verdict->result));
	if (*verdict->reason != '\0')
		ps_output_text(explain->output, "  why: %s", verdict->reason);
}

static void say_policy(const struct ps_explain *explain,
		       const struct ps_dmarc_verdict *verdict)
{
	if (*verdict->policy_domain == '\0')
		return;
	ps_output_text(explain->output, "  policy: %s",
		       ps_dmarc_policy_name(verdict->policy));
	if (verdict->result != PS_DMARC_FAIL)
		return;
	ps_output_text(explain->output,
		       "  nothing that passed is aligned; wished for it: %s%s",
		       ps_dmarc_policy_name(verdict->disposition),
		       verdict->testing ? " (one level less, by t=y)" : "");
}

static const char *standard_of(const struct ps_message *message)
{
	switch (message->service->config->dmarc.org_domain) {
	case PS_ORG_TREEWALK:
	case PS_ORG_COMPARE:
		return "  by RFC 9989, its tree walk (dmarc.org_domain)";
	case PS_ORG_PSL:
		return "  by RFC 7489, with the public suffix list "
		       "(dmarc.org_domain)";
	}
	return "";
}

void ps_explain_dmarc(const struct ps_explain *explain)
{
	const struct ps_message *message = explain->message;
	const struct ps_inbound *in = &message->in;
	json_t *object;

	if (!in->dmarc_wanted) {
		ps_output_text(explain->output,
			       "DMARC is not judged: dmarc.on_reject = off");
		ps_output_member(explain->output, "dmarc", json_null());
		return;
	}
	object = verdict_object(&in->dmarc);
	say_verdict(explain, &in->dmarc);
	ps_output_text(explain->output, "%s", standard_of(message));
	ps_explain_set(object, "authors", explain_authors(explain));
	say_policy(explain, &in->dmarc);
	if (message->service->config->dmarc.org_domain == PS_ORG_COMPARE) {
		ps_output_text(
			explain->output,
			"  by RFC 7489 it would be: %s, wished: %s",
			ps_dmarc_result_name(in->dmarc_listed.result),
			ps_dmarc_policy_name(in->dmarc_listed.disposition));
		ps_explain_set(object, "by_rfc7489",
			       verdict_object(&in->dmarc_listed));
	}
	ps_output_member(explain->output, "dmarc", object);
}
