/* ldap_write_alias_id.c - an alias in LDAP, removed by the number in a list. */

#include "directory/backend.h"
#include "directory/ldap_write_parts.h"

#include <stdio.h>
#include <string.h>

struct finding {
	long long id;
	size_t count;
	char from[PS_ADDRESS_MAX + 1], to[PS_LDAP_DN_MAX];
};

static void take_row(void *ctx, const struct ps_listing *row)
{
	struct finding *finding = ctx;

	if (row->id != finding->id)
		return;
	finding->count++;
	snprintf(finding->from, sizeof(finding->from), "%s", row->name);
	snprintf(finding->to, sizeof(finding->to), "%s", row->destination);
}

static enum ps_write find(struct ps_writer *writer, struct finding *finding)
{
	struct ps_ldap_store *store = ps_ldap_writer_of(writer)->store;
	char reason[PS_REASON_MAX];

	if (ps_directory_ldap.list(store, PS_LIST_ALIASES, NULL, take_row,
				   finding, reason) == PS_TEMPFAIL)
		return ps_ldap_write_unknown(writer, reason);
	if (finding->count == 0)
		return ps_writer_say(writer, PS_WRITE_NOTHING,
				     "there is no alias with id %lld",
				     finding->id);
	if (finding->count > 1)
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "%zu aliases have the id %lld: name the "
				     "source",
				     finding->count, finding->id);
	return PS_WRITE_DONE;
}

/* One of several ways, or the last. */
static enum ps_write remove_way(struct ps_writer *writer,
				const struct ps_ldap_entry *owner,
				const struct finding *finding)
{
	struct ps_ldap_writer *own = ps_ldap_writer_of(writer);

	if (owner->search == 0 && ps_ldap_is_known_as(owner, finding->from))
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "%.80s is an account, and %.80s a "
				     "maildrop of it: \"set\" that",
				     finding->from, finding->to);
	if (owner->maildrops.count == 1) {
		ps_ldap_take_address(writer, owner, finding->from);
		return PS_WRITE_DONE;
	}
	if (owner->search == 0)
		return ps_writer_say(writer, PS_WRITE_REFUSED,
				     "%.60s goes wherever mail for %.80s goes: "
				     "name the source to remove it",
				     finding->from, owner->dn);
	ps_ldap_change_put(
		&own->changes,
		ps_ldap_change_of(&own->changes, owner->dn, PS_LDAP_CHANGE),
		PS_LDAP_TAKE_VALUE, own->config.ldap.maildrop_attribute,
		finding->to);
	return PS_WRITE_DONE;
}

enum ps_write ps_ldap_remove_alias_id(struct ps_writer *writer, long long id)
{
	struct finding finding = { .id = id };
	struct ps_ldap_entry *owners;
	enum ps_write result = find(writer, &finding);

	if (result == PS_WRITE_DONE)
		result = ps_ldap_write_owners(writer, finding.from, &owners);
	if (result != PS_WRITE_DONE)
		return result;
	for (; owners != NULL; owners = owners->next) {
		if (ps_ldap_texts_hold(&owners->maildrops, finding.to))
			return remove_way(writer, owners, &finding);
	}
	return ps_writer_say(writer, PS_WRITE_REFUSED,
			     "%.60s is an address of a group: change its "
			     "members, %.120s",
			     finding.from, finding.to);
}
