/* ldap_write_aliases.c - aliases in LDAP: a second address of an account, a
 * member of a group, or an entry of their own. */

#include "core/text/ldap_dn.h"
#include "directory/ldap_questions.h"
#include "directory/ldap_write_parts.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* What leads where. */
struct leading {
	struct ps_writer *writer;
	const struct ps_config_ldap *config;
	struct ps_ldap_changes *changes;
	char from[PS_ADDRESS_MAX + 1], to[PS_ADDRESS_MAX + 1];
	struct ps_ldap_change *target; /* to's account; NULL: it is elsewhere */
	const char *dn, *login;	       /* of it; copied */
	bool added;		       /* it is so now */
};

/* ---- the entries of aliases ---- */

static void name_of(const struct ps_config_ldap *config, const char *from,
		    struct ps_buffer *dn)
{
	ps_ldap_dn(dn, config->alias_attribute, ps_bytes_of(from),
		   config->alias_base);
}

/* The same spelling for both: a server has its own. */
static char *plain(const char *dn)
{
	LDAPDN parts = NULL;
	char *text = NULL;

	if (ldap_str2dn(dn, &parts, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS ||
	    ldap_dn2str(parts, &text, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS)
		text = NULL;
	ldap_dnfree(parts);
	return text;
}

bool ps_ldap_is_alias_entry(struct ps_writer *writer,
			    const struct ps_ldap_entry *entry)
{
	const struct ps_config_ldap *config =
		&ps_ldap_writer_of(writer)->config.ldap;
	struct ps_buffer dn = PS_BUFFER(PS_LDAP_DN_MAX);
	char *made, *there = plain(entry->dn);
	bool same = false;
	size_t i;

	for (i = 0; config->alias_base != NULL && !same &&
		    i < entry->addresses.count && there != NULL;
	     i++) {
		ps_buffer_reset(&dn);
		name_of(config, entry->addresses.at[i], &dn);
		made = plain(ps_buffer_cstr(&dn));
		same = made != NULL && strcasecmp(made, there) == 0;
		ldap_memfree(made);
	}
	ldap_memfree(there);
	ps_buffer_free(&dn);
	return same;
}

static void put(struct leading *leading, struct ps_ldap_change *change,
		const char *attribute, const char *value)
{
	ps_ldap_change_put(leading->changes, change, PS_LDAP_PUT_VALUE,
			   attribute, value);
}

static enum ps_write make_entry(struct leading *leading)
{
	const struct ps_config_ldap *config = leading->config;
	struct ps_buffer dn = PS_BUFFER(PS_LDAP_DN_MAX);
	struct ps_ldap_change *change = NULL;
	size_t i;

	if (config->alias_base == NULL)
		return ps_writer_say(leading->writer, PS_WRITE_REFUSED,
				     "%.70s is no account here, and the "
				     "command makes no entry for the alias "
				     "%.70s without setting ldap.alias_base",
				     leading->to, leading->from);
	name_of(config, leading->from, &dn);
	if (!dn.failed)
		change = ps_ldap_change_of(leading->changes,
					   ps_buffer_cstr(&dn), PS_LDAP_CREATE);
	ps_buffer_free(&dn);
	if (change != NULL && change->first == NULL) {
		for (i = 0; i < config->alias_classes.count; i++)
			put(leading, change, "objectClass",
			    config->alias_classes.at[i]);
		put(leading, change, "objectClass", config->group_class);
		put(leading, change, config->alias_attribute, leading->from);
		put(leading, change, config->address_attribute, leading->from);
	}
	put(leading, change, config->maildrop_attribute, leading->to);
	leading->added = true;
	return PS_WRITE_DONE;
}

/* ---- adding ---- */

static enum ps_write is_there(struct leading *leading)
{
	return ps_writer_say(leading->writer, PS_WRITE_NOTHING,
			     "alias %s to %s is there already", leading->from,
			     leading->to);
}

/* The account that to means, where it is one. */
static enum ps_write find_target(struct leading *leading)
{
	struct ps_ldap_store *store = ps_ldap_writer_of(leading->writer)->store;
	struct ps_arena *arena = leading->changes->arena;
	const struct ps_ldap_entry *entry;
	char reason[PS_REASON_MAX], login[PS_ADDRESS_MAX + 1];
	enum ps_outcome outcome;
	bool disabled;

	leading->target = ps_ldap_change_named(leading->changes, leading->to);
	if (leading->target != NULL)
		return PS_WRITE_DONE;
	snprintf(login, sizeof(login), "%s", leading->to);
	ps_ascii_lower_all(login, strlen(login));
	ps_ldap_store_begin(store);
	outcome =
		ps_ldap_account_entry(store, login, &entry, &disabled, reason);
	if (outcome == PS_TEMPFAIL)
		return ps_ldap_write_unknown(leading->writer, reason);
	if (outcome == PS_NOTFOUND)
		return PS_WRITE_DONE;
	leading->target =
		ps_ldap_change_of(leading->changes, entry->dn, PS_LDAP_CHANGE);
	leading->dn = ps_arena_text(arena, entry->dn);
	if (ps_ldap_entry_login(entry) != NULL)
		leading->login =
			ps_arena_text(arena, ps_ldap_entry_login(entry));
	return PS_WRITE_DONE;
}

/* Its own maildrop would take the place of its members. */
static enum ps_write join_group(struct leading *leading,
				const struct ps_ldap_entry *group)
{
	const struct ps_config_ldap *config = leading->config;
	bool by_login = group->members.count == 0;
	const char *attribute = NULL, *value;

	if (by_login && config->member_login_attributes.count > 0)
		attribute = config->member_login_attributes.at[0];
	else if (!by_login)
		attribute = config->member_attributes.at[0];
	value = by_login ? leading->login : leading->dn;
	if (leading->target == NULL || attribute == NULL || value == NULL)
		return ps_writer_say(leading->writer, PS_WRITE_REFUSED,
				     "%.60s is an address of the group %.90s, "
				     "and %.60s is no account that could be a "
				     "member",
				     leading->from, group->dn, leading->to);
	if (ps_ldap_texts_hold(
		    by_login ? &group->member_logins : &group->members, value))
		return is_there(leading);
	put(leading,
	    ps_ldap_change_of(leading->changes, group->dn, PS_LDAP_CHANGE),
	    attribute, value);
	leading->added = true;
	return PS_WRITE_DONE;
}

static enum ps_write add_to_group(struct leading *leading,
				  const struct ps_ldap_entry *group)
{
	if (group->maildrops.count == 0 && ps_ldap_entry_is_group(group))
		return join_group(leading, group);
	if (ps_ldap_texts_hold(&group->maildrops, leading->to))
		return is_there(leading);
	put(leading,
	    ps_ldap_change_of(leading->changes, group->dn, PS_LDAP_CHANGE),
	    leading->config->maildrop_attribute, leading->to);
	leading->added = true;
	return PS_WRITE_DONE;
}

/* Who has the address already: a group, which takes one more, or accounts. */
static enum ps_write add_to_owners(struct leading *leading)
{
	struct ps_ldap_entry *owners;
	enum ps_write result =
		ps_ldap_write_owners(leading->writer, leading->from, &owners);

	for (; owners != NULL && result == PS_WRITE_DONE && !leading->added;
	     owners = owners->next) {
		if (owners->search == 1)
			result = add_to_group(leading, owners);
		else if (leading->dn != NULL &&
			 strcmp(owners->dn, leading->dn) == 0)
			result = is_there(leading);
		else if (ps_ldap_is_known_as(owners, leading->from) &&
			 ps_ldap_entry_open(owners))
			result = ps_writer_say(
				leading->writer, PS_WRITE_REFUSED,
				"%.100s is an account: \"set\" its maildrop to "
				"say where its mail goes",
				leading->from);
	}
	return result;
}

static enum ps_write add_one(struct leading *leading)
{
	const char *attribute = leading->config->address_attribute;
	enum ps_write result;

	leading->target = NULL;
	leading->dn = leading->login = NULL;
	leading->added = false;
	result = find_target(leading);
	if (result == PS_WRITE_DONE)
		result = add_to_owners(leading);
	if (result != PS_WRITE_DONE || leading->added)
		return result;
	if (leading->target == NULL)
		return make_entry(leading);
	if (ps_ldap_change_puts(leading->target, attribute, leading->from))
		return is_there(leading);
	put(leading, leading->target, attribute, leading->from);
	return PS_WRITE_DONE;
}

static struct leading begin(struct ps_writer *writer)
{
	struct ps_ldap_writer *own = ps_ldap_writer_of(writer);

	return (struct leading){ .writer = writer,
				 .config = &own->config.ldap,
				 .changes = &own->changes };
}

enum ps_write ps_ldap_add_alias(struct ps_writer *writer, const char *source,
				const char *destination, bool *domain_added_r)
{
	struct leading leading = begin(writer);
	const char *domain;
	enum ps_write result;

	*domain_added_r = false;
	result = ps_writer_address(writer, source, true, leading.from, &domain);
	if (result == PS_WRITE_DONE)
		result = ps_writer_destination(writer, ps_bytes_of(destination),
					       leading.to);
	if (result != PS_WRITE_DONE)
		return result;
	if (ps_bytes_equal_fold(ps_bytes_of(leading.to),
				ps_bytes_of(leading.from)))
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "%s would be an alias to itself",
				     leading.from);
	result = ps_ldap_need_domain(writer, domain, false, domain_added_r);
	return result == PS_WRITE_DONE ? add_one(&leading) : result;
}

enum ps_write ps_ldap_add_system_aliases(struct ps_writer *writer,
					 const char *domain, const char *admin,
					 unsigned int *count_r)
{
	const char *at = strrchr(domain, '@'), *name;
	struct leading leading = begin(writer);
	struct ps_ldap_entry *owners = NULL;
	char text[400];
	enum ps_write result;
	size_t i;

	*count_r = 0;
	result = ps_writer_address(writer, admin, false, leading.to, &name);
	for (i = 0; ps_writer_system_names[i] != NULL; i++) {
		snprintf(text, sizeof(text), "%s@%s", ps_writer_system_names[i],
			 at == NULL ? domain : at + 1);
		if (result == PS_WRITE_DONE)
			result = ps_writer_address(writer, text, false,
						   leading.from, &name);
		if (result == PS_WRITE_DONE)
			result = ps_ldap_write_owners(writer, leading.from,
						      &owners);
		if (result != PS_WRITE_DONE)
			return result;
		if (owners != NULL || strcmp(leading.from, leading.to) == 0 ||
		    ps_ldap_change_named(leading.changes, leading.from) != NULL)
			continue;
		result = add_one(&leading);
		*count_r += result == PS_WRITE_DONE;
	}
	return result;
}

/* ---- removing ---- */

void ps_ldap_take_address(struct ps_writer *writer,
			  const struct ps_ldap_entry *owner,
			  const char *address)
{
	struct ps_ldap_writer *own = ps_ldap_writer_of(writer);

	if (owner->addresses.count == 1 &&
	    ps_ldap_is_alias_entry(writer, owner)) {
		(void)ps_ldap_change_of(&own->changes, owner->dn,
					PS_LDAP_REMOVE);
		return;
	}
	ps_ldap_change_put(
		&own->changes,
		ps_ldap_change_of(&own->changes, owner->dn, PS_LDAP_CHANGE),
		PS_LDAP_TAKE_VALUE, own->config.ldap.address_attribute,
		address);
}

enum ps_write ps_ldap_remove_alias(struct ps_writer *writer, const char *source)
{
	struct leading leading = begin(writer);
	struct ps_ldap_entry *owners;
	const char *domain, *account = NULL;
	enum ps_write result;

	result = ps_writer_address(writer, source, true, leading.from, &domain);
	if (result == PS_WRITE_DONE)
		result = ps_ldap_write_owners(writer, leading.from, &owners);
	if (result != PS_WRITE_DONE)
		return result;
	for (; owners != NULL; owners = owners->next) {
		if (owners->search == 0 &&
		    ps_ldap_is_known_as(owners, leading.from)) {
			account = owners->dn;
			continue;
		}
		ps_ldap_take_address(writer, owners, leading.from);
		leading.added = true;
	}
	if (leading.added)
		return PS_WRITE_DONE;
	return account == NULL
		       ? ps_writer_say(writer, PS_WRITE_NOTHING,
				       "there is no alias %s", leading.from)
		       : ps_writer_say(
				 writer, PS_WRITE_NOTHING,
				 "%.80s is no alias but the account %.120s",
				 leading.from, account);
}
