/* directory_sqlite.c - the directory in SQLite, read. */

#include "directory/backend.h"
#include "directory/schema.h"
#include "directory/sqlite_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const credential_queries[] = {
	"SELECT hash, kind, expires FROM credentials WHERE address = ?1",
	NULL,
};

static int open_store(const struct ps_config *config, void **store_r,
		      char error_r[PS_CONFIG_ERROR_MAX])
{
	struct ps_sqlite_store *store = calloc(1, sizeof(*store));

	*store_r = store;
	if (store == NULL) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX, "out of memory");
		return -1;
	}
	ps_sqlite_file_init(&store->directory, config->directory.database,
			    PS_SCHEMA_DIRECTORY_ID, ps_sqlite_queries);
	ps_sqlite_file_init(&store->credentials, config->directory.credentials,
			    PS_SCHEMA_CREDENTIAL_ID, credential_queries);
	return 0;
}

static void close_store(void *ctx)
{
	struct ps_sqlite_store *store = ctx;

	ps_sqlite_file_close(&store->directory);
	ps_sqlite_file_close(&store->credentials);
	free(store);
}

enum ps_outcome ps_sqlite_row(struct ps_sqlite_file *file, size_t number,
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

/* Copy a column; NULL is "".  False: it does not fit. */
static bool copy_column(sqlite3_stmt *query, int column, char *text_r,
			size_t size)
{
	const void *text = sqlite3_column_text(query, column);
	struct ps_bytes bytes = { text,
				  (size_t)sqlite3_column_bytes(query, column) };

	return ps_bytes_copy(bytes, text_r, size);
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

/* The texts of PS_QUERY_ACCOUNT. */
static bool copy_account(sqlite3_stmt *query, struct ps_account *account_r)
{
	struct ps_account *a = account_r;
	const struct {
		char *text;
		size_t size;
	} columns[] = {
		{ a->address, sizeof(a->address) },
		{ NULL, 0 }, /* the state */
		{ a->home, sizeof(a->home) },
		{ a->quota, sizeof(a->quota) },
		{ a->allow_nets, sizeof(a->allow_nets) },
		{ a->mail, sizeof(a->mail) },
		{ a->uid, sizeof(a->uid) },
		{ a->gid, sizeof(a->gid) },
	};
	char state[16];
	bool good = copy_column(query, 1, state, sizeof(state));

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		good = good && (columns[i].text == NULL ||
				copy_column(query, (int)i, columns[i].text,
					    columns[i].size));
	/* A state of a later version is not one that may log in. */
	a->state = good && strcmp(state, "active") == 0 ? PS_ACCOUNT_ACTIVE
							: PS_ACCOUNT_DISABLED;
	memcpy(a->login, a->address, sizeof(a->login));
	return good;
}

static enum ps_outcome get_account(void *ctx, const char *login,
				   struct ps_account *account_r,
				   char reason_r[PS_REASON_MAX])
{
	struct ps_sqlite_store *store = ctx;
	char other[PS_ADDRESS_MAX + 1];
	sqlite3_stmt *query = NULL;
	enum ps_outcome outcome;

	outcome = ps_sqlite_row(&store->directory, PS_QUERY_ACCOUNT,
				(const char *[]){ login, NULL }, &query,
				reason_r);
	if (outcome == PS_NOTFOUND && strchr(login, '@') != NULL &&
	    (outcome = ps_sqlite_alias_of(store, login, other, reason_r)) ==
		    PS_FOUND)
		outcome = ps_sqlite_row(&store->directory, PS_QUERY_ACCOUNT,
					(const char *[]){ other, NULL }, &query,
					reason_r);
	if (outcome != PS_FOUND)
		return outcome;
	return close_row(query, copy_account(query, account_r),
			 store->directory.path, reason_r);
}

static enum ps_outcome get_credential(void *ctx, const char *login,
				      struct ps_credential *credential_r,
				      char reason_r[PS_REASON_MAX])
{
	struct ps_sqlite_store *store = ctx;
	sqlite3_stmt *query = NULL;
	enum ps_outcome outcome;
	int kind;
	bool good;

	outcome = ps_sqlite_row(&store->credentials, 0,
				(const char *[]){ login, NULL }, &query,
				reason_r);
	if (outcome != PS_FOUND)
		return outcome;
	good = copy_column(query, 0, credential_r->hash,
			   sizeof(credential_r->hash));
	kind = sqlite3_column_int(query, 1);
	/* A kind of a later version lets nobody in. */
	credential_r->kind =
		kind == PS_CREDENTIAL_HASH || kind == PS_CREDENTIAL_ONCE
			? (enum ps_credential_kind)kind
			: PS_CREDENTIAL_SPENT;
	credential_r->expires = sqlite3_column_int64(query, 2);
	return close_row(query, good, store->credentials.path, reason_r);
}

static enum ps_outcome sends_in(void *ctx, const char *login,
				const char *domain,
				char reason_r[PS_REASON_MAX])
{
	struct ps_sqlite_store *store = ctx;
	sqlite3_stmt *query = NULL;
	enum ps_outcome outcome;

	outcome = ps_sqlite_row(&store->directory, PS_QUERY_SENDS_IN,
				(const char *[]){ login, domain, NULL }, &query,
				reason_r);
	if (outcome == PS_FOUND)
		(void)sqlite3_reset(query);
	return outcome;
}

static enum ps_outcome next_account(void *ctx, const char *after,
				    char login_r[PS_ADDRESS_MAX + 1],
				    char reason_r[PS_REASON_MAX])
{
	struct ps_sqlite_store *store = ctx;
	sqlite3_stmt *query = NULL;
	enum ps_outcome outcome;

	outcome = ps_sqlite_row(&store->directory, PS_QUERY_NEXT_ACCOUNT,
				(const char *[]){ after, NULL }, &query,
				reason_r);
	if (outcome != PS_FOUND)
		return outcome;
	return close_row(query,
			 copy_column(query, 0, login_r, PS_ADDRESS_MAX + 1),
			 store->directory.path, reason_r);
}

const struct ps_directory_backend ps_directory_sqlite = {
	.name = "sqlite",
	.open = open_store,
	.close = close_store,
	.view = ps_sqlite_view,
	.account = get_account,
	.credential = get_credential,
	.replace = ps_sqlite_replace,
	.sends_in = sends_in,
	.next_account = next_account,
	.list = ps_sqlite_list,
	.check = ps_sqlite_check,
};
