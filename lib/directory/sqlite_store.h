/* sqlite_store.h - the SQLite backend's files, and its questions by name. */
#ifndef PS_DIRECTORY_SQLITE_STORE_H
#define PS_DIRECTORY_SQLITE_STORE_H

#include "directory/listing.h"
#include "directory/sqlite_file.h"

enum ps_query {
	PS_QUERY_DOMAIN,
	PS_QUERY_RELAYED,
	PS_QUERY_TRANSPORT,
	PS_QUERY_ALIAS_OF,
	PS_QUERY_MAILBOX,
	PS_QUERY_QUOTA,
	PS_QUERY_ALIASES,
	PS_QUERY_ALIASES_SORTED,
	PS_QUERY_CATCH_ALL,
	PS_QUERY_SENDERS,
	PS_QUERY_SENDS_IN,
	PS_QUERY_ACCOUNT,
	PS_QUERY_NEXT_ACCOUNT,
	PS_QUERY_LIST_DOMAINS,
	PS_QUERY_LIST_ACCOUNTS,
	PS_QUERY_LIST_ALIASES,
	PS_QUERY_LIST_SENDERS,
	PS_QUERY_CHECK_DOMAINS, /* the last two: ?1 is the limit of an expansion
				 */
	PS_QUERY_CHECK_PLACES,
	PS_QUERY_CHECK_NOWHERE,
	PS_QUERY_CHECK_CATCH_ALL,
	PS_QUERY_CHECK_LOOPS,
	PS_QUERY_CHECK_SIZES
};
extern const char *const ps_sqlite_queries[];

struct ps_sqlite_store {
	struct ps_sqlite_file directory, credentials;
};

/* One row at most; the statement is open with FOUND. */
enum ps_outcome ps_sqlite_row(struct ps_sqlite_file *file, size_t query,
			      const char *const *texts, sqlite3_stmt **query_r,
			      char reason_r[PS_REASON_MAX]);
/*
 * The target of an alias domain, with what of key stands before the domain:
 * FOUND, and in other_r user@target, @target or target.
 */
enum ps_outcome ps_sqlite_alias_of(struct ps_sqlite_store *store,
				   const char *key,
				   char other_r[PS_ADDRESS_MAX + 1],
				   char reason_r[PS_REASON_MAX]);

/* These are the backend's (backend.h). */
enum ps_outcome ps_sqlite_view(void *store, enum ps_view view, const char *key,
			       struct ps_buffer *answer,
			       char reason_r[PS_REASON_MAX]);
enum ps_outcome ps_sqlite_list(void *store, enum ps_listing_kind kind,
			       const char *domain, ps_listing_row *row,
			       void *ctx, char reason_r[PS_REASON_MAX]);
enum ps_outcome ps_sqlite_replace(void *store, const char *login,
				  const struct ps_credential *old,
				  const struct ps_credential *other,
				  char reason_r[PS_REASON_MAX]);
enum ps_outcome ps_sqlite_check(void *store, unsigned int limit,
				ps_finding_row *row, void *ctx,
				char reason_r[PS_REASON_MAX]);

#endif
