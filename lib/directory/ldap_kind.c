/* ldap_kind.c - which entries in LDAP are accounts and groups. */

#include "core/text/ldap_filter.h"
#include "directory/ldap_kind.h"

#include <stdio.h>
#include <string.h>

/* Entries looked at without a class in the filter; ours. */
#define PLAIN_MAX 50

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

/* ---- entries ---- */

/* (objectClass=NAME), and nothing else? */
static void class_of(const char *filter, char class_r[PS_LDAP_CLASS_MAX + 1])
{
	struct ps_buffer value = PS_BUFFER(PS_LDAP_CLASS_MAX);
	struct ps_bytes attribute;
	bool good = filter != NULL &&
		    ps_ldap_filter_is_equal(ps_bytes_of(filter), &attribute,
					    &value) &&
		    ps_bytes_equal_fold(attribute, PS_BYTES(PS_LDAP_CLASS)) &&
		    ps_bytes_copy((struct ps_bytes){ value.data, value.len },
				  class_r, PS_LDAP_CLASS_MAX + 1);

	if (!good)
		class_r[0] = '\0';
	ps_buffer_free(&value);
}

void ps_ldap_kinds_set(struct ps_ldap_store *store)
{
	class_of(store->config->account_filter, store->account_class);
	class_of(store->config->group_filter, store->group_class);
}

/* By what it says of itself.  False says nothing: the server knows of classes
 * below these, and may not let us read them. */
static bool is_certain(const struct ps_ldap_store *store,
		       const struct ps_ldap_entry *entry, bool groups)
{
	return ps_ldap_texts_hold(&entry->classes, store->account_class) ||
	       (groups &&
		ps_ldap_texts_hold(&entry->classes, store->group_class));
}

/* Without a class in the filter, which has the server look at an index of all
 * entries.  FOUND where it is certain what each of them is, else NOTFOUND. */
static enum ps_outcome find_plain(struct ps_ldap_store *store,
				  const struct ps_ldap_kind *kind,
				  const char *condition,
				  struct ps_ldap_entry **entries_r,
				  char reason_r[PS_REASON_MAX])
{
	struct ps_ldap_search search = { .filter = condition,
					 .limit = PLAIN_MAX,
					 .some = true };
	const struct ps_ldap_entry *entry;
	enum ps_outcome outcome = ps_ldap_find(store, kind->wanted, &search, 1,
					       entries_r, reason_r);

	/* Where it is there, it may do better with less to read. */
	if (outcome != PS_FOUND)
		return store->ldap.ld == NULL ? PS_TEMPFAIL : PS_NOTFOUND;
	for (entry = *entries_r; entry != NULL; entry = entry->next) {
		if (!is_certain(store, entry, kind->groups))
			return PS_NOTFOUND;
	}
	return search.truncated ? PS_NOTFOUND : PS_FOUND;
}

/* The same, by the filters of the settings. */
static enum ps_outcome find_by_filter(struct ps_ldap_store *store,
				      const struct ps_ldap_kind *kind,
				      const char *condition,
				      struct ps_ldap_entry **entries_r,
				      char reason_r[PS_REASON_MAX])
{
	struct ps_buffer filter = PS_BUFFER(PS_LDAP_FILTER_MAX);
	struct ps_ldap_search search = { .limit = kind->most,
					 .some = kind->most > 0 };
	enum ps_outcome outcome = PS_TEMPFAIL;

	if (kind->groups)
		ps_ldap_any_and(store, &filter);
	else
		ps_ldap_accounts_and(store, &filter);
	ps_buffer_text(&filter, condition);
	ps_buffer_char(&filter, ')');
	search.filter = ps_buffer_cstr(&filter);
	if (filter.failed)
		snprintf(reason_r, PS_REASON_MAX, "out of memory");
	else
		outcome = ps_ldap_find(store, kind->wanted, &search, 1,
				       entries_r, reason_r);
	ps_buffer_free(&filter);
	return outcome == PS_FOUND && search.truncated ? PS_NOTFOUND : outcome;
}

enum ps_outcome ps_ldap_find_kind(struct ps_ldap_store *store,
				  const struct ps_ldap_kind *kind,
				  struct ps_buffer *condition,
				  struct ps_ldap_entry **entries_r,
				  char reason_r[PS_REASON_MAX])
{
	enum ps_outcome outcome = PS_NOTFOUND;

	*entries_r = NULL;
	if (condition->failed) {
		snprintf(reason_r, PS_REASON_MAX, "out of memory");
		outcome = PS_TEMPFAIL;
	} else if (store->account_class[0] != '\0' &&
		   store->group_class[0] != '\0') {
		outcome = find_plain(store, kind, ps_buffer_cstr(condition),
				     entries_r, reason_r);
	}
	if (outcome == PS_NOTFOUND)
		outcome = find_by_filter(store, kind, ps_buffer_cstr(condition),
					 entries_r, reason_r);
	ps_buffer_free(condition);
	return outcome;
}
