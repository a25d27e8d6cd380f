/* rule_act.c - carry out the action of a rule that matched. */

#include "core/rules/rule_group.h"
#include "core/rules/rule_number.h"
#include "core/rules/rule_run.h"
#include "core/rules/rule_text.h"
#include "core/text/cursor.h"

#include <string.h>

struct act {
	struct ps_rule_run *run;
	const struct ps_rule *rule;
	size_t number, next;
	const struct ps_rule_action *action;
	struct ps_bytes value[PS_RULE_TOKENS_MAX]; /* of the action's $$ */
};

/* A piece of the action with values put in; copied, with a NUL. */
static struct ps_bytes put(struct act *act, struct ps_rule_span span)
{
	struct ps_buffer *text = &act->run->text;
	char *copy = NULL;

	ps_buffer_reset(text);
	ps_rule_subst_put(act->action->subst, span, act->value, text);
	if (!text->failed)
		copy = ps_arena_copy(act->run->arena, ps_buffer_cstr(text),
				     text->len);
	if (copy == NULL) {
		ps_rule_run_fault(act->run, "an action becomes too long");
		return PS_BYTES("");
	}
	return (struct ps_bytes){ copy, text->len };
}

static struct ps_bytes argument(struct act *act, size_t number)
{
	if (number >= act->action->args)
		return PS_BYTES("");
	return put(act, act->action->arg[number]);
}

/* One line of at most max octets: the values in it are a stranger's. */
static const char *printable(struct ps_bytes text, size_t max)
{
	char *at = (char *)(uintptr_t)text.at;
	size_t i;

	for (i = 0; i < text.len; i++) {
		if ((unsigned char)at[i] < ' ' || at[i] == 0x7f)
			at[i] = '?';
	}
	if (text.len > max)
		at[max] = '\0';
	return text.at;
}

static void trace(const struct act *act, enum ps_rule_step_kind kind,
		  struct ps_bytes action)
{
	const struct ps_rule_trace *watch = act->run->facts.trace;
	struct ps_rule_step step = { .kind = kind,
				     .rule = act->number,
				     .action = action };

	if (watch != NULL)
		watch->step(watch->ctx, &step);
}

static void decide(struct act *act, struct ps_bytes answer)
{
	struct ps_rule_verdict *verdict = act->run->verdict;

	if (!ps_rule_is_true(answer))
		answer = PS_BYTES("DUNNO");
	else
		(void)printable(answer, PS_RULE_ANSWER_MAX);
	verdict->outcome = PS_RULE_DECIDED;
	verdict->action = answer.at;
	verdict->rule = act->number;
	trace(act, PS_STEP_DECIDED, answer);
}

static void add_effect(struct act *act, const struct ps_rule_effect *effect)
{
	struct ps_rule_verdict *verdict = act->run->verdict;

	if (verdict->effects == PS_RULE_EFFECTS_MAX)
		return;
	verdict->effect[verdict->effects] = *effect;
	verdict->effect[verdict->effects++].limit = verdict->limit;
}

/* note(text), suspend(text), notify(text) */
static void say(struct act *act, enum ps_rule_effect_kind kind)
{
	struct ps_bytes text = argument(act, 0);

	if (text.len > 0 || kind != PS_EFFECT_NOTE)
		add_effect(act,
			   &(struct ps_rule_effect){
				   .kind = kind,
				   .rule = act->number,
				   .text = printable(text, PS_RULE_ANSWER_MAX),
			   });
}

/* Without a login there is nobody to suspend. */
static enum ps_rule_went suspend(struct act *act)
{
	if (ps_rule_run_value(act->run, PS_ATTR_SASL_USERNAME).len == 0)
		return PS_WENT_ON;
	say(act, PS_EFFECT_SUSPEND);
	decide(act, PS_BYTES("550 5.7.1 " PS_SUSPENDED_TEXT));
	return PS_WENT_END;
}

static enum ps_rule_went hold(struct act *act)
{
	struct ps_bytes why = argument(act, 0);
	struct ps_buffer *text = &act->run->text;
	char *copy;

	ps_buffer_reset(text);
	ps_buffer_text(text, why.len > 0 ? "HOLD " : "HOLD");
	ps_buffer_bytes(text, why);
	copy = text->failed ? NULL
			    : ps_arena_copy(act->run->arena,
					    ps_buffer_cstr(text), text->len);
	if (copy == NULL)
		ps_rule_run_fault(act->run, "an action becomes too long");
	else
		decide(act, (struct ps_bytes){ copy, text->len });
	return PS_WENT_END;
}

/* mail(server/helo/from/to/subject/body): ours goes where the settings say.
 * sendmail(path::from::to::subject::body) */
static void mail(struct act *act, size_t from)
{
	const size_t max = PS_RULE_ANSWER_MAX;

	add_effect(act,
		   &(struct ps_rule_effect){
			   .kind = PS_EFFECT_MAIL,
			   .rule = act->number,
			   .from = printable(argument(act, from), max),
			   .to = printable(argument(act, from + 1), max),
			   .subject = printable(argument(act, from + 2), max),
			   .text = printable(argument(act, from + 3), max),
		   });
}

static void wait_for(struct act *act)
{
	struct ps_rule_verdict *verdict = act->run->verdict;
	double seconds = ps_rule_number(argument(act, 0)) + verdict->wait;

	verdict->wait = seconds >= PS_RULE_WAIT_MAX ? PS_RULE_WAIT_MAX
			: seconds >= 0		    ? (unsigned int)seconds
						    : 0;
}

static void jump(struct act *act)
{
	struct ps_rule_run *run = act->run;
	int to = act->rule->jump;

	if (to < 0 || act->action != act->rule->action)
		to = ps_rules_find(run->rules, argument(act, 0));
	if (to < 0)
		return;
	if (++run->jumps > PS_RULE_JUMPS_MAX)
		ps_rule_run_fault(run, "jump() goes round in a circle");
	act->next = (size_t)to;
}

/* Two numbers, else the new value alone, as in the original. */
static struct ps_bytes combined(struct ps_rule_run *run,
				enum ps_rule_assign how, struct ps_bytes old,
				struct ps_bytes new,
				char text[PS_RULE_NUMBER_MAX])
{
	double a = ps_rule_number(old), b = ps_rule_number(new);

	if (how == PS_ASSIGN)
		return new;
	if (how == PS_ASSIGN_APPEND) {
		ps_buffer_reset(&run->text);
		ps_buffer_bytes(&run->text, old);
		ps_buffer_bytes(&run->text, new);
		if (run->text.no_memory)
			ps_rule_run_fault(run, "out of memory");
		return (struct ps_bytes){ ps_buffer_cstr(&run->text),
					  run->text.len };
	}
	if (!ps_rule_is_number(old) || !ps_rule_is_number(new))
		return new;
	if (how == PS_ASSIGN_ADD)
		a += b;
	else if (how == PS_ASSIGN_SUBTRACT)
		a -= b;
	else if (how == PS_ASSIGN_MULTIPLY)
		a *= b;
	else if (b < 0 || b > 0)
		a /= b;
	ps_rule_number_format(a, text);
	return ps_bytes_of(text);
}

static void set(struct act *act)
{
	struct ps_rule_run *run = act->run;
	char text[PS_RULE_NUMBER_MAX];
	size_t i;

	for (i = 0; i < act->action->sets; i++) {
		const struct ps_rule_assignment *one = &act->action->set[i];
		struct ps_bytes new = put(act, one->value),
				old = ps_rule_run_value(run, one->attr);

		/* The original appends to a "0" that was not there. */
		if (old.at == NULL)
			old = one->how == PS_ASSIGN_APPEND &&
					      !run->rules->strict
				      ? PS_BYTES("")
				      : PS_BYTES("0");
		new = combined(run, one->how, old, new, text);
		if (run->text.failed)
			ps_rule_run_fault(run, "a value becomes too long");
		if (one->attr == PS_ATTR_REQUEST_SCORE)
			run->score = ps_rule_number(new);
		ps_rule_run_set(run, one->attr, new);
	}
}

/* score(+1.5): a sign, digits, perhaps a fraction behind "." or ",". */
static bool read_score(struct ps_bytes text, char *sign_r, double *number_r)
{
	struct ps_cursor cursor = ps_cursor_of(text);
	char digits[PS_RULE_NUMBER_MAX];
	size_t i;

	*sign_r = '+';
	if (ps_cursor_peek(&cursor) > 0 &&
	    strchr("+-*/=", ps_cursor_peek(&cursor)) != NULL)
		*sign_r = (char)ps_cursor_next(&cursor);
	text = ps_cursor_rest(&cursor);
	if (text.len > 0 && text.at[0] == '-')
		return false;
	if (!ps_bytes_copy(text, digits, sizeof(digits)))
		return false;
	for (i = 0; i < text.len; i++) {
		if (digits[i] == ',')
			digits[i] = '.';
	}
	*number_r = ps_rule_number(ps_bytes_of(digits));
	return ps_rule_is_number(ps_bytes_of(digits));
}

static double scored(double score, char sign, double number)
{
	switch (sign) {
	case '-':
		return score - number;
	case '*':
		return score * number;
	case '/':
		return number > 0 ? score / number : score;
	case '=':
		return number;
	default:
		return score + number;
	}
}

/* The action of the threshold that the score has reached; NULL: of none. */
static const struct ps_rule_action *score(struct act *act)
{
	struct ps_rule_run *run = act->run;
	char sign, text[PS_RULE_NUMBER_MAX];
	double number;
	size_t i;

	if (read_score(argument(act, 0), &sign, &number)) {
		ps_rule_score_format(scored(run->score, sign, number), text);
		run->score = ps_rule_number(ps_bytes_of(text));
		ps_rule_run_set(run, PS_ATTR_SCORE, ps_bytes_of(text));
		ps_rule_run_set(run, PS_ATTR_REQUEST_SCORE, ps_bytes_of(text));
	}
	for (i = 0; i < run->rules->thresholds; i++) {
		if (run->score >= run->rules->threshold[i].number)
			return run->rules->threshold[i].action;
	}
	return NULL;
}

static enum ps_rule_went ask(struct act *act)
{
	const struct ps_rule_ask *port = act->run->facts.ask;
	const struct ps_rule_action *action = act->action;
	struct ps_bytes answer;
	char *copy;

	if (port == NULL)
		return PS_WENT_ON;
	switch (port->ask(port->ctx, action->host, action->port, &answer)) {
	case PS_DNS_FOUND:
		break;
	case PS_DNS_NOTFOUND:
	case PS_DNS_TEMPFAIL:
		return PS_WENT_ON;
	case PS_DNS_PENDING:
		return PS_WENT_WAITING;
	}
	if (answer.len == 0 ||
	    (action->ignore_regex != NULL &&
	     act->run->rules->regex->match(action->ignore_regex, answer) > 0))
		return PS_WENT_ON;
	copy = ps_arena_copy(act->run->arena, answer.at, answer.len);
	if (copy == NULL)
		ps_rule_run_fault(act->run, "out of memory");
	else
		decide(act, (struct ps_bytes){ copy, answer.len });
	return PS_WENT_END;
}

/* One action; *then_r: another one that takes its place. */
static enum ps_rule_went one(struct act *act,
			     const struct ps_rule_action **then_r)
{
	const struct ps_rule_action *action = act->action;
	int fired;

	*then_r = NULL;
	switch (action->verb) {
	case PS_VERB_ANSWER:
		decide(act, put(act, action->span));
		return PS_WENT_END;
	case PS_VERB_RATE:
	case PS_VERB_RCPT:
	case PS_VERB_SIZE:
		fired = ps_rule_count_rate(act->run, act->rule, action,
					   act->value);
		if (fired > 0)
			*then_r = action->then;
		return fired < 0 ? PS_WENT_WAITING : PS_WENT_ON;
	case PS_VERB_SCORE:
		*then_r = score(act);
		return PS_WENT_ON;
	case PS_VERB_ASK:
		return ask(act);
	case PS_VERB_SET:
		set(act);
		return PS_WENT_ON;
	case PS_VERB_GROUPADD:
	case PS_VERB_GROUPDEL:
		ps_rule_group_act(act->run, action);
		return PS_WENT_ON;
	case PS_VERB_JUMP:
		jump(act);
		return PS_WENT_ON;
	case PS_VERB_NOTE:
		say(act, PS_EFFECT_NOTE);
		return PS_WENT_ON;
	case PS_VERB_NOTIFY:
		say(act, PS_EFFECT_NOTIFY);
		return PS_WENT_ON;
	case PS_VERB_SUSPEND:
		return suspend(act);
	case PS_VERB_HOLD:
		return hold(act);
	case PS_VERB_WAIT:
		wait_for(act);
		return PS_WENT_ON;
	case PS_VERB_MAIL:
		mail(act, 2);
		return PS_WENT_ON;
	case PS_VERB_SENDMAIL:
		mail(act, 1);
		return PS_WENT_ON;
	case PS_VERB_IGNORE:
		break;
	}
	return PS_WENT_ON;
}

enum ps_rule_went ps_rule_act(struct ps_rule_run *run, size_t number,
			      size_t *next_r)
{
	const struct ps_rule *rule = &run->rules->rule[number];
	struct ps_rule_values values = ps_rule_run_values(run);
	const struct ps_rule_action *then = rule->action;
	struct act act = {
		.run = run, .rule = rule, .number = number, .next = number + 1
	};
	enum ps_rule_went went = PS_WENT_ON;
	unsigned int depth;

	for (depth = 0; then != NULL && depth <= PS_RULE_NESTING_MAX; depth++) {
		/* strict: what an outer action has put in stays. */
		if (!run->rules->strict || act.action == NULL ||
		    act.action->subst != then->subst)
			memset(act.value, 0, sizeof(act.value));
		act.action = then;
		(void)ps_rule_subst_resolve(then->subst, then->span, &values,
					    act.value);
		went = one(&act, &then);
		if (went == PS_WENT_ON)
			trace(&act, PS_STEP_ACTED,
			      run->facts.trace == NULL
				      ? PS_BYTES("")
				      : put(&act, act.action->span));
		if (went != PS_WENT_ON || run->fault)
			break;
	}
	*next_r = act.next;
	return went;
}
