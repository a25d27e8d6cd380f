/* backend.h - what a store of domains, accounts and aliases has to answer. */
#ifndef PS_DIRECTORY_BACKEND_H
#define PS_DIRECTORY_BACKEND_H

#include "directory/writer.h"

/*
 * Keys and logins come folded to lower case and checked (ps_directory_key).
 * Each function writes a sentence to reason_r with TEMPFAIL.
 */
struct ps_directory_backend {
	const char *name;
	/* NULL: out of memory. */
	void *(*open)(const struct ps_config *config);
	void (*close)(void *store);
	enum ps_outcome (*view)(void *store, enum ps_view view, const char *key,
				struct ps_buffer *answer,
				char reason_r[PS_REASON_MAX]);
	enum ps_outcome (*account)(void *store, const char *login,
				   struct ps_account *account_r,
				   char reason_r[PS_REASON_MAX]);
	enum ps_outcome (*credential)(void *store, const char *login,
				      char hash_r[PS_CREDENTIAL_MAX],
				      char reason_r[PS_REASON_MAX]);
	enum ps_outcome (*sends_in)(void *store, const char *login,
				    const char *domain,
				    char reason_r[PS_REASON_MAX]);
	enum ps_outcome (*next_account)(void *store, const char *after,
					char address_r[PS_ADDRESS_MAX + 1],
					char reason_r[PS_REASON_MAX]);
	enum ps_outcome (*list)(void *store, enum ps_listing_kind kind,
				const char *domain, ps_listing_row *row,
				void *ctx, char reason_r[PS_REASON_MAX]);
};

extern const struct ps_directory_backend ps_directory_sqlite;

#endif
