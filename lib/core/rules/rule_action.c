/* rule_action.c - what a rule does when it matches, compiled. */

#include "core/rules/rule_action.h"

#include "core/rules/rule_group.h"
#include "core/rules/rule_number.h"
#include "core/rules/rule_text.h"
#include "core/text/cursor.h"

#include <string.h>

#define SECONDS_MAX 315360000u /* a window of ten years; ours */

static const struct verb {
	const char *name;
	enum ps_rule_verb verb;
	const char *ignored; /* why */
} verbs[] = {
	{ "rate", PS_VERB_RATE, NULL },
	{ "rcpt", PS_VERB_RCPT, NULL },
	{ "size", PS_VERB_SIZE, NULL },
	{ "rate5321", PS_VERB_RATE, NULL },
	{ "rcpt5321", PS_VERB_RCPT, NULL },
	{ "size5321", PS_VERB_SIZE, NULL },
	{ "score", PS_VERB_SCORE, NULL },
	{ "set", PS_VERB_SET, NULL },
	{ "groupadd", PS_VERB_GROUPADD, NULL },
	{ "groupdel", PS_VERB_GROUPDEL, NULL },
	{ "jump", PS_VERB_JUMP, NULL },
	{ "ask", PS_VERB_ASK, NULL },
	{ "note", PS_VERB_NOTE, NULL },
	{ "wait", PS_VERB_WAIT, NULL },
	{ "mail", PS_VERB_MAIL, NULL },
	{ "sendmail", PS_VERB_SENDMAIL, NULL },
	{ "hold", PS_VERB_HOLD, NULL },
	{ "suspend", PS_VERB_SUSPEND, NULL },
	{ "notify", PS_VERB_NOTIFY, NULL },
	{ "debug", PS_VERB_IGNORE, "there is \"postseal rules test\"" },
	{ "quit", PS_VERB_IGNORE, "it would end postfwd" },
	{ "file", PS_VERB_IGNORE, "postfwd ignores it too" },
	{ "exec", PS_VERB_IGNORE, "postfwd ignores it too" },
};

/* A slice of the action's own text as a span of it. */
static struct ps_rule_span span_of(const struct ps_rule_subst *subst,
				   struct ps_bytes part)
{
	uint32_t from = (uint32_t)(part.at - subst->text.at);

	return (struct ps_rule_span){ from, from + (uint32_t)part.len };
}

static struct ps_bytes bytes_of(const struct ps_rule_subst *subst,
				struct ps_rule_span span)
{
	return (struct ps_bytes){ subst->text.at + span.from,
				  span.to - span.from };
}

bool ps_rule_action_split(struct ps_bytes text, struct ps_bytes *word_r,
			  struct ps_bytes *args_r)
{
	size_t len = 0, at;

	while (len < text.len &&
	       (ps_rule_is_word(text.at[len]) || text.at[len] == '-'))
		len++;
	if (len < 2 || text.at[0] == '-')
		return false;
	for (at = len; at < text.len && ps_rule_is_space(text.at[at]);)
		at++;
	if (at >= text.len - 1 || text.at[at] != '(' ||
	    text.at[text.len - 1] != ')')
		return false;
	*word_r = (struct ps_bytes){ text.at, len };
	*args_r = ps_rule_trim(
		(struct ps_bytes){ text.at + at + 1, text.len - at - 2 });
	return true;
}

/* At most most parts, of which the last one keeps its marks. */
static void split_args(struct ps_rule_action *action, struct ps_bytes args,
		       const char *mark, size_t most)
{
	const size_t len = strlen(mark);
	size_t at = 0, start = 0;

	for (; at + len <= args.len && action->args + 1 < most; at++) {
		if (memcmp(args.at + at, mark, len) != 0)
			continue;
		action->arg[action->args++] = span_of(
			action->subst,
			(struct ps_bytes){ args.at + start, at - start });
		at += len - 1;
		start = at + 1;
	}
	action->arg[action->args++] =
		span_of(action->subst,
			(struct ps_bytes){ args.at + start, args.len - start });
}

static struct ps_rule_action *make(struct ps_rule_build *build,
				   const struct ps_rule_subst *subst,
				   struct ps_bytes text, unsigned int depth);

/* "$$name" and, if safe, "$$(name)" for a key are the old way of writing. */
static struct ps_bytes key_name(struct ps_rule_build *build,
				struct ps_bytes key, unsigned int depth)
{
	const bool marked = key.len > 2 && key.at[0] == '$' && key.at[1] == '$';
	bool parens;

	if (!marked)
		return key;
	if (depth == 0 || !build->strict) {
		key.at += 2;
		key.len -= 2;
	}
	if (!build->strict)
		key = ps_rule_trim(key);
	parens = key.len > 2 && key.at[0] == '(' && key.at[key.len - 1] == ')';
	if (!build->strict && parens) {
		key.at++;
		key.len -= 2;
	}
	ps_rule_warn(build, "variable-key",
		     "%s never counts by a key with $$: write the name of the "
		     "attribute alone",
		     depth > 0 || parens ? "postfwd" : "postfwd 2");
	return key;
}

static bool check_number(struct ps_rule_build *build,
			 const struct ps_rule_action *action, size_t arg,
			 const char *what, unsigned long long max)
{
	struct ps_bytes text = bytes_of(action->subst, action->arg[arg]);
	unsigned long long number;

	if (ps_rule_subst_within(action->subst, action->arg[arg]) ||
	    ps_ascii_number(build->strict ? text : ps_rule_trim(text), max,
			    &number))
		return true;
	ps_rule_refuse(build, "bad-limit", "\"%.*s\" is no %s of a limit",
		       ps_rule_shown(text), text.at, what);
	return false;
}

static bool make_rate(struct ps_rule_build *build,
		      struct ps_rule_action *action, struct ps_bytes args,
		      unsigned int depth)
{
	struct ps_bytes key, then;
	bool good;

	split_args(action, args, "/", 4);
	action->key = -1;
	if (action->args < 4) {
		ps_rule_refuse(build, "bad-limit",
			       "a limit is (item/max/seconds/action), not "
			       "(%.*s)",
			       ps_rule_shown(args), args.at);
		action->verb = PS_VERB_IGNORE;
		return build->strict;
	}
	key = bytes_of(action->subst, action->arg[0]);
	key = key_name(build, build->strict ? key : ps_rule_trim(key), depth);
	if (key.len > 0 && ps_bytes_find(key, '$') == NULL)
		action->key =
			ps_rule_names_add(build->names, build->arena, key);
	good = check_number(build, action, 1, "maximum", UINT64_MAX);
	good = check_number(build, action, 2, "number of seconds",
			    SECONDS_MAX) &&
	       good;
	if (!good && !build->strict)
		return false;
	then = bytes_of(action->subst, action->arg[3]);
	if (!build->strict)
		then = ps_rule_trim(then);
	action->then = make(build, action->subst, then, depth + 1);
	return action->then != NULL;
}

/* The operator of an assignment: "+=" or "=+", "=" or "==". */
static bool find_assign(struct ps_bytes part, size_t *at_r, size_t *len_r,
			enum ps_rule_assign *how_r)
{
	static const char signs[] = "=.+-*/";
	static const enum ps_rule_assign hows[] = {
		PS_ASSIGN,	    PS_ASSIGN_APPEND,	PS_ASSIGN_ADD,
		PS_ASSIGN_SUBTRACT, PS_ASSIGN_MULTIPLY, PS_ASSIGN_DIVIDE
	};
	const char *sign;
	size_t at;

	for (at = 1; at < part.len; at++) {
		char c = part.at[at],
		     then = at + 1 < part.len ? part.at[at + 1] : '\0';

		sign = c == '\0' ? NULL : strchr(signs, c);
		if (sign != NULL && then == '=') {
			*len_r = 2;
			break;
		}
		if (c != '=')
			continue;
		sign = then == '\0' ? NULL : strchr(signs, then);
		*len_r = sign == NULL ? 1 : 2;
		if (sign == NULL)
			sign = signs;
		break;
	}
	if (at >= part.len)
		return false;
	*at_r = at;
	*how_r = hows[sign - signs];
	return true;
}

static bool make_assignment(struct ps_rule_build *build,
			    struct ps_rule_action *action, struct ps_bytes part)
{
	struct ps_rule_assignment *set = &action->set[action->sets];
	struct ps_bytes name = part, value = part;
	size_t at, len;
	int attr;

	part = value = ps_rule_trim(part);
	if (!find_assign(part, &at, &len, &set->how)) {
		ps_rule_refuse(build, "bad-set",
			       "\"%.*s\" in set() is not NAME=VALUE",
			       ps_rule_shown(part), part.at);
		return build->strict;
	}
	name = ps_rule_trim((struct ps_bytes){ part.at, at });
	value.at += at + len;
	value.len -= at + len;
	attr = ps_rule_names_add(build->names, build->arena, name);
	if (attr < 0) {
		ps_rule_error(build, "too-many-names",
			      "more than %d different attributes",
			      PS_RULE_ATTRS_MAX);
		return false;
	}
	if (len == 2 && part.at[at] == '=' && part.at[at + 1] == '-')
		ps_rule_warn(build, "set-minus",
			     "\"%.*s\" in set() subtracts: there is no way to "
			     "write a negative value",
			     ps_rule_shown(part), part.at);
	build->names->is_set[attr] = true;
	set->attr = (unsigned int)attr;
	set->value = span_of(action->subst, ps_rule_trim(value));
	action->sets++;
	return true;
}

static bool make_set(struct ps_rule_build *build, struct ps_rule_action *action,
		     struct ps_bytes args)
{
	struct ps_cursor cursor = ps_cursor_of(args);
	size_t count = 1, i;

	for (i = 0; i < args.len; i++)
		count += args.at[i] == ',';
	if (count > PS_RULE_SETS_MAX) {
		ps_rule_error(build, "bad-set", "more than %d in one set()",
			      PS_RULE_SETS_MAX);
		return false;
	}
	action->set = ps_rule_alloc(build, count * sizeof(*action->set));
	if (action->set == NULL)
		return false;
	while (!ps_cursor_done(&cursor)) {
		struct ps_bytes part = ps_cursor_until(&cursor, ",");

		(void)ps_cursor_skip(&cursor, ',');
		if (part.len > 0 && !make_assignment(build, action, part))
			return false;
	}
	return true;
}

static bool make_ask(struct ps_rule_build *build, struct ps_rule_action *action,
		     struct ps_bytes args)
{
	struct ps_cursor cursor = ps_cursor_of(args);
	struct ps_bytes host = ps_cursor_until(&cursor, ":"), port;
	const struct ps_rule_regex *regex = build->options->regex;
	unsigned long long number;
	struct ps_rule_owned *owned;
	char error[128];

	(void)ps_cursor_skip(&cursor, ':');
	port = ps_cursor_until(&cursor, ":");
	if (host.len == 0 || !ps_ascii_number(port, 65535, &number) ||
	    ps_bytes_find(host, '$') != NULL) {
		ps_rule_refuse(build, "bad-ask",
			       "ask(%.*s) is not ask(host:port)",
			       ps_rule_shown(args), args.at);
		action->verb = PS_VERB_IGNORE;
		return build->strict;
	}
	action->host = ps_arena_copy(build->arena, host.at, host.len);
	action->port = (unsigned int)number;
	if (!ps_cursor_skip(&cursor, ':') || ps_cursor_done(&cursor))
		return action->host != NULL;
	action->ignore = ps_cursor_until(&cursor, ":");
	owned = ps_rule_alloc(build, sizeof(*owned));
	if (owned == NULL || action->host == NULL)
		return false;
	owned->regex = regex->compile(regex->ctx, action->ignore, error,
				      sizeof(error));
	if (owned->regex == NULL) {
		ps_rule_error(build, "bad-pattern", "pattern of ask(): %s",
			      error);
		return false;
	}
	owned->next = build->owned;
	build->owned = owned;
	action->ignore_regex = owned->regex;
	return true;
}

static bool make_args(struct ps_rule_build *build,
		      struct ps_rule_action *action, struct ps_bytes args,
		      unsigned int depth)
{
	switch (action->verb) {
	case PS_VERB_RATE:
	case PS_VERB_RCPT:
	case PS_VERB_SIZE:
		return make_rate(build, action, args, depth);
	case PS_VERB_SET:
		return make_set(build, action, args);
	case PS_VERB_ASK:
		return make_ask(build, action, args);
	case PS_VERB_GROUPADD:
	case PS_VERB_GROUPDEL:
		split_args(action, args, "/", 4);
		return ps_rule_group_make(build, action);
	case PS_VERB_MAIL:
		split_args(action, args, "/", 6);
		break;
	case PS_VERB_SENDMAIL:
		split_args(action, args, "::", 5);
		ps_rule_warn(build, "sendmail-path",
			     "the program that sendmail() names is never run: "
			     "notices go by SMTP");
		break;
	case PS_VERB_ANSWER:
	case PS_VERB_IGNORE:
	case PS_VERB_SCORE:
	case PS_VERB_JUMP:
	case PS_VERB_NOTE:
	case PS_VERB_WAIT:
	case PS_VERB_HOLD:
	case PS_VERB_SUSPEND:
	case PS_VERB_NOTIFY:
		split_args(action, args, "", 1);
		break;
	}
	return true;
}

/* The words of access(5) that may have text behind them, and its codes. */
static bool is_answer(struct ps_bytes word)
{
	static const char *const words[] = { "REJECT",
					     "DEFER",
					     "DEFER_IF_REJECT",
					     "DEFER_IF_PERMIT",
					     "DISCARD",
					     "HOLD",
					     "WARN",
					     "INFO",
					     "OK",
					     "DUNNO",
					     "PREPEND" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (ps_bytes_equal_fold(word, ps_bytes_of(words[i])))
			return true;
	}
	return word.len == 3 && (word.at[0] == '4' || word.at[0] == '5') &&
	       ps_ascii_digit(word.at[1]) && ps_ascii_digit(word.at[2]);
}

/* Of postfwd 2: strict is 1.35. */
static bool is_newer(enum ps_rule_verb verb)
{
	return verb == PS_VERB_GROUPADD || verb == PS_VERB_GROUPDEL;
}

static void take_verb(struct ps_rule_build *build, struct ps_bytes word,
		      struct ps_rule_action *action)
{
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (!ps_bytes_equal(word, ps_bytes_of(verbs[i].name)) ||
		    (build->strict && is_newer(verbs[i].verb)))
			continue;
		action->verb = verbs[i].verb;
		action->keep_case =
			word.len > 4 && word.at[word.len - 1] == '1';
		if (verbs[i].ignored != NULL)
			ps_rule_warn(build, "ignored-action",
				     "%s() is ignored: %s", verbs[i].name,
				     verbs[i].ignored);
		return;
	}
	action->verb = PS_VERB_IGNORE;
	if (is_answer(word)) {
		ps_rule_warn(build, "answer-in-parentheses",
			     "postfwd takes %.*s(...) for a command that it "
			     "does not know, and goes on: write the text "
			     "without parentheses",
			     ps_rule_shown(word), word.at);
		if (!build->strict)
			action->verb = PS_VERB_ANSWER;
		return;
	}
	ps_rule_warn(build, "unknown-action",
		     "%.*s(...) is no action: it is ignored, and the next "
		     "rule is tried",
		     ps_rule_shown(word), word.at);
}

static struct ps_rule_action *make(struct ps_rule_build *build,
				   const struct ps_rule_subst *subst,
				   struct ps_bytes text, unsigned int depth)
{
	struct ps_rule_action *action = ps_rule_alloc(build, sizeof(*action));
	struct ps_bytes word, args;

	if (action == NULL)
		return NULL;
	action->subst = subst;
	action->span = span_of(subst, text);
	if (!ps_rule_action_split(text, &word, &args)) {
		action->verb = PS_VERB_ANSWER;
		return action;
	}
	if (depth == PS_RULE_NESTING_MAX) {
		ps_rule_error(build, "nesting",
			      "actions more than %d deep in each other",
			      PS_RULE_NESTING_MAX);
		return NULL;
	}
	take_verb(build, word, action);
	return make_args(build, action, args, depth) ? action : NULL;
}

struct ps_rule_action *ps_rule_action_new(struct ps_rule_build *build,
					  struct ps_bytes text)
{
	struct ps_rule_subst *subst = ps_rule_subst_new(build, text);

	return subst == NULL ? NULL : make(build, subst, text, 0);
}
