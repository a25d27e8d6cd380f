/* control_limits.c - requests at the control socket about rate limits. */

#include "milter/control_limits.h"

#include "core/text/cursor.h"
#include "directory/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESETS_MAX 1000 /* windows of one request; ours */

/* One window of the list; texts are one piece of memory. */
struct row {
	char *rule, *key;
	uint64_t count, max, ends;
	uint32_t seconds;
	bool limited;
};

struct list {
	const struct ps_control_request *request;
	enum ps_window_mode mode;
	uint64_t now;
	size_t most, count, near, over; /* near, over: of all */
	struct row *row;		/* the fullest first */
	bool no_memory;
};

/* "IDENTITY+MAX_SECONDS", which is what a rule's counter is called. */
static bool split_rule(struct ps_bytes text, struct ps_bytes *identity_r,
		       uint64_t *max_r)
{
	struct ps_cursor cursor;
	struct ps_bytes digits;
	unsigned long long max;
	size_t plus = text.len;

	while (plus > 0 && text.at[plus - 1] != '+')
		plus--;
	if (plus == 0)
		return false;
	*identity_r = (struct ps_bytes){ text.at, plus - 1 };
	cursor = ps_cursor_of(
		(struct ps_bytes){ text.at + plus, text.len - plus });
	digits = ps_cursor_take(&cursor, "0123456789");
	if (!ps_ascii_number(digits, UINT64_MAX / 2, &max) || max == 0)
		return false;
	*max_r = max;
	return true;
}

/* The value behind "sasl_username=". */
static struct ps_bytes value_of(struct ps_bytes key)
{
	const char *equals = ps_bytes_find(key, '=');
	size_t len = equals == NULL ? 0 : (size_t)(equals + 1 - key.at);

	return (struct ps_bytes){ key.at + len, key.len - len };
}

/* What counts now: of a sliding window a share of the one before, too. */
static uint64_t held_by(const struct ps_counter *counter,
			enum ps_window_mode mode, uint64_t now)
{
	struct ps_window window = counter->window;
	uint64_t sum = 0;

	(void)ps_window_add(&window, mode, now, counter->seconds, 0,
			    UINT64_MAX / 2, &sum);
	return sum;
}

static double fullness(const struct row *row)
{
	return (double)row->count / (double)row->max;
}

static bool make_row(const struct ps_counter *counter, const struct row *like,
		     struct ps_bytes identity, struct row *row_r)
{
	char *text = malloc(identity.len + counter->key.len + 2);

	if (text == NULL)
		return false;
	*row_r = *like;
	row_r->rule = text;
	row_r->key = text + identity.len + 1;
	memcpy(row_r->rule, identity.at, identity.len);
	row_r->rule[identity.len] = '\0';
	memcpy(row_r->key, counter->key.at, counter->key.len);
	row_r->key[counter->key.len] = '\0';
	return true;
}

/* In its place; what is less full than all of a full list is left out. */
static void insert(struct list *list, const struct ps_counter *counter,
		   const struct row *like, struct ps_bytes identity)
{
	size_t at = list->count;
	struct row row;

	while (at > 0 && fullness(&list->row[at - 1]) < fullness(like))
		at--;
	if (at == list->most)
		return;
	if (!make_row(counter, like, identity, &row)) {
		list->no_memory = true;
		return;
	}
	if (list->count == list->most)
		free(list->row[--list->count].rule);
	memmove(&list->row[at + 1], &list->row[at],
		(list->count - at) * sizeof(row));
	list->row[at] = row;
	list->count++;
}

static void look_at(void *ctx, const struct ps_counter *counter)
{
	struct list *list = ctx;
	struct ps_bytes subject = ps_bytes_of(list->request->subject), identity;
	struct row row = { .seconds = counter->seconds };

	if (ps_window_over(&counter->window, list->mode, list->now,
			   counter->seconds) ||
	    !split_rule(counter->rule, &identity, &row.max) ||
	    (!ps_bytes_starts_fold(counter->key, subject) &&
	     !ps_bytes_starts_fold(value_of(counter->key), subject)))
		return;
	row.count = held_by(counter, list->mode, list->now);
	row.ends = counter->window.start + counter->seconds;
	row.limited = counter->limited || row.count > row.max;
	if (!row.limited &&
	    (double)row.count * 100 < (double)row.max * (double)list->near)
		return;
	list->over += row.limited ? 1 : 0;
	insert(list, counter, &row, identity);
}

static json_t *row_json(const struct row *row)
{
	return json_pack("{s:o, s:o, s:I, s:I, s:I, s:I, s:b}", "rule",
			 ps_control_text(row->rule), "key",
			 ps_control_text(row->key), "count",
			 (json_int_t)row->count, "max", (json_int_t)row->max,
			 "seconds", (json_int_t)row->seconds, "ends",
			 (json_int_t)row->ends, "limited", row->limited);
}

static json_t *list_json(struct list *list, struct ps_counters *counters)
{
	json_t *rows = json_array();
	size_t i;

	for (i = 0; i < list->count; i++) {
		(void)json_array_append_new(rows, row_json(&list->row[i]));
		free(list->row[i].rule);
	}
	if (list->no_memory) {
		json_decref(rows);
		return NULL;
	}
	return json_pack("{s:o, s:I, s:I, s:I}", "limits", rows, "limited",
			 (json_int_t)list->over, "held",
			 (json_int_t)ps_counters_held(counters), "refused",
			 (json_int_t)ps_counters_refused(counters));
}

static void limits(struct ps_counters *counters, struct list *list,
		   struct ps_buffer *replies)
{
	list->most =
		list->request->most == 0 ? PS_LIMITS_MOST : list->request->most;
	list->near = list->request->all ? 0 : PS_LIMITS_NEAR;
	list->row = calloc(list->most + 1, sizeof(*list->row));
	if (list->row != NULL)
		ps_counters_all(counters, look_at, list);
	ps_control_answer(replies,
			  list->row == NULL ? NULL : list_json(list, counters));
	free(list->row);
}

/* Told while the counters are locked: what is found is reset afterwards. */
static void find(void *ctx, const struct ps_counter *counter)
{
	struct list *list = ctx;
	struct ps_bytes subject = ps_bytes_of(list->request->subject);
	const struct row like = { .max = 1, .seconds = counter->seconds };

	if (list->count == list->most ||
	    (!ps_bytes_equal_fold(counter->key, subject) &&
	     !ps_bytes_equal_fold(value_of(counter->key), subject)))
		return;
	if (make_row(counter, &like, counter->rule, &list->row[list->count]))
		list->count++;
}

static size_t reset_all(struct ps_policy_counts *counts, struct list *list)
{
	struct ps_counter counter = { .limited = false };
	size_t i, done = 0;

	for (i = 0; i < list->count; i++) {
		counter.rule = ps_bytes_of(list->row[i].rule);
		counter.key = ps_bytes_of(list->row[i].key);
		counter.seconds = list->row[i].seconds;
		if (ps_policy_counts_reset(counts, &counter, list->now))
			done++;
		free(list->row[i].rule);
	}
	return done;
}

static void reset(struct ps_policy_counts *counts, struct list *list,
		  struct ps_buffer *replies)
{
	size_t done;

	list->most = RESETS_MAX;
	list->row = calloc(list->most, sizeof(*list->row));
	if (list->row == NULL || list->request->subject[0] == '\0') {
		free(list->row);
		ps_control_refuse(replies, false, "no key, or out of memory");
		return;
	}
	ps_counters_all(ps_policy_counts_memory(counts), find, list);
	done = reset_all(counts, list);
	free(list->row);
	if (done == 0) {
		ps_control_refuse(replies, true, "nothing is counted of it");
		return;
	}
	ps_log(PS_LOG_WARNING, "%zu counts of %s were reset", done,
	       list->request->subject);
	ps_control_answer(replies,
			  json_pack("{s:I}", "reset", (json_int_t)done));
}

void ps_control_limits(struct ps_policy *policy, enum ps_window_mode mode,
		       const struct ps_control_request *request, uint64_t now,
		       struct ps_buffer *replies)
{
	struct list list = { .request = request, .mode = mode, .now = now };
	struct ps_policy_counts *counts;

	if (policy == NULL) {
		ps_control_refuse(replies, true,
				  "there is no policy service: limits.rules "
				  "is not set, or was not at the start");
		return;
	}
	counts = ps_policy_counts_of(policy);
	if (request->verb == PS_CONTROL_LIMITS)
		limits(ps_policy_counts_memory(counts), &list, replies);
	else
		reset(counts, &list, replies);
}
