/* ldap_write_fields.c - what an account in LDAP has for itself, changed. */

#include "core/text/ldap_filter.h"
#include "directory/ldap_write_parts.h"

#include <stdio.h>
#include <string.h>

/* ---- what a filter of the settings says ---- */

/* The attribute and the value that a filter of that setting wants. */
static enum ps_write wanted(struct ps_writer *writer, const char *setting,
			    const char *filter, char attribute_r[256],
			    struct ps_buffer *value)
{
	struct ps_bytes attribute;

	if (filter != NULL &&
	    ps_ldap_filter_is_equal(ps_bytes_of(filter), &attribute, value) &&
	    ps_bytes_copy(attribute, attribute_r, 256) &&
	    strlen(ps_buffer_cstr(value)) == value->len)
		return PS_WRITE_DONE;
	return ps_writer_say(writer, PS_WRITE_REFUSED,
			     "setting ldap.%s is not one (attribute=value), so "
			     "the command cannot tell what to change",
			     setting);
}

/* Does that fit the entry now? */
static enum ps_write fits(struct ps_writer *writer, const char *dn,
			  const char *filter)
{
	struct ps_ldap_store *store = ps_ldap_writer_of(writer)->store;
	struct ps_ldap_search search = { .base = dn, .filter = filter };
	struct ps_ldap_entry *entries;
	char reason[PS_REASON_MAX];

	if (ps_ldap_find(store, PS_LDAP_ALL, &search, 1, &entries, reason) !=
	    PS_FOUND)
		return ps_ldap_write_unknown(writer, reason);
	return entries == NULL ? PS_WRITE_NOTHING : PS_WRITE_DONE;
}

/* Let the account be, or not be, what the filter of that setting finds.
 * NOTHING: it is so, without a sentence. */
static enum ps_write let_fit(struct ps_writer *writer, const char *address,
			     const char *setting, const char *filter, bool fit)
{
	struct ps_ldap_changes *changes = &ps_ldap_writer_of(writer)->changes;
	struct ps_buffer value = PS_BUFFER(PS_LDAP_FILTER_MAX);
	enum ps_write result, now = PS_WRITE_NOTHING;
	const struct ps_ldap_entry *entry;
	struct ps_ldap_change *change;
	char attribute[256];

	result = ps_ldap_write_change(writer, address, &entry, &change);
	if (result == PS_WRITE_DONE)
		result = wanted(writer, setting, filter, attribute, &value);
	if (result == PS_WRITE_DONE && entry != NULL)
		now = fits(writer, entry->dn, filter);
	if (result == PS_WRITE_DONE && now == PS_WRITE_TEMPFAIL)
		result = now;
	if (result == PS_WRITE_DONE && fit == (now == PS_WRITE_DONE)) {
		writer->reason[0] = '\0';
		result = PS_WRITE_NOTHING;
	} else if (result == PS_WRITE_DONE) {
		ps_ldap_change_put(changes, change,
				   fit ? PS_LDAP_PUT_VALUE : PS_LDAP_TAKE_VALUE,
				   attribute, ps_buffer_cstr(&value));
	}
	ps_buffer_free(&value);
	return result;
}

enum ps_write ps_ldap_set_state(struct ps_writer *writer, const char *address,
				enum ps_account_state state)
{
	bool disabled = state == PS_ACCOUNT_DISABLED;
	const struct ps_config_ldap *config =
		&ps_ldap_writer_of(writer)->config.ldap;
	enum ps_write result = let_fit(writer, address, "disabled_filter",
				       config->disabled_filter, disabled);

	return result == PS_WRITE_NOTHING && writer->reason[0] == '\0'
		       ? ps_writer_say(writer, result,
				       "account %.100s is %s "
				       "already",
				       address,
				       disabled ? "disabled" : "active")
		       : result;
}

/* ---- fields ---- */

static enum ps_write put_maildrop(struct ps_writer *writer, void *change,
				  const char *to)
{
	struct ps_ldap_writer *own = ps_ldap_writer_of(writer);

	ps_ldap_change_put(&own->changes, change, PS_LDAP_PUT_VALUE,
			   own->config.ldap.maildrop_attribute, to);
	return PS_WRITE_DONE;
}

/* Is that all of its maildrops? */
static bool is_so(const struct ps_ldap_entry *entry, const char *value)
{
	const struct ps_ldap_texts *drops = &entry->maildrops;

	if (strcmp(value, "none") == 0)
		return drops->count == 0;
	return drops->count == 1 &&
	       ps_ldap_texts_hold(drops, strcmp(value, "self") == 0
						 ? ps_ldap_entry_address(entry)
						 : value);
}

static enum ps_write set_maildrop(struct ps_writer *writer, const char *address,
				  const char *value)
{
	struct ps_ldap_writer *own = ps_ldap_writer_of(writer);
	char account[PS_ADDRESS_MAX + 1];
	const struct ps_ldap_entry *entry;
	struct ps_ldap_change *change;
	const char *domain;
	enum ps_write result;

	result = ps_writer_address(writer, address, false, account, &domain);
	if (result == PS_WRITE_DONE)
		result = ps_ldap_write_change(writer, account, &entry, &change);
	if (result != PS_WRITE_DONE)
		return result;
	if (entry != NULL && is_so(entry, value))
		return ps_writer_say(writer, PS_WRITE_NOTHING,
				     "%s: maildrop is so already", account);
	ps_ldap_change_put(&own->changes, change, PS_LDAP_TAKE_ALL,
			   own->config.ldap.maildrop_attribute, NULL);
	if (strcmp(value, "none") == 0)
		return PS_WRITE_DONE;
	return ps_writer_each_maildrop(
		writer, account, strcmp(value, "self") == 0 ? account : value,
		put_maildrop, change);
}

static const char *attribute_of(const struct ps_config_ldap *config,
				enum ps_account_field field)
{
	switch (field) {
	case PS_FIELD_QUOTA:
		return config->quota_attribute;
	case PS_FIELD_HOME:
		return config->home_attribute;
	case PS_FIELD_ALLOW_NETS:
		return config->allow_nets_attribute;
	case PS_FIELD_MAIL:
		return config->mail_attribute;
	case PS_FIELD_UID:
		return config->uid_attribute;
	case PS_FIELD_GID:
		return config->gid_attribute;
	case PS_FIELD_RELAY:
	case PS_FIELD_MAILDROP:
		break;
	}
	return NULL;
}

enum ps_write ps_ldap_add_class(struct ps_writer *writer,
				const struct ps_ldap_entry *entry,
				struct ps_ldap_change *change)
{
	struct ps_ldap_writer *own = ps_ldap_writer_of(writer);
	const char *class = own->config.ldap.field_class;
	enum ps_write result = PS_WRITE_NOTHING;
	char filter[300];

	if (change == NULL || ps_ldap_change_puts(change, "objectClass", class))
		return PS_WRITE_DONE;
	snprintf(filter, sizeof(filter), "(objectClass=%.200s)", class);
	if (entry != NULL)
		result = fits(writer, entry->dn, filter);
	if (result == PS_WRITE_NOTHING)
		ps_ldap_change_put(&own->changes, change, PS_LDAP_PUT_VALUE,
				   "objectClass", class);
	return result == PS_WRITE_NOTHING ? PS_WRITE_DONE : result;
}

static bool has_already(const struct ps_ldap_entry *entry,
			enum ps_account_field field, const char *stored)
{
	const char *now = NULL;

	if (entry == NULL)
		return false;
	switch (field) {
	case PS_FIELD_QUOTA:
		now = entry->quota;
		break;
	case PS_FIELD_HOME:
		now = entry->home;
		break;
	case PS_FIELD_MAIL:
		now = entry->mail;
		break;
	case PS_FIELD_UID:
		now = entry->uid;
		break;
	case PS_FIELD_GID:
		now = entry->gid;
		break;
	case PS_FIELD_ALLOW_NETS:
		now = entry->allow_nets.count > 0 ? entry->allow_nets.at[0]
						  : NULL;
		if (entry->allow_nets.count > 1)
			return false;
		break;
	case PS_FIELD_RELAY:
	case PS_FIELD_MAILDROP:
		break;
	}
	return strcmp(now == NULL ? "" : now, stored) == 0;
}

static enum ps_write set_attribute(struct ps_writer *writer,
				   const char *address, const char *name,
				   enum ps_account_field field,
				   const char *stored)
{
	struct ps_ldap_writer *own = ps_ldap_writer_of(writer);
	struct ps_ldap_changes *changes = &own->changes;
	const char *attribute = attribute_of(&own->config.ldap, field);
	const struct ps_ldap_entry *entry;
	struct ps_ldap_change *change;
	enum ps_write result =
		ps_ldap_write_change(writer, address, &entry, &change);

	if (result != PS_WRITE_DONE)
		return result;
	if (has_already(entry, field, stored))
		return ps_writer_say(writer, PS_WRITE_NOTHING,
				     "%.100s: %s is so already", address, name);
	if (stored[0] != '\0')
		result = ps_ldap_add_class(writer, entry, change);
	if (result != PS_WRITE_DONE)
		return result;
	ps_ldap_change_put(changes, change, PS_LDAP_TAKE_ALL, attribute, NULL);
	if (stored[0] != '\0')
		ps_ldap_change_put(changes, change, PS_LDAP_PUT_VALUE,
				   attribute, stored);
	return PS_WRITE_DONE;
}

enum ps_write ps_ldap_set(struct ps_writer *writer, const char *address,
			  const char *name, const char *value)
{
	const struct ps_config_ldap *config =
		&ps_ldap_writer_of(writer)->config.ldap;
	char stored[PS_NETS_TEXT_MAX];
	enum ps_account_field field;
	enum ps_write result;

	result = ps_writer_field(writer, name, value, &field, stored);
	if (result != PS_WRITE_DONE)
		return result;
	if (field == PS_FIELD_MAILDROP)
		return set_maildrop(writer, address, value);
	if (field != PS_FIELD_RELAY)
		return set_attribute(writer, address, name, field, stored);
	result = let_fit(writer, address, "relay_filter", config->relay_filter,
			 stored[0] == '1');
	return result == PS_WRITE_NOTHING && writer->reason[0] == '\0'
		       ? ps_writer_say(writer, result,
				       "%.100s: relay is so already", address)
		       : result;
}

/* ---- whom it may send as ---- */

static enum ps_write two(struct ps_writer *writer, const char *address,
			 const char *sender, char as_r[PS_ADDRESS_MAX + 1],
			 const struct ps_ldap_entry **entry_r,
			 struct ps_ldap_change **change_r)
{
	const char *domain;
	enum ps_write result =
		ps_writer_address(writer, sender, true, as_r, &domain);

	return result == PS_WRITE_DONE ? ps_ldap_write_change(writer, address,
							      entry_r, change_r)
				       : result;
}

enum ps_write ps_ldap_add_sender(struct ps_writer *writer, const char *address,
				 const char *sender)
{
	struct ps_ldap_writer *own = ps_ldap_writer_of(writer);
	const struct ps_ldap_entry *entry;
	struct ps_ldap_change *change;
	char as[PS_ADDRESS_MAX + 1];
	enum ps_write result =
		two(writer, address, sender, as, &entry, &change);

	if (result != PS_WRITE_DONE)
		return result;
	if (entry != NULL && ps_ldap_texts_hold(&entry->senders, as))
		return ps_writer_say(writer, PS_WRITE_NOTHING,
				     "%.100s may send as %.100s already",
				     address, as);
	result = ps_ldap_add_class(writer, entry, change);
	ps_ldap_change_put(&own->changes, change, PS_LDAP_PUT_VALUE,
			   own->config.ldap.sender_attribute, as);
	return result;
}

enum ps_write ps_ldap_remove_sender(struct ps_writer *writer,
				    const char *address, const char *sender)
{
	struct ps_ldap_writer *own = ps_ldap_writer_of(writer);
	const struct ps_ldap_entry *entry;
	struct ps_ldap_change *change;
	char as[PS_ADDRESS_MAX + 1];
	enum ps_write result =
		two(writer, address, sender, as, &entry, &change);

	if (result != PS_WRITE_DONE)
		return result;
	if (entry == NULL || !ps_ldap_texts_hold(&entry->senders, as))
		return ps_writer_say(writer, PS_WRITE_NOTHING,
				     "%.100s is not on the list of what %.100s "
				     "may send as",
				     as, address);
	ps_ldap_change_put(&own->changes, change, PS_LDAP_TAKE_VALUE,
			   own->config.ldap.sender_attribute, as);
	return PS_WRITE_DONE;
}
