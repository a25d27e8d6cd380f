/* sqlite_list.c - the SQLite directory, listed for its administrator. */

#include "directory/backend.h"
#include "directory/sqlite_store.h"

/* False also where the credentials cannot be read: it is a hint for root. */
static bool has_password(struct ps_sqlite_store *store, const char *address)
{
	struct ps_credential credential = { 0 };
	char reason[PS_REASON_MAX];

	return ps_directory_sqlite.credential(store, address, &credential,
					      reason) == PS_FOUND;
}

enum ps_outcome ps_sqlite_list(void *ctx, enum ps_listing_kind kind,
			       const char *domain, ps_listing_row *row,
			       void *row_ctx, char reason_r[PS_REASON_MAX])
{
	static const enum ps_query by_kind[] = {
		[PS_LIST_DOMAINS] = PS_QUERY_LIST_DOMAINS,
		[PS_LIST_ACCOUNTS] = PS_QUERY_LIST_ACCOUNTS,
		[PS_LIST_ALIASES] = PS_QUERY_LIST_ALIASES,
		[PS_LIST_SENDERS] = PS_QUERY_LIST_SENDERS,
	};
	struct ps_sqlite_store *store = ctx;
	const char *texts[] = { domain == NULL ? "" : domain, NULL };
	struct ps_listing listing;
	sqlite3_stmt *query = NULL;
	enum ps_outcome outcome;
	size_t rows = 0;

	outcome = ps_sqlite_row(&store->directory, by_kind[kind], texts, &query,
				reason_r);
	while (outcome == PS_FOUND) {
		rows++;
		listing = (struct ps_listing){
			.id = sqlite3_column_int64(query, 0),
			.name = (const char *)sqlite3_column_text(query, 1),
			.destination =
				(const char *)sqlite3_column_text(query, 2),
			.alias_of = (const char *)sqlite3_column_text(query, 3),
			.transport =
				(const char *)sqlite3_column_text(query, 4),
			.disabled = sqlite3_column_int(query, 5) != 0,
			.closed = sqlite3_column_int(query, 6) != 0,
			.system = sqlite3_column_int(query, 7) != 0,
		};
		listing.has_password = kind == PS_LIST_ACCOUNTS &&
				       has_password(store, listing.name);
		row(row_ctx, &listing);
		outcome = ps_sqlite_step(&store->directory, query, reason_r);
	}
	return outcome == PS_NOTFOUND && rows > 0 ? PS_FOUND : outcome;
}
