/* rule_rows.h - tables of rule files, requests and answers. */
#ifndef PS_TESTS_RULE_ROWS_H
#define PS_TESTS_RULE_ROWS_H

#include "rule_world.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rule_row {
	const char *name;
	const char *rules;
	const char *request; /* lines; those of the next one behind "--\n" */
	const char *safe;    /* answers with "|" between them, or "refused" */
	const char *strict;  /* NULL: the same */
	const char *said;    /* safe: "LINE code" with "|"; NULL: any */
	const char *files, *zone;
};

static inline void rule_answers(const struct rule_row *row,
				enum ps_rule_compat compat, bool late,
				char *answers_r, size_t size, char *said_r)
{
	struct rule_world world = { .files = row->files,
				    .zone = row->zone,
				    .late = late };
	char *requests = strdup(row->request), *at = requests, *end;
	size_t len = 0;

	rule_world_load(&world, compat, row->rules);
	snprintf(said_r, RULE_SAID_MAX, "%s", world.said);
	snprintf(answers_r, size, "refused");
	while (world.rules != NULL && at != NULL) {
		end = strstr(at, "--\n");
		if (end != NULL) {
			*end = '\0';
			end += 3;
		}
		len += (size_t)snprintf(answers_r + len, size - len, "%s%s",
					len == 0 ? "" : "|",
					rule_world_ask(&world, at));
		at = end;
	}
	free(requests);
	rule_world_end(&world);
}

static inline void rule_row_check(const struct rule_row *row)
{
	char answers[2048], said[RULE_SAID_MAX], *at;

	rule_answers(row, PS_RULE_SAFE, false, answers, sizeof(answers), said);
	for (at = said; (at = strchr(at, '\n')) != NULL; at++)
		*at = at[1] == '\0' ? '\0' : '|';
	assert_string_equal(answers, row->safe);
	if (row->said != NULL)
		assert_string_equal(said, row->said);
	if (row->zone != NULL) { /* and with no answer in the first run */
		rule_answers(row, PS_RULE_SAFE, true, answers, sizeof(answers),
			     said);
		assert_string_equal(answers, row->safe);
	}
	rule_answers(row, PS_RULE_STRICT, false, answers, sizeof(answers),
		     said);
	assert_string_equal(answers,
			    row->strict == NULL ? row->safe : row->strict);
}

#endif
