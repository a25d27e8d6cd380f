/*
 * rule_index.c - which rules can match a request.  Each rule is filed under
 * one of its items whose values can all be looked up at once (words, plain
 * text, what a pattern cannot do without, networks); the others always are
 * candidates.  A candidate is still tried in full.
 */

#include "core/rules/rule_index.h"

#include <string.h>

#define BITS 64

struct entry {
	unsigned int attr;
	struct ps_rule_find *find;
};

struct ps_rule_index {
	size_t words;
	uint64_t *always;
	size_t entries;
	struct entry *entry;
	int *entry_of; /* by attribute; -1: none */
};

static void set_bit(uint64_t *word, size_t number)
{
	word[number / BITS] |= (uint64_t)1 << number % BITS;
}

/* Can all values of this test be found at once? */
static bool is_found(const struct ps_rule_item *item,
		     const struct ps_rule_test *test, bool strict)
{
	const struct ps_rule_pattern *pattern = &test->as.pattern;

	if (test->subst != NULL || test->group.at != NULL || test->inverted ||
	    ps_rule_op_is_negative(test->op))
		return false;
	if (item->kind->type == PS_TYPE_NET)
		return !strict && test->as.net.how == PS_NET_NETWORK;
	if (item->kind->type != PS_TYPE_TEXT)
		return false;
	if (test->op == PS_OP_EQUAL)
		return test->text.len > 0;
	if (!ps_rule_test_is_pattern(item->kind->type, test->op))
		return false;
	if (pattern->plain.at != NULL)
		return pattern->plain.len > 0;
	return pattern->needles > 0;
}

/* The state of the protocol, and what nearly every request has, tell rules
 * apart the least.  0: cannot be used. */
static unsigned int worth(const struct ps_rules *rules,
			  const struct ps_rule_item *item)
{
	const struct ps_rule_test *test;

	if (item->count == 0 || item->never)
		return 0;
	for (test = item->tests; test != NULL; test = test->next) {
		if (!is_found(item, test, rules->strict))
			return 0;
	}
	if (item->attr == PS_ATTR_PROTOCOL_STATE)
		return 1;
	if (item->attr >= PS_ATTR_RATECOUNT && item->attr < PS_ATTR_FIRST_OTHER)
		return 0; /* the judgement itself changes them */
	return item->kind->type == PS_TYPE_NET ? 4 : 3;
}

static struct ps_rule_find *find_of(struct ps_rule_build *build,
				    struct ps_rule_index *index,
				    unsigned int attr)
{
	struct entry *entry;

	if (index->entry_of[attr] < 0) {
		entry = &index->entry[index->entries];
		entry->attr = attr;
		entry->find = ps_rule_find_new(build);
		index->entry_of[attr] = (int)index->entries++;
	}
	return index->entry[index->entry_of[attr]].find;
}

static struct ps_bytes lower_copy(struct ps_rule_build *build,
				  struct ps_bytes text)
{
	struct ps_bytes copy = ps_rule_copy(build, text);

	if (copy.at != NULL)
		ps_ascii_lower_all((char *)(uintptr_t)copy.at, copy.len);
	return copy;
}

static void file_test(struct ps_rule_build *build, struct ps_rule_find *find,
		      const struct ps_rule_item *item,
		      const struct ps_rule_test *test, uint32_t number)
{
	const struct ps_rule_pattern *pattern = &test->as.pattern;
	enum ps_rule_where where = PS_WHERE_ANYWHERE;
	size_t i;

	if (item->kind->type == PS_TYPE_NET) {
		ps_rule_find_add_net(build, find, &test->as.net.net, number);
	} else if (test->op == PS_OP_EQUAL) {
		ps_rule_find_add_text(build, find, PS_WHERE_WHOLE,
				      lower_copy(build, test->text), number);
	} else if (pattern->plain.at != NULL) {
		if (pattern->start)
			where = pattern->end ? PS_WHERE_WHOLE : PS_WHERE_START;
		else if (pattern->end)
			where = PS_WHERE_END;
		ps_rule_find_add_text(build, find, where, pattern->plain,
				      number);
	} else {
		for (i = 0; i < pattern->needles; i++)
			ps_rule_find_add_text(build, find, where,
					      pattern->needle[i], number);
	}
}

static void file_rule(struct ps_rule_build *build, struct ps_rule_index *index,
		      const struct ps_rules *rules, size_t number)
{
	const struct ps_rule_item *item, *best = NULL;
	const struct ps_rule_test *test;
	struct ps_rule_find *find;
	unsigned int most = 0;

	for (item = rules->rule[number].items; item != NULL;
	     item = item->next) {
		if (worth(rules, item) > most) {
			most = worth(rules, item);
			best = item;
		}
	}
	if (best == NULL) {
		set_bit(index->always, number);
		return;
	}
	find = find_of(build, index, best->attr);
	for (test = best->tests; test != NULL && !build->no_memory;
	     test = test->next)
		file_test(build, find, best, test, (uint32_t)number);
}

struct ps_rule_index *ps_rule_index_new(struct ps_rule_build *build,
					const struct ps_rules *rules)
{
	struct ps_rule_index *index = ps_rule_alloc(build, sizeof(*index));
	const size_t names = rules->names->count;
	size_t i;

	if (index == NULL)
		return NULL;
	index->words = rules->count / BITS + 1;
	index->always = ps_rule_alloc(build, index->words * sizeof(uint64_t));
	index->entry = ps_rule_alloc(build, names * sizeof(*index->entry));
	index->entry_of = ps_rule_alloc(build, names * sizeof(int));
	if (build->no_memory)
		return NULL;
	for (i = 0; i < names; i++)
		index->entry_of[i] = -1;
	for (i = 0; i < rules->count && !build->no_memory; i++)
		file_rule(build, index, rules, i);
	for (i = 0; i < index->entries && !build->no_memory; i++)
		ps_rule_find_end(build, index->entry[i].find);
	return build->no_memory ? NULL : index;
}

size_t ps_rule_index_words(const struct ps_rules *rules)
{
	return rules->index->words;
}

void ps_rule_index_begin(const struct ps_rules *rules,
			 struct ps_rule_candidates *candidates)
{
	memcpy(candidates->word, rules->index->always,
	       candidates->words * sizeof(uint64_t));
}

int ps_rule_index_attr(const struct ps_rules *rules, size_t n)
{
	return n < rules->index->entries ? (int)rules->index->entry[n].attr
					 : -1;
}

static bool hit(void *ctx, uint32_t number)
{
	struct ps_rule_candidates *candidates = ctx;

	set_bit(candidates->word, number);
	return false;
}

void ps_rule_index_value(const struct ps_rules *rules, unsigned int attr,
			 struct ps_bytes value,
			 struct ps_rule_candidates *candidates)
{
	const struct ps_rule_index *index = rules->index;
	const struct ps_rule_find *find;
	struct ps_ip ip;

	if (index->entry_of[attr] < 0)
		return;
	find = index->entry[index->entry_of[attr]].find;
	(void)ps_rule_find_texts(find, value, hit, candidates);
	if (ps_rule_find_has_nets(find) &&
	    ps_rule_net_address(value, rules->strict, &ip))
		(void)ps_rule_find_nets(find, &ip, hit, candidates);
}

size_t ps_rule_index_next(const struct ps_rules *rules,
			  const struct ps_rule_candidates *candidates,
			  size_t from)
{
	size_t at = from / BITS;
	uint64_t word;

	if (from >= rules->count)
		return rules->count;
	word = candidates->word[at] & ~(uint64_t)0 << from % BITS;
	while (word == 0 && ++at < candidates->words)
		word = candidates->word[at];
	if (word == 0)
		return rules->count;
	at = at * BITS + (size_t)__builtin_ctzll(word);
	return at < rules->count ? at : rules->count;
}
