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

	if (ps_ldap_find(store, &search, 1, &entries, reason) != PS_FOUND)
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
	case PS_FIELD_MAIL:
	case PS_FIELD_UID:
	case PS_FIELD_GID:
	case PS_FIELD_RELAY:
	case PS_FIELD_MAILDROP:
		break;
	}
	return NULL;
}

static enum ps_write set_attribute(struct ps_writer *writer,
				   const char *address, const char *name,
				   const char *attribute, const char *stored)
{
	struct ps_ldap_changes *changes = &ps_ldap_writer_of(writer)->changes;
	const struct ps_ldap_entry *entry;
	struct ps_ldap_change *change;
	enum ps_write result =
		ps_ldap_write_change(writer, address, &entry, &change);

	if (result != PS_WRITE_DONE)
		return result;
	if (attribute == NULL)
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "LDAP holds no %s of accounts: no setting "
				     "names an attribute for it",
				     name);
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
		return set_attribute(writer, address, name,
				     attribute_of(config, field), stored);
	result = let_fit(writer, address, "relay_filter", config->relay_filter,
			 stored[0] == '1');
	return result == PS_WRITE_NOTHING && writer->reason[0] == '\0'
		       ? ps_writer_say(writer, result,
				       "%.100s: relay is so already", address)
		       : result;
}

/* ---- whom it may send as ---- */

static enum ps_write no_senders(struct ps_writer *writer)
{
	return ps_writer_say(writer, PS_WRITE_REFUSED,
			     "LDAP holds no list of what an account may send "
			     "as besides its addresses and groups");
}

enum ps_write ps_ldap_add_sender(struct ps_writer *writer, const char *address,
				 const char *sender)
{
	(void)address;
	(void)sender;
	return no_senders(writer);
}

enum ps_write ps_ldap_remove_sender(struct ps_writer *writer,
				    const char *address, const char *sender)
{
	(void)address;
	(void)sender;
	return no_senders(writer);
}
