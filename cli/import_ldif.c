/* import_ldif.c - postfixUser and postfixGroup entries, as accounts and
 * aliases. */

#include "cli/import.h"
#include "cli/import_entries.h"
#include "cli/import_names.h"

#include "core/text/buffer.h"
#include "core/text/cursor.h"
#include "directory/log.h"

#include <stdlib.h>
#include <string.h>

#define ACCEPTING	     "mailacceptinggeneralid"
#define MAILDROPS_OCTETS_MAX 65536 /* ours */

struct known {
	const struct ps_entry *entry;
	const char *address; /* its mail arrives there; NULL: nowhere */
};

struct ldif {
	struct ps_import *import;
	struct known *known;
	size_t count;
	struct ps_import_names *by_dn, *by_uid;
};

static bool is_user(const struct ps_entry *entry)
{
	return ps_entry_has(entry, "objectclass", "postfixUser");
}

static bool is_group(const struct ps_entry *entry)
{
	return ps_entry_has(entry, "objectclass", "postfixGroup");
}

/* Without the blanks that a DN may have around its commas and equal signs, and
 * in lower case (RFC 4514 2.4); in the arena. */
static const char *plain_dn(struct ps_import *import, const char *dn)
{
	struct ps_cursor cursor = ps_cursor_of(ps_bytes_of(dn));
	struct ps_buffer plain = PS_BUFFER(PS_IMPORT_OCTETS_MAX);
	const char *text = NULL;
	char *lower;
	int c;

	while ((c = ps_cursor_next(&cursor)) >= 0) {
		ps_buffer_char(&plain, ps_ascii_lower((char)c));
		if (c == ',' || c == '=')
			ps_cursor_skip_blank(&cursor);
		else if (c == '\\')
			ps_buffer_char(&plain, (char)ps_cursor_next(&cursor));
	}
	lower = plain.failed
			? NULL
			: ps_arena_text(import->arena, ps_buffer_cstr(&plain));
	if (lower == NULL)
		import->no_memory = true;
	else
		text = lower;
	ps_buffer_free(&plain);
	return text;
}

/*
 * Where a login lives: the maildrop that is one of its own addresses, else the
 * first address.  A bare login as maildrop is the account itself.
 */
static const char *address_of(const struct ps_entry *entry)
{
	const struct ps_entry_value *one = NULL;

	while ((one = ps_entry_next(entry, one, "maildrop")) != NULL) {
		if (ps_entry_has(entry, ACCEPTING, one->value))
			return one->value;
	}
	return ps_entry_get(entry, ACCEPTING);
}

/* What else its mail goes to; NULL: to itself alone. */
static const char *maildrop_of(struct ldif *ldif, const struct ps_entry *entry,
			       const char *address)
{
	struct ps_buffer list = PS_BUFFER(MAILDROPS_OCTETS_MAX);
	const struct ps_entry_value *one = NULL;
	const char *text = "none";
	size_t others = 0;
	bool self;

	while ((one = ps_entry_next(entry, one, "maildrop")) != NULL) {
		self = strchr(one->value, '@') == NULL ||
		       ps_bytes_equal_fold(ps_bytes_of(one->value),
					   ps_bytes_of(address));
		others += self ? 0 : 1;
		if (list.len > 0)
			ps_buffer_char(&list, ',');
		ps_buffer_text(&list, self ? address : one->value);
	}
	if (list.failed)
		ps_import_bad(ldif->import, NULL, entry->line,
			      "%s: too many values of maildrop", entry->dn);
	else if (list.len > 0)
		text = others == 0
			       ? NULL
			       : ps_import_text(ldif->import,
						(struct ps_bytes){ list.data,
								   list.len });
	ps_buffer_free(&list);
	return text;
}

static void add_alias(struct ldif *ldif, const struct ps_entry *entry,
		      const char *source, const char *destination)
{
	ps_import_add(ldif->import,
		      &(struct ps_import_row){ .kind = PS_IMPORT_ALIAS,
					       .name = source,
					       .value = destination,
					       .line = entry->line });
}

static void add_user(struct ldif *ldif, const struct known *known)
{
	const struct ps_entry *entry = known->entry;
	const struct ps_entry_value *one = NULL;

	if (known->address == NULL) {
		ps_import_left_out(ldif->import, NULL, entry->line,
				   "%s has no " ACCEPTING, entry->dn);
		return;
	}
	ps_import_add(
		ldif->import,
		&(struct ps_import_row){
			.kind = PS_IMPORT_ACCOUNT,
			.name = known->address,
			.value = ps_entry_get(entry, "userpassword"),
			.maildrop = maildrop_of(ldif, entry, known->address),
			.line = entry->line });
	while ((one = ps_entry_next(entry, one, ACCEPTING)) != NULL) {
		if (!ps_bytes_equal_fold(ps_bytes_of(one->value),
					 ps_bytes_of(known->address)))
			add_alias(ldif, entry, one->value, known->address);
	}
}

/* Sources to one destination. */
static void lead_to(struct ldif *ldif, const struct ps_entry *group,
		    const char *destination)
{
	const struct ps_entry_value *one = NULL;

	while ((one = ps_entry_next(group, one, ACCEPTING)) != NULL) {
		if (!ps_bytes_equal_fold(ps_bytes_of(one->value),
					 ps_bytes_of(destination)))
			add_alias(ldif, group, one->value, destination);
	}
}

static void lead_to_members(struct ldif *ldif, const struct ps_entry *group,
			    const char *attribute, bool is_dn)
{
	const struct ps_entry_value *one = NULL;
	const char *name;
	size_t member;
	bool found;

	while ((one = ps_entry_next(group, one, attribute)) != NULL) {
		name = is_dn ? plain_dn(ldif->import, one->value) : one->value;
		if (name == NULL)
			return;
		found = ps_import_names_find(is_dn ? ldif->by_dn : ldif->by_uid,
					     name, &member);
		if (found && ldif->known[member].address != NULL)
			lead_to(ldif, group, ldif->known[member].address);
		else
			ps_import_left_out(ldif->import, NULL, group->line,
					   "%s: member %s has no address here",
					   group->dn, one->value);
	}
}

static void add_group(struct ldif *ldif, const struct ps_entry *group)
{
	const struct ps_entry_value *one = NULL;
	const char *to;

	if (ps_entry_get(group, "maildrop") == NULL) {
		lead_to_members(ldif, group, "member", true);
		lead_to_members(ldif, group, "uniquemember", true);
		lead_to_members(ldif, group, "memberuid", false);
		return;
	}
	while ((one = ps_entry_next(group, one, "maildrop")) != NULL) {
		to = ps_import_address(ldif->import, ps_bytes_of(one->value),
				       group->line);
		if (to != NULL)
			lead_to(ldif, group, to);
	}
}

/* Who can be found, and where its mail arrives. */
static void know(struct ldif *ldif, const struct ps_entry *entry)
{
	struct known *known = &ldif->known[ldif->count];
	const char *dn, *uid = ps_entry_get(entry, "uid");

	if (!is_user(entry) && !is_group(entry))
		return;
	known->entry = entry;
	known->address = is_user(entry) ? address_of(entry)
					: ps_entry_get(entry, ACCEPTING);
	dn = plain_dn(ldif->import, entry->dn);
	if (dn == NULL ||
	    ps_import_names_add(&ldif->by_dn, dn, ldif->count) < 0 ||
	    (uid != NULL &&
	     ps_import_names_add(&ldif->by_uid, uid, ldif->count) < 0))
		ldif->import->no_memory = true;
	ldif->count++;
}

static void take_entries(struct ldif *ldif, const struct ps_entry *first)
{
	const struct ps_entry *entry;
	size_t i;

	for (entry = first; entry != NULL; entry = entry->next)
		know(ldif, entry);
	for (i = 0; i < ldif->count; i++) {
		if (is_user(ldif->known[i].entry))
			add_user(ldif, &ldif->known[i]);
	}
	for (i = 0; i < ldif->count; i++) {
		if (!is_user(ldif->known[i].entry))
			add_group(ldif, ldif->known[i].entry);
	}
	if (ldif->count == 0)
		ps_import_bad(ldif->import, NULL, 0,
			      "no entry has objectClass postfixUser or "
			      "postfixGroup");
}

bool ps_import_ldif(struct ps_import *import, const char *path)
{
	struct ldif ldif = { .import = import };
	const struct ps_entry *first, *entry;
	size_t count = 0, len = 0;
	char *text = ps_import_file(path, &len);

	if (text == NULL)
		return false;
	first = ps_entries_read(import, (struct ps_bytes){ text, len });
	for (entry = first; entry != NULL; entry = entry->next)
		count++;
	ldif.known = calloc(count + 1, sizeof(*ldif.known));
	if (ldif.known == NULL)
		import->no_memory = true;
	else
		take_entries(&ldif, first);
	ps_import_names_free(&ldif.by_dn);
	ps_import_names_free(&ldif.by_uid);
	free(ldif.known);
	free(text);
	return true;
}
