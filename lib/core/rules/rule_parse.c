/* rule_parse.c - one rule into its items. */

#include "core/rules/rule_parse.h"

#include "core/rules/rule_text.h"
#include "core/text/cursor.h"

#include <string.h>

const char *ps_rule_op_text(enum ps_rule_op op)
{
	switch (op) {
	case PS_OP_IS:
		return "=";
	case PS_OP_EQUAL:
		return "==";
	case PS_OP_NOT_EQUAL:
		return "!=";
	case PS_OP_MATCH:
		return "=~";
	case PS_OP_NOT_MATCH:
		return "!~";
	case PS_OP_AT_LEAST:
		return "=>";
	case PS_OP_AT_MOST:
		return "=<";
	case PS_OP_ABOVE:
		return ">";
	case PS_OP_BELOW:
		return "<";
	case PS_OP_NOT_AT_LEAST:
		return "!>";
	case PS_OP_NOT_AT_MOST:
		return "!<";
	}
	return "";
}

bool ps_rule_op_is_negative(enum ps_rule_op op)
{
	return op == PS_OP_NOT_EQUAL || op == PS_OP_NOT_MATCH;
}

/* The operator that begins at text, and its length; 0: none does. */
static size_t operator_at(struct ps_bytes text, enum ps_rule_op *op_r)
{
	static const struct {
		struct ps_bytes text;
		enum ps_rule_op op;
	} table[] = {
		/* Those of two octets first, in the original's order. */
		{ PS_BYTES("=="), PS_OP_EQUAL },
		{ PS_BYTES("~="), PS_OP_MATCH },
		{ PS_BYTES("<="), PS_OP_AT_MOST },
		{ PS_BYTES(">="), PS_OP_AT_LEAST },
		{ PS_BYTES("<"), PS_OP_BELOW },
		{ PS_BYTES(">"), PS_OP_ABOVE },
		{ PS_BYTES("=~"), PS_OP_MATCH },
		{ PS_BYTES("=<"), PS_OP_AT_MOST },
		{ PS_BYTES("=>"), PS_OP_AT_LEAST },
		{ PS_BYTES("!="), PS_OP_NOT_EQUAL },
		{ PS_BYTES("!~"), PS_OP_NOT_MATCH },
		{ PS_BYTES("!<"), PS_OP_NOT_AT_MOST },
		{ PS_BYTES("!>"), PS_OP_NOT_AT_LEAST },
		{ PS_BYTES("="), PS_OP_IS },
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (ps_bytes_starts_fold(text, table[i].text)) {
			*op_r = table[i].op;
			return table[i].text.len;
		}
	}
	return 0;
}

static void split_item(struct ps_bytes part, struct ps_rule_raw *raw_r)
{
	struct ps_bytes rest = part;
	size_t len;

	for (; rest.len > 0; rest.at++, rest.len--) {
		len = operator_at(rest, &raw_r->op);
		if (len == 0)
			continue;
		raw_r->key = ps_rule_trim((struct ps_bytes){
			part.at, (size_t)(rest.at - part.at) });
		raw_r->value = ps_rule_trim(
			(struct ps_bytes){ rest.at + len, rest.len - len });
		return;
	}
	raw_r->key = ps_rule_trim(part);
	raw_r->stray = true;
}

static bool has_operator_of_two(struct ps_bytes text)
{
	enum ps_rule_op op;

	for (; text.len > 0; text.at++, text.len--) {
		if (operator_at(text, &op) > 0 && op != PS_OP_IS)
			return true;
	}
	return false;
}

/* What the original takes for a rule: its own test of that is open to nearly
 * everything, but not to a rule that ends without a value. */
static bool is_rule(struct ps_bytes text)
{
	size_t start;
	const char *equal;

	while (text.len > 0 && (ps_rule_is_space(text.at[text.len - 1]) ||
				text.at[text.len - 1] == ';'))
		text.len--;
	if (has_operator_of_two(text))
		return true;
	for (start = text.len; start > 0 && text.at[start - 1] != ';';)
		start--;
	text.at += start;
	text.len -= start;
	equal = ps_bytes_find(text, '=');
	return equal != NULL && equal + 1 < text.at + text.len;
}

/*
 * strict: the original compares a word without operator by that of the item
 * before it, with nothing; without one, or without a word, it never matches.
 */
static bool keep_stray(struct ps_rule_build *build, struct ps_rule_raw *raw,
		       const struct ps_rule_raw *before, bool last)
{
	if (last && raw->key.len == 0) /* behind the last ";" */
		return false;
	if (!build->strict) {
		if (raw->key.len > 0)
			ps_rule_error(build, "no-operator",
				      "\"%.*s\" is not ITEM=VALUE",
				      ps_rule_shown(raw->key), raw->key.at);
		return false;
	}
	ps_rule_warn(build, "no-operator",
		     "\"%.*s\" is not ITEM=VALUE, which changes when "
		     "postfwd takes this rule: take it out, or one \";\" of "
		     "two",
		     ps_rule_shown(raw->key), raw->key.at);
	if (before != NULL && raw->key.len > 0) {
		raw->op = before->op;
		raw->value = PS_BYTES("");
		raw->stray = false;
	}
	return true;
}

struct ps_rule_raw *ps_rule_parse(struct ps_rule_build *build,
				  struct ps_bytes text)
{
	struct ps_rule_raw *first = NULL, **end = &first, *raw, *before = NULL;
	struct ps_cursor cursor = ps_cursor_of(text);

	if (!is_rule(text)) {
		ps_rule_refuse(build, "no-rule", "not a rule: \"%.*s\"",
			       ps_rule_shown(text), text.at);
		return NULL;
	}
	while (!ps_cursor_done(&cursor)) {
		raw = ps_rule_alloc(build, sizeof(*raw));
		if (raw == NULL)
			return NULL;
		split_item(ps_cursor_until(&cursor, ";"), raw);
		(void)ps_cursor_skip(&cursor, ';');
		if (raw->stray &&
		    !keep_stray(build, raw, before, ps_cursor_done(&cursor)))
			continue;
		before = raw;
		*end = raw;
		end = &raw->next;
	}
	return first;
}
