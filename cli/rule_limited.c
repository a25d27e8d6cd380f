/* rule_limited.c - who was over which limit, from when until when. */

#include "cli/rule_limited.h"

#include "cli/foreign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* Requests over one limit of one key, without a pause as long as its window. */
struct row {
	UT_hash_handle hh; /* the last one of rule and key */
	struct row *next;  /* by begin */
	size_t rule;
	uint64_t first, last, requests;
	uint64_t sum, max; /* sum: the most */
	uint32_t seconds;
	char *action; /* of the first request */
	char name[];  /* the rule's number, a blank, and the key */
};

struct ps_limited {
	const struct ps_rules *rules;
	struct row *table, *rows, **end;
	size_t count;
	uint64_t left_out; /* requests that have no row */
};

int ps_limited_new(const struct ps_rules *rules, struct ps_limited **limited_r)
{
	*limited_r = calloc(1, sizeof(**limited_r));
	if (*limited_r == NULL)
		return -1;
	(*limited_r)->rules = rules;
	(*limited_r)->end = &(*limited_r)->rows;
	return 0;
}

void ps_limited_free(struct ps_limited **limited)
{
	struct row *row;

	if (*limited == NULL)
		return;
	HASH_CLEAR(hh, (*limited)->table);
	while ((row = (*limited)->rows) != NULL) {
		(*limited)->rows = row->next;
		free(row->action);
		free(row);
	}
	free(*limited);
	*limited = NULL;
}

/* NULL: no room, or no memory. */
static struct row *add_row(struct ps_limited *limited, const char *name,
			   const char *action)
{
	const size_t len = strlen(name);
	struct row *row;

	if (limited->count == PS_LIMITED_MAX)
		return NULL;
	row = calloc(1, sizeof(*row) + len + 1);
	if (row == NULL)
		return NULL;
	memcpy(row->name, name, len);
	row->action = strdup(action);
	if (row->action != NULL)
		HASH_ADD_KEYPTR(hh, limited->table, row->name, len, row);
	if (row->hh.tbl == NULL) {
		free(row->action);
		free(row);
		return NULL;
	}
	*limited->end = row;
	limited->end = &row->next;
	limited->count++;
	return row;
}

void ps_limited_add(struct ps_limited *limited, uint64_t when,
		    const struct ps_rule_verdict *verdict)
{
	struct row *row = NULL;
	char *name;

	if (verdict->limit.key == NULL ||
	    asprintf(&name, "%zu %s", verdict->limit.rule, verdict->limit.key) <
		    0)
		return;
	HASH_FIND(hh, limited->table, name, strlen(name), row);
	if (row != NULL && when > row->last + row->seconds) {
		HASH_DEL(limited->table, row); /* it stays in the list */
		row = NULL;
	}
	if (row == NULL) {
		row = add_row(limited, name, verdict->action);
	}
	free(name);
	if (row == NULL) {
		limited->left_out++;
		return;
	}
	if (row->requests == 0)
		row->first = when;
	row->rule = verdict->limit.rule;
	row->last = when;
	row->requests++;
	row->max = verdict->limit.max;
	row->seconds = verdict->limit.seconds;
	if (verdict->limit.sum > row->sum)
		row->sum = verdict->limit.sum;
}

const char *ps_moment(uint64_t when, bool zulu, char text_r[PS_MOMENT_MAX])
{
	const time_t seconds = (time_t)when;
	struct tm tm;

	if ((zulu ? gmtime_r(&seconds, &tm) : localtime_r(&seconds, &tm)) ==
		    NULL ||
	    strftime(text_r, PS_MOMENT_MAX, zulu ? "%FT%TZ" : "%F %T", &tm) ==
		    0)
		snprintf(text_r, PS_MOMENT_MAX, "?");
	return text_r;
}

static const char *key_of(const struct row *row)
{
	return strchr(row->name, ' ') + 1;
}

static json_t *object_of(const struct row *row, const struct ps_rule_info *info)
{
	char first[PS_MOMENT_MAX], last[PS_MOMENT_MAX];

	return json_pack("{s:s, s:s, s:i, s:o, s:o, s:I, s:I, s:I, s:I, s:o}",
			 "first", ps_moment(row->first, true, first), "last",
			 ps_moment(row->last, true, last), "line",
			 (int)info->line, "id", ps_foreign_json_of(info->id),
			 "key", ps_foreign_json_of(key_of(row)), "requests",
			 (json_int_t)row->requests, "sum", (json_int_t)row->sum,
			 "max", (json_int_t)row->max, "seconds",
			 (json_int_t)row->seconds, "action",
			 ps_foreign_json_of(row->action));
}

static void say(const struct row *row, const struct ps_rule_info *info,
		struct ps_output *output)
{
	char first[PS_MOMENT_MAX], last[PS_MOMENT_MAX];
	char key[4 * PS_FOREIGN_MAX + 4], action[4 * PS_FOREIGN_MAX + 4];

	(void)ps_foreign_shown(ps_bytes_of(key_of(row)), key);
	(void)ps_foreign_shown(ps_bytes_of(row->action), action);
	ps_output_text(output,
		       "%s to %s: line %u, %s: %s: %llu requests over %llu in "
		       "%u s, up to %llu: %s",
		       ps_moment(row->first, false, first),
		       ps_moment(row->last, false, last), info->line, info->id,
		       key, (unsigned long long)row->requests,
		       (unsigned long long)row->max, row->seconds,
		       (unsigned long long)row->sum, action);
}

void ps_limited_say(struct ps_limited *limited, struct ps_output *output)
{
	json_t *list = json_array();
	struct ps_rule_info info;
	const struct row *row;

	for (row = limited->rows; row != NULL; row = row->next) {
		ps_rules_info(limited->rules, row->rule, &info);
		if (output->json)
			(void)json_array_append_new(list,
						    object_of(row, &info));
		else
			say(row, &info, output);
	}
	if (limited->left_out > 0)
		ps_output_text(output,
			       "%llu more requests over a limit are not shown",
			       (unsigned long long)limited->left_out);
	ps_output_member(output, "limited", list);
	ps_output_member(output, "not_shown",
			 json_integer((json_int_t)limited->left_out));
}
