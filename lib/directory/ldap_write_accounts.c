/* ldap_write_accounts.c - accounts in LDAP: added to entries, and closed. */

#include "core/text/ldap_dn.h"
#include "core/text/ldap_filter.h"
#include "directory/ldap_kind.h"
#include "directory/ldap_write_parts.h"

#include <stdio.h>
#include <string.h>

/* What is to be added. */
struct adding {
	struct ps_writer *writer;
	const struct ps_config_ldap *config;
	struct ps_ldap_changes *changes;
	char address[PS_ADDRESS_MAX + 1], local[PS_ADDRESS_MAX + 1];
	const char *domain; /* of address */
	const char *login;  /* of a new entry: local, or address */
	bool password;	    /* it gets one */
};

/* ---- who has the address, or the login, already ---- */

/* *closed_r: its account, without a maildrop. */
static enum ps_write look_for_address(struct adding *adding,
				      const struct ps_ldap_entry **closed_r)
{
	const char *address = adding->address;
	struct ps_ldap_entry *owners;
	enum ps_write result;

	*closed_r = NULL;
	if (ps_ldap_change_named(adding->changes, address) != NULL)
		return ps_writer_say(adding->writer, PS_WRITE_NOTHING,
				     "account %s is there already", address);
	result = ps_ldap_write_owners(adding->writer, address, &owners);
	for (; owners != NULL && result == PS_WRITE_DONE;
	     owners = owners->next) {
		if (owners->search == 1 ||
		    !ps_ldap_is_known_as(owners, address))
			return ps_writer_say(adding->writer, PS_WRITE_REFUSED,
					     "%.80s is an address of %.140s",
					     address, owners->dn);
		if (ps_ldap_entry_open(owners))
			return ps_writer_say(adding->writer, PS_WRITE_NOTHING,
					     "account %s is there already",
					     address);
		*closed_r = owners;
	}
	return result;
}

/* In the domain of bare logins, or in whichever there is. */
static bool may_be_bare(const struct adding *adding)
{
	const char *domain = adding->config->login_domain;

	return domain == NULL ||
	       ps_bytes_equal_fold(ps_bytes_of(domain),
				   ps_bytes_of(adding->domain));
}

static void login_filter(const struct adding *adding, struct ps_buffer *filter)
{
	const char *login = adding->config->login_attribute;

	ps_buffer_text(filter, "(|");
	ps_ldap_filter_equal(filter, login, ps_bytes_of(adding->address));
	if (may_be_bare(adding))
		ps_ldap_filter_equal(filter, login, ps_bytes_of(adding->local));
	ps_buffer_char(filter, ')');
}

/* All entries with the login, and with search 1 those that are accounts. */
static enum ps_write find_logins(struct adding *adding,
				 struct ps_ldap_entry **entries_r)
{
	struct ps_ldap_store *store = ps_ldap_writer_of(adding->writer)->store;
	struct ps_buffer all = PS_BUFFER(PS_LDAP_FILTER_MAX),
			 accounts = PS_BUFFER(PS_LDAP_FILTER_MAX);
	struct ps_ldap_search searches[2] = { 0 };
	char reason[PS_REASON_MAX] = "out of memory";
	enum ps_outcome outcome = PS_TEMPFAIL;

	*entries_r = NULL;
	ps_ldap_store_begin(store);
	login_filter(adding, &all);
	ps_ldap_accounts_and(store, &accounts);
	login_filter(adding, &accounts);
	ps_buffer_char(&accounts, ')');
	searches[0].filter = ps_buffer_cstr(&all);
	searches[1].filter = ps_buffer_cstr(&accounts);
	if (!all.failed && !accounts.failed)
		outcome = ps_ldap_find(store, PS_LDAP_ALL, searches, 2,
				       entries_r, reason);
	ps_buffer_free(&all);
	ps_buffer_free(&accounts);
	return outcome == PS_FOUND
		       ? PS_WRITE_DONE
		       : ps_ldap_write_unknown(adding->writer, reason);
}

static bool is_account(const struct ps_ldap_entry *entries, const char *dn)
{
	for (; entries != NULL; entries = entries->next) {
		if (entries->search == 1 && strcmp(entries->dn, dn) == 0)
			return true;
	}
	return false;
}

/*
 * The entry that becomes the account, NULL: a new one.  A bare login that is an
 * account with another address is somebody else's.
 */
static enum ps_write look_for_login(struct adding *adding,
				    const struct ps_ldap_entry **entry_r,
				    bool *is_account_r)
{
	struct ps_ldap_entry *entries, *entry;
	enum ps_write result = find_logins(adding, &entries);

	*entry_r = NULL;
	*is_account_r = false;
	adding->login = may_be_bare(adding) ? adding->local : adding->address;
	for (entry = entries; entry != NULL && result == PS_WRITE_DONE;
	     entry = entry->next) {
		bool account = is_account(entries, entry->dn),
		     bare = ps_ldap_texts_hold(&entry->logins, adding->local);

		if (entry->search == 1 ||
		    !(bare ||
		      ps_ldap_texts_hold(&entry->logins, adding->address)))
			continue;
		/* Another command was faster. */
		if (account &&
		    ps_ldap_texts_hold(&entry->addresses, adding->address))
			return ps_writer_say(adding->writer, PS_WRITE_NOTHING,
					     "account %s is there already",
					     adding->address);
		if (account && entry->addresses.count > 0) {
			if (bare)
				adding->login = adding->address;
			continue;
		}
		if (*entry_r != NULL)
			return ps_writer_say(adding->writer, PS_WRITE_REFUSED,
					     "two entries are %.60s: %.80s and "
					     "%.80s",
					     adding->local, (*entry_r)->dn,
					     entry->dn);
		*entry_r = entry;
		*is_account_r = account;
	}
	return result;
}

/* ---- adding ---- */

static void put(struct adding *adding, struct ps_ldap_change *change,
		const char *attribute, const char *value)
{
	ps_ldap_change_put(adding->changes, change, PS_LDAP_PUT_VALUE,
			   attribute, value);
}

/* An entry that is there: what it has, it keeps. */
static struct ps_ldap_change *
add_to(struct adding *adding, const struct ps_ldap_entry *entry, bool account)
{
	const struct ps_config_ldap *config = adding->config;
	struct ps_ldap_change *change =
		ps_ldap_change_of(adding->changes, entry->dn, PS_LDAP_CHANGE);

	if (!account)
		put(adding, change, "objectClass", config->account_class);
	if (!ps_ldap_texts_hold(&entry->addresses, adding->address))
		put(adding, change, config->address_attribute, adding->address);
	if (entry->maildrops.count == 0)
		put(adding, change, config->maildrop_attribute,
		    adding->address);
	if (adding->password)
		ps_ldap_take_once(adding->writer, entry, change);
	return change;
}

static enum ps_write make_new(struct adding *adding,
			      struct ps_ldap_change **change_r)
{
	const struct ps_config_ldap *config = adding->config;
	struct ps_buffer dn = PS_BUFFER(PS_LDAP_DN_MAX);
	struct ps_ldap_change *change = NULL;
	size_t i;

	if (config->new_base == NULL)
		return ps_writer_say(adding->writer, PS_WRITE_REFUSED,
				     "no entry has the login %.60s, and the "
				     "command makes none without setting "
				     "ldap.new_base",
				     adding->login);
	ps_ldap_dn(&dn, config->login_attribute, ps_bytes_of(adding->login),
		   config->new_base);
	if (!dn.failed)
		change = ps_ldap_change_of(adding->changes, ps_buffer_cstr(&dn),
					   PS_LDAP_CREATE);
	ps_buffer_free(&dn);
	for (i = 0; i < config->new_classes.count; i++)
		put(adding, change, "objectClass", config->new_classes.at[i]);
	put(adding, change, "objectClass", config->account_class);
	put(adding, change, config->login_attribute, adding->login);
	for (i = 0; i < config->new_attributes.count; i++)
		put(adding, change, config->new_attributes.at[i],
		    adding->local);
	put(adding, change, config->address_attribute, adding->address);
	put(adding, change, config->maildrop_attribute, adding->address);
	*change_r = change;
	return PS_WRITE_DONE;
}

static enum ps_write find_or_make(struct adding *adding,
				  struct ps_ldap_change **change_r)
{
	const struct ps_ldap_entry *entry;
	bool account = true;
	enum ps_write result = look_for_address(adding, &entry);

	if (result == PS_WRITE_DONE && entry == NULL)
		result = look_for_login(adding, &entry, &account);
	if (result != PS_WRITE_DONE)
		return result;
	if (entry == NULL)
		return make_new(adding, change_r);
	*change_r = add_to(adding, entry, account);
	return PS_WRITE_DONE;
}

enum ps_write ps_ldap_add_account(struct ps_writer *writer, const char *address,
				  const char *hash, bool *domain_added_r)
{
	struct ps_ldap_writer *own = ps_ldap_writer_of(writer);
	struct adding adding = { .writer = writer,
				 .config = &own->config.ldap,
				 .changes = &own->changes };
	bool server = own->config.ldap.write_passwords ==
		      PS_LDAP_PASSWORDS_SERVER; /* sets it later */
	struct ps_ldap_change *change = NULL;
	enum ps_write result;

	/* What is no hash of anything lets nobody in. */
	if (hash != NULL && strcmp(hash, "*") == 0)
		hash = NULL;
	adding.password = hash != NULL || server;
	*domain_added_r = false;
	result = ps_writer_address(writer, address, false, adding.address,
				   &adding.domain);
	if (result != PS_WRITE_DONE)
		return result;
	snprintf(adding.local, sizeof(adding.local), "%.*s",
		 (int)(adding.domain - 1 - adding.address), adding.address);
	result = ps_ldap_need_domain(writer, adding.domain, true,
				     domain_added_r);
	if (result == PS_WRITE_DONE)
		result = find_or_make(&adding, &change);
	if (result != PS_WRITE_DONE)
		return result;
	ps_ldap_change_name(&own->changes, change, adding.address);
	if (hash != NULL)
		ps_ldap_put_hash(writer, change, hash);
	return PS_WRITE_DONE;
}

enum ps_write ps_ldap_has_account(struct ps_writer *writer, const char *address)
{
	const struct ps_ldap_entry *entry;
	struct ps_ldap_change *change;
	enum ps_write result =
		ps_ldap_write_change(writer, address, &entry, &change);

	if (result == PS_WRITE_DONE && entry != NULL &&
	    !ps_ldap_entry_open(entry))
		result = PS_WRITE_NOTHING;
	return result;
}

/* ---- closing ---- */

/* Groups and entries of aliases that lead to it: other accounts that forward
 * there are somebody's own. */
static enum ps_write remove_ways(struct ps_writer *writer, const char *account)
{
	struct ps_ldap_writer *own = ps_ldap_writer_of(writer);
	const struct ps_config_ldap *config = &own->config.ldap;
	struct ps_buffer filter = PS_BUFFER(PS_LDAP_FILTER_MAX);
	struct ps_ldap_entry *entries;
	char reason[PS_REASON_MAX];

	ps_ldap_store_begin(own->store);
	ps_ldap_groups_and(own->store, &filter);
	ps_ldap_filter_equal(&filter, config->maildrop_attribute,
			     ps_bytes_of(account));
	ps_buffer_char(&filter, ')');
	if (ps_ldap_find_by(own->store, PS_LDAP_ALL, &filter, &entries,
			    reason) != PS_FOUND)
		return ps_ldap_write_unknown(writer, reason);
	for (; entries != NULL; entries = entries->next) {
		if (!ps_ldap_texts_hold(&entries->maildrops, account))
			continue;
		if (entries->maildrops.count == 1 &&
		    ps_ldap_is_alias_entry(writer, entries))
			(void)ps_ldap_change_of(&own->changes, entries->dn,
						PS_LDAP_REMOVE);
		else
			ps_ldap_change_put(&own->changes,
					   ps_ldap_change_of(&own->changes,
							     entries->dn,
							     PS_LDAP_CHANGE),
					   PS_LDAP_TAKE_VALUE,
					   config->maildrop_attribute, account);
	}
	return PS_WRITE_DONE;
}

/* One that leads nowhere is worse than an account too many: so that is the last
 * to go. */
enum ps_write ps_ldap_remove_account(struct ps_writer *writer,
				     const char *address, bool cascade)
{
	struct ps_ldap_writer *own = ps_ldap_writer_of(writer);
	const struct ps_config_ldap *config = &own->config.ldap;
	char account[PS_ADDRESS_MAX + 1];
	const struct ps_ldap_entry *entry;
	struct ps_ldap_change *change;
	const char *domain;
	enum ps_write result;
	size_t i;

	result = ps_writer_address(writer, address, false, account, &domain);
	if (result == PS_WRITE_DONE && cascade)
		result = remove_ways(writer, account);
	if (result == PS_WRITE_DONE)
		result = ps_ldap_write_change(writer, account, &entry, &change);
	if (result != PS_WRITE_DONE)
		return result;
	if (entry != NULL && !ps_ldap_entry_open(entry))
		return ps_writer_say(writer, PS_WRITE_NOTHING,
				     "account %.80s is closed already: %.120s "
				     "has no %.30s",
				     account, entry->dn,
				     config->maildrop_attribute);
	ps_ldap_change_put(&own->changes, change, PS_LDAP_TAKE_ALL,
			   config->maildrop_attribute, NULL);
	for (i = 0; cascade && entry != NULL && i < entry->addresses.count;
	     i++) {
		if (!ps_bytes_equal_fold(ps_bytes_of(entry->addresses.at[i]),
					 ps_bytes_of(account)))
			ps_ldap_change_put(&own->changes, change,
					   PS_LDAP_TAKE_VALUE,
					   config->address_attribute,
					   entry->addresses.at[i]);
	}
	return PS_WRITE_DONE;
}
