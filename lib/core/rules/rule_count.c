/* rule_count.c - rate, rcpt and size: what is counted, and by which key. */

#include "core/rules/rule_number.h"
#include "core/rules/rule_run.h"

#include <string.h>

#define IDENTITY_MAX 1024 /* octets of the rule's id and its numbers; ours */
#define KEY_MAX	     1024 /* octets; longer ones are cut; ours */

/* An argument with values put in; borrowed from run->text. */
static struct ps_bytes argument(struct ps_rule_run *run,
				const struct ps_rule_action *action,
				size_t number, const struct ps_bytes *values)
{
	ps_buffer_reset(&run->text);
	ps_rule_subst_put(action->subst, action->arg[number], values,
			  &run->text);
	if (run->text.no_memory)
		ps_rule_run_fault(run, "out of memory");
	return (struct ps_bytes){ ps_buffer_cstr(&run->text), run->text.len };
}

static uint64_t whole(double number, uint64_t max)
{
	if (!(number >= 1))
		return 0;
	return number >= (double)max ? max : (uint64_t)number;
}

static uint64_t amount_of(struct ps_rule_run *run, enum ps_rule_verb verb)
{
	if (verb == PS_VERB_RATE)
		return 1;
	return whole(
		ps_rule_number(ps_rule_run_value(
			run, verb == PS_VERB_SIZE ? PS_ATTR_SIZE
						  : PS_ATTR_RECIPIENT_COUNT)),
		UINT64_MAX / 2);
}

/* "sender=alice@example.org"; the case of a localpart kept by rate5321. */
static void put_key(const struct ps_rule_run *run,
		    const struct ps_rule_action *action, struct ps_bytes value,
		    struct ps_buffer *out)
{
	const char *at = ps_bytes_find(value, '@');
	size_t from;

	ps_buffer_bytes(out, run->rules->names->name[action->key]);
	ps_buffer_char(out, '=');
	from = out->len;
	ps_buffer_bytes(out, value);
	if (out->failed)
		return;
	if (action->keep_case && at != NULL && at > value.at &&
	    at + 1 < value.at + value.len)
		from += (size_t)(at - value.at);
	ps_ascii_lower_all(out->data + from, out->len - from);
}

/* As counted in an earlier run of this request, or now. */
static enum ps_rule_counted count(struct ps_rule_run *run,
				  const struct ps_rule_count *what,
				  uint64_t *sum_r)
{
	const struct ps_rule_counters *counters = run->facts.counters;
	struct ps_rule_memo *memo = &run->memo[run->counts];

	if (run->counts == PS_RULE_COUNTS_MAX) {
		ps_rule_run_fault(run, "too many limits for one request");
		return PS_RULE_COUNT_FULL;
	}
	if (run->counts == run->memos) {
		memo->counted = counters->add(counters->ctx, what, &memo->sum);
		if (memo->counted == PS_RULE_COUNT_PENDING)
			return memo->counted;
		run->memos++;
	}
	run->counts++;
	*sum_r = memo->sum;
	return memo->counted;
}

static void say_fired(struct ps_rule_run *run, const struct ps_rule *rule,
		      const struct ps_rule_count *what, uint64_t sum)
{
	struct ps_rule_verdict *verdict = run->verdict;
	char text[PS_RULE_NUMBER_MAX];

	ps_rule_number_format((double)sum, text);
	ps_rule_run_set(run, PS_ATTR_RATECOUNT, ps_bytes_of(text));
	verdict->limit.rule = (size_t)(rule - run->rules->rule);
	verdict->limit.key =
		ps_arena_copy(run->arena, what->key.at, what->key.len);
	verdict->limit.sum = sum;
	verdict->limit.max = what->max;
	verdict->limit.seconds = what->seconds;
}

/* The rule's identity and the two numbers, as in the original. */
static bool put_identity(struct ps_rule_run *run, const struct ps_rule *rule,
			 const struct ps_rule_action *action,
			 const struct ps_bytes *values, struct ps_buffer *out,
			 struct ps_rule_count *what)
{
	struct ps_bytes max, seconds;

	ps_buffer_text(out, rule->identity);
	ps_buffer_char(out, '+');
	max = argument(run, action, 1, values);
	if (!ps_rule_is_true(max))
		return false;
	what->max = whole(ps_rule_number(max), UINT64_MAX / 2);
	ps_buffer_bytes(out, max);
	ps_buffer_char(out, '_');
	seconds = argument(run, action, 2, values);
	if (!ps_rule_is_true(seconds))
		return false;
	what->seconds = (uint32_t)whole(ps_rule_number(seconds), UINT32_MAX);
	ps_buffer_bytes(out, seconds);
	return !out->failed && !run->text.failed;
}

int ps_rule_count_rate(struct ps_rule_run *run, const struct ps_rule *rule,
		       const struct ps_rule_action *action,
		       const struct ps_bytes *values)
{
	char identity_text[IDENTITY_MAX + 1], key_text[KEY_MAX + 1];
	struct ps_buffer identity =
		PS_BUFFER_AT(identity_text, sizeof(identity_text));
	struct ps_buffer key = PS_BUFFER_AT(key_text, sizeof(key_text));
	struct ps_rule_count what = { .now = run->facts.now };
	enum ps_rule_counted counted = PS_RULE_COUNT_FULL;
	struct ps_bytes value;
	uint64_t sum = 0;

	what.amount = amount_of(run, action->verb);
	if (run->facts.counters == NULL || action->key < 0 || what.amount == 0)
		return 0;
	value = ps_rule_run_value(run, (unsigned int)action->key);
	/* Nobody's requests are not one sender's. */
	if (value.at == NULL || (!run->rules->strict && value.len == 0))
		return 0;
	if (value.len > KEY_MAX / 2)
		value.len = KEY_MAX / 2;
	put_key(run, action, value, &key);
	if (!key.failed &&
	    put_identity(run, rule, action, values, &identity, &what)) {
		what.rule = ps_buffer_cstr(&identity);
		what.key = (struct ps_bytes){ ps_buffer_cstr(&key), key.len };
		counted = count(run, &what, &sum);
	}
	if (counted == PS_RULE_COUNTED && sum > what.max)
		say_fired(run, rule, &what, sum);
	if (counted == PS_RULE_COUNT_PENDING)
		return -1;
	return counted == PS_RULE_COUNTED && sum > what.max;
}
