/* rule_subst.c - text with $$attribute and $$(attribute) in it. */

#include "core/rules/rule_subst.h"

#include "core/rules/rule_text.h"

#include <string.h>

struct found {
	struct ps_bytes name;
	bool parens;
	size_t from, to;
};

static size_t skip_space(struct ps_bytes text, size_t at)
{
	while (at < text.len && ps_rule_is_space(text.at[at]))
		at++;
	return at;
}

static size_t skip_word(struct ps_bytes text, size_t at)
{
	while (at < text.len && ps_rule_is_word(text.at[at]))
		at++;
	return at;
}

static bool token_at(struct ps_bytes text, size_t at, struct found *found_r)
{
	size_t start, end;

	if (text.len - at < 3 || text.at[at] != '$' || text.at[at + 1] != '$')
		return false;
	start = skip_space(text, at + 2);
	found_r->parens = start < text.len && text.at[start] == '(';
	if (found_r->parens)
		start++;
	end = skip_word(text, start);
	if (end == start)
		return false;
	found_r->name = (struct ps_bytes){ text.at + start, end - start };
	if (found_r->parens) {
		if (end == text.len || text.at[end] != ')')
			return false;
		end++;
	}
	found_r->from = at;
	found_r->to = end;
	return true;
}

static size_t find_all(struct ps_bytes text,
		       struct found found_r[PS_RULE_TOKENS_MAX])
{
	size_t count = 0, at = 0;
	struct found found;

	while (at < text.len) {
		if (!token_at(text, at, &found)) {
			at++;
			continue;
		}
		if (count < PS_RULE_TOKENS_MAX)
			found_r[count] = found;
		count++;
		at = found.to;
	}
	return count;
}

struct ps_rule_subst *ps_rule_subst_new(struct ps_rule_build *build,
					struct ps_bytes text)
{
	struct found found[PS_RULE_TOKENS_MAX];
	size_t i, count = find_all(text, found);
	struct ps_rule_subst *subst;
	int attr;

	if (count > PS_RULE_TOKENS_MAX) {
		ps_rule_error(build, "too-many-variables",
			      "more than %d $$ in one text",
			      PS_RULE_TOKENS_MAX);
		return NULL;
	}
	subst = ps_rule_alloc(build,
			      sizeof(*subst) + count * sizeof(subst->token[0]));
	if (subst == NULL)
		return NULL;
	subst->text = text;
	subst->count = count;
	for (i = 0; i < count; i++) {
		attr = ps_rule_names_add(build->names, build->arena,
					 found[i].name);
		if (attr < 0) {
			ps_rule_error(build, "too-many-names",
				      "more than %d different attributes",
				      PS_RULE_ATTRS_MAX);
			return NULL;
		}
		subst->token[i] = (struct ps_rule_token){
			.attr = (unsigned int)attr,
			.parens = found[i].parens,
			.from = (uint32_t)found[i].from,
			.to = (uint32_t)found[i].to,
		};
	}
	return subst;
}

static bool is_within(const struct ps_rule_token *token,
		      struct ps_rule_span span)
{
	return token->from >= span.from && token->to <= span.to;
}

/* strict: those of one way of writing, from the last to the first. */
static bool resolve_back(const struct ps_rule_subst *subst,
			 struct ps_rule_span span,
			 const struct ps_rule_values *values, bool parens,
			 struct ps_bytes value[PS_RULE_TOKENS_MAX])
{
	bool any = false;
	size_t i;

	for (i = subst->count; i-- > 0;) {
		const struct ps_rule_token *token = &subst->token[i];

		if (token->parens != parens || !is_within(token, span) ||
		    value[i].at != NULL)
			continue;
		value[i] = values->value(values->ctx, token->attr);
		if (value[i].at == NULL)
			break;
		any = true;
	}
	return any;
}

bool ps_rule_subst_resolve(const struct ps_rule_subst *subst,
			   struct ps_rule_span span,
			   const struct ps_rule_values *values,
			   struct ps_bytes value[PS_RULE_TOKENS_MAX])
{
	bool any = false, too;
	size_t i;

	if (values->strict) {
		any = resolve_back(subst, span, values, false, value);
		too = resolve_back(subst, span, values, true, value);
		return any || too;
	}
	for (i = 0; i < subst->count; i++) {
		if (value[i].at != NULL || !is_within(&subst->token[i], span))
			continue;
		value[i] = values->value(values->ctx, subst->token[i].attr);
		any = any || value[i].at != NULL;
	}
	return any;
}

void ps_rule_subst_put(const struct ps_rule_subst *subst,
		       struct ps_rule_span span, const struct ps_bytes *value,
		       struct ps_buffer *out)
{
	const char *text = subst->text.at;
	uint32_t at = span.from;
	size_t i;

	for (i = 0; i < subst->count; i++) {
		const struct ps_rule_token *token = &subst->token[i];

		if (!is_within(token, span) || value[i].at == NULL)
			continue;
		ps_buffer_add(out, text + at, token->from - at);
		ps_buffer_bytes(out, value[i]);
		at = token->to;
	}
	ps_buffer_add(out, text + at, span.to - at);
}

struct ps_rule_span ps_rule_subst_all(const struct ps_rule_subst *subst)
{
	return (struct ps_rule_span){ 0, (uint32_t)subst->text.len };
}

bool ps_rule_subst_within(const struct ps_rule_subst *subst,
			  struct ps_rule_span span)
{
	size_t i;

	for (i = 0; i < subst->count; i++) {
		if (is_within(&subst->token[i], span))
			return true;
	}
	return false;
}
