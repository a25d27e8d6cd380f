/* backend.h - what a store of domains, accounts and aliases has to answer. */
#ifndef PS_DIRECTORY_BACKEND_H
#define PS_DIRECTORY_BACKEND_H

#include "directory/listing.h"

/*
 * Keys and logins come folded to lower case, without blanks and control
 * characters, of 1 to PS_ADDRESS_MAX octets.  Each function writes a sentence
 * to reason_r with TEMPFAIL, and never blocks for more than two seconds.  What
 * is NULL the backend cannot do: the caller is told so by TEMPFAIL.
 */
struct ps_directory_backend {
	const char *name;
	/* 0, or -1 with a sentence: out of memory, or settings that cannot
	 * work.  A store that is away is no reason. */
	int (*open)(const struct ps_config *config, void **store_r,
		    char error_r[PS_CONFIG_ERROR_MAX]);
	void (*close)(void *store);
	/* answer comes empty. */
	enum ps_outcome (*view)(void *store, enum ps_view view, const char *key,
				struct ps_buffer *answer,
				char reason_r[PS_REASON_MAX]);
	/* account_r comes zeroed; home "": the caller expands mail.home. */
	enum ps_outcome (*account)(void *store, const char *login,
				   struct ps_account *account_r,
				   char reason_r[PS_REASON_MAX]);
	/* credential_r comes zeroed. */
	enum ps_outcome (*credential)(void *store, const char *login,
				      struct ps_credential *credential_r,
				      char reason_r[PS_REASON_MAX]);
	/* NULL where credential never says ASK. */
	enum ps_outcome (*password)(void *store, const char *login,
				    const char *password,
				    char reason_r[PS_REASON_MAX]);
	/* NULL: none is ever written from here. */
	enum ps_outcome (*replace)(void *store, const char *login,
				   const struct ps_credential *old,
				   const struct ps_credential *other,
				   char reason_r[PS_REASON_MAX]);
	enum ps_outcome (*sends_in)(void *store, const char *login,
				    const char *domain,
				    char reason_r[PS_REASON_MAX]);
	enum ps_outcome (*next_account)(void *store, const char *after,
					char login_r[PS_ADDRESS_MAX + 1],
					char reason_r[PS_REASON_MAX]);
	enum ps_outcome (*list)(void *store, enum ps_listing_kind kind,
				const char *domain, ps_listing_row *row,
				void *ctx, char reason_r[PS_REASON_MAX]);
	enum ps_outcome (*check)(void *store, unsigned int limit,
				 ps_finding_row *row, void *ctx,
				 char reason_r[PS_REASON_MAX]);
};

extern const struct ps_directory_backend ps_directory_sqlite;
extern const struct ps_directory_backend ps_directory_ldap;

#endif
