/* ldap_write_find.c - which entries of LDAP a command means. */

#include "core/text/ldap_filter.h"
#include "directory/ldap_questions.h"
#include "directory/ldap_write.h"

#include <stdio.h>
#include <string.h>

/* Those with the address, octet for octet. */
static struct ps_ldap_entry *those_with(struct ps_ldap_entry *entries,
					const char *address)
{
	struct ps_ldap_entry *first = NULL, **last = &first;

	for (; entries != NULL; entries = entries->next) {
		if (!ps_ldap_texts_hold(&entries->addresses, address))
			continue;
		*last = entries;
		last = &entries->next;
	}
	*last = NULL;
	return first;
}

enum ps_write ps_ldap_write_owners(struct ps_writer *writer,
				   const char *address,
				   struct ps_ldap_entry **owners_r)
{
	struct ps_ldap_store *store = ps_ldap_writer_of(writer)->store;
	struct ps_buffer accounts = PS_BUFFER(PS_LDAP_FILTER_MAX),
			 groups = PS_BUFFER(PS_LDAP_FILTER_MAX);
	struct ps_ldap_search searches[2] = { 0 };
	char reason[PS_REASON_MAX] = "out of memory";
	enum ps_outcome outcome = PS_TEMPFAIL;

	*owners_r = NULL;
	ps_ldap_store_begin(store);
	ps_ldap_accounts_and(store, &accounts);
	ps_ldap_filter_equal(&accounts, store->config->address_attribute,
			     ps_bytes_of(address));
	ps_buffer_char(&accounts, ')');
	ps_ldap_groups_and(store, &groups);
	ps_ldap_filter_equal(&groups, store->config->address_attribute,
			     ps_bytes_of(address));
	ps_buffer_char(&groups, ')');
	searches[0].filter = ps_buffer_cstr(&accounts);
	searches[1].filter = ps_buffer_cstr(&groups);
	if (!accounts.failed && !groups.failed)
		outcome = ps_ldap_find(store, PS_LDAP_ALL, searches, 2,
				       owners_r, reason);
	ps_buffer_free(&accounts);
	ps_buffer_free(&groups);
	*owners_r = those_with(*owners_r, address);
	return outcome == PS_FOUND ? PS_WRITE_DONE
				   : ps_ldap_write_unknown(writer, reason);
}

bool ps_ldap_is_known_as(const struct ps_ldap_entry *entry, const char *address)
{
	const char *known = ps_ldap_entry_address(entry);

	return (known != NULL && ps_bytes_equal_fold(ps_bytes_of(known),
						     ps_bytes_of(address))) ||
	       ps_ldap_texts_hold(&entry->logins, address);
}

/* The one that is known as address; *other_r: one that has it beside. */
static enum ps_write choose(struct ps_writer *writer,
			    const struct ps_ldap_entry *entries,
			    const char *address,
			    const struct ps_ldap_entry **entry_r,
			    const struct ps_ldap_entry **other_r)
{
	*entry_r = NULL;
	*other_r = NULL;
	for (; entries != NULL; entries = entries->next) {
		if (!ps_ldap_is_known_as(entries, address)) {
			if (ps_ldap_texts_hold(&entries->addresses, address))
				*other_r = entries;
			continue;
		}
		if (*entry_r != NULL)
			return ps_writer_say(writer, PS_WRITE_REFUSED,
					     "two accounts are %.60s: %.80s "
					     "and %.80s",
					     address, (*entry_r)->dn,
					     entries->dn);
		*entry_r = entries;
	}
	return PS_WRITE_DONE;
}

enum ps_write ps_ldap_write_account(struct ps_writer *writer,
				    const char *address,
				    const struct ps_ldap_entry **entry_r)
{
	struct ps_ldap_store *store = ps_ldap_writer_of(writer)->store;
	struct ps_buffer filter = PS_BUFFER(PS_LDAP_FILTER_MAX);
	const struct ps_ldap_entry *other;
	struct ps_ldap_entry *entries;
	char reason[PS_REASON_MAX];
	enum ps_write result;

	*entry_r = NULL;
	ps_ldap_store_begin(store);
	ps_ldap_account_filter(store, address, &filter);
	ps_buffer_char(&filter, ')');
	if (ps_ldap_find_by(store, PS_LDAP_ALL, &filter, &entries, reason) !=
	    PS_FOUND)
		return ps_ldap_write_unknown(writer, reason);
	result = choose(writer, entries, address, entry_r, &other);
	if (result != PS_WRITE_DONE || *entry_r != NULL)
		return result;
	if (other == NULL)
		return ps_writer_no_account(writer, PS_WRITE_NOTHING, address);
	return ps_writer_say(writer, PS_WRITE_NOTHING,
			     "there is no account %.80s: that is an alias of "
			     "%.140s",
			     address, other->dn);
}

enum ps_write ps_ldap_write_change(struct ps_writer *writer,
				   const char *address,
				   const struct ps_ldap_entry **entry_r,
				   struct ps_ldap_change **change_r)
{
	struct ps_ldap_changes *changes = &ps_ldap_writer_of(writer)->changes;
	char account[PS_ADDRESS_MAX + 1];
	const char *domain;
	enum ps_write result;

	*entry_r = NULL;
	*change_r = NULL;
	result = ps_writer_address(writer, address, false, account, &domain);
	if (result != PS_WRITE_DONE)
		return result;
	*change_r = ps_ldap_change_named(changes, account);
	if (*change_r != NULL)
		return PS_WRITE_DONE;
	result = ps_ldap_write_account(writer, account, entry_r);
	if (result == PS_WRITE_DONE)
		*change_r = ps_ldap_change_of(changes, (*entry_r)->dn,
					      PS_LDAP_CHANGE);
	return result;
}
