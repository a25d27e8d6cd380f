/* explain_spf.c - the way through SPF records. */

#include "cli/explain.h"

#include "core/auth/spf_watch.h"

#include <stdio.h>
#include <string.h>

#define INDENT_MAX 40 /* columns; ten includes need 22 */

struct path {
	const struct ps_explain *explain;
	json_t *steps;
};

static const char *kind_name(enum ps_spf_step_kind kind)
{
	switch (kind) {
	case PS_SPF_STEP_RECORD:
		return "record";
	case PS_SPF_STEP_INCLUDE:
		return "include";
	case PS_SPF_STEP_REDIRECT:
		return "redirect";
	case PS_SPF_STEP_TERM:
		return "term";
	}
	return "";
}

static void say_record(struct ps_output *output, int indent,
		       const struct ps_spf_step *step, const char *shown)
{
	const char *mark = step->text.len == 0 ? "" : "\"";

	switch (step->result) {
	case PS_SPF_NONE:
		ps_output_text(output, "%*s%s has no SPF record", indent, "",
			       step->domain);
		return;
	case PS_SPF_TEMPERROR:
		ps_output_text(output, "%*s%s cannot be asked now", indent, "",
			       step->domain);
		return;
	case PS_SPF_PERMERROR:
		ps_output_text(output,
			       "%*s%s has an SPF record that is in error: "
			       "%s%s%s",
			       indent, "", step->domain, mark, shown, mark);
		return;
	case PS_SPF_NEUTRAL:
	case PS_SPF_PASS:
	case PS_SPF_FAIL:
	case PS_SPF_SOFTFAIL:
		break;
	}
	ps_output_text(output, "%*s%s: \"%s\"", indent, "", step->domain,
		       shown);
}

static void say_step(struct ps_output *output, const struct ps_spf_step *step)
{
	int indent = 2 + 2 * (int)step->depth;
	char shown[4 * PS_FOREIGN_MAX + 4];

	if (indent > INDENT_MAX)
		indent = INDENT_MAX;
	(void)ps_foreign_shown(step->text, shown);
	switch (step->kind) {
	case PS_SPF_STEP_RECORD:
		say_record(output, indent, step, shown);
		break;
	case PS_SPF_STEP_INCLUDE:
		ps_output_text(output, "%*s%s, which is", indent, "", shown);
		break;
	case PS_SPF_STEP_REDIRECT:
		ps_output_text(output, "%*sredirect=%s", indent, "", shown);
		break;
	case PS_SPF_STEP_TERM:
		if (step->result == PS_SPF_NONE)
			ps_output_text(output, "%*s%s does not match", indent,
				       "", shown);
		else if (step->result == PS_SPF_TEMPERROR ||
			 step->result == PS_SPF_PERMERROR)
			ps_output_text(output, "%*s%s: %s", indent, "", shown,
				       ps_spf_result_name(step->result));
		else
			ps_output_text(output, "%*s%s matches: %s", indent, "",
				       shown, ps_spf_result_name(step->result));
		break;
	}
}

static void step(void *ctx, const struct ps_spf_step *told)
{
	const struct path *path = ctx;
	json_t *object = json_object();

	say_step(path->explain->output, told);
	ps_explain_set_text(object, "kind", kind_name(told->kind));
	ps_explain_set(object, "depth", json_integer(told->depth));
	ps_explain_set_text(object, "domain", told->domain);
	ps_explain_set(object, "text", ps_foreign_json(told->text));
	ps_explain_set_text(object, "result", ps_spf_result_name(told->result));
	(void)json_array_append_new(path->steps, object);
}

/* All answers are there: judged again it comes to the same, and is watched. */
static json_t *explain_path(const struct ps_explain *explain,
			    const struct ps_spf_query *query)
{
	struct path path = { .explain = explain, .steps = json_array() };
	const struct ps_spf_watch watch = { .step = step, .ctx = &path };
	struct ps_spf_query watched = *query;
	struct ps_spf_verdict unused;

	watched.watch = &watch;
	(void)ps_spf_check(&watched, &explain->message->in.questions.dns,
			   &unused);
	return path.steps;
}

static void explain_verdict(const struct ps_explain *explain, const char *name,
			    const struct ps_spf_query *query,
			    const struct ps_spf_verdict *verdict)
{
	const char *of =
		verdict->of_helo ? "the HELO name" : "the envelope sender";
	json_t *object = json_object();

	ps_output_text(explain->output, "SPF of %s%s%s: %s", of,
		       *verdict->domain == '\0' ? "" : ", ", verdict->domain,
		       ps_spf_result_name(verdict->result));
	if (*verdict->domain == '\0')
		ps_output_text(explain->output, "  it has no domain");
	ps_explain_set_text(object, "identity",
			    verdict->of_helo ? "helo" : "mailfrom");
	ps_explain_set_text(object, "domain", verdict->domain);
	ps_explain_set_text(object, "result",
			    ps_spf_result_name(verdict->result));
	ps_explain_set(object, "path", explain_path(explain, query));
	if (verdict->result == PS_SPF_TEMPERROR ||
	    verdict->result == PS_SPF_PERMERROR)
		ps_output_text(explain->output, "  why: %s", verdict->reason);
	ps_output_text(explain->output, "  lookups spent: %u of 10",
		       verdict->lookups);
	if (*verdict->explanation != '\0')
		ps_output_text(explain->output, "  the domain explains: %s",
			       verdict->explanation);
	ps_explain_set_text(object, "reason", verdict->reason);
	ps_explain_set(object, "lookups", json_integer(verdict->lookups));
	ps_explain_set_text(object, "explanation", verdict->explanation);
	ps_output_member(explain->output, name, object);
}

static void explain_helo(const struct ps_explain *explain)
{
	const struct ps_inbound *in = &explain->message->in;
	struct ps_spf_query query = in->spf_query;

	query.sender = "";
	explain_verdict(explain, "spf_helo", &query, &in->helo);
}

static void explain_hop(const struct ps_explain *explain)
{
	const struct ps_spf_query *query = &explain->message->in.spf_query;
	char ip[PS_IP_TEXT_MAX];

	ps_ip_format(&query->client, ip);
	ps_output_text(explain->output,
		       "SPF is judged of the client before the backup MX: %s, "
		       "HELO %s",
		       ip, query->helo);
}

void ps_explain_spf(const struct ps_explain *explain)
{
	const struct ps_inbound *in = &explain->message->in;

	if (!in->spf_wanted) {
		ps_output_text(explain->output, "SPF is not judged: %s",
			       explain->message->origin == PS_ORIGIN_BACKUP
				       ? "no client before the backup MX is "
					 "known"
				       : "spf.on_fail and dmarc.on_reject are "
					 "off, or the client has no address");
		ps_output_member(explain->output, "spf", json_null());
		return;
	}
	if (explain->message->origin == PS_ORIGIN_BACKUP)
		explain_hop(explain);
	explain_verdict(explain, "spf", &in->spf_query, &in->spf);
	if (in->helo_wanted)
		explain_helo(explain);
}
