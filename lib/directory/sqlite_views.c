/* sqlite_views.c - Postfix's tables, answered from SQLite. */

#include "directory/sqlite_store.h"

#include <stdio.h>
#include <string.h>

/* The rows' first column, joined by commas to what answer has. */
static enum ps_outcome collect(struct ps_sqlite_store *store,
			       enum ps_query number, const char *const *texts,
			       struct ps_buffer *answer,
			       char reason_r[PS_REASON_MAX])
{
	struct ps_sqlite_file *file = &store->directory;
	sqlite3_stmt *query = ps_sqlite_query(file, number, texts, reason_r);
	enum ps_outcome outcome;
	size_t rows = 0;

	if (query == NULL)
		return PS_TEMPFAIL;
	while ((outcome = ps_sqlite_step(file, query, reason_r)) == PS_FOUND) {
		if (rows++ > 0 || answer->len > 0)
			ps_buffer_char(answer, ',');
		ps_buffer_add(answer, sqlite3_column_text(query, 0),
			      (size_t)sqlite3_column_bytes(query, 0));
	}
	if (outcome == PS_TEMPFAIL || rows == 0)
		return outcome;
	return PS_FOUND;
}

enum ps_outcome ps_sqlite_alias_of(struct ps_sqlite_store *store,
				   const char *key,
				   char other_r[PS_ADDRESS_MAX + 1],
				   char reason_r[PS_REASON_MAX])
{
	const char *at = strrchr(key, '@');
	const char *domain = at == NULL ? key : at + 1;
	char text[PS_ADDRESS_MAX + 1];
	struct ps_buffer target = PS_BUFFER_AT(text, sizeof(text));
	enum ps_outcome outcome;

	outcome = collect(store, PS_QUERY_ALIAS_OF,
			  (const char *[]){ domain, NULL }, &target, reason_r);
	/* What does not fit is no address. */
	if (outcome == PS_FOUND &&
	    (target.failed ||
	     snprintf(other_r, PS_ADDRESS_MAX + 1, "%.*s%s",
		      (int)(domain - key), key,
		      ps_buffer_cstr(&target)) > PS_ADDRESS_MAX))
		outcome = PS_NOTFOUND;
	return outcome;
}

/* One row of parts (PS_QUERY_ALIASES), and those before it. */
struct parts {
	int first;	    /* its number; -1: no row yet */
	int part;	    /* of the last row */
	sqlite3_int64 last; /* its id */
	bool sorted;
};

/* False: it is behind those that are asked for. */
static bool take_row(struct parts *parts, sqlite3_stmt *query,
		     struct ps_buffer *answer)
{
	int part = sqlite3_column_int(query, 0);
	sqlite3_int64 id = sqlite3_column_int64(query, 2);

	if (parts->first < 0)
		parts->first = part;
	if (part > 1 && part != parts->first)
		return false;
	if (part == parts->part && id < parts->last)
		parts->sorted = false;
	parts->part = part;
	parts->last = id;
	if (answer->len > 0)
		ps_buffer_char(answer, ',');
	ps_buffer_add(answer, sqlite3_column_text(query, 1),
		      (size_t)sqlite3_column_bytes(query, 1));
	return true;
}

static enum ps_outcome collect_parts(struct ps_sqlite_store *store,
				     enum ps_query number,
				     const char *const *texts,
				     struct ps_buffer *answer, bool *sorted_r,
				     char reason_r[PS_REASON_MAX])
{
	struct ps_sqlite_file *file = &store->directory;
	sqlite3_stmt *query = ps_sqlite_query(file, number, texts, reason_r);
	struct parts parts = { .first = -1, .part = -1, .sorted = true };
	enum ps_outcome outcome;

	if (query == NULL)
		return PS_TEMPFAIL;
	while ((outcome = ps_sqlite_step(file, query, reason_r)) == PS_FOUND) {
		if (!take_row(&parts, query, answer))
			break;
	}
	if (outcome == PS_FOUND)
		(void)sqlite3_reset(query);
	*sorted_r = parts.sorted;
	return outcome == PS_NOTFOUND && parts.first >= 0 ? PS_FOUND : outcome;
}

static enum ps_outcome view_aliases(struct ps_sqlite_store *store,
				    const char *key, struct ps_buffer *answer,
				    char reason_r[PS_REASON_MAX])
{
	const char *at = strrchr(key, '@');
	const char *texts[] = { key, at == NULL ? NULL : at + 1, NULL };
	enum ps_outcome outcome;
	bool sorted;

	if (at == NULL)
		return PS_NOTFOUND;
	outcome = collect_parts(
		store, at == key ? PS_QUERY_CATCH_ALL : PS_QUERY_ALIASES, texts,
		answer, &sorted, reason_r);
	if (outcome != PS_FOUND || sorted)
		return outcome;
	ps_buffer_reset(answer);
	return collect_parts(store, PS_QUERY_ALIASES_SORTED, texts, answer,
			     &sorted, reason_r);
}

static enum ps_outcome look_up(struct ps_sqlite_store *store, enum ps_view view,
			       const char *key, struct ps_buffer *answer,
			       char reason_r[PS_REASON_MAX])
{
	const char *at = strrchr(key, '@');
	const char *domain = at == NULL ? key : at + 1;

	switch (view) {
	case PS_VIEW_DOMAINS:
		return collect(store, PS_QUERY_DOMAIN,
			       (const char *[]){ key, NULL }, answer, reason_r);
	case PS_VIEW_MAILBOXES:
		return collect(store, PS_QUERY_MAILBOX,
			       (const char *[]){ key, domain, NULL }, answer,
			       reason_r);
	case PS_VIEW_ALIASES:
		return view_aliases(store, key, answer, reason_r);
	case PS_VIEW_SENDERS:
		return collect(store, PS_QUERY_SENDERS,
			       (const char *[]){ key, domain, NULL }, answer,
			       reason_r);
	case PS_VIEW_TRANSPORT:
		return collect(store, PS_QUERY_TRANSPORT,
			       (const char *[]){ domain, NULL }, answer,
			       reason_r);
	case PS_VIEW_RELAY_DOMAINS:
		return collect(store, PS_QUERY_RELAYED,
			       (const char *[]){ key, NULL }, answer, reason_r);
	case PS_VIEW_QUOTA:
		return collect(store, PS_QUERY_QUOTA,
			       (const char *[]){ key, domain, NULL }, answer,
			       reason_r);
	}
	return PS_NOTFOUND;
}

/* One statement each, which takes SQLite's lock, with all the looking for
 * journals that it takes, once. */
enum ps_outcome ps_sqlite_view(void *ctx, enum ps_view view, const char *key,
			       struct ps_buffer *answer,
			       char reason_r[PS_REASON_MAX])
{
	struct ps_sqlite_store *store = ctx;
	enum ps_outcome outcome =
		ps_sqlite_file_ready(&store->directory, reason_r);

	if (outcome != PS_FOUND)
		return outcome;
	return look_up(store, view, key, answer, reason_r);
}
