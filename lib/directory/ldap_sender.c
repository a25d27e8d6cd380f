/* ldap_sender.c - in which domains a login of LDAP may send. */

#include "core/text/ldap_filter.h"
#include "directory/ldap_backend.h"
#include "directory/ldap_questions.h"

#include <stdio.h>
#include <string.h>

#define GROUPS_MAX 1000 /* that a login is in, nested ones too; ours */

static bool has_in(const struct ps_ldap_texts *addresses, const char *domain)
{
	const char *at;
	size_t i;

	for (i = 0; i < addresses->count; i++) {
		at = strrchr(addresses->at[i], '@');
		if (at != NULL && ps_bytes_equal_fold(ps_bytes_of(at + 1),
						      ps_bytes_of(domain)))
			return true;
	}
	return false;
}

/* By its entry: does relay_filter fit it, and is the domain ours? */
static enum ps_outcome is_relay(struct ps_ldap_store *store, const char *dn,
				const char *domain,
				char reason_r[PS_REASON_MAX])
{
	struct ps_ldap_search search = {
		.base = dn,
		.filter = store->config->relay_filter,
	};
	struct ps_ldap_entry *entries;
	enum ps_outcome outcome;

	if (store->config->relay_filter == NULL)
		return PS_NOTFOUND;
	outcome = ps_ldap_find(store, PS_LDAP_PLACES, &search, 1, &entries,
			       reason_r);
	if (outcome != PS_FOUND)
		return outcome;
	if (entries == NULL)
		return PS_NOTFOUND;
	return ps_ldap_domain_here(store, domain, reason_r);
}

/* The groups that have one of the first count members as theirs. */
static enum ps_outcome
groups_of(struct ps_ldap_store *store, const struct ps_ldap_entry *members,
	  size_t count, const struct ps_ldap_texts *logins,
	  struct ps_ldap_entry **groups_r, char reason_r[PS_REASON_MAX])
{
	const struct ps_config_ldap *config = store->config;
	struct ps_buffer filter = PS_BUFFER(PS_ANSWER_MAX);
	size_t i, n;

	ps_ldap_groups_and(store, &filter);
	ps_buffer_text(&filter, "(|");
	for (; count > 0; count--, members = members->next) {
		for (i = 0; i < config->member_attributes.count; i++)
			ps_ldap_filter_equal(&filter,
					     config->member_attributes.at[i],
					     ps_bytes_of(members->dn));
	}
	for (i = 0; i < config->member_login_attributes.count; i++) {
		for (n = 0; logins != NULL && n < logins->count; n++)
			ps_ldap_filter_equal(
				&filter, config->member_login_attributes.at[i],
				ps_bytes_of(logins->at[n]));
	}
	ps_buffer_text(&filter, "))");
	return ps_ldap_find_by(store, PS_LDAP_PEOPLE, &filter, groups_r,
			       reason_r);
}

/* A DN has many spellings, and the server knows them; a login has one. */
static bool may_hold(const struct ps_ldap_entry *group,
		     const struct ps_ldap_texts *logins)
{
	size_t i;

	if (group->members.count > 0)
		return true;
	for (i = 0; i < logins->count; i++) {
		if (ps_ldap_texts_hold(&group->member_logins, logins->at[i]))
			return true;
	}
	return false;
}

static bool is_known(const struct ps_ldap_entry *known, const char *dn)
{
	for (; known != NULL; known = known->next) {
		if (strcmp(known->dn, dn) == 0)
			return true;
	}
	return false;
}

/* Put the new ones of found in front of those known; how many. */
static size_t add_new(struct ps_ldap_entry *found,
		      const struct ps_ldap_texts *logins,
		      struct ps_ldap_entry **known)
{
	struct ps_ldap_entry *next;
	size_t count = 0;

	for (; found != NULL; found = next) {
		next = found->next;
		if (is_known(*known, found->dn) ||
		    (logins != NULL && !may_hold(found, logins)))
			continue;
		found->next = *known;
		*known = found;
		count++;
	}
	return count;
}

/* Has a group of the entry, or one of that group's, an address in domain? */
static enum ps_outcome group_sends_in(struct ps_ldap_store *store,
				      const struct ps_ldap_entry *entry,
				      const char *domain,
				      char reason_r[PS_REASON_MAX])
{
	const struct ps_ldap_texts *logins = &entry->logins;
	const struct ps_ldap_entry *members = entry;
	struct ps_ldap_entry *known = NULL, *found;
	size_t fresh = 1, all = 0, i;
	enum ps_outcome outcome;

	while (fresh > 0) {
		outcome = groups_of(store, members, fresh, logins, &found,
				    reason_r);
		if (outcome != PS_FOUND)
			return outcome;
		fresh = add_new(found, logins, &known);
		for (i = 0, members = known; i < fresh; i++) {
			if (has_in(&members->addresses, domain))
				return PS_FOUND;
			members = members->next;
		}
		members = known;
		logins = NULL;
		all += fresh;
		if (all > GROUPS_MAX) {
			snprintf(reason_r, PS_REASON_MAX,
				 "%.150s is in more than %d groups", entry->dn,
				 GROUPS_MAX);
			return PS_TEMPFAIL;
		}
	}
	return PS_NOTFOUND;
}

enum ps_outcome ps_ldap_sends_in(void *ctx, const char *login,
				 const char *domain,
				 char reason_r[PS_REASON_MAX])
{
	struct ps_ldap_store *store = ctx;
	const struct ps_ldap_entry *entry;
	enum ps_outcome outcome;
	bool disabled;

	ps_ldap_store_begin(store);
	outcome = ps_ldap_account_entry(store, login, &entry, &disabled,
					reason_r);
	if (outcome != PS_FOUND)
		return outcome;
	if (has_in(&entry->addresses, domain) ||
	    has_in(&entry->senders, domain))
		return PS_FOUND;
	outcome = is_relay(store, entry->dn, domain, reason_r);
	if (outcome != PS_NOTFOUND)
		return outcome;
	return group_sends_in(store, entry, domain, reason_r);
}
