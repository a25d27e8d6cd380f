/* explain.c - the envelope of a message, and what is done with it. */

#include "cli/explain.h"

#include "core/auth/judge_why.h"

#include <string.h>

#define WHY_MAX 4096 /* octets of judge_why.h; ours */

void ps_explain_set(json_t *object, const char *name, json_t *value)
{
	(void)json_object_set_new(object, name,
				  value == NULL ? json_null() : value);
}

void ps_explain_set_text(json_t *object, const char *name, const char *text)
{
	ps_explain_set(object, name, ps_foreign_json_of(text));
}

/* ---- who, for whom ---- */

static const char *origin_words(enum ps_origin origin)
{
	switch (origin) {
	case PS_ORIGIN_OURS:
		return "It is ours, to be signed";
	case PS_ORIGIN_TRUSTED:
		return "It comes from a trusted relay, and is not judged";
	case PS_ORIGIN_BACKUP:
		return "It comes from a backup MX, and is judged as before it";
	case PS_ORIGIN_OUTSIDE:
		return "It comes from outside, to be judged";
	}
	return "";
}

static const char *origin_why(const struct ps_explain *explain)
{
	const struct ps_message *message = explain->message;
	const char *why;

	(void)ps_origin_why(&message->service->config->milter, message->client,
			    message->login, &why);
	return why;
}

void ps_explain_envelope(const struct ps_explain *explain)
{
	const struct ps_message *message = explain->message;
	const struct ps_client *client = message->client;
	const char *why = origin_why(explain);
	json_t *object = json_object();
	char ip[PS_IP_TEXT_MAX];

	ps_ip_format(&client->ip, ip);
	ps_output_text(explain->output, "The message");
	ps_output_text(explain->output, "  client %s [%s], HELO %s, login %s",
		       client->host, *ip == '\0' ? "no address" : ip,
		       *client->helo == '\0' ? "none" : client->helo,
		       *message->login == '\0' ? "none" : message->login);
	ps_output_text(explain->output,
		       "  envelope sender <%s>, %zu header fields",
		       message->sender, message->fields.count);
	if (message->header_too_large)
		ps_output_text(explain->output,
			       "  The header is too large: what is behind the "
			       "bound is not looked at");
	ps_output_text(explain->output, "  %s: %s.",
		       origin_words(message->origin), why);
	ps_explain_set_text(object, "client", ip);
	ps_explain_set_text(object, "host", client->host);
	ps_explain_set_text(object, "helo", client->helo);
	ps_explain_set_text(object, "login", message->login);
	ps_explain_set_text(object, "sender", message->sender);
	ps_explain_set(object, "header_too_large",
		       json_boolean(message->header_too_large));
	ps_explain_set_text(object, "origin", ps_origin_name(message->origin));
	ps_explain_set_text(object, "origin_why", why);
	ps_output_member(explain->output, "message", object);
}

/* ---- what is done ---- */

static void explain_why(const struct ps_explain *explain, json_t *object)
{
	const struct ps_inbound *in = &explain->message->in;
	struct ps_buffer why = PS_BUFFER(WHY_MAX);
	struct ps_bytes rest, line;
	json_t *lines = json_array();
	const char *lf;

	ps_judge_why(&in->facts, &in->decision, &why);
	rest = (struct ps_bytes){ ps_buffer_cstr(&why), why.len };
	while ((lf = ps_bytes_find(rest, '\n')) != NULL) {
		line = (struct ps_bytes){ rest.at, (size_t)(lf - rest.at) };
		ps_output_text(explain->output, "  %.*s", (int)line.len,
			       line.at);
		(void)json_array_append_new(lines, ps_foreign_json(line));
		rest.at += line.len + 1;
		rest.len -= line.len + 1;
	}
	ps_explain_set(object, "why", lines);
	ps_buffer_free(&why);
}

static bool is_judged(const struct ps_message *message)
{
	return !message->no_memory && (message->origin == PS_ORIGIN_OUTSIDE ||
				       message->origin == PS_ORIGIN_BACKUP);
}

static void explain_disposition(const struct ps_explain *explain,
				json_t *object)
{
	const struct ps_answer *answer = explain->answer;
	const char *word = ps_disposition_name(answer->disposition);

	ps_output_text(explain->output, "What would be done: %s", word);
	ps_explain_set_text(object, "disposition", word);
	if (is_judged(explain->message))
		explain_why(explain, object);
	if (*explain->message->note != '\0')
		ps_output_text(explain->output, "  Noted in the log: %s",
			       explain->message->note);
	ps_explain_set_text(object, "note", explain->message->note);
	switch (answer->disposition) {
	case PS_ACCEPT:
		break;
	case PS_HOLD:
		ps_output_text(explain->output, "  held as: %s", answer->text);
		ps_explain_set_text(object, "text", answer->text);
		break;
	case PS_REFUSE:
	case PS_DEFER:
		ps_output_text(explain->output, "  reply: %s %s %s",
			       answer->code, answer->status, answer->text);
		ps_explain_set_text(object, "code", answer->code);
		ps_explain_set_text(object, "status", answer->status);
		ps_explain_set_text(object, "text", answer->text);
		break;
	}
}

/* Above and below it stand other fields: it is told by its number. */
static void explain_removal(const struct ps_explain *explain,
			    const struct ps_change *change, json_t *removed)
{
	const struct ps_fields *fields = &explain->message->fields;
	const struct ps_field *field =
		change->nth > fields->count
			? NULL
			: ps_fields_find(fields, change->name, change->nth - 1);
	char shown[4 * PS_FOREIGN_MAX + 4];
	json_t *object = json_object();

	ps_output_text(explain->output,
		       "  removed, as it claims to be ours: %s field %u:%s",
		       change->name, change->nth,
		       field == NULL ? " (behind the bound)"
				     : ps_foreign_shown(field->value, shown));
	ps_explain_set_text(object, "name", change->name);
	ps_explain_set(object, "nth", json_integer(change->nth));
	ps_explain_set(object, "value",
		       field == NULL ? NULL : ps_foreign_json(field->value));
	(void)json_array_append_new(removed, object);
}

static void put_field(const struct ps_explain *explain, const char *name,
		      const char *value)
{
	struct ps_bytes rest = ps_bytes_of(value);
	const char *lf;

	lf = ps_bytes_find(rest, '\n');
	ps_output_text(explain->output, "    %s:%.*s", name,
		       (int)(lf == NULL ? (ptrdiff_t)rest.len : lf - rest.at),
		       rest.at);
	while (lf != NULL) {
		rest.len -= (size_t)(lf + 1 - rest.at);
		rest.at = lf + 1;
		lf = ps_bytes_find(rest, '\n');
		ps_output_text(
			explain->output, "    %.*s",
			(int)(lf == NULL ? (ptrdiff_t)rest.len : lf - rest.at),
			rest.at);
	}
}

/* The nth (from 1) that is inserted, or (nth 0) how many there are. */
static const struct ps_change *insertion(const struct ps_change *change,
					 size_t nth, size_t *count_r)
{
	*count_r = 0;
	for (; change != NULL; change = change->next) {
		if (change->value != NULL && ++*count_r == nth)
			break;
	}
	return change;
}

/* Each goes on top of those before: the last one first. */
static void explain_inserted(const struct ps_explain *explain,
			     const struct ps_change *first, json_t *inserted)
{
	const struct ps_change *change;
	size_t i, count, unused;
	json_t *object;

	(void)insertion(first, 0, &count);
	if (count > 0)
		ps_output_text(explain->output, "  inserted on top:");
	for (i = count; i > 0; i--) {
		change = insertion(first, i, &unused);
		put_field(explain, change->name, change->value);
		object = json_object();
		ps_explain_set_text(object, "name", change->name);
		ps_explain_set_text(object, "value", change->value);
		(void)json_array_append_new(inserted, object);
	}
}

void ps_explain_answer(const struct ps_explain *explain)
{
	const struct ps_answer *answer = explain->answer;
	json_t *removed = json_array(), *inserted = json_array();
	json_t *object = json_object();
	const struct ps_change *change;
	bool changed = answer->disposition == PS_ACCEPT ||
		       answer->disposition == PS_HOLD;

	explain_disposition(explain, object);
	for (change = answer->first; changed && change != NULL;
	     change = change->next) {
		if (change->value == NULL)
			explain_removal(explain, change, removed);
	}
	explain_inserted(explain, changed ? answer->first : NULL, inserted);
	ps_explain_set(object, "removed", removed);
	ps_explain_set(object, "inserted", inserted);
	ps_output_member(explain->output, "answer", object);
}
