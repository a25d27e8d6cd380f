/* directory_sqlite.c - the directory in SQLite, read. */

#include "directory/backend.h"
#include "directory/sqlite_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Aliases of aliases followed, for senders; Postfix's own limit for
 * virtual_alias_maps is 1000, but nobody sends through eleven. */
#define ALIAS_DEPTH "10"

enum query {
	DOMAIN,
	MAILBOX,
	ALIAS,
	CATCH_ALL_ACCOUNT,
	SENDERS,
	SENDS_IN,
	QUOTA,
	ACCOUNT,
	NEXT_ACCOUNT,
	LIST_DOMAINS,
	LIST_ACCOUNTS,
	LIST_ALIASES
};

static const char *const queries[] = {
	[DOMAIN] = "SELECT name FROM domains WHERE name = ?1",
	[MAILBOX] = "SELECT address FROM accounts WHERE address = ?1",
	[ALIAS] = "SELECT destination FROM aliases WHERE source = ?1"
		  " ORDER BY id",
	/* ?2: the catch-all of the address's domain */
	[CATCH_ALL_ACCOUNT] =
		"SELECT address FROM accounts WHERE address = ?1 AND"
		" EXISTS (SELECT 1 FROM aliases WHERE source = ?2)",
	[SENDERS] =
		"WITH RECURSIVE reached(address, depth) AS (SELECT ?1, 0 UNION"
		" SELECT lower(aliases.destination), depth + 1 FROM reached"
		" JOIN aliases ON aliases.source = reached.address"
		" WHERE depth < " ALIAS_DEPTH ")"
		" SELECT DISTINCT accounts.address FROM reached"
		" JOIN accounts ON accounts.address = reached.address"
		" ORDER BY 1",
	[SENDS_IN] =
		"WITH RECURSIVE owned(address, depth) AS ("
		"SELECT address, 0 FROM accounts WHERE address = ?1 UNION"
		" SELECT aliases.source, depth + 1 FROM owned JOIN aliases"
		" ON aliases.destination = owned.address COLLATE NOCASE"
		" WHERE depth < " ALIAS_DEPTH ")"
		" SELECT 1 FROM owned"
		" WHERE substr(address, instr(address, '@') + 1) = ?2 LIMIT 1",
	[QUOTA] = "SELECT quota FROM accounts WHERE address = ?1 AND quota"
		  " <> ''",
	[ACCOUNT] = "SELECT address, state, home, quota FROM accounts"
		    " WHERE address = ?1",
	[NEXT_ACCOUNT] = "SELECT address FROM accounts WHERE address > ?1"
			 " ORDER BY address LIMIT 1",
	[LIST_DOMAINS] = "SELECT id, name, NULL, 0 FROM domains"
			 " WHERE ?1 = '' OR name = ?1 ORDER BY name",
	[LIST_ACCOUNTS] =
		"SELECT accounts.id, address, NULL, state <> 'active'"
		" FROM accounts JOIN domains ON domains.id = domain_id"
		" WHERE ?1 = '' OR name = ?1 ORDER BY name, address",
	[LIST_ALIASES] = "SELECT aliases.id, source, destination, 0"
			 " FROM aliases JOIN domains ON domains.id = domain_id"
			 " WHERE ?1 = '' OR name = ?1"
			 " ORDER BY name, source, aliases.id",
	NULL,
};

static const char *const credential_queries[] = {
	"SELECT hash FROM credentials WHERE address = ?1",
	NULL,
};

struct store {
	struct ps_sqlite_file directory, credentials;
};

static int open_store(const struct ps_config *config, void **store_r,
		      char error_r[PS_CONFIG_ERROR_MAX])
{
	struct store *store = calloc(1, sizeof(*store));

	*store_r = store;
	if (store == NULL) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX, "out of memory");
		return -1;
	}
	ps_sqlite_file_init(&store->directory, config->directory.database,
			    PS_SQLITE_DIRECTORY, queries);
	ps_sqlite_file_init(&store->credentials, config->directory.credentials,
			    PS_SQLITE_CREDENTIAL, credential_queries);
	return 0;
}

static void close_store(void *ctx)
{
	struct store *store = ctx;

	ps_sqlite_file_close(&store->directory);
	ps_sqlite_file_close(&store->credentials);
	free(store);
}

/* The rows' first column, joined by commas. */
static enum ps_outcome collect(struct ps_sqlite_file *file, enum query number,
			       const char *const *texts,
			       struct ps_buffer *answer,
			       char reason_r[PS_REASON_MAX])
{
	sqlite3_stmt *query = ps_sqlite_query(file, number, texts, reason_r);
	enum ps_outcome outcome;
	size_t rows = 0;

	if (query == NULL)
		return PS_TEMPFAIL;
	while ((outcome = ps_sqlite_step(file, query, reason_r)) == PS_FOUND) {
		if (rows++ > 0)
			ps_buffer_char(answer, ',');
		ps_buffer_add(answer, sqlite3_column_text(query, 0),
			      (size_t)sqlite3_column_bytes(query, 0));
	}
	if (outcome == PS_TEMPFAIL || rows == 0)
		return outcome;
	return PS_FOUND;
}

/*
 * In a domain with a catch-all an existing account answers with itself, so
 * that only addresses nobody has reach the catch-all (virtual(5) asks @domain
 * when user@domain is not found).
 */
static enum ps_outcome view_alias(struct store *store, const char *key,
				  struct ps_buffer *answer,
				  char reason_r[PS_REASON_MAX])
{
	const char *at = strrchr(key, '@');
	enum ps_outcome outcome;

	outcome = collect(&store->directory, ALIAS,
			  (const char *[]){ key, NULL }, answer, reason_r);
	if (outcome != PS_NOTFOUND || at == NULL || at == key)
		return outcome;
	return collect(&store->directory, CATCH_ALL_ACCOUNT,
		       (const char *[]){ key, at, NULL }, answer, reason_r);
}

static enum ps_outcome view_key(void *ctx, enum ps_view view, const char *key,
				struct ps_buffer *answer,
				char reason_r[PS_REASON_MAX])
{
	struct store *store = ctx;
	const char *texts[] = { key, NULL };
	enum ps_outcome outcome;

	outcome = ps_sqlite_file_ready(&store->directory, reason_r);
	if (outcome != PS_FOUND)
		return outcome;
	switch (view) {
	case PS_VIEW_DOMAINS:
		return collect(&store->directory, DOMAIN, texts, answer,
			       reason_r);
	case PS_VIEW_MAILBOXES:
		return collect(&store->directory, MAILBOX, texts, answer,
			       reason_r);
	case PS_VIEW_ALIASES:
		return view_alias(store, key, answer, reason_r);
	case PS_VIEW_SENDERS:
		return collect(&store->directory, SENDERS, texts, answer,
			       reason_r);
	case PS_VIEW_TRANSPORT:
	case PS_VIEW_RELAY_DOMAINS:
		return PS_NOTFOUND;
	case PS_VIEW_QUOTA:
		return collect(&store->directory, QUOTA, texts, answer,
			       reason_r);
	}
	return PS_NOTFOUND;
}

/* Copy a column; NULL is "".  False: it does not fit. */
static bool copy_column(sqlite3_stmt *query, int column, char *text_r,
			size_t size)
{
	const void *text = sqlite3_column_text(query, column);
	struct ps_bytes bytes = { text,
				  (size_t)sqlite3_column_bytes(query, column) };

	return ps_bytes_copy(bytes, text_r, size);
}

/* One row, at most; the statement is open with FOUND. */
static enum ps_outcome one_row(struct ps_sqlite_file *file, size_t number,
			       const char *const *texts, sqlite3_stmt **query_r,
			       char reason_r[PS_REASON_MAX])
{
	enum ps_outcome outcome = ps_sqlite_file_ready(file, reason_r);

	if (outcome != PS_FOUND)
		return outcome;
	*query_r = ps_sqlite_query(file, number, texts, reason_r);
	if (*query_r == NULL)
		return PS_TEMPFAIL;
	return ps_sqlite_step(file, *query_r, reason_r);
}

static enum ps_outcome close_row(sqlite3_stmt *query, bool good,
				 const char *path, char reason_r[PS_REASON_MAX])
{
	(void)sqlite3_reset(query);
	if (good)
		return PS_FOUND;
	snprintf(reason_r, PS_REASON_MAX, "%.150s: an entry is too long", path);
	return PS_TEMPFAIL;
}

static enum ps_outcome get_account(void *ctx, const char *login,
				   struct ps_account *account_r,
				   char reason_r[PS_REASON_MAX])
{
	struct store *store = ctx;
	sqlite3_stmt *query = NULL;
	enum ps_outcome outcome;
	char state[16];
	bool good;

	outcome = one_row(&store->directory, ACCOUNT,
			  (const char *[]){ login, NULL }, &query, reason_r);
	if (outcome != PS_FOUND)
		return outcome;
	good = copy_column(query, 0, account_r->login,
			   sizeof(account_r->login)) &&
	       copy_column(query, 0, account_r->address,
			   sizeof(account_r->address)) &&
	       copy_column(query, 1, state, sizeof(state)) &&
	       copy_column(query, 2, account_r->home,
			   sizeof(account_r->home)) &&
	       copy_column(query, 3, account_r->quota,
			   sizeof(account_r->quota));
	/* A state of a later version is not one that may log in. */
	account_r->state = good && strcmp(state, "active") == 0
				   ? PS_ACCOUNT_ACTIVE
				   : PS_ACCOUNT_DISABLED;
	return close_row(query, good, store->directory.path, reason_r);
}

static enum ps_outcome get_credential(void *ctx, const char *login,
				      struct ps_credential *credential_r,
				      char reason_r[PS_REASON_MAX])
{
	struct store *store = ctx;
	sqlite3_stmt *query = NULL;
	enum ps_outcome outcome;

	outcome = one_row(&store->credentials, 0,
			  (const char *[]){ login, NULL }, &query, reason_r);
	if (outcome != PS_FOUND)
		return outcome;
	return close_row(query,
			 copy_column(query, 0, credential_r->hash,
				     sizeof(credential_r->hash)),
			 store->credentials.path, reason_r);
}

static enum ps_outcome sends_in(void *ctx, const char *login,
				const char *domain,
				char reason_r[PS_REASON_MAX])
{
	struct store *store = ctx;
	sqlite3_stmt *query = NULL;
	enum ps_outcome outcome;

	outcome = one_row(&store->directory, SENDS_IN,
			  (const char *[]){ login, domain, NULL }, &query,
			  reason_r);
	if (outcome == PS_FOUND)
		(void)sqlite3_reset(query);
	return outcome;
}

static enum ps_outcome next_account(void *ctx, const char *after,
				    char address_r[PS_ADDRESS_MAX + 1],
				    char reason_r[PS_REASON_MAX])
{
	struct store *store = ctx;
	sqlite3_stmt *query = NULL;
	enum ps_outcome outcome;

	outcome = one_row(&store->directory, NEXT_ACCOUNT,
			  (const char *[]){ after, NULL }, &query, reason_r);
	if (outcome != PS_FOUND)
		return outcome;
	return close_row(query,
			 copy_column(query, 0, address_r, PS_ADDRESS_MAX + 1),
			 store->directory.path, reason_r);
}

/* False also where the credentials cannot be read: it is a hint for root. */
static bool has_password(struct store *store, const char *address)
{
	struct ps_credential credential;
	char reason[PS_REASON_MAX];

	return get_credential(store, address, &credential, reason) == PS_FOUND;
}

static enum ps_outcome list(void *ctx, enum ps_listing_kind kind,
			    const char *domain, ps_listing_row *row,
			    void *row_ctx, char reason_r[PS_REASON_MAX])
{
	static const enum query by_kind[] = {
		[PS_LIST_DOMAINS] = LIST_DOMAINS,
		[PS_LIST_ACCOUNTS] = LIST_ACCOUNTS,
		[PS_LIST_ALIASES] = LIST_ALIASES,
	};
	struct store *store = ctx;
	struct ps_listing listing;
	sqlite3_stmt *query = NULL;
	enum ps_outcome outcome;
	size_t rows = 0;

	outcome =
		one_row(&store->directory, by_kind[kind],
			(const char *[]){ domain == NULL ? "" : domain, NULL },
			&query, reason_r);
	while (outcome == PS_FOUND) {
		rows++;
		listing = (struct ps_listing){
			.id = sqlite3_column_int64(query, 0),
			.name = (const char *)sqlite3_column_text(query, 1),
			.destination =
				(const char *)sqlite3_column_text(query, 2),
			.disabled = sqlite3_column_int(query, 3) != 0,
		};
		listing.has_password = kind == PS_LIST_ACCOUNTS &&
				       has_password(store, listing.name);
		row(row_ctx, &listing);
		outcome = ps_sqlite_step(&store->directory, query, reason_r);
	}
	return outcome == PS_NOTFOUND && rows > 0 ? PS_FOUND : outcome;
}

const struct ps_directory_backend ps_directory_sqlite = {
	.name = "sqlite",
	.open = open_store,
	.close = close_store,
	.view = view_key,
	.account = get_account,
	.credential = get_credential,
	.sends_in = sends_in,
	.next_account = next_account,
	.list = list,
};
