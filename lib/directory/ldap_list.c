/* ldap_list.c - all of the directory in LDAP: logins in order, and lists. */

#include "core/text/ldap_filter.h"
#include "directory/ldap_backend.h"
#include "directory/ldap_questions.h"
#include "directory/ldap_walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static enum ps_outcome out_of_memory(char reason_r[PS_REASON_MAX])
{
	snprintf(reason_r, PS_REASON_MAX, "out of memory");
	return PS_TEMPFAIL;
}

/* ---- iteration ---- */

static void add_login(void *ctx, const struct ps_ldap_entry *entry)
{
	const char *login = ps_ldap_entry_login(entry);

	if (login != NULL && ps_ldap_entry_open(entry))
		ps_ldap_sorted_add(ctx, login);
}

void ps_ldap_forget_logins(struct ps_ldap_store *store)
{
	ps_ldap_sorted_free(&(struct ps_ldap_sorted){
		.at = store->logins, .count = store->login_count });
	store->logins = NULL;
	store->login_count = 0;
}

/* A server gives entries in no order: they are read at the beginning. */
static enum ps_outcome read_logins(struct ps_ldap_store *store,
				   char reason_r[PS_REASON_MAX])
{
	struct ps_ldap_sorted texts = { 0 };
	enum ps_outcome outcome;

	ps_ldap_forget_logins(store);
	outcome = ps_ldap_walk(
		store, (const char *[]){ store->config->account_filter, NULL },
		add_login, &texts, reason_r);
	if (outcome == PS_FOUND && texts.failed)
		outcome = out_of_memory(reason_r);
	ps_ldap_sorted_sort(&texts);
	store->logins = texts.at;
	store->login_count = texts.count;
	if (outcome != PS_FOUND)
		ps_ldap_forget_logins(store);
	return outcome;
}

enum ps_outcome ps_ldap_next_account(void *ctx, const char *after,
				     char login_r[PS_ADDRESS_MAX + 1],
				     char reason_r[PS_REASON_MAX])
{
	struct ps_ldap_store *store = ctx;
	size_t low = 0, high, middle;

	if ((after[0] == '\0' || store->logins == NULL) &&
	    read_logins(store, reason_r) != PS_FOUND)
		return PS_TEMPFAIL;
	high = store->login_count;
	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(store->logins[middle], after) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < store->login_count &&
	    ps_bytes_copy(ps_bytes_of(store->logins[low]), login_r,
			  PS_ADDRESS_MAX + 1))
		return PS_FOUND;
	ps_ldap_forget_logins(store);
	return PS_NOTFOUND;
}

/* ---- lists: rows as texts, fields apart by TAB, which none of them has ----
 */

struct listing {
	struct ps_ldap_sorted texts, disabled;
	const struct ps_config_ldap *config;
	const char *domain; /* NULL: all */
};

static bool is_wanted(const struct listing *listing, const char *address)
{
	const char *at = strrchr(address, '@');

	return listing->domain == NULL ||
	       (at != NULL &&
		ps_bytes_equal_fold(ps_bytes_of(at + 1),
				    ps_bytes_of(listing->domain)));
}

static void add_pair(struct listing *listing, const char *first,
		     const char *second)
{
	char text[2 * PS_ADDRESS_MAX + 2];

	snprintf(text, sizeof(text), "%.320s\t%.320s", first, second);
	ps_ldap_sorted_add(&listing->texts, text);
}

/* Entries of domains, the settings' apart. */
static void add_domain_entries(void *ctx, const struct ps_ldap_entry *entry)
{
	struct listing *listing = ctx;
	char name[PS_ADDRESS_MAX + 2];
	size_t i;

	for (i = 0; i < entry->domains.count; i++) {
		snprintf(name, sizeof(name), "@%.300s", entry->domains.at[i]);
		if (!is_wanted(listing, name) ||
		    ps_ldap_domain_set(listing->config, name + 1))
			continue;
		if (entry->transport == NULL)
			ps_ldap_sorted_add(&listing->texts, name + 1);
		else
			add_pair(listing, name + 1, entry->transport);
	}
}

static void add_senders(void *ctx, const struct ps_ldap_entry *entry)
{
	struct listing *listing = ctx;
	const char *address = ps_ldap_entry_address(entry);
	size_t i;

	for (i = 0; address != NULL && is_wanted(listing, address) &&
		    i < entry->senders.count;
	     i++)
		add_pair(listing, address, entry->senders.at[i]);
}

static void add_domains(void *ctx, const struct ps_ldap_entry *entry)
{
	struct listing *listing = ctx;
	const char *at;
	size_t i;

	for (i = 0; i < entry->addresses.count; i++) {
		at = strrchr(entry->addresses.at[i], '@');
		if (at != NULL && is_wanted(listing, at))
			ps_ldap_sorted_add(&listing->texts, at + 1);
	}
}

/* The second search is for those that are disabled. */
static void add_account(void *ctx, const struct ps_ldap_entry *entry)
{
	struct listing *listing = ctx;
	const char *address = ps_ldap_entry_address(entry);

	if (address == NULL || !is_wanted(listing, address))
		return;
	if (entry->search == 1)
		ps_ldap_sorted_add(&listing->disabled, address);
	else
		add_pair(listing, address,
			 ps_ldap_entry_open(entry) ? "" : "closed");
}

/* Each way that mail to an address goes; a group's to its name. */
static void add_aliases(void *ctx, const struct ps_ldap_entry *entry)
{
	struct listing *listing = ctx;
	size_t i, n;

	for (i = 0; i < entry->addresses.count; i++) {
		const char *address = entry->addresses.at[i];

		if (!is_wanted(listing, address))
			continue;
		for (n = 0; n < entry->maildrops.count; n++) {
			if (strcasecmp(entry->maildrops.at[n], address) != 0)
				add_pair(listing, address,
					 entry->maildrops.at[n]);
		}
		if (n == 0 && ps_ldap_entry_is_group(entry))
			add_pair(listing, address, entry->dn);
	}
}

/* Of what it says (FNV-1a), not of where it stands in a list that changes; that
 * two are alike, who removes by it finds. */
static long long id_of(const char *name, const char *destination)
{
	unsigned int hash = 2166136261U;

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619U;
	hash *= 16777619U;
	for (; *destination != '\0'; destination++)
		hash = (hash ^ (unsigned char)ps_ascii_lower(*destination)) *
		       16777619U;
	return (long long)(hash & 0x7fffffffU);
}

static void show(const struct listing *listing, enum ps_listing_kind kind,
		 ps_listing_row *row, void *ctx)
{
	struct ps_listing line;
	char *second;
	size_t i;

	for (i = 0; i < listing->texts.count; i++) {
		second = strchr(listing->texts.at[i], '\t');
		if (second != NULL)
			*second++ = '\0';
		line = (struct ps_listing){ .id = (long long)i + 1,
					    .name = listing->texts.at[i] };
		if (kind == PS_LIST_ALIASES || kind == PS_LIST_SENDERS) {
			line.destination = second;
			line.id = id_of(line.name, second);
		} else if (kind == PS_LIST_DOMAINS) {
			line.transport = second;
		} else if (kind == PS_LIST_ACCOUNTS) {
			line.closed = second != NULL && second[0] != '\0';
			line.disabled = ps_ldap_sorted_has(&listing->disabled,
							   line.name);
			/* Who may see passwords is not who lists accounts. */
			line.has_password = true;
		}
		row(ctx, &line);
	}
}

static void add_configured(struct listing *listing)
{
	const struct ps_config_ldap *config = listing->config;
	char name[PS_ADDRESS_MAX + 2];
	size_t i;

	for (i = 0; i < config->domains.count; i++) {
		snprintf(name, sizeof(name), "@%.300s", config->domains.at[i]);
		ps_ascii_lower_all(name, strlen(name));
		if (is_wanted(listing, name))
			ps_ldap_sorted_add(&listing->texts, name + 1);
	}
}

/* What there is to list, unsorted. */
static enum ps_outcome collect(struct ps_ldap_store *store,
			       enum ps_listing_kind kind,
			       struct listing *listing,
			       char reason_r[PS_REASON_MAX])
{
	const struct ps_config_ldap *config = store->config;
	struct ps_buffer any = PS_BUFFER(PS_LDAP_FILTER_MAX),
			 disabled = PS_BUFFER(PS_LDAP_FILTER_MAX);
	const char *filters[3] = { NULL };
	enum ps_outcome outcome = PS_FOUND;

	ps_ldap_any_and(store, &any);
	ps_buffer_char(&any, ')');
	ps_ldap_accounts_and(store, &disabled);
	ps_buffer_text(&disabled, config->disabled_filter);
	ps_buffer_char(&disabled, ')');
	filters[0] = ps_buffer_cstr(&any);
	if (any.failed || disabled.failed) {
		outcome = out_of_memory(reason_r);
	} else if (kind == PS_LIST_DOMAINS) {
		add_configured(listing);
		outcome = ps_ldap_walk(
			store, (const char *[]){ config->domain_filter, NULL },
			add_domain_entries, listing, reason_r);
		if (outcome == PS_FOUND &&
		    config->domains_from_addresses == PS_YES)
			outcome = ps_ldap_walk(store, filters, add_domains,
					       listing, reason_r);
	} else if (kind == PS_LIST_ACCOUNTS) {
		filters[0] = config->account_filter;
		filters[1] = ps_buffer_cstr(&disabled);
		outcome = ps_ldap_walk(store, filters, add_account, listing,
				       reason_r);
	} else if (kind == PS_LIST_ALIASES) {
		outcome = ps_ldap_walk(store, filters, add_aliases, listing,
				       reason_r);
	} else {
		outcome = ps_ldap_walk(
			store, (const char *[]){ config->account_filter, NULL },
			add_senders, listing, reason_r);
	}
	ps_buffer_free(&any);
	ps_buffer_free(&disabled);
	return outcome;
}

enum ps_outcome ps_ldap_list(void *ctx, enum ps_listing_kind kind,
			     const char *domain, ps_listing_row *row,
			     void *row_ctx, char reason_r[PS_REASON_MAX])
{
	struct ps_ldap_store *store = ctx;
	struct listing listing = { .config = store->config, .domain = domain };
	enum ps_outcome outcome = collect(store, kind, &listing, reason_r);

	if (outcome == PS_FOUND &&
	    (listing.texts.failed || listing.disabled.failed))
		outcome = out_of_memory(reason_r);
	ps_ldap_sorted_sort(&listing.texts);
	ps_ldap_sorted_sort(&listing.disabled);
	if (outcome == PS_FOUND && listing.texts.count == 0)
		outcome = PS_NOTFOUND;
	if (outcome == PS_FOUND)
		show(&listing, kind, row, row_ctx);
	ps_ldap_sorted_free(&listing.texts);
	ps_ldap_sorted_free(&listing.disabled);
	return outcome;
}
