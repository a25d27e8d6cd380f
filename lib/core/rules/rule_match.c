/* rule_match.c - does a rule hold for the request? */

#include "core/rules/rule_group.h"
#include "core/rules/rule_number.h"
#include "core/rules/rule_run.h"
#include "core/rules/rule_text.h"

#include <string.h>

#define PATTERN_MAX 4096 /* octets of a pattern with values put in; ours */

static bool is_negative_op(const struct ps_rule_test *test)
{
	return ps_rule_op_is_negative(test->op);
}

/* A pattern that could not be run to its end is a fault: nobody may pass, or
 * be refused, by a text that is hard to match. */
static bool taken(struct ps_rule_run *run, int matched)
{
	if (matched < 0)
		ps_rule_run_fault(run, "a pattern needs too much work");
	return matched > 0;
}

static struct ps_bytes scratch(const struct ps_rule_run *run)
{
	return (struct ps_bytes){ ps_buffer_cstr(&run->text), run->text.len };
}

/* The test's text with values put in, in run->text.  False: nothing was. */
static bool put_values(struct ps_rule_run *run, const struct ps_rule_test *test,
		       bool *all_r, struct ps_bytes value[PS_RULE_TOKENS_MAX])
{
	struct ps_rule_values values = ps_rule_run_values(run);
	struct ps_rule_span span = ps_rule_subst_all(test->subst);
	size_t i;

	memset(value, 0, PS_RULE_TOKENS_MAX * sizeof(value[0]));
	if (!ps_rule_subst_resolve(test->subst, span, &values, value))
		return false;
	*all_r = true;
	for (i = 0; i < test->subst->count; i++)
		*all_r = *all_r && value[i].len > 0;
	ps_buffer_reset(&run->text);
	ps_rule_subst_put(test->subst, span, value, &run->text);
	if (run->text.failed)
		ps_rule_run_fault(run, "a value is too long");
	/* The original goes by whether there is something now. */
	return !run->text.failed &&
	       (!run->rules->strict || ps_rule_is_true(scratch(run)));
}

/* strict: the whole text is plain, but for ".", which is any octet. */
static bool match_strict_subst(struct ps_rule_run *run, struct ps_bytes value)
{
	struct ps_bytes text = scratch(run);

	ps_ascii_lower_all(run->text.data, run->text.len);
	return ps_rule_find_plain(value, text, true) <= value.len;
}

/* The values as plain text, what the rule says around them as a pattern. */
static void quote_values(struct ps_rule_run *run,
			 const struct ps_rule_test *test,
			 struct ps_bytes value[PS_RULE_TOKENS_MAX])
{
	size_t i, k;
	char *copy, *at;

	for (i = 0; i < test->subst->count; i++) {
		copy = at = ps_arena_alloc(run->arena, 2 * value[i].len + 1);
		if (copy == NULL) {
			ps_rule_run_fault(run, "out of memory");
			return;
		}
		for (k = 0; k < value[i].len; k++) {
			char c = value[i].at[k];

			if (!ps_rule_is_word(c) && (unsigned char)c < 0x80)
				*at++ = '\\';
			*at++ = c;
		}
		value[i] = (struct ps_bytes){ copy, (size_t)(at - copy) };
	}
	ps_buffer_reset(&run->text);
	ps_rule_subst_put(test->subst, ps_rule_subst_all(test->subst), value,
			  &run->text);
}

static bool match_pattern_now(struct ps_rule_run *run,
			      const struct ps_rule_test *test,
			      struct ps_bytes value)
{
	const struct ps_rule_regex *port = run->rules->regex;
	struct ps_bytes text = scratch(run);
	struct ps_regex *regex;
	char error[128];
	int matched;

	if (test->op == PS_OP_IS && text.len > 1 && text.at[0] == '/' &&
	    text.at[text.len - 1] == '/') {
		text.at++;
		text.len -= 2;
	}
	if (text.len > PATTERN_MAX)
		return false;
	regex = port->compile(port->ctx, text, error, sizeof(error));
	if (regex == NULL) {
		ps_rule_run_fault(run, "a pattern with values put in");
		return false;
	}
	matched = port->match(regex, value);
	port->free(&regex);
	return taken(run, matched);
}

static bool match_subst(struct ps_rule_run *run,
			const struct ps_rule_test *test, struct ps_bytes value,
			bool *known_r)
{
	struct ps_bytes put[PS_RULE_TOKENS_MAX];
	bool all = false, any = true;

	*known_r = true;
	if (run->rules->strict && !ps_rule_is_true(value))
		any = false;
	any = any && put_values(run, test, &all, put);
	if (!any && run->rules->strict) { /* by its text as it stands */
		*known_r = false;
		return false;
	}
	if (test->op == PS_OP_EQUAL || test->op == PS_OP_NOT_EQUAL)
		return any && ps_bytes_equal_fold(scratch(run), value);
	if (run->rules->strict)
		return match_strict_subst(run, value);
	if (!any || !all) /* nothing to compare with: "" is in everything */
		return false;
	quote_values(run, test, put);
	return !run->text.failed && match_pattern_now(run, test, value);
}

bool ps_rule_compare(enum ps_rule_op op, double a, double b)
{
	switch (op) {
	case PS_OP_EQUAL:
		return !(a < b) && !(a > b);
	case PS_OP_NOT_EQUAL:
		return a < b || a > b;
	case PS_OP_AT_MOST:
		return a <= b;
	case PS_OP_BELOW:
		return a < b;
	case PS_OP_ABOVE:
	case PS_OP_NOT_AT_MOST:
		return a > b;
	case PS_OP_NOT_AT_LEAST:
		return a < b;
	case PS_OP_IS:
	case PS_OP_MATCH:
	case PS_OP_NOT_MATCH:
	case PS_OP_AT_LEAST:
		break;
	}
	return a >= b;
}

static bool match_text(struct ps_rule_run *run, const struct ps_rule_test *test,
		       struct ps_bytes value)
{
	bool known = false, matched = false;

	if (test->subst != NULL && test->op <= PS_OP_NOT_MATCH)
		matched = match_subst(run, test, value, &known);
	switch (test->op) {
	case PS_OP_EQUAL:
	case PS_OP_NOT_EQUAL:
		/* Of an empty value, the original says neither. */
		if (run->rules->strict && !ps_rule_is_true(value))
			return false;
		if (!known)
			matched = ps_bytes_equal_fold(test->text, value);
		return matched == (test->op == PS_OP_EQUAL);
	case PS_OP_IS:
	case PS_OP_MATCH:
	case PS_OP_NOT_MATCH:
		if (!known)
			matched = taken(run, ps_rule_pattern_match(
						     &run->rules->options,
						     &test->as.pattern, value));
		return matched == (test->op != PS_OP_NOT_MATCH);
	case PS_OP_AT_LEAST:
	case PS_OP_AT_MOST:
	case PS_OP_ABOVE:
	case PS_OP_BELOW:
	case PS_OP_NOT_AT_LEAST:
	case PS_OP_NOT_AT_MOST:
		break;
	}
	return ps_rule_compare(test->op, ps_rule_number(value),
			       ps_rule_number(test->text));
}

/* strict: what is no dotted quad is compared as text. */
static bool match_net_text(const struct ps_rule_test *test,
			   struct ps_bytes value)
{
	bool matched;

	if (test->op == PS_OP_EQUAL || test->op == PS_OP_NOT_EQUAL)
		matched = ps_bytes_equal_fold(test->text, value);
	else
		matched = ps_rule_find_plain(value, test->text, true) <=
			  value.len;
	return matched != is_negative_op(test);
}

static bool match_net_strict(const struct ps_rule_test *test,
			     struct ps_bytes value)
{
	const struct ps_rule_net *net = &test->as.net;
	bool matched = ps_rule_is_true(test->text) && ps_rule_is_true(value);
	struct ps_ip ip;

	if (matched && net->how != PS_NET_ALL) {
		if (!ps_rule_net_address(value, true, &ip))
			return match_net_text(test, value);
		matched = net->how == PS_NET_NETWORK &&
			  ps_ip_in_net(&ip, &net->net.ip, net->net.prefix);
	}
	return matched != (test->op == PS_OP_NOT_EQUAL);
}

static bool match_net(struct ps_rule_run *run, const struct ps_rule_test *test,
		      struct ps_bytes value)
{
	const struct ps_rule_net *net = &test->as.net;
	struct ps_bytes put[PS_RULE_TOKENS_MAX], text = test->text;
	struct ps_ip ip, other;
	bool matched = false, all;

	if (run->rules->strict)
		return match_net_strict(test, value);
	if (test->subst != NULL && put_values(run, test, &all, put))
		text = scratch(run);
	if (!ps_rule_net_address(value, false, &ip))
		matched = ps_bytes_equal_fold(text, value) && value.len > 0;
	else if (net->how == PS_NET_NETWORK)
		matched = ps_ip_in_net(&ip, &net->net.ip, net->net.prefix);
	else if (test->subst != NULL &&
		 ps_rule_net_address(text, false, &other))
		matched = ps_ip_in_net(&ip, &other, other.bits);
	return matched != is_negative_op(test);
}

bool ps_rule_match_test(struct ps_rule_run *run, enum ps_rule_type type,
			const struct ps_rule_test *test, struct ps_bytes value)
{
	bool holds;

	if (test->group.at != NULL)
		return ps_rule_group_holds(run, test, value) != test->inverted;
	if (ps_rule_type_is_login(type))
		return ps_rule_match_login(run, type, test);
	if (ps_rule_type_is_net(type))
		holds = match_net(run, test, value);
	else if (type == PS_TYPE_NUMBER)
		holds = ps_rule_compare(test->op, ps_rule_number(value),
					test->as.number);
	else if (type >= PS_TYPE_DATE && type <= PS_TYPE_MONTHS)
		holds = ps_rule_range_holds(&test->as.range,
					    &run->facts.clock) !=
			(run->rules->strict ? test->op == PS_OP_NOT_EQUAL
					    : is_negative_op(test));
	else
		holds = match_text(run, test, value);
	return holds != test->inverted;
}

static bool hit(void *ctx, uint32_t number)
{
	(void)ctx;
	(void)number;
	return true;
}

/* strict: one is enough, whatever it says.  Else: one of those that say what
 * matches, if there are any, and each of those that say what does not. */
struct tally {
	bool any, any_positive, failed;
};

/* True: no other test can change it. */
static bool add(const struct ps_rule_run *run, const struct ps_rule_test *test,
		bool holds, struct tally *tally)
{
	if (run->rules->strict) {
		tally->any = tally->any || holds;
		return holds;
	}
	if (ps_rule_test_is_negative(test)) {
		tally->failed = tally->failed || !holds;
		return !holds;
	}
	tally->any_positive = true;
	tally->any = tally->any || holds;
	return false;
}

static bool result(const struct ps_rule_run *run, const struct tally *tally,
		   size_t count)
{
	if (run->rules->strict)
		return tally->any;
	return count > 0 && !tally->failed &&
	       (tally->any || !tally->any_positive);
}

static bool match_found(const struct ps_rule_item *item, struct ps_bytes value,
			struct tally *tally)
{
	struct ps_ip ip;

	tally->any_positive = item->single_count < item->count;
	if (ps_rule_find_has_nets(item->find)) {
		if (ps_rule_net_address(value, false, &ip))
			tally->any =
				ps_rule_find_nets(item->find, &ip, hit, NULL);
		return tally->any;
	}
	tally->any = ps_rule_find_texts(item->find, value, hit, NULL);
	return tally->any;
}

static bool match_item(struct ps_rule_run *run, const struct ps_rule_item *item)
{
	struct ps_bytes value = ps_rule_run_value(run, item->attr);
	const struct ps_rule_test *test;
	struct tally tally = { false, false, false };
	size_t i;

	if (item->never)
		return false;
	if (value.at == NULL)
		value = PS_BYTES("");
	if (item->find == NULL) {
		for (test = item->tests; test != NULL; test = test->next) {
			if (add(run, test,
				ps_rule_match_test(run, item->kind->type, test,
						   value),
				&tally))
				break;
		}
		return result(run, &tally, item->count);
	}
	if (match_found(item, value, &tally) && run->rules->strict)
		return true;
	for (i = 0; i < item->single_count; i++) {
		if (add(run, item->singles[i],
			ps_rule_match_test(run, item->kind->type,
					   item->singles[i], value),
			&tally))
			break;
	}
	return result(run, &tally, item->count);
}

/* What one item with a DNS list has found, for $$rblcount and $$rhsblcount. */
static void add_count(const struct ps_rule_item *item, size_t count,
		      size_t *rbl, size_t *rhsbl)
{
	if (item->kind->type == PS_TYPE_RBL)
		*rbl += count;
	else if (ps_rule_type_is_dnsbl(item->kind->type))
		*rhsbl += count;
}

/* Ask all that it may take, before one of them is looked at. */
static enum ps_rule_truth match_asking(struct ps_rule_run *run,
				       const struct ps_rule *rule,
				       const struct ps_rule_item *item,
				       const struct ps_rule_item **failed_r,
				       size_t *matches)
{
	enum ps_rule_truth truth = PS_TRUTH_YES, one;
	size_t rbl = 0, rhsbl = 0, count;

	for (; item != NULL; item = item->next) {
		count = 0;
		one = ps_rule_match_dns(run, rule, item, &count);
		if (one == PS_TRUTH_NO && truth != PS_TRUTH_NO) {
			truth = PS_TRUTH_NO;
			*failed_r = item;
		} else if (one == PS_TRUTH_WAITING && truth == PS_TRUTH_YES) {
			truth = PS_TRUTH_WAITING;
		}
		*matches += count;
		add_count(item, count, &rbl, &rhsbl);
	}
	if (truth != PS_TRUTH_YES)
		*matches = 0;
	run->rbl = rbl;
	run->rhsbl = rhsbl;
	return truth;
}

enum ps_rule_truth ps_rule_match(struct ps_rule_run *run,
				 const struct ps_rule *rule,
				 const struct ps_rule_item **failed_r)
{
	/* The original counts id and action, too. */
	size_t matches = run->rules->strict ? 2 : 0;
	const struct ps_rule_item *item = rule->items;
	enum ps_rule_truth truth;
	bool holds = !rule->has_score;

	run->list_count = 0;
	*failed_r = NULL;
	/* Until here run->matches and others are those of the rule before. */
	for (; holds && item != NULL && !ps_rule_type_asks(item->kind->type);
	     item = item->next) {
		*failed_r = item;
		holds = match_item(run, item);
		matches++;
	}
	if (!holds) {
		run->matches = run->rbl = run->rhsbl = 0;
		return PS_TRUTH_NO;
	}
	*failed_r = NULL;
	truth = match_asking(run, rule, item, failed_r, &matches);
	run->matches = matches;
	return truth;
}
