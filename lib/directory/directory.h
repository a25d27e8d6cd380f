/* directory.h - domains, accounts and aliases, read; three outcomes always. */
#ifndef PS_DIRECTORY_DIRECTORY_H
#define PS_DIRECTORY_DIRECTORY_H

#include "core/text/buffer.h"
#include "directory/account.h"
#include "directory/config.h"
#include "directory/view.h"

/* One thread at a time uses a handle; different handles are independent. */
struct ps_directory;

/*
 * The backend is that of the setting directory.backend.  0, or -1 with a
 * sentence: out of memory, or settings that cannot work.  Opens nothing yet and
 * keeps config borrowed: a store that is missing, locked or broken is TEMPFAIL
 * at each lookup, and service is back by itself as soon as it is.
 */
int ps_directory_new(const struct ps_config *config,
		     struct ps_directory **directory_r,
		     char error_r[PS_CONFIG_ERROR_MAX]);
void ps_directory_free(struct ps_directory **directory);

/*
 * key as Postfix asks it (user@domain, domain, @domain, user).  answer is
 * reset, then filled with one value, several joined by ",".  A key that cannot
 * be an address or domain is NOTFOUND.
 */
enum ps_outcome ps_directory_view(struct ps_directory *directory,
				  enum ps_view view, const char *key,
				  struct ps_buffer *answer);
enum ps_outcome ps_directory_account(struct ps_directory *directory,
				     const char *login,
				     struct ps_account *account_r);
/* Needs the credentials file; NOTFOUND: the account has no password. */
enum ps_outcome ps_directory_credential(struct ps_directory *directory,
					const char *login,
					struct ps_credential *credential_r);
/* For ASK.  NOTFOUND: it is not its password. */
enum ps_outcome ps_directory_password(struct ps_directory *directory,
				      const char *login, const char *password);
/*
 * Put another credential in the place of this one.  NOTFOUND: it was changed
 * meanwhile.  TEMPFAIL also where this process may not write it.
 */
enum ps_outcome ps_directory_replace(struct ps_directory *directory,
				     const char *login,
				     const struct ps_credential *old,
				     const struct ps_credential *other);
/* By the senders view: may login use that address / one in that domain?  FOUND
 * for its own addresses, what leads to it, its send-as list, and for a relay
 * account all local domains. */
enum ps_outcome ps_directory_sends_as(struct ps_directory *directory,
				      const char *login, const char *address);
enum ps_outcome ps_directory_sends_in(struct ps_directory *directory,
				      const char *login, const char *domain);
/* Logins in order, each after the one given ("" first): NOTFOUND at the end.
 * Survives writes in between. */
enum ps_outcome ps_directory_next_account(struct ps_directory *directory,
					  const char *after,
					  char login_r[PS_ADDRESS_MAX + 1]);
/* Why the last call was TEMPFAIL, one sentence; "" otherwise. */
const char *ps_directory_reason(const struct ps_directory *directory);

#endif
