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

/* A question about an address; one in an alias domain is asked again of the
 * target. */
static enum ps_outcome of_address(struct ps_sqlite_store *store,
				  enum ps_query number, const char *key,
				  struct ps_buffer *answer,
				  char reason_r[PS_REASON_MAX])
{
	char other[PS_ADDRESS_MAX + 1];
	enum ps_outcome outcome;

	outcome = collect(store, number, (const char *[]){ key, NULL }, answer,
			  reason_r);
	if (outcome != PS_NOTFOUND || strchr(key, '@') == NULL)
		return outcome;
	outcome = ps_sqlite_alias_of(store, key, other, reason_r);
	if (outcome != PS_FOUND)
		return outcome;
	return collect(store, number, (const char *[]){ other, NULL }, answer,
		       reason_r);
}

/*
 * virtual(5) asks @domain when user@domain is not found: so with a catch-all
 * an account answers with itself, and only addresses nobody has reach it.  In
 * an alias domain, user@ leads to the user of the target, where there is one.
 */
static enum ps_outcome view_aliases(struct ps_sqlite_store *store,
				    const char *key, struct ps_buffer *answer,
				    char reason_r[PS_REASON_MAX])
{
	const char *texts[] = { key, strrchr(key, '@'), NULL };
	char other[PS_ADDRESS_MAX + 1];
	enum ps_outcome first, outcome;
	bool whole = texts[1] == key;

	if (texts[1] == NULL)
		return PS_NOTFOUND;
	first = collect(store, PS_QUERY_ALIASES, (const char *[]){ key, NULL },
			answer, reason_r);
	if (first == PS_TEMPFAIL || (first == PS_FOUND && whole))
		return first;
	outcome = whole ? PS_NOTFOUND
			: collect(store, PS_QUERY_MAILDROPS,
				  (const char *[]){ key, NULL }, answer,
				  reason_r);
	if (outcome == PS_NOTFOUND && first == PS_FOUND)
		return PS_FOUND;
	if (outcome == PS_NOTFOUND && !whole)
		outcome = collect(store, PS_QUERY_BESIDE_CATCH_ALL, texts,
				  answer, reason_r);
	if (outcome != PS_NOTFOUND)
		return outcome;
	outcome = ps_sqlite_alias_of(store, key, other, reason_r);
	if (outcome != PS_FOUND)
		return outcome;
	return collect(store, whole ? PS_QUERY_ALIASES : PS_QUERY_THERE,
		       (const char *[]){ other, NULL }, answer, reason_r);
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
		return of_address(store, PS_QUERY_MAILBOX, key, answer,
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
		return of_address(store, PS_QUERY_QUOTA, key, answer, reason_r);
	}
	return PS_NOTFOUND;
}

/* BEGIN or END. */
static enum ps_outcome turn(struct ps_sqlite_file *file, enum ps_query number,
			    char reason_r[PS_REASON_MAX])
{
	static const char *const none[] = { NULL };
	sqlite3_stmt *query = ps_sqlite_query(file, number, none, reason_r);

	if (query == NULL)
		return PS_TEMPFAIL;
	if (ps_sqlite_step(file, query, reason_r) != PS_TEMPFAIL)
		return PS_FOUND;
	ps_sqlite_file_close(file);
	return PS_TEMPFAIL;
}

/* A lookup may be several questions: in one transaction they see one state, and
 * its lock, with all the looking for journals that it takes, is taken once. */
enum ps_outcome ps_sqlite_view(void *ctx, enum ps_view view, const char *key,
			       struct ps_buffer *answer,
			       char reason_r[PS_REASON_MAX])
{
	struct ps_sqlite_store *store = ctx;
	struct ps_sqlite_file *file = &store->directory;
	enum ps_outcome outcome;

	outcome = ps_sqlite_file_ready(file, reason_r);
	if (outcome == PS_FOUND)
		outcome = turn(file, PS_QUERY_BEGIN, reason_r);
	if (outcome != PS_FOUND)
		return outcome;
	outcome = look_up(store, view, key, answer, reason_r);
	/* A fault has closed the file, or left a reason to keep. */
	if (file->db == NULL)
		return outcome;
	if (outcome == PS_TEMPFAIL)
		(void)turn(file, PS_QUERY_END, (char[PS_REASON_MAX]){ 0 });
	else if (turn(file, PS_QUERY_END, reason_r) == PS_TEMPFAIL)
		outcome = PS_TEMPFAIL;
	return outcome;
}
