/* directory_ldap.c - the directory in LDAP: opened, asked, closed. */

#include "core/text/ldap_filter.h"
#include "directory/ldap_backend.h"

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

static const char **attributes_of(const struct ps_config_ldap *config)
{
	size_t used = 0, i,
	       most = 15 + config->member_attributes.count +
		      config->member_login_attributes.count;
	const char **at = calloc(most, sizeof(*at));

	if (at == NULL)
		return NULL;
	used = put(at, used, config->login_attribute);
	used = put(at, used, config->address_attribute);
	used = put(at, used, config->maildrop_attribute);
	used = put(at, used, config->home_attribute);
	used = put(at, used, config->quota_attribute);
	used = put(at, used, config->mail_attribute);
	used = put(at, used, config->uid_attribute);
	used = put(at, used, config->gid_attribute);
	used = put(at, used, config->allow_nets_attribute);
	used = put(at, used, config->sender_attribute);
	used = put(at, used, config->domain_attribute);
	used = put(at, used, config->transport_attribute);
	used = put(at, used, config->once_attribute);
	for (i = 0; i < config->member_attributes.count; i++)
		used = put(at, used, config->member_attributes.at[i]);
	for (i = 0; i < config->member_login_attributes.count; i++)
		used = put(at, used, config->member_login_attributes.at[i]);
	return at;
}

static void close_store(void *ctx)
{
	struct ps_ldap_store *store = ctx;

	ps_ldap_close(&store->ldap);
	ps_ldap_close(&store->login);
	ps_ldap_forget_logins(store);
	ps_arena_free(&store->arena);
	free(store->attributes);
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
		store->attributes = attributes_of(&config->ldap);
		if (store->attributes != NULL &&
		    ps_arena_new(ARENA_MAX, &store->arena) == 0) {
			*store_r = store;
			return 0;
		}
		free(store->attributes);
		free(store);
	}
	snprintf(error_r, PS_CONFIG_ERROR_MAX, "out of memory");
	return -1;
}

void ps_ldap_store_begin(struct ps_ldap_store *store)
{
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
	outcome = ps_ldap_ask(&store->ldap, searches, count, store->attributes,
			      take_entry, &finding, reason_r);
	if (outcome == PS_FOUND && finding.failed) {
		snprintf(reason_r, PS_REASON_MAX, "%s", why);
		return PS_TEMPFAIL;
	}
	return outcome;
}

enum ps_outcome ps_ldap_find_by(struct ps_ldap_store *store,
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
		outcome = ps_ldap_find(store, &search, 1, entries_r, reason_r);
	ps_buffer_free(filter);
	return outcome;
}

/* ---- filters ---- */

void ps_ldap_accounts_and(const struct ps_ldap_store *store,
			  struct ps_buffer *filter)
{
	ps_buffer_text(filter, "(&");
	ps_buffer_text(filter, store->config->account_filter);
}

void ps_ldap_groups_and(const struct ps_ldap_store *store,
			struct ps_buffer *filter)
{
	ps_buffer_text(filter, "(&");
	ps_buffer_text(filter, store->config->group_filter);
}

void ps_ldap_any_and(const struct ps_ldap_store *store,
		     struct ps_buffer *filter)
{
	ps_buffer_text(filter, "(&(|");
	ps_buffer_text(filter, store->config->account_filter);
	ps_buffer_text(filter, store->config->group_filter);
	ps_buffer_char(filter, ')');
}

void ps_ldap_domains_and(const struct ps_ldap_store *store,
			 struct ps_buffer *filter)
{
	ps_buffer_text(filter, "(&");
	ps_buffer_text(filter, store->config->domain_filter);
}

void ps_ldap_mailbox_filter(const struct ps_ldap_store *store,
			    const char *address, struct ps_buffer *filter)
{
	const struct ps_config_ldap *config = store->config;
	const char *at = strrchr(address, '@');

	if (at == NULL || config->login_domain == NULL ||
	    !ps_bytes_equal_fold(ps_bytes_of(at + 1),
				 ps_bytes_of(config->login_domain))) {
		ps_ldap_filter_equal(filter, config->maildrop_attribute,
				     ps_bytes_of(address));
		return;
	}
	ps_buffer_text(filter, "(|");
	ps_ldap_filter_equal(filter, config->maildrop_attribute,
			     ps_bytes_of(address));
	ps_ldap_filter_equal(
		filter, config->maildrop_attribute,
		(struct ps_bytes){ address, (size_t)(at - address) });
	ps_buffer_char(filter, ')');
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
