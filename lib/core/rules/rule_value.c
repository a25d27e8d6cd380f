/* rule_value.c - the values of one item, compiled. */

#include "core/rules/rule_value.h"

#include "core/rules/rule_group.h"
#include "core/rules/rule_number.h"
#include "core/rules/rule_text.h"
#include "core/rules/rule_valuefile.h"
#include "core/text/cursor.h"

#include <string.h>

#define ZONE_REPLY_DEFAULT "^127\\."
#define FIND_MIN	   4 /* fewer are tried one by one */

bool ps_rule_test_is_negative(const struct ps_rule_test *test)
{
	return ps_rule_op_is_negative(test->op) != test->inverted;
}

bool ps_rule_test_is_pattern(enum ps_rule_type type, enum ps_rule_op op)
{
	if (type != PS_TYPE_TEXT && type != PS_TYPE_NS_NAMES &&
	    type != PS_TYPE_MX_NAMES)
		return false;
	return op == PS_OP_IS || op == PS_OP_MATCH || op == PS_OP_NOT_MATCH;
}

static struct ps_bytes without_slashes(struct ps_bytes text)
{
	if (text.len > 0 && text.at[0] == '/') {
		text.at++;
		text.len--;
	}
	if (text.len > 0 && text.at[text.len - 1] == '/')
		text.len--;
	return text;
}

static bool has_marks(struct ps_bytes text)
{
	return text.len > 2 && text.at[0] == '!' && text.at[1] == '!';
}

/* The original takes off one "(" and one ")", whether they belong together or
 * not.  False: no "!!", or nothing ("0" is nothing) behind it. */
static bool invert_strict(struct ps_bytes *text)
{
	struct ps_bytes rest = *text;

	if (!has_marks(rest))
		return false;
	rest = ps_rule_trim((struct ps_bytes){ rest.at + 2, rest.len - 2 });
	if (rest.len > 1 && rest.at[0] == '(') {
		rest.at++;
		rest.len--;
		rest = ps_rule_trim(rest);
	}
	if (rest.len > 1 && rest.at[rest.len - 1] == ')')
		rest.len--;
	rest = ps_rule_trim(rest);
	if (rest.len == 0 || ps_bytes_equal(rest, PS_BYTES("0")))
		return false;
	*text = rest;
	return true;
}

/* Does the "(" at its beginning belong to the ")" at its end? */
static bool is_enclosed(struct ps_bytes text)
{
	unsigned int depth = 0;
	size_t i;

	if (text.len < 2 || text.at[0] != '(' || text.at[text.len - 1] != ')')
		return false;
	for (i = 0; i < text.len; i++) {
		if (text.at[i] == '\\')
			i++;
		else if (text.at[i] == '(')
			depth++;
		else if (text.at[i] == ')' && --depth == 0)
			return i == text.len - 1;
	}
	return false;
}

static bool invert_safe(struct ps_bytes *text)
{
	if (!has_marks(*text))
		return false;
	*text = ps_rule_trim((struct ps_bytes){ text->at + 2, text->len - 2 });
	if (is_enclosed(*text))
		*text = ps_rule_trim(
			(struct ps_bytes){ text->at + 1, text->len - 2 });
	return true;
}

static int make_zone(struct ps_rule_build *build, struct ps_rule_test *test)
{
	struct ps_cursor cursor = ps_cursor_of(test->text);
	struct ps_bytes reply;
	char *lower;

	test->as.zone.name = ps_rule_copy(build, ps_cursor_until(&cursor, "/"));
	if (build->no_memory)
		return -1;
	lower = (char *)(uintptr_t)test->as.zone.name.at;
	ps_ascii_lower_all(lower, test->as.zone.name.len);
	(void)ps_cursor_skip(&cursor, '/');
	reply = ps_cursor_until(&cursor, "/");
	if (reply.len == 0 || ps_bytes_equal(reply, PS_BYTES("0")))
		reply = PS_BYTES(ZONE_REPLY_DEFAULT);
	return ps_rule_pattern_new(build, reply, &test->as.zone.reply);
}

static int make(struct ps_rule_build *build, enum ps_rule_type type,
		struct ps_rule_test *test)
{
	if (ps_rule_type_is_dnsbl(type))
		return make_zone(build, test);
	if (ps_rule_type_is_net(type)) {
		ps_ascii_lower_all((char *)(uintptr_t)test->text.at,
				   test->text.len);
		ps_rule_net_new(build, test->text, &test->as.net);
		return 0;
	}
	if (type == PS_TYPE_NUMBER) {
		test->as.number = ps_rule_number(test->text);
		return 0;
	}
	if (ps_rule_type_is_login(type))
		return ps_rule_login_value(build, type, test);
	if (type >= PS_TYPE_DATE && type <= PS_TYPE_MONTHS)
		return ps_rule_range_new(build,
					 PS_RULE_DATE + (type - PS_TYPE_DATE),
					 test->text, &test->as.range);
	if (ps_rule_test_is_pattern(type, test->op))
		return ps_rule_pattern_new(build,
					   test->op == PS_OP_IS
						   ? without_slashes(test->text)
						   : test->text,
					   &test->as.pattern);
	return 0;
}

static bool may_be_group(struct ps_rule_build *build, enum ps_rule_type type,
			 const struct ps_rule_test *test)
{
	bool good = test->op <= PS_OP_NOT_MATCH &&
		    !ps_rule_type_is_dnsbl(type) &&
		    !ps_rule_type_is_login(type) &&
		    !(type >= PS_TYPE_DATE && type <= PS_TYPE_MONTHS);

	if (!good)
		ps_rule_error(build, "bad-group",
			      "%.*s stands where no group can: behind = or != "
			      "of an attribute",
			      ps_rule_shown(test->text), test->text.at);
	return good;
}

/* One value as it stands, "!!" being off already. */
static int add_test(struct ps_rule_build *build, struct ps_rule_item *item,
		    enum ps_rule_op op, struct ps_bytes text, bool inverted)
{
	struct ps_rule_test *test = ps_rule_alloc(build, sizeof(*test));
	struct ps_rule_subst *subst;

	if (test == NULL)
		return -1;
	*test = (struct ps_rule_test){ .op = op,
				       .inverted = inverted,
				       .line = build->line,
				       .file = build->file,
				       .text = ps_rule_copy(build, text) };
	if (build->no_memory)
		return -1;
	if (ps_bytes_find(text, '$') != NULL) {
		subst = ps_rule_subst_new(build, test->text);
		if (subst == NULL)
			return -1;
		if (subst->count > 0)
			test->subst = subst;
	}
	if (!build->strict && ps_rule_group_name(test->text, &test->group) &&
	    !may_be_group(build, item->kind->type, test))
		return -1;
	if (test->group.at == NULL && make(build, item->kind->type, test) < 0)
		return -1;
	*item->end = test;
	item->end = &test->next;
	item->count++;
	return 0;
}

/* A value of the rule or of a file, where "file:" is not expected any more. */
int ps_rule_value_one(struct ps_rule_build *build, struct ps_rule_item *item,
		      enum ps_rule_op op, struct ps_bytes text, bool inverted)
{
	bool pattern = op == PS_OP_MATCH || op == PS_OP_NOT_MATCH;

	if (build->strict ? invert_strict(&text) : invert_safe(&text))
		inverted = !inverted;
	if (pattern)
		text = without_slashes(text);
	/* "0" and nothing are false to the original: never an item. */
	if (!build->strict && item->kind->is_list && text.len == 0)
		return 0;
	return add_test(build, item, op, text, inverted);
}

static int add_list(struct ps_rule_build *build, struct ps_rule_item *item,
		    enum ps_rule_op op, struct ps_bytes text, bool inverted)
{
	const char *marks = build->strict ? "," : "," PS_RULE_SPACE;
	struct ps_cursor cursor = ps_cursor_of(text);
	struct ps_bytes part;

	/* Ranges may have blanks around their dash. */
	if (item->kind->type >= PS_TYPE_DATE &&
	    item->kind->type <= PS_TYPE_MONTHS)
		marks = ",";
	while (!ps_cursor_done(&cursor)) {
		part = ps_rule_trim(ps_cursor_until(&cursor, marks));
		(void)ps_cursor_take(&cursor, marks);
		if (part.len > 0 &&
		    ps_rule_value_word(build, item, op, part, inverted, 0) < 0)
			return -1;
	}
	return 0;
}

/* Networks with a blank between them, where the original needs a comma. */
static bool has_blank_between(struct ps_bytes list)
{
	struct ps_cursor cursor = ps_cursor_of(list);
	struct ps_bytes part;
	size_t i;

	while (!ps_cursor_done(&cursor)) {
		part = ps_rule_trim(ps_cursor_until(&cursor, ","));
		(void)ps_cursor_skip(&cursor, ',');
		for (i = 0; i < part.len; i++) {
			if (ps_rule_is_space(part.at[i]))
				return true;
		}
	}
	return false;
}

static void warn_value(struct ps_rule_build *build,
		       const struct ps_rule_item *item,
		       const struct ps_rule_raw *raw)
{
	struct ps_bytes value = raw->value;

	if (item->kind->is_list && has_marks(value) &&
	    ps_bytes_find(value, ',') != NULL)
		ps_rule_warn(build, "negated-list",
			     "postfwd splits %.*s at its commas before it "
			     "negates: write one !! for each value in rules "
			     "of their own, or an action of its own for "
			     "those inside",
			     ps_rule_shown(value), value.at);
	if (item->kind->is_list && ps_rule_op_is_negative(raw->op) &&
	    ps_bytes_find(value, ',') != NULL)
		ps_rule_warn(build, "unequal-list",
			     "%.*s%s with several values is always true in "
			     "postfwd: write them with = into a rule that "
			     "jumps over this one",
			     ps_rule_shown(raw->key), raw->key.at,
			     ps_rule_op_text(raw->op));
	if (!build->strict && item->kind->is_list && !has_marks(value) &&
	    !(item->kind->type >= PS_TYPE_DATE &&
	      item->kind->type <= PS_TYPE_MONTHS) &&
	    has_blank_between(value))
		ps_rule_warn(build, "networks-with-blanks",
			     "postfwd takes \"%.*s\" for one value, which "
			     "matches nothing: write commas between",
			     ps_rule_shown(value), value.at);
	if (value.len == 0 && raw->op == PS_OP_IS && !item->kind->is_list)
		ps_rule_warn(build, "empty-value",
			     "%.*s= without a value matches everything: write "
			     "%.*s=~^$ for \"empty\"",
			     ps_rule_shown(raw->key), raw->key.at,
			     ps_rule_shown(raw->key), raw->key.at);
	if (value.len == 1 && value.at[0] == '>' && raw->op == PS_OP_AT_MOST)
		ps_rule_warn(build, "less-than",
			     "%.*s=<> compares numbers (=< and \">\"): write "
			     "%.*s==<>",
			     ps_rule_shown(raw->key), raw->key.at,
			     ps_rule_shown(raw->key), raw->key.at);
}

int ps_rule_value_add(struct ps_rule_build *build, struct ps_rule_item *item,
		      const struct ps_rule_raw *raw)
{
	struct ps_bytes value = raw->value;
	bool inverted = false;

	warn_value(build, item, raw);
	if (raw->stray) {
		item->never = true;
		return 0;
	}
	if (!build->strict)
		inverted = invert_safe(&value);
	if (item->kind->is_list)
		return add_list(build, item, raw->op, value, inverted);
	return ps_rule_value_word(build, item, raw->op, value, inverted, 0);
}

static struct ps_bytes lower_copy(struct ps_rule_build *build,
				  struct ps_bytes text)
{
	struct ps_bytes copy = ps_rule_copy(build, text);

	if (copy.at != NULL)
		ps_ascii_lower_all((char *)(uintptr_t)copy.at, copy.len);
	return copy;
}

/* File it with those that are found at once.  False: it is a single. */
static bool file(struct ps_rule_build *build, struct ps_rule_item *item,
		 struct ps_rule_test *test, uint32_t number)
{
	const struct ps_rule_pattern *pattern = &test->as.pattern;

	if (test->subst != NULL || test->group.at != NULL ||
	    ps_rule_test_is_negative(test) || test->inverted)
		return false;
	if (item->kind->type == PS_TYPE_NET) {
		if (test->as.net.how != PS_NET_NETWORK || build->strict)
			return false;
		ps_rule_find_add_net(build, item->find, &test->as.net.net,
				     number);
		return true;
	}
	if (item->kind->type != PS_TYPE_TEXT)
		return false;
	/* strict: == of "0" is never true. */
	if (test->op == PS_OP_EQUAL && test->text.len > 0 &&
	    !ps_bytes_equal(test->text, PS_BYTES("0"))) {
		ps_rule_find_add_text(build, item->find, PS_WHERE_WHOLE,
				      lower_copy(build, test->text), number);
		return true;
	}
	if (!ps_rule_test_is_pattern(item->kind->type, test->op) ||
	    pattern->plain.at == NULL || pattern->plain.len == 0)
		return false;
	ps_rule_find_add_text(build, item->find,
			      pattern->start && pattern->end ? PS_WHERE_WHOLE
			      : pattern->start		     ? PS_WHERE_START
			      : pattern->end		     ? PS_WHERE_END
					     : PS_WHERE_ANYWHERE,
			      pattern->plain, number);
	return true;
}

void ps_rule_value_end(struct ps_rule_build *build, struct ps_rule_item *item)
{
	struct ps_rule_test *test;
	uint32_t number = 0;

	if (item->count < FIND_MIN || (item->kind->type != PS_TYPE_TEXT &&
				       item->kind->type != PS_TYPE_NET))
		return;
	item->find = ps_rule_find_new(build);
	item->singles =
		ps_rule_alloc(build, item->count * sizeof(item->singles[0]));
	if (build->no_memory)
		return;
	for (test = item->tests; test != NULL; test = test->next, number++) {
		if (!file(build, item, test, number))
			item->singles[item->single_count++] = test;
	}
	ps_rule_find_end(build, item->find);
}
