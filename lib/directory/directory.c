/* directory.c - domains, accounts and aliases, whatever keeps them. */

#include "directory/directory.h"

#include "core/text/address.h"
#include "directory/backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ps_directory {
	const struct ps_config *config; /* borrowed */
	const struct ps_directory_backend *backend;
	void *store;
	char reason[PS_REASON_MAX];
};

static const char *const view_names[PS_VIEW_COUNT] = {
	[PS_VIEW_DOMAINS] = "domains",
	[PS_VIEW_MAILBOXES] = "mailboxes",
	[PS_VIEW_ALIASES] = "aliases",
	[PS_VIEW_SENDERS] = "senders",
	[PS_VIEW_TRANSPORT] = "transport",
	[PS_VIEW_RELAY_DOMAINS] = "relay_domains",
	[PS_VIEW_QUOTA] = "quota",
};

bool ps_view_by_name(const char *name, enum ps_view *view_r)
{
	unsigned int i;

	for (i = 0; i < PS_VIEW_COUNT; i++) {
		if (strcmp(view_names[i], name) == 0) {
			*view_r = (enum ps_view)i;
			return true;
		}
	}
	return false;
}

const char *ps_view_name(enum ps_view view)
{
	return view_names[view];
}

static const struct ps_directory_backend *const backends[] = {
	[PS_BACKEND_SQLITE] = &ps_directory_sqlite,
	[PS_BACKEND_LDAP] = &ps_directory_ldap,
};

int ps_directory_new(const struct ps_config *config,
		     struct ps_directory **directory_r,
		     char error_r[PS_CONFIG_ERROR_MAX])
{
	struct ps_directory *directory;

	*directory_r = NULL;
	directory = calloc(1, sizeof(*directory));
	if (directory == NULL) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX, "out of memory");
		return -1;
	}
	directory->config = config;
	directory->backend = backends[config->directory.backend];
	if (directory->backend->open(config, &directory->store, error_r) < 0) {
		free(directory);
		return -1;
	}
	*directory_r = directory;
	return 0;
}

void ps_directory_free(struct ps_directory **directory)
{
	if (*directory == NULL)
		return;
	(*directory)->backend->close((*directory)->store);
	free(*directory);
	*directory = NULL;
}

/* What no entry can have (a blank, a control character, too much of it) is
 * found nowhere: no backend is asked. */
static bool fold_key(const char *key, char key_r[PS_ADDRESS_MAX + 1])
{
	size_t i, len = strnlen(key, PS_ADDRESS_MAX + 1);

	if (len == 0 || len > PS_ADDRESS_MAX)
		return false;
	for (i = 0; i < len; i++) {
		if ((unsigned char)key[i] <= ' ' || key[i] == 0x7f)
			return false;
		key_r[i] = ps_ascii_lower(key[i]);
	}
	key_r[len] = '\0';
	return true;
}

enum ps_outcome ps_directory_view(struct ps_directory *directory,
				  enum ps_view view, const char *key,
				  struct ps_buffer *answer)
{
	char folded[PS_ADDRESS_MAX + 1];
	enum ps_outcome outcome;

	directory->reason[0] = '\0';
	ps_buffer_reset(answer);
	if (!fold_key(key, folded))
		return PS_NOTFOUND;
	outcome = directory->backend->view(directory->store, view, folded,
					   answer, directory->reason);
	if (outcome == PS_FOUND && answer->failed) {
		snprintf(directory->reason, sizeof(directory->reason),
			 "the answer for %.100s in %s is too large", folded,
			 view_names[view]);
		return PS_TEMPFAIL;
	}
	return outcome;
}

/* %d the domain, %n the local part, %% a percent sign.  False: too long, or
 * the local part would leave its folder. */
static bool expand_home(const char *template, struct ps_account *account)
{
	struct ps_buffer home =
		PS_BUFFER_AT(account->home, sizeof(account->home));
	struct ps_mailbox mailbox;
	bool good = ps_address_split(ps_bytes_of(account->address), &mailbox);

	account->home[0] = '\0';
	good = good && ps_bytes_find(mailbox.local, '/') == NULL &&
	       mailbox.local.at[0] != '.';
	for (; good && *template != '\0'; template ++) {
		if (*template != '%') {
			ps_buffer_char(&home, *template);
			continue;
		}
		template ++;
		if (*template == 'd')
			ps_buffer_bytes(&home, mailbox.domain);
		else if (*template == 'n')
			ps_buffer_bytes(&home, mailbox.local);
		else if (*template == '%')
			ps_buffer_char(&home, '%');
		else
			good = false;
	}
	return good && !home.failed;
}

enum ps_outcome ps_directory_account(struct ps_directory *directory,
				     const char *login,
				     struct ps_account *account_r)
{
	char folded[PS_ADDRESS_MAX + 1];
	enum ps_outcome outcome;

	directory->reason[0] = '\0';
	memset(account_r, 0, sizeof(*account_r));
	if (!fold_key(login, folded))
		return PS_NOTFOUND;
	outcome = directory->backend->account(directory->store, folded,
					      account_r, directory->reason);
	if (outcome != PS_FOUND || account_r->home[0] != '\0')
		return outcome;
	if (expand_home(directory->config->mail.home, account_r))
		return PS_FOUND;
	snprintf(directory->reason, sizeof(directory->reason),
		 "setting mail.home gives no usable folder for %.150s", folded);
	return PS_TEMPFAIL;
}

/* What the backend leaves out. */
static enum ps_outcome cannot(struct ps_directory *directory, const char *what)
{
	snprintf(directory->reason, sizeof(directory->reason),
		 "the backend %s cannot %s", directory->backend->name, what);
	return PS_TEMPFAIL;
}

enum ps_outcome ps_directory_credential(struct ps_directory *directory,
					const char *login,
					struct ps_credential *credential_r)
{
	char folded[PS_ADDRESS_MAX + 1];

	directory->reason[0] = '\0';
	memset(credential_r, 0, sizeof(*credential_r));
	if (!fold_key(login, folded))
		return PS_NOTFOUND;
	return directory->backend->credential(directory->store, folded,
					      credential_r, directory->reason);
}

enum ps_outcome ps_directory_password(struct ps_directory *directory,
				      const char *login, const char *password)
{
	char folded[PS_ADDRESS_MAX + 1];

	directory->reason[0] = '\0';
	if (directory->backend->password == NULL)
		return cannot(directory, "try passwords");
	/* To LDAP a bind without a password is one as nobody: it succeeds. */
	if (password[0] == '\0' || !fold_key(login, folded))
		return PS_NOTFOUND;
	return directory->backend->password(directory->store, folded, password,
					    directory->reason);
}

enum ps_outcome ps_directory_replace(struct ps_directory *directory,
				     const char *login,
				     const struct ps_credential *old,
				     const struct ps_credential *other)
{
	char folded[PS_ADDRESS_MAX + 1];

	directory->reason[0] = '\0';
	if (directory->backend->replace == NULL)
		return cannot(directory, "change passwords from here");
	if (!fold_key(login, folded))
		return PS_NOTFOUND;
	return directory->backend->replace(directory->store, folded, old, other,
					   directory->reason);
}

/* Is word one of the values joined by commas? */
static bool holds(const char *list, const char *word)
{
	struct ps_bytes wanted = ps_bytes_of(word);
	const char *end;

	while (*list != '\0') {
		end = list + strcspn(list, ",");
		if (ps_bytes_equal(
			    (struct ps_bytes){ list, (size_t)(end - list) },
			    wanted))
			return true;
		list = *end == ',' ? end + 1 : end;
	}
	return false;
}

enum ps_outcome ps_directory_sends_as(struct ps_directory *directory,
				      const char *login, const char *address)
{
	struct ps_buffer owners = PS_BUFFER(PS_ANSWER_MAX);
	const char *domain = strrchr(address, '@');
	char folded[PS_ADDRESS_MAX + 1];
	enum ps_outcome outcome;

	outcome =
		ps_directory_view(directory, PS_VIEW_SENDERS, address, &owners);
	/* As Postfix asks it: the owner of the rest of the domain. */
	if (outcome == PS_NOTFOUND && domain != NULL)
		outcome = ps_directory_view(directory, PS_VIEW_SENDERS, domain,
					    &owners);
	if (outcome == PS_FOUND && (!fold_key(login, folded) ||
				    !holds(ps_buffer_cstr(&owners), folded)))
		outcome = PS_NOTFOUND;
	ps_buffer_free(&owners);
	return outcome;
}

enum ps_outcome ps_directory_sends_in(struct ps_directory *directory,
				      const char *login, const char *domain)
{
	char folded[PS_ADDRESS_MAX + 1], name[PS_ADDRESS_MAX + 1];

	directory->reason[0] = '\0';
	if (!fold_key(login, folded) || !fold_key(domain, name))
		return PS_NOTFOUND;
	return directory->backend->sends_in(directory->store, folded, name,
					    directory->reason);
}

enum ps_outcome ps_directory_next_account(struct ps_directory *directory,
					  const char *after,
					  char login_r[PS_ADDRESS_MAX + 1])
{
	directory->reason[0] = '\0';
	return directory->backend->next_account(directory->store, after,
						login_r, directory->reason);
}

enum ps_outcome ps_directory_list(struct ps_directory *directory,
				  enum ps_listing_kind kind, const char *domain,
				  ps_listing_row *row, void *ctx)
{
	char folded[PS_ADDRESS_MAX + 1];

	directory->reason[0] = '\0';
	if (domain != NULL && !fold_key(domain, folded))
		return PS_NOTFOUND;
	return directory->backend->list(directory->store, kind,
					domain == NULL ? NULL : folded, row,
					ctx, directory->reason);
}

enum ps_outcome ps_directory_check(struct ps_directory *directory,
				   unsigned int limit, ps_finding_row *row,
				   void *ctx)
{
	directory->reason[0] = '\0';
	if (directory->backend->check == NULL)
		return cannot(directory, "look for contradictions");
	return directory->backend->check(directory->store, limit, row, ctx,
					 directory->reason);
}

const char *ps_directory_reason(const struct ps_directory *directory)
{
	return directory->reason;
}
