/* ldap_write_domains.c - domains in LDAP: entries, added and removed. */

#include "core/text/ldap_dn.h"
#include "core/text/ldap_filter.h"
#include "directory/ldap_questions.h"
#include "directory/ldap_write_parts.h"

#include <stdio.h>
#include <string.h>

#define WALK_SECONDS 60 /* only the command waits for it */

enum kind {
	MISSING,
	SET,	 /* by the settings */
	HELD,	 /* by an entry */
	RELAYED, /* by an entry, to another host */
	DERIVED	 /* of an address */
};

/* dn: of its entry, in the store's arena; NULL. */
static enum ps_write kind_of(struct ps_writer *writer, const char *domain,
			     enum kind *kind_r, const char **dn_r)
{
	struct ps_ldap_writer *own = ps_ldap_writer_of(writer);
	const struct ps_ldap_change *change =
		ps_ldap_change_named(&own->changes, domain);
	const struct ps_ldap_entry *entry;
	char reason[PS_REASON_MAX];
	enum ps_outcome outcome;

	*kind_r = SET;
	*dn_r = NULL;
	if (ps_ldap_domain_set(&own->config.ldap, domain))
		return PS_WRITE_DONE;
	*kind_r = HELD;
	if (change != NULL)
		return PS_WRITE_DONE;
	ps_ldap_store_begin(own->store);
	outcome = ps_ldap_domain_entry(own->store, domain, &entry, reason);
	if (outcome == PS_FOUND) {
		*kind_r = entry->transport == NULL ? HELD : RELAYED;
		*dn_r = entry->dn;
	} else if (outcome == PS_NOTFOUND) {
		outcome = ps_ldap_domain_here(own->store, domain, reason);
		*kind_r = outcome == PS_FOUND ? DERIVED : MISSING;
	}
	return outcome == PS_TEMPFAIL ? ps_ldap_write_unknown(writer, reason)
				      : PS_WRITE_DONE;
}

/* ---- adding ---- */

/* transport may be NULL. */
static enum ps_write make_entry(struct ps_writer *writer, const char *domain,
				const char *transport)
{
	struct ps_ldap_writer *own = ps_ldap_writer_of(writer);
	const struct ps_config_ldap *config = &own->config.ldap;
	struct ps_ldap_change *change = NULL;
	struct ps_buffer dn = PS_BUFFER(PS_LDAP_DN_MAX);

	if (config->domain_base == NULL)
		return ps_writer_say(
			writer, PS_WRITE_REFUSED,
			"the command makes no entry for the "
			"domain %.100s without setting "
			"ldap.domain_base: %s",
			domain,
			transport == NULL ? "add it to ldap.domains"
					  : "relay it by Postfix's own maps");
	ps_ldap_dn(&dn, config->domain_attribute, ps_bytes_of(domain),
		   config->domain_base);
	if (!dn.failed)
		change = ps_ldap_change_of(&own->changes, ps_buffer_cstr(&dn),
					   PS_LDAP_CREATE);
	ps_buffer_free(&dn);
	ps_ldap_change_name(&own->changes, change, domain);
	ps_ldap_change_put(&own->changes, change, PS_LDAP_PUT_VALUE,
			   "objectClass", config->domain_class);
	ps_ldap_change_put(&own->changes, change, PS_LDAP_PUT_VALUE,
			   config->domain_attribute, domain);
	if (transport != NULL)
		ps_ldap_change_put(&own->changes, change, PS_LDAP_PUT_VALUE,
				   config->transport_attribute, transport);
	return PS_WRITE_DONE;
}

enum ps_write ps_ldap_need_domain(struct ps_writer *writer, const char *domain,
				  bool for_account, bool *added_r)
{
	const struct ps_config_ldap *config =
		&ps_ldap_writer_of(writer)->config.ldap;
	const char *dn;
	enum kind kind;
	enum ps_write result = kind_of(writer, domain, &kind, &dn);

	*added_r = false;
	if (result != PS_WRITE_DONE)
		return result;
	switch (kind) {
	case MISSING:
		/* The first address in it makes it one. */
		if (config->domain_base != NULL ||
		    config->domains_from_addresses == PS_NO)
			result = make_entry(writer, domain, NULL);
		*added_r = result == PS_WRITE_DONE;
		break;
	case RELAYED:
		if (for_account)
			return ps_writer_say(writer, PS_WRITE_REFUSED,
					     "mail for %.100s is relayed to "
					     "another host, where its accounts "
					     "are",
					     domain);
		break;
	case SET:
	case HELD:
	case DERIVED:
		break;
	}
	return result;
}

/* MISSING, or NOTHING with the reason. */
static enum ps_write is_there(struct ps_writer *writer, const char *domain)
{
	static const char *const words[] = {
		[MISSING] = "",
		[SET] = ", by the settings",
		[HELD] = "",
		[RELAYED] = ", and relayed to another host",
		[DERIVED] = ", by an address in it",
	};
	const char *dn;
	enum kind kind;
	enum ps_write result = kind_of(writer, domain, &kind, &dn);

	if (result != PS_WRITE_DONE || kind == MISSING)
		return result;
	return ps_writer_say(writer, PS_WRITE_NOTHING,
			     "domain %s is there already%s", domain,
			     words[kind]);
}

enum ps_write ps_ldap_add_domain(struct ps_writer *writer, const char *name)
{
	const struct ps_config_ldap *config =
		&ps_ldap_writer_of(writer)->config.ldap;
	char domain[PS_DOMAIN_MAX + 1];
	enum ps_write result = ps_writer_domain(writer, name, domain);

	if (result == PS_WRITE_DONE)
		result = is_there(writer, domain);
	if (result != PS_WRITE_DONE)
		return result;
	if (config->domain_base == NULL &&
	    config->domains_from_addresses == PS_YES)
		return ps_writer_say(writer, PS_WRITE_NOTHING,
				     "nothing is to be done for %.100s: the "
				     "first address in it makes it a domain "
				     "(ldap.domains_from_addresses)",
				     domain);
	return make_entry(writer, domain, NULL);
}

enum ps_write ps_ldap_add_alias_domain(struct ps_writer *writer,
				       const char *name, const char *target)
{
	(void)target;
	return ps_writer_say(writer, PS_WRITE_REFUSED,
			     "LDAP holds no alias domains: give the accounts "
			     "an address in %.100s, too",
			     name);
}

enum ps_write ps_ldap_add_relayed_domain(struct ps_writer *writer,
					 const char *name, const char *nexthop)
{
	char domain[PS_DOMAIN_MAX + 1], transport[PS_TRANSPORT_MAX + 1];
	enum ps_write result = ps_writer_domain(writer, name, domain);

	if (result == PS_WRITE_DONE)
		result = ps_writer_transport(writer, nexthop, transport);
	if (result == PS_WRITE_DONE)
		result = is_there(writer, domain);
	return result == PS_WRITE_DONE ? make_entry(writer, domain, transport)
				       : result;
}

/* ---- removing ---- */

static bool is_in(const char *address, const char *domain)
{
	const char *at = strrchr(address, '@');

	return at != NULL &&
	       ps_bytes_equal_fold(ps_bytes_of(at + 1), ps_bytes_of(domain));
}

/* Made with the domain, to go with it. */
static bool is_system(const char *address)
{
	size_t i, len = strcspn(address, "@");

	for (i = 0; ps_writer_system_names[i] != NULL; i++) {
		if (strlen(ps_writer_system_names[i]) == len &&
		    memcmp(ps_writer_system_names[i], address, len) == 0)
			return true;
	}
	return false;
}

/* Accounts, and groups (search 1), with an address in the domain. */
static enum ps_write find_all(struct ps_writer *writer, const char *domain,
			      struct ps_ldap_entry **entries_r)
{
	struct ps_ldap_store *store = ps_ldap_writer_of(writer)->store;
	struct ps_buffer accounts = PS_BUFFER(PS_LDAP_FILTER_MAX),
			 groups = PS_BUFFER(PS_LDAP_FILTER_MAX);
	char value[PS_DOMAIN_MAX + 2], reason[PS_REASON_MAX] = "out of memory";
	struct ps_ldap_search searches[2] = { 0 };
	enum ps_outcome outcome = PS_TEMPFAIL;

	snprintf(value, sizeof(value), "@%s", domain);
	ps_ldap_accounts_and(store, &accounts);
	ps_ldap_filter_ends(&accounts, store->config->address_attribute,
			    ps_bytes_of(value));
	ps_buffer_char(&accounts, ')');
	ps_ldap_groups_and(store, &groups);
	ps_ldap_filter_ends(&groups, store->config->address_attribute,
			    ps_bytes_of(value));
	ps_buffer_char(&groups, ')');
	searches[0].filter = ps_buffer_cstr(&accounts);
	searches[1].filter = ps_buffer_cstr(&groups);
	ps_ldap_store_begin(store);
	store->ldap.deadline = ps_ldap_now() + WALK_SECONDS * 1000LL;
	*entries_r = NULL;
	if (!accounts.failed && !groups.failed)
		outcome = ps_ldap_find(store, PS_LDAP_ALL, searches, 2,
				       entries_r, reason);
	ps_buffer_free(&accounts);
	ps_buffer_free(&groups);
	return outcome == PS_FOUND ? PS_WRITE_DONE
				   : ps_ldap_write_unknown(writer, reason);
}

/* Is the domain where the account itself is? */
static bool lives_in(const struct ps_ldap_entry *entry, const char *domain)
{
	const char *address = ps_ldap_entry_address(entry);

	return entry->search == 0 && address != NULL && is_in(address, domain);
}

static void count(const struct ps_ldap_entry *entry, const char *domain,
		  size_t *accounts, size_t *aliases)
{
	const char *own = ps_ldap_entry_address(entry);
	bool lives = lives_in(entry, domain);
	size_t i;

	if (lives && ps_ldap_entry_open(entry))
		++*accounts;
	for (i = 0; i < entry->addresses.count; i++) {
		const char *address = entry->addresses.at[i];

		*aliases += is_in(address, domain) && !is_system(address) &&
			    !(lives && strcmp(address, own) == 0);
	}
}

/* Its addresses in the domain, and all of it where nothing else is left. */
static void clear(struct ps_writer *writer, const struct ps_ldap_entry *entry,
		  const char *domain)
{
	struct ps_ldap_writer *own = ps_ldap_writer_of(writer);
	const struct ps_config_ldap *config = &own->config.ldap;
	struct ps_ldap_change *change;
	size_t i, left = 0;

	for (i = 0; i < entry->addresses.count; i++)
		left += !is_in(entry->addresses.at[i], domain);
	if (left == 0 && entry->search == 1 &&
	    ps_ldap_is_alias_entry(writer, entry)) {
		(void)ps_ldap_change_of(&own->changes, entry->dn,
					PS_LDAP_REMOVE);
		return;
	}
	change = ps_ldap_change_of(&own->changes, entry->dn, PS_LDAP_CHANGE);
	for (i = 0; i < entry->addresses.count; i++) {
		if (is_in(entry->addresses.at[i], domain))
			ps_ldap_change_put(&own->changes, change,
					   PS_LDAP_TAKE_VALUE,
					   config->address_attribute,
					   entry->addresses.at[i]);
	}
	if (lives_in(entry, domain) && ps_ldap_entry_open(entry))
		ps_ldap_change_put(&own->changes, change, PS_LDAP_TAKE_ALL,
				   config->maildrop_attribute, NULL);
}

/* Aliases first, then accounts: none is to lead to an account that is gone. */
static enum ps_write empty_domain(struct ps_writer *writer, const char *domain,
				  bool cascade)
{
	struct ps_ldap_entry *entries, *entry;
	size_t accounts = 0, aliases = 0, search;
	enum ps_write result = find_all(writer, domain, &entries);

	if (result != PS_WRITE_DONE)
		return result;
	for (entry = entries; entry != NULL; entry = entry->next)
		count(entry, domain, &accounts, &aliases);
	if (accounts + aliases > 0 && !cascade)
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "domain %s still has %zu accounts and %zu "
				     "aliases; remove them, or use --cascade",
				     domain, accounts, aliases);
	for (search = 2; search-- > 0;) {
		for (entry = entries; entry != NULL; entry = entry->next) {
			if (entry->search == search)
				clear(writer, entry, domain);
		}
	}
	return result;
}

enum ps_write ps_ldap_remove_domain(struct ps_writer *writer, const char *name,
				    bool cascade)
{
	struct ps_ldap_changes *changes = &ps_ldap_writer_of(writer)->changes;
	char domain[PS_DOMAIN_MAX + 1], held[PS_LDAP_DN_MAX] = "";
	const char *dn;
	enum kind kind;
	enum ps_write result = ps_writer_domain(writer, name, domain);

	if (result == PS_WRITE_DONE)
		result = kind_of(writer, domain, &kind, &dn);
	if (result != PS_WRITE_DONE)
		return result;
	if (kind == MISSING)
		return ps_writer_say(writer, PS_WRITE_NOTHING,
				     "there is no domain %s", domain);
	if (kind == SET)
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "domain %.100s is not LDAP's: take it out "
				     "of setting ldap.domains, or "
				     "ldap.login_domain",
				     domain);
	if (dn != NULL && !ps_bytes_copy(ps_bytes_of(dn), held, sizeof(held)))
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "the name of its entry is too long");
	result = empty_domain(writer, domain, cascade);
	if (result == PS_WRITE_DONE && held[0] != '\0')
		(void)ps_ldap_change_of(changes, held, PS_LDAP_REMOVE);
	return result;
}
