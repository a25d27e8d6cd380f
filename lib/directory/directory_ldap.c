/* directory_ldap.c - the directory in LDAP: opened, asked, closed. */

#include "directory/ldap_backend.h"
#include "directory/ldap_kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_MAX 67108864 /* octets of one lookup's entries; ours */

/* ---- settings that only make sense together ---- */

static bool all_secret(const struct ps_config_ldap *config)
{
	size_t i;

	for (i = 0; i < config->uris.count; i++) {
		if (!ps_bytes_starts_fold(ps_bytes_of(config->uris.at[i]),
					  PS_BYTES("ldap://")))
			return false;
	}
	return true;
}

/* NULL, or the sentence. */
static const char *refuse(const struct ps_config_ldap *config)
{
	if (config->base == NULL)
		return "setting ldap.base is missing: the entry below which "
		       "accounts are searched";
	if (config->bind == PS_LDAP_BIND_SIMPLE &&
	    (config->bind_dn == NULL || config->password_file == NULL))
		return "setting ldap.bind is simple: ldap.bind_dn and "
		       "ldap.password_file must be set";
	if (config->start_tls == PS_YES && !all_secret(config))
		return "setting ldap.start_tls is yes: each of ldap.uris must "
		       "begin with ldap://";
	return NULL;
}

/* ---- opening ---- */

static size_t put(const char **at, size_t used, const char *attribute)
{
	if (attribute != NULL)
		at[used++] = attribute;
	return used;
}

static size_t put_all(const char **at, size_t used,
		      const struct ps_config_list *attributes)
{
	size_t i;

	for (i = 0; i < attributes->count; i++)
		used = put(at, used, attributes->at[i]);
	return used;
}

/* NULL: no memory. */
static const char **attributes_of(const struct ps_config_ldap *config,
				  enum ps_ldap_wanted wanted)
{
	size_t used = 0, most = 15 + config->member_attributes.count +
				config->member_login_attributes.count;
	const char **at = calloc(most, sizeof(*at));

	if (at == NULL)
		return NULL;
	if (wanted == PS_LDAP_ALL || wanted == PS_LDAP_DOMAIN) {
		used = put(at, used, config->domain_attribute);
		used = put(at, used, config->transport_attribute);
	}
	if (wanted == PS_LDAP_DOMAIN)
		return at;
	used = put(at, used, config->address_attribute);
	used = put(at, used, config->maildrop_attribute);
	used = put(at, used, PS_LDAP_CLASS);
	if (wanted == PS_LDAP_PLACES)
		return at;
	used = put_all(at, used, &config->member_attributes);
	used = put_all(at, used, &config->member_login_attributes);
	if (wanted == PS_LDAP_OWNERS)
		return at;
	used = put(at, used, config->login_attribute);
	used = put(at, used, config->sender_attribute);
	if (wanted == PS_LDAP_PEOPLE)
		return at;
	used = put(at, used, config->home_attribute);
	used = put(at, used, config->quota_attribute);
	used = put(at, used, config->mail_attribute);
	used = put(at, used, config->uid_attribute);
	used = put(at, used, config->gid_attribute);
	used = put(at, used, config->allow_nets_attribute);
	used = put(at, used, config->once_attribute);
	return at;
}

static void free_attributes(struct ps_ldap_store *store)
{
	size_t i;

	for (i = 0; i < PS_LDAP_WANTED_COUNT; i++)
		free(store->attributes[i]);
}

static bool make_attributes(struct ps_ldap_store *store)
{
	bool good = true;
	size_t i;

	for (i = 0; i < PS_LDAP_WANTED_COUNT; i++) {
		store->attributes[i] =
			attributes_of(store->config, (enum ps_ldap_wanted)i);
		good = good && store->attributes[i] != NULL;
	}
	return good;
}

static void close_store(void *ctx)
{
	struct ps_ldap_store *store = ctx;

	ps_ldap_close(&store->ldap);
	ps_ldap_close(&store->login);
	ps_ldap_forget_logins(store);
	ps_arena_free(&store->arena);
	free_attributes(store);
	free(store);
}

static int open_store(const struct ps_config *config, void **store_r,
		      char error_r[PS_CONFIG_ERROR_MAX])
{
	const char *wrong = refuse(&config->ldap);
	struct ps_ldap_store *store;

	*store_r = NULL;
	if (wrong != NULL) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX, "%.200s: %s",
			 config->path, wrong);
		return -1;
	}
	store = calloc(1, sizeof(*store));
	if (store != NULL) {
		store->config = &config->ldap;
		store->ldap.config = &config->ldap;
		store->login.config = &config->ldap;
		store->login.bare = true;
		ps_ldap_kinds_set(store);
		if (make_attributes(store) &&
		    ps_arena_new(ARENA_MAX, &store->arena) == 0) {
			*store_r = store;
			return 0;
		}
		free_attributes(store);
		free(store);
	}
	snprintf(error_r, PS_CONFIG_ERROR_MAX, "out of memory");
	return -1;
}

void ps_ldap_store_begin(struct ps_ldap_store *store)
{
	store->known = NULL;
	ps_arena_reset(store->arena);
	ps_ldap_begin(&store->ldap);
}

/* ---- entries ---- */

struct finding {
	struct ps_ldap_store *store;
	struct ps_ldap_entry **last;
	bool failed;
	char *reason;
};

static void take_entry(void *ctx, size_t search, LDAP *ld, LDAPMessage *message)
{
	struct finding *finding = ctx;
	struct ps_ldap_store *store = finding->store;
	struct ps_ldap_entry *entry;

	if (finding->failed)
		return;
	entry = ps_ldap_entry_read(store->config, store->arena, ld, message,
				   finding->reason);
	if (entry == NULL) {
		finding->failed = true;
		return;
	}
	entry->search = search;
	*finding->last = entry;
	finding->last = &entry->next;
}

enum ps_outcome ps_ldap_find(struct ps_ldap_store *store,
			     enum ps_ldap_wanted wanted,
			     struct ps_ldap_search *searches, size_t count,
			     struct ps_ldap_entry **entries_r,
			     char reason_r[PS_REASON_MAX])
{
	char why[PS_REASON_MAX] = "";
	struct finding finding = { .store = store,
				   .last = entries_r,
				   .reason = why };
	enum ps_outcome outcome;

	*entries_r = NULL;
	outcome = ps_ldap_ask(&store->ldap, searches, count,
			      store->attributes[wanted], take_entry, &finding,
			      reason_r);
	if (outcome == PS_FOUND && finding.failed) {
		snprintf(reason_r, PS_REASON_MAX, "%s", why);
		return PS_TEMPFAIL;
	}
	return outcome;
}

enum ps_outcome ps_ldap_find_by(struct ps_ldap_store *store,
				enum ps_ldap_wanted wanted,
				struct ps_buffer *filter,
				struct ps_ldap_entry **entries_r,
				char reason_r[PS_REASON_MAX])
{
	struct ps_ldap_search search = { .filter = ps_buffer_cstr(filter) };
	enum ps_outcome outcome = PS_TEMPFAIL;

	*entries_r = NULL;
	if (filter->failed)
		snprintf(reason_r, PS_REASON_MAX, "out of memory");
	else
		outcome = ps_ldap_find(store, wanted, &search, 1, entries_r,
				       reason_r);
	ps_buffer_free(filter);
	return outcome;
}

const struct ps_directory_backend ps_directory_ldap = {
	.name = "ldap",
	.open = open_store,
	.close = close_store,
	.view = ps_ldap_view,
	.account = ps_ldap_account,
	.credential = ps_ldap_credential,
	.password = ps_ldap_password,
	.replace = ps_ldap_replace,
	.sends_in = ps_ldap_sends_in,
	.next_account = ps_ldap_next_account,
	.list = ps_ldap_list,
	.check = ps_ldap_check,
};
