/* ldap_backend.h - the parts of ps_directory_ldap; each begins a lookup. */
#ifndef PS_DIRECTORY_LDAP_BACKEND_H
#define PS_DIRECTORY_LDAP_BACKEND_H

#include "directory/backend.h"
#include "directory/ldap_store.h"

enum ps_outcome ps_ldap_view(void *store, enum ps_view view, const char *key,
			     struct ps_buffer *answer,
			     char reason_r[PS_REASON_MAX]);
enum ps_outcome ps_ldap_account(void *store, const char *login,
				struct ps_account *account_r,
				char reason_r[PS_REASON_MAX]);
enum ps_outcome ps_ldap_credential(void *store, const char *login,
				   struct ps_credential *credential_r,
				   char reason_r[PS_REASON_MAX]);
enum ps_outcome ps_ldap_password(void *store, const char *login,
				 const char *password,
				 char reason_r[PS_REASON_MAX]);
enum ps_outcome ps_ldap_replace(void *store, const char *login,
				const struct ps_credential *old,
				const struct ps_credential *other,
				char reason_r[PS_REASON_MAX]);
enum ps_outcome ps_ldap_sends_in(void *store, const char *login,
				 const char *domain,
				 char reason_r[PS_REASON_MAX]);
enum ps_outcome ps_ldap_next_account(void *store, const char *after,
				     char login_r[PS_ADDRESS_MAX + 1],
				     char reason_r[PS_REASON_MAX]);
enum ps_outcome ps_ldap_list(void *store, enum ps_listing_kind kind,
			     const char *domain, ps_listing_row *row, void *ctx,
			     char reason_r[PS_REASON_MAX]);
enum ps_outcome ps_ldap_check(void *store, unsigned int limit,
			      ps_finding_row *row, void *ctx,
			      char reason_r[PS_REASON_MAX]);
/* The logins of an iteration that was not gone through to its end. */
void ps_ldap_forget_logins(struct ps_ldap_store *store);

#endif
