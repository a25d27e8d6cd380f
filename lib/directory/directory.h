/* directory.h - domains, accounts and aliases, read; three outcomes always. */
#ifndef PS_DIRECTORY_DIRECTORY_H
#define PS_DIRECTORY_DIRECTORY_H

#include "core/text/buffer.h"
#include "directory/config.h"

#define PS_ANSWER_MAX	  1000000 /* octets of one answer; ours */
#define PS_ADDRESS_MAX	  320	  /* RFC 5321 4.5.3.1: 64 + 1 + 255 */
#define PS_CREDENTIAL_MAX 512
#define PS_PATH_TEXT_MAX  1024
#define PS_REASON_MAX	  256

/* TEMPFAIL is never "no": the caller defers. */
enum ps_outcome { PS_FOUND, PS_NOTFOUND, PS_TEMPFAIL };

/* Postfix's tables; see postseal_table(5). */
enum ps_view {
	PS_VIEW_DOMAINS,
	PS_VIEW_MAILBOXES,
	PS_VIEW_ALIASES,
	PS_VIEW_SENDERS
};
#define PS_VIEW_COUNT 4

enum ps_account_state { PS_ACCOUNT_ACTIVE, PS_ACCOUNT_DISABLED };

struct ps_account {
	char address[PS_ADDRESS_MAX + 1]; /* also the login; lower case */
	enum ps_account_state state;
	char home[PS_PATH_TEXT_MAX];
	char quota[32]; /* as Dovecot takes it ("2G"); "" none */
};

/* One thread at a time uses a handle; different handles are independent. */
struct ps_directory;

/*
 * 0, or -1 out of memory.  Opens nothing yet and keeps config borrowed: a
 * database that is missing, locked or broken is TEMPFAIL at each lookup, and
 * service is back by itself as soon as it is.
 */
int ps_directory_new(const struct ps_config *config,
		     struct ps_directory **directory_r);
void ps_directory_free(struct ps_directory **directory);

/* False: no view of that name. */
bool ps_view_by_name(const char *name, enum ps_view *view_r);
const char *ps_view_name(enum ps_view view);

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
/* The stored hash, with Dovecot's {SCHEME} or as crypt(3) writes it.  Needs
 * the credentials file; NOTFOUND: the account has no password. */
enum ps_outcome ps_directory_credential(struct ps_directory *directory,
					const char *login,
					char hash_r[PS_CREDENTIAL_MAX]);
/* Has login an address in domain / that very address (senders view)? */
enum ps_outcome ps_directory_sends_as(struct ps_directory *directory,
				      const char *login, const char *address);
enum ps_outcome ps_directory_sends_in(struct ps_directory *directory,
				      const char *login, const char *domain);
/* Addresses of accounts in order, each after the one given ("" first):
 * NOTFOUND at the end.  Survives writes in between. */
enum ps_outcome ps_directory_next_account(struct ps_directory *directory,
					  const char *after,
					  char address_r[PS_ADDRESS_MAX + 1]);
/* Why the last call was TEMPFAIL, one sentence; "" otherwise. */
const char *ps_directory_reason(const struct ps_directory *directory);

#endif
