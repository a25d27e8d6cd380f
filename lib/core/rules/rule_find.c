/*
 * rule_find.c - many texts and networks at once.  A text is filed under four
 * of its octets (all, when it has fewer), those that the fewest others are
 * filed under; each run of four in a value is looked up.  A network is filed
 * under its masked address; each length of prefix that occurs is looked up.
 */

#include "core/rules/rule_find.h"

#include <string.h>

#define GRAM 4

struct text {
	struct text *next; /* all; then: of one slot */
	struct ps_bytes lower;
	uint32_t number;
	uint32_t offset; /* of the gram in it */
	enum ps_rule_where where;
};

struct net {
	struct net *next;
	struct ps_net net;
	uint32_t number;
};

/* Slots by hash; a power of two. */
struct table {
	size_t count; /* filed */
	size_t size;
	void **slot;
};

struct ps_rule_find {
	struct text *texts;
	struct net *nets;
	struct table whole, grams[GRAM], v4, v6;
	bool has4[33], has6[129]; /* lengths of prefixes */
};

static uint32_t hash(const char *data, size_t len, uint32_t sum)
{
	size_t i;

	sum ^= 2166136261u;
	for (i = 0; i < len; i++)
		sum = (sum ^ (unsigned char)ps_ascii_lower(data[i])) *
		      16777619u;
	return sum ^ sum >> 15;
}

static uint32_t hash_net(const struct ps_ip *ip, unsigned int prefix)
{
	unsigned char octet[16];
	size_t whole = prefix / 8, len = whole, i;
	uint32_t sum = 2166136261u ^ prefix;

	memcpy(octet, ip->octet, sizeof(octet));
	if (prefix % 8 != 0) {
		octet[whole] &= (unsigned char)(0xff00u >> prefix % 8);
		len++;
	}
	for (i = 0; i < len; i++)
		sum = (sum ^ octet[i]) * 16777619u;
	return sum ^ sum >> 15;
}

struct ps_rule_find *ps_rule_find_new(struct ps_rule_build *build)
{
	return ps_rule_alloc(build, sizeof(struct ps_rule_find));
}

void ps_rule_find_add_text(struct ps_rule_build *build,
			   struct ps_rule_find *find, enum ps_rule_where where,
			   struct ps_bytes lower, uint32_t number)
{
	struct text *text = ps_rule_alloc(build, sizeof(*text));

	if (text == NULL)
		return;
	*text = (struct text){ .next = find->texts,
			       .lower = lower,
			       .number = number,
			       .where = where };
	find->texts = text;
}

void ps_rule_find_add_net(struct ps_rule_build *build,
			  struct ps_rule_find *find, const struct ps_net *net,
			  uint32_t number)
{
	struct net *added = ps_rule_alloc(build, sizeof(*added));

	if (added == NULL)
		return;
	*added = (struct net){ find->nets, *net, number };
	find->nets = added;
	if (net->ip.bits == 32) {
		find->has4[net->prefix] = true;
		find->v4.count++;
	} else {
		find->has6[net->prefix] = true;
		find->v6.count++;
	}
}

static void make(struct ps_rule_build *build, struct table *table)
{
	if (table->count == 0)
		return;
	for (table->size = 8; table->size < 2 * table->count;)
		table->size *= 2;
	table->slot =
		ps_rule_alloc(build, table->size * sizeof(table->slot[0]));
}

static size_t gram_of(const struct text *text)
{
	return text->lower.len < GRAM ? text->lower.len : GRAM;
}

static void count_texts(struct ps_rule_find *find)
{
	const struct text *text;

	for (text = find->texts; text != NULL; text = text->next) {
		if (text->where == PS_WHERE_WHOLE)
			find->whole.count++;
		else
			find->grams[gram_of(text) - 1].count++;
	}
}

static size_t slot_of(const struct table *table, const char *at, size_t len)
{
	return hash(at, len, 0) & (table->size - 1);
}

/* Under which octets it is filed: those that are the least crowded. */
static void file_text(struct table *table, const size_t *crowd,
		      struct text *text)
{
	size_t len = gram_of(text), offset, slot, best = 0;

	for (offset = 0; offset + len <= text->lower.len; offset++) {
		slot = slot_of(table, text->lower.at + offset, len);
		if (offset == 0 || crowd[slot] < crowd[best]) {
			best = slot;
			text->offset = (uint32_t)offset;
		}
		if (crowd[best] == 0)
			break;
	}
	text->next = table->slot[best];
	table->slot[best] = text;
}

static void file_texts(struct ps_rule_build *build, struct ps_rule_find *find)
{
	struct text *text, *next;
	struct table *table;
	size_t *crowd[GRAM], i, slot;

	for (i = 0; i < GRAM; i++)
		crowd[i] = ps_rule_alloc(build, (find->grams[i].size + 1) *
							sizeof(size_t));
	if (build->no_memory)
		return;
	for (text = find->texts; text != NULL; text = next) {
		next = text->next;
		if (text->where == PS_WHERE_WHOLE) {
			slot = slot_of(&find->whole, text->lower.at,
				       text->lower.len);
			text->next = find->whole.slot[slot];
			find->whole.slot[slot] = text;
			continue;
		}
		i = gram_of(text) - 1;
		table = &find->grams[i];
		file_text(table, crowd[i], text);
		crowd[i]
		     [slot_of(table, text->lower.at + text->offset, i + 1)]++;
	}
}

static void file_nets(struct ps_rule_find *find)
{
	struct net *net, *next;
	struct table *table;
	size_t slot;

	for (net = find->nets; net != NULL; net = next) {
		next = net->next;
		table = net->net.ip.bits == 32 ? &find->v4 : &find->v6;
		slot = hash_net(&net->net.ip, net->net.prefix) &
		       (table->size - 1);
		net->next = table->slot[slot];
		table->slot[slot] = net;
	}
}

void ps_rule_find_end(struct ps_rule_build *build, struct ps_rule_find *find)
{
	size_t i;

	count_texts(find);
	make(build, &find->whole);
	make(build, &find->v4);
	make(build, &find->v6);
	for (i = 0; i < GRAM; i++)
		make(build, &find->grams[i]);
	if (build->no_memory)
		return;
	file_texts(build, find);
	file_nets(find);
}

static bool equals(struct ps_bytes lower, const char *at)
{
	size_t i;

	for (i = 0; i < lower.len; i++) {
		if (ps_ascii_lower(at[i]) != lower.at[i])
			return false;
	}
	return true;
}

/* Does the text stand where its gram was found? */
static bool stands(const struct text *text, struct ps_bytes value, size_t at)
{
	size_t start;

	if (at < text->offset)
		return false;
	start = at - text->offset;
	if (text->lower.len > value.len - start)
		return false;
	if (text->where == PS_WHERE_START && start != 0)
		return false;
	if (text->where == PS_WHERE_END && start + text->lower.len != value.len)
		return false;
	return equals(text->lower, value.at + start);
}

static bool run_grams(const struct table *table, size_t len,
		      struct ps_bytes value, ps_rule_hit *hit, void *ctx)
{
	const struct text *text;
	size_t at;

	if (table->count == 0)
		return false;
	for (at = 0; at + len <= value.len; at++) {
		text = table->slot[slot_of(table, value.at + at, len)];
		for (; text != NULL; text = text->next) {
			if (stands(text, value, at) && hit(ctx, text->number))
				return true;
		}
	}
	return false;
}

bool ps_rule_find_texts(const struct ps_rule_find *find, struct ps_bytes value,
			ps_rule_hit *hit, void *ctx)
{
	const struct text *text;
	size_t i;

	if (find->whole.count > 0) {
		text = find->whole.slot[slot_of(&find->whole, value.at,
						value.len)];
		for (; text != NULL; text = text->next) {
			if (text->lower.len == value.len &&
			    equals(text->lower, value.at) &&
			    hit(ctx, text->number))
				return true;
		}
	}
	for (i = 0; i < GRAM; i++) {
		if (run_grams(&find->grams[i], i + 1, value, hit, ctx))
			return true;
	}
	return false;
}

static bool run_nets(const struct table *table, const struct ps_ip *ip,
		     unsigned int prefix, ps_rule_hit *hit, void *ctx)
{
	const struct net *net =
		table->slot[hash_net(ip, prefix) & (table->size - 1)];

	for (; net != NULL; net = net->next) {
		if (net->net.prefix == prefix &&
		    ps_ip_in_net(ip, &net->net.ip, prefix) &&
		    hit(ctx, net->number))
			return true;
	}
	return false;
}

bool ps_rule_find_nets(const struct ps_rule_find *find, const struct ps_ip *ip,
		       ps_rule_hit *hit, void *ctx)
{
	const bool v4 = ip->bits == 32;
	const struct table *table = v4 ? &find->v4 : &find->v6;
	unsigned int prefix;

	if (table->count == 0)
		return false;
	for (prefix = 0; prefix <= ip->bits; prefix++) {
		if ((v4 ? find->has4 : find->has6)[prefix] &&
		    run_nets(table, ip, prefix, hit, ctx))
			return true;
	}
	return false;
}

bool ps_rule_find_has_nets(const struct ps_rule_find *find)
{
	return find->v4.count + find->v6.count > 0;
}
