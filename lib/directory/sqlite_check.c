/* sqlite_check.c - what in the SQLite directory contradicts itself. */

#include "directory/sqlite_store.h"

#include <stdio.h>

/* Each answers object and sentence, in the order of objects. */
static const struct {
	const char *kind;
	enum ps_query query;
	bool limited; /* it is asked with the limit */
} checks[] = {
	{ "no-domain", PS_QUERY_CHECK_DOMAINS, false },
	{ "two-places", PS_QUERY_CHECK_PLACES, false },
	{ "alias-to-nowhere", PS_QUERY_CHECK_NOWHERE, false },
	{ "behind-catch-all", PS_QUERY_CHECK_CATCH_ALL, false },
	{ "alias-loop", PS_QUERY_CHECK_LOOPS, true },
	{ "too-many", PS_QUERY_CHECK_SIZES, true },
};

static enum ps_outcome run_check(struct ps_sqlite_store *store, size_t i,
				 const char *limit, ps_finding_row *row,
				 void *ctx, size_t *found,
				 char reason_r[PS_REASON_MAX])
{
	sqlite3_stmt *query = NULL;
	struct ps_finding finding = { .kind = checks[i].kind };
	enum ps_outcome outcome = ps_sqlite_row(
		&store->directory, checks[i].query,
		(const char *[]){ checks[i].limited ? limit : NULL, NULL },
		&query, reason_r);

	while (outcome == PS_FOUND) {
		finding.object = (const char *)sqlite3_column_text(query, 0);
		finding.text = (const char *)sqlite3_column_text(query, 1);
		if (finding.object != NULL && finding.text != NULL)
			row(ctx, &finding);
		(*found)++;
		outcome = ps_sqlite_step(&store->directory, query, reason_r);
	}
	return outcome;
}

enum ps_outcome ps_sqlite_check(void *ctx, unsigned int limit,
				ps_finding_row *row, void *row_ctx,
				char reason_r[PS_REASON_MAX])
{
	struct ps_sqlite_store *store = ctx;
	enum ps_outcome outcome = PS_NOTFOUND;
	char number[16];
	size_t i, found = 0;

	snprintf(number, sizeof(number), "%u", limit);
	for (i = 0;
	     i < sizeof(checks) / sizeof(checks[0]) && outcome == PS_NOTFOUND;
	     i++)
		outcome = run_check(store, i, number, row, row_ctx, &found,
				    reason_r);
	return outcome == PS_NOTFOUND && found > 0 ? PS_FOUND : outcome;
}
