/* counters_memory.c - a table in parts, each with its lock and two orders of
 * use: windows below their limit, which may be forgotten, and limited ones. */

#include "io/counters_memory.h"

#include "io/siphash.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PARTS	  16 /* ours: threads rarely wait for each other */
#define LOOKED_AT 64 /* limited windows, for one that is over; ours */

struct entry {
	struct entry *next;	     /* of the same bucket */
	struct entry *newer, *older; /* by last use, among its likes */
	struct entry *later,
		*earlier; /* changed; both NULL and not first: no */
	struct ps_window window;
	uint32_t seconds;
	uint16_t rule_len, key_len;
	bool limited, changed;
	char text[]; /* rule, key */
};

struct order {
	struct entry *newest, *oldest;
};

struct part {
	pthread_mutex_t lock;
	struct entry **bucket;
	size_t mask, count, count_max;
	struct order order[2]; /* by limited */
	struct entry *changed;
	uint64_t refused;
};

struct ps_counters {
	struct ps_siphash_key secret;
	enum ps_window_mode mode;
	struct part part[PARTS];
};

/* ---- orders ---- */

static void leave_order(struct part *part, struct entry *entry)
{
	struct order *order = &part->order[entry->limited];

	if (entry->newer != NULL)
		entry->newer->older = entry->older;
	else
		order->newest = entry->older;
	if (entry->older != NULL)
		entry->older->newer = entry->newer;
	else
		order->oldest = entry->newer;
}

static void enter_order(struct part *part, struct entry *entry, bool limited)
{
	struct order *order = &part->order[limited];

	entry->limited = limited;
	entry->newer = NULL;
	entry->older = order->newest;
	if (order->newest != NULL)
		order->newest->newer = entry;
	else
		order->oldest = entry;
	order->newest = entry;
}

static void mark_changed(struct part *part, struct entry *entry)
{
	if (entry->changed)
		return;
	entry->changed = true;
	entry->earlier = NULL;
	entry->later = part->changed;
	if (part->changed != NULL)
		part->changed->earlier = entry;
	part->changed = entry;
}

static void unmark_changed(struct part *part, struct entry *entry)
{
	if (!entry->changed)
		return;
	entry->changed = false;
	if (entry->earlier != NULL)
		entry->earlier->later = entry->later;
	else
		part->changed = entry->later;
	if (entry->later != NULL)
		entry->later->earlier = entry->earlier;
}

/* ---- the table ---- */

static uint64_t hash_of(const struct ps_counters *counters,
			struct ps_bytes rule, struct ps_bytes key)
{
	return ps_siphash(&counters->secret, rule.at, rule.len) *
		       UINT64_C(0x9e3779b97f4a7c15) ^
	       ps_siphash(&counters->secret, key.at, key.len);
}

static struct ps_bytes rule_of(const struct entry *entry)
{
	return (struct ps_bytes){ entry->text, entry->rule_len };
}

static struct ps_bytes key_of(const struct entry *entry)
{
	return (struct ps_bytes){ entry->text + entry->rule_len,
				  entry->key_len };
}

/* Where the entry hangs, or would. */
static struct entry **find(struct part *part, uint64_t hash,
			   struct ps_bytes rule, struct ps_bytes key)
{
	struct entry **at = &part->bucket[(hash / PARTS) & part->mask];

	while (*at != NULL && (!ps_bytes_equal(rule_of(*at), rule) ||
			       !ps_bytes_equal(key_of(*at), key)))
		at = &(*at)->next;
	return at;
}

static void forget(struct ps_counters *counters, struct part *part,
		   struct entry *entry)
{
	struct entry **at =
		find(part, hash_of(counters, rule_of(entry), key_of(entry)),
		     rule_of(entry), key_of(entry));

	*at = entry->next;
	leave_order(part, entry);
	unmark_changed(part, entry);
	part->count--;
	free(entry);
}

/* Is there room for one more, or can it be made? */
static bool make_room(struct ps_counters *counters, struct part *part,
		      uint64_t now)
{
	struct entry *limited = part->order[true].oldest, *victim;
	size_t looked;

	if (part->count < part->count_max)
		return true;
	/* A long window may lie before a short one that is over already. */
	for (looked = 0; limited != NULL && looked < LOOKED_AT; looked++) {
		if (ps_window_over(&limited->window, counters->mode, now,
				   limited->seconds))
			break;
		limited = limited->newer;
	}
	victim = limited != NULL && looked < LOOKED_AT
			 ? limited
			 : part->order[false].oldest;
	if (victim == NULL)
		return false;
	forget(counters, part, victim);
	return true;
}

static struct entry *add_entry(struct ps_counters *counters, struct part *part,
			       struct ps_bytes rule, struct ps_bytes key,
			       uint64_t now)
{
	struct entry *entry;

	if (rule.len > PS_COUNTER_TEXT_MAX || key.len > PS_COUNTER_TEXT_MAX ||
	    !make_room(counters, part, now))
		return NULL;
	entry = malloc(sizeof(*entry) + rule.len + key.len);
	if (entry == NULL)
		return NULL;
	*entry = (struct entry){ .rule_len = (uint16_t)rule.len,
				 .key_len = (uint16_t)key.len };
	memcpy(entry->text, rule.at, rule.len);
	memcpy(entry->text + rule.len, key.at, key.len);
	*find(part, hash_of(counters, rule, key), rule, key) = entry;
	enter_order(part, entry, false);
	part->count++;
	return entry;
}

static struct part *lock_part(struct ps_counters *counters, uint64_t hash)
{
	struct part *part = &counters->part[hash % PARTS];

	(void)pthread_mutex_lock(&part->lock);
	return part;
}

/* ---- what is asked ---- */

enum ps_rule_counted
ps_counters_add(void *ctx, const struct ps_rule_count *count, uint64_t *sum_r)
{
	struct ps_counters *counters = ctx;
	struct ps_bytes rule = ps_bytes_of(count->rule);
	uint64_t hash = hash_of(counters, rule, count->key);
	struct part *part = lock_part(counters, hash);
	struct entry *entry = *find(part, hash, rule, count->key);
	bool within;

	if (entry == NULL)
		entry = add_entry(counters, part, rule, count->key, count->now);
	*sum_r = 0;
	if (entry == NULL) {
		part->refused++;
		(void)pthread_mutex_unlock(&part->lock);
		return PS_RULE_COUNT_FULL;
	}
	entry->seconds = count->seconds;
	within =
		ps_window_add(&entry->window, counters->mode, count->now,
			      count->seconds, count->amount, count->max, sum_r);
	leave_order(part, entry);
	enter_order(part, entry, !within);
	mark_changed(part, entry);
	(void)pthread_mutex_unlock(&part->lock);
	return PS_RULE_COUNTED;
}

static void tell(const struct entry *entry, ps_counter_each *each, void *ctx)
{
	const struct ps_counter counter = { .rule = rule_of(entry),
					    .key = key_of(entry),
					    .seconds = entry->seconds,
					    .window = entry->window,
					    .limited = entry->limited };

	each(ctx, &counter);
}

void ps_counters_changed(struct ps_counters *counters, ps_counter_each *each,
			 void *ctx)
{
	struct part *part;
	struct entry *entry;
	size_t i;

	for (i = 0; i < PARTS; i++) {
		part = lock_part(counters, i);
		while ((entry = part->changed) != NULL) {
			tell(entry, each, ctx);
			unmark_changed(part, entry);
		}
		(void)pthread_mutex_unlock(&part->lock);
	}
}

void ps_counters_all(struct ps_counters *counters, ps_counter_each *each,
		     void *ctx)
{
	struct part *part;
	struct entry *entry;
	size_t i, limited;

	for (i = 0; i < PARTS; i++) {
		part = lock_part(counters, i);
		for (limited = 0; limited < 2; limited++) {
			entry = part->order[limited].oldest;
			for (; entry != NULL; entry = entry->newer)
				tell(entry, each, ctx);
		}
		(void)pthread_mutex_unlock(&part->lock);
	}
}

static void set(struct part *part, struct entry *entry,
		const struct ps_counter *counter)
{
	entry->window = counter->window;
	entry->seconds = counter->seconds;
	leave_order(part, entry);
	enter_order(part, entry, counter->limited);
}

bool ps_counters_put(struct ps_counters *counters,
		     const struct ps_counter *counter, uint64_t now)
{
	uint64_t hash = hash_of(counters, counter->rule, counter->key);
	struct part *part = lock_part(counters, hash);
	struct entry *entry = *find(part, hash, counter->rule, counter->key);
	bool over = ps_window_over(&counter->window, counters->mode, now,
				   counter->seconds);

	if (over && entry != NULL) {
		forget(counters, part, entry);
	} else if (!over) {
		if (entry == NULL)
			entry = add_entry(counters, part, counter->rule,
					  counter->key, now);
		if (entry != NULL)
			set(part, entry, counter);
	}
	(void)pthread_mutex_unlock(&part->lock);
	return over || entry != NULL;
}

/* Of the same window: an answer that was overtaken by a later one. */
static bool holds_more(const struct entry *entry,
		       const struct ps_counter *counter)
{
	return entry->window.start == counter->window.start &&
	       entry->window.count > counter->window.count;
}

bool ps_counters_keep(struct ps_counters *counters,
		      const struct ps_counter *counter, uint64_t now)
{
	uint64_t hash = hash_of(counters, counter->rule, counter->key);
	struct part *part = lock_part(counters, hash);
	struct entry *entry = *find(part, hash, counter->rule, counter->key);

	if (entry == NULL)
		entry = add_entry(counters, part, counter->rule, counter->key,
				  now);
	if (entry == NULL) {
		part->refused++;
	} else if (!holds_more(entry, counter)) {
		set(part, entry, counter);
		mark_changed(part, entry);
	}
	(void)pthread_mutex_unlock(&part->lock);
	return entry != NULL;
}

struct ps_window ps_counters_window(struct ps_counters *counters,
				    struct ps_bytes rule, struct ps_bytes key)
{
	uint64_t hash = hash_of(counters, rule, key);
	struct part *part = lock_part(counters, hash);
	const struct entry *entry = *find(part, hash, rule, key);
	struct ps_window window = { 0 };

	if (entry != NULL)
		window = entry->window;
	(void)pthread_mutex_unlock(&part->lock);
	return window;
}

bool ps_counters_reset(struct ps_counters *counters, struct ps_bytes rule,
		       struct ps_bytes key)
{
	uint64_t hash = hash_of(counters, rule, key);
	struct part *part = lock_part(counters, hash);
	struct entry *entry = *find(part, hash, rule, key);

	if (entry != NULL) {
		entry->window = (struct ps_window){ 0 };
		leave_order(part, entry);
		enter_order(part, entry, false);
		mark_changed(part, entry);
	}
	(void)pthread_mutex_unlock(&part->lock);
	return entry != NULL;
}

size_t ps_counters_held(struct ps_counters *counters)
{
	struct part *part;
	size_t held = 0, i;

	for (i = 0; i < PARTS; i++) {
		part = lock_part(counters, i);
		held += part->count;
		(void)pthread_mutex_unlock(&part->lock);
	}
	return held;
}

uint64_t ps_counters_refused(struct ps_counters *counters)
{
	struct part *part;
	uint64_t refused = 0;
	size_t i;

	for (i = 0; i < PARTS; i++) {
		part = lock_part(counters, i);
		refused += part->refused;
		(void)pthread_mutex_unlock(&part->lock);
	}
	return refused;
}

/* ---- all of it ---- */

static int part_init(struct part *part, size_t keys)
{
	size_t buckets = 16;

	while (buckets < keys)
		buckets *= 2;
	part->bucket = calloc(buckets, sizeof(struct entry *));
	if (part->bucket == NULL)
		return -1;
	part->mask = buckets - 1;
	part->count_max = keys;
	return 0;
}

int ps_counters_new(size_t keys_max, enum ps_window_mode mode,
		    struct ps_counters **counters_r)
{
	struct ps_counters *counters = calloc(1, sizeof(*counters));
	bool good;
	size_t i;

	*counters_r = counters;
	if (counters == NULL)
		return -1;
	counters->mode = mode;
	for (i = 0; i < PARTS; i++)
		(void)pthread_mutex_init(&counters->part[i].lock, NULL);
	good = ps_siphash_key_random(&counters->secret) == 0;
	for (i = 0; i < PARTS && good; i++)
		good = part_init(&counters->part[i],
				 keys_max / PARTS + (i < keys_max % PARTS)) ==
		       0;
	if (good)
		return 0;
	ps_counters_free(counters_r);
	return -1;
}

void ps_counters_free(struct ps_counters **counters_p)
{
	struct ps_counters *counters = *counters_p;
	struct entry *entry, *next;
	size_t i, limited;

	*counters_p = NULL;
	if (counters == NULL)
		return;
	for (i = 0; i < PARTS; i++) {
		for (limited = 0; limited < 2; limited++) {
			entry = counters->part[i].order[limited].oldest;
			for (; entry != NULL; entry = next) {
				next = entry->newer;
				free(entry);
			}
		}
		free(counters->part[i].bucket);
		(void)pthread_mutex_destroy(&counters->part[i].lock);
	}
	free(counters);
}
