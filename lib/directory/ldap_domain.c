/* ldap_domain.c - domains in LDAP: of the settings, of entries, of addresses.
 */

#include "core/text/ldap_filter.h"
#include "directory/ldap_questions.h"

#include <stdio.h>
#include <string.h>

#define DOMAIN_SAMPLE 20 /* entries that show a domain is in use; ours */

static bool is_listed(const struct ps_config_list *domains, const char *domain)
{
	size_t i;

	for (i = 0; i < domains->count; i++) {
		if (ps_bytes_equal_fold(ps_bytes_of(domains->at[i]),
					ps_bytes_of(domain)))
			return true;
	}
	return false;
}

static bool has_address_in(const struct ps_ldap_entry *entries,
			   const char *domain)
{
	const char *at;
	size_t i;

	for (; entries != NULL; entries = entries->next) {
		for (i = 0; i < entries->addresses.count; i++) {
			at = strrchr(entries->addresses.at[i], '@');
			if (at != NULL &&
			    ps_bytes_equal_fold(ps_bytes_of(at + 1),
						ps_bytes_of(domain)))
				return true;
		}
	}
	return false;
}

static enum ps_outcome domain_in_use(struct ps_ldap_store *store,
				     const char *domain,
				     char reason_r[PS_REASON_MAX])
{
	struct ps_buffer filter = PS_BUFFER(PS_LDAP_FILTER_MAX);
	char value[PS_ADDRESS_MAX + 2];
	struct ps_ldap_search search = { .limit = DOMAIN_SAMPLE, .some = true };
	struct ps_ldap_entry *entries = NULL;
	enum ps_outcome outcome = PS_TEMPFAIL;

	snprintf(value, sizeof(value), "@%s", domain);
	ps_ldap_any_and(store, &filter);
	ps_ldap_filter_ends(&filter, store->config->address_attribute,
			    ps_bytes_of(value));
	ps_buffer_char(&filter, ')');
	search.filter = ps_buffer_cstr(&filter);
	if (filter.failed)
		snprintf(reason_r, PS_REASON_MAX, "out of memory");
	else
		outcome = ps_ldap_find(store, PS_LDAP_PLACES, &search, 1,
				       &entries, reason_r);
	ps_buffer_free(&filter);
	if (outcome != PS_FOUND || has_address_in(entries, domain))
		return outcome;
	if (!search.truncated)
		return PS_NOTFOUND;
	snprintf(reason_r, PS_REASON_MAX,
		 "domain %.150s: the server gives too few entries", domain);
	return PS_TEMPFAIL;
}

enum ps_outcome ps_ldap_domain_entry(struct ps_ldap_store *store,
				     const char *domain,
				     const struct ps_ldap_entry **entry_r,
				     char reason_r[PS_REASON_MAX])
{
	struct ps_buffer filter = PS_BUFFER(PS_LDAP_FILTER_MAX);
	struct ps_ldap_entry *entries;
	enum ps_outcome outcome;

	*entry_r = NULL;
	ps_ldap_domains_and(store, &filter);
	ps_ldap_filter_equal(&filter, store->config->domain_attribute,
			     ps_bytes_of(domain));
	ps_buffer_char(&filter, ')');
	outcome = ps_ldap_find_by(store, PS_LDAP_DOMAIN, &filter, &entries,
				  reason_r);
	for (; entries != NULL && *entry_r == NULL; entries = entries->next) {
		if (ps_ldap_texts_hold(&entries->domains, domain))
			*entry_r = entries;
	}
	if (outcome != PS_FOUND)
		return outcome;
	return *entry_r == NULL ? PS_NOTFOUND : PS_FOUND;
}

bool ps_ldap_domain_set(const struct ps_config_ldap *config, const char *domain)
{
	return is_listed(&config->domains, domain) ||
	       (config->login_domain != NULL &&
		ps_bytes_equal_fold(ps_bytes_of(config->login_domain),
				    ps_bytes_of(domain)));
}

enum ps_outcome ps_ldap_domain_here(struct ps_ldap_store *store,
				    const char *domain,
				    char reason_r[PS_REASON_MAX])
{
	const struct ps_config_ldap *config = store->config;
	const struct ps_ldap_entry *entry;
	enum ps_outcome outcome;

	if (strchr(domain, '@') != NULL || domain[0] == '\0')
		return PS_NOTFOUND;
	if (ps_ldap_domain_set(config, domain))
		return PS_FOUND;
	outcome = ps_ldap_domain_entry(store, domain, &entry, reason_r);
	if (outcome == PS_FOUND && entry->transport != NULL)
		return PS_NOTFOUND;
	if (outcome != PS_NOTFOUND || config->domains_from_addresses == PS_NO)
		return outcome;
	return domain_in_use(store, domain, reason_r);
}
