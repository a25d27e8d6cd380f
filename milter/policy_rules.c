/* policy_rules.c - the rules in force, and what one request is judged with. */

#include "milter/policy_rules.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct tally {
	uint64_t matched, decided, limited;
};

/* One book, open; gone when it is not in force and nobody reads in it. */
struct ps_policy_page {
	struct ps_policy_book *book;
	const struct ps_rules *rules;
	struct ps_policy_seat *idle; /* the one used last first */
	unsigned int readers;
	struct tally tally[]; /* by rule */
};

struct ps_policy_rules {
	pthread_mutex_t lock;
	struct ps_policy_page *current;
};

/* ---- seats ---- */

static void seat_free(struct ps_policy_seat *seat)
{
	ps_rule_run_free(&seat->run);
	free(seat);
}

static struct ps_policy_seat *seat_new(struct ps_policy_page *page)
{
	struct ps_policy_seat *seat = calloc(1, sizeof(*seat));

	if (seat == NULL)
		return NULL;
	seat->page = page;
	seat->rules = page->rules;
	if (ps_rule_run_new(page->rules, &seat->run) == 0)
		return seat;
	free(seat);
	return NULL;
}

/* ---- pages ---- */

static struct ps_policy_page *page_new(struct ps_policy_book *book)
{
	const struct ps_rules *rules = ps_policy_book_rules(book);
	struct ps_policy_page *page =
		calloc(1, sizeof(*page) + ps_rules_count(rules) *
						  sizeof(page->tally[0]));

	if (page == NULL)
		return NULL;
	page->book = book;
	page->rules = rules;
	return page;
}

static void page_free(struct ps_policy_page *page)
{
	struct ps_policy_seat *seat;

	while ((seat = page->idle) != NULL) {
		page->idle = seat->next;
		seat_free(seat);
	}
	ps_policy_book_free(&page->book);
	free(page);
}

/* Under the lock.  True: the caller frees it, without the lock. */
static bool leave(struct ps_policy_rules *rules, struct ps_policy_page *page)
{
	return --page->readers == 0 && page != rules->current;
}

static struct ps_policy_page *enter(struct ps_policy_rules *rules)
{
	struct ps_policy_page *page;

	pthread_mutex_lock(&rules->lock);
	page = rules->current;
	page->readers++;
	pthread_mutex_unlock(&rules->lock);
	return page;
}

/* ---- one request ---- */

struct ps_policy_seat *ps_policy_rules_take(struct ps_policy_rules *rules)
{
	struct ps_policy_page *page;
	struct ps_policy_seat *seat;
	bool last;

	pthread_mutex_lock(&rules->lock);
	page = rules->current;
	page->readers++;
	seat = page->idle;
	if (seat != NULL)
		page->idle = seat->next;
	pthread_mutex_unlock(&rules->lock);
	if (seat == NULL)
		seat = seat_new(page);
	if (seat != NULL)
		return seat;
	pthread_mutex_lock(&rules->lock);
	last = leave(rules, page);
	pthread_mutex_unlock(&rules->lock);
	if (last)
		page_free(page);
	return NULL;
}

static void count(struct ps_policy_page *page,
		  const struct ps_rule_verdict *verdict)
{
	size_t i;

	for (i = 0; i < verdict->matched_count; i++)
		page->tally[verdict->matched[i]].matched++;
	if (verdict->outcome == PS_RULE_DECIDED)
		page->tally[verdict->rule].decided++;
	if (verdict->limit.key != NULL)
		page->tally[verdict->limit.rule].limited++;
}

void ps_policy_rules_give_back(struct ps_policy_rules *rules,
			       struct ps_policy_seat *seat,
			       const struct ps_rule_verdict *verdict)
{
	struct ps_policy_page *page = seat->page;
	bool last;

	pthread_mutex_lock(&rules->lock);
	if (verdict != NULL)
		count(page, verdict);
	seat->next = page->idle;
	page->idle = seat;
	last = leave(rules, page);
	pthread_mutex_unlock(&rules->lock);
	if (last)
		page_free(page);
}

/* ---- other rules ---- */

struct named {
	const char *identity;
	size_t number;
};

static int by_identity(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->identity,
		      ((const struct named *)b)->identity);
}

/* NULL: no memory. */
static struct named *names_of(const struct ps_policy_page *page)
{
	size_t count = ps_rules_count(page->rules), i;
	struct named *names = calloc(count + 1, sizeof(*names));
	struct ps_rule_info info;

	for (i = 0; i < count && names != NULL; i++) {
		ps_rules_info(page->rules, i, &info);
		names[i] = (struct named){ info.identity, i };
	}
	if (names != NULL)
		qsort(names, count, sizeof(*names), by_identity);
	return names;
}

/* The tallies of page stand still: under the lock. */
static void carry_over(const struct ps_policy_page *page,
		       const struct named *names, struct ps_policy_page *to)
{
	const struct named *found;
	struct ps_rule_info info;
	struct named wanted;
	size_t i;

	for (i = 0; i < ps_rules_count(to->rules); i++) {
		ps_rules_info(to->rules, i, &info);
		wanted.identity = info.identity;
		found = bsearch(&wanted, names, ps_rules_count(page->rules),
				sizeof(*names), by_identity);
		if (found != NULL)
			to->tally[i] = page->tally[found->number];
	}
}

int ps_policy_rules_change(struct ps_policy_rules *rules,
			   struct ps_policy_book *book)
{
	/* Only who changes the page in force looks at it without the lock. */
	struct ps_policy_page *last = rules->current, *next = page_new(book);
	struct named *names = names_of(last);
	bool over;

	if (next == NULL || names == NULL) {
		free(next);
		free(names);
		return -1;
	}
	pthread_mutex_lock(&rules->lock);
	carry_over(last, names, next);
	rules->current = next;
	over = last->readers == 0;
	pthread_mutex_unlock(&rules->lock);
	free(names);
	if (over)
		page_free(last);
	return 0;
}

struct ps_policy_book *ps_policy_rules_book(struct ps_policy_rules *rules)
{
	return rules->current->book;
}

int ps_policy_rules_all(struct ps_policy_rules *rules,
			ps_policy_tally_each *each, void *ctx)
{
	struct ps_policy_page *page = enter(rules);
	size_t count = ps_rules_count(page->rules), i;
	struct tally *copy = malloc((count + 1) * sizeof(*copy));
	struct ps_policy_tally tally;
	bool last;

	pthread_mutex_lock(&rules->lock);
	if (copy != NULL)
		memcpy(copy, page->tally, count * sizeof(*copy));
	pthread_mutex_unlock(&rules->lock);
	for (i = 0; i < count && copy != NULL; i++) {
		ps_rules_info(page->rules, i, &tally.info);
		tally.matched = copy[i].matched;
		tally.decided = copy[i].decided;
		tally.limited = copy[i].limited;
		each(ctx, &tally);
	}
	pthread_mutex_lock(&rules->lock);
	last = leave(rules, page);
	pthread_mutex_unlock(&rules->lock);
	if (last)
		page_free(page);
	free(copy);
	return copy == NULL ? -1 : 0;
}

/* ---- all of it ---- */

int ps_policy_rules_new(struct ps_policy_book *book,
			struct ps_policy_rules **rules_r)
{
	struct ps_policy_rules *rules = calloc(1, sizeof(*rules));

	*rules_r = NULL;
	if (rules == NULL)
		return -1;
	rules->current = page_new(book);
	if (rules->current == NULL) {
		free(rules);
		return -1;
	}
	pthread_mutex_init(&rules->lock, NULL);
	*rules_r = rules;
	return 0;
}

void ps_policy_rules_free(struct ps_policy_rules **rules)
{
	if (*rules == NULL)
		return;
	page_free((*rules)->current);
	pthread_mutex_destroy(&(*rules)->lock);
	free(*rules);
	*rules = NULL;
}
