/* ldap_check.c - what in the directory in LDAP contradicts itself. */

#include "directory/ldap_backend.h"
#include "directory/ldap_questions.h"
#include "directory/ldap_walk.h"

#include <stdio.h>
#include <string.h>

/* Whom an address belongs to, as "ADDRESS TAB DN"; groups, by an address. */
struct checking {
	struct ps_ldap_store *store;
	struct ps_ldap_sorted owners, groups;
	unsigned int limit;
	ps_finding_row *row;
	void *ctx;
	size_t found;
	char *reason;
};

static void tell(struct checking *checking, const char *kind,
		 const char *object, const char *text)
{
	struct ps_finding finding = { kind, object, text };

	checking->row(checking->ctx, &finding);
	checking->found++;
}

static void take(void *ctx, const struct ps_ldap_entry *entry)
{
	struct checking *checking = ctx;
	char text[2 * PS_ADDRESS_MAX];
	size_t i;

	for (i = 0; i < entry->addresses.count; i++) {
		snprintf(text, sizeof(text), "%.320s\t%.300s",
			 entry->addresses.at[i], entry->dn);
		ps_ldap_sorted_add(&checking->owners, text);
	}
	if (ps_ldap_entry_is_group(entry) && entry->addresses.count > 0)
		ps_ldap_sorted_add(&checking->groups, entry->addresses.at[0]);
}

/* Cut each in two at its TAB, and look at the one before. */
static void check_owners(struct checking *checking)
{
	const struct ps_ldap_sorted *owners = &checking->owners;
	const char *before = "", *owner = "";
	char text[800], *dn;
	size_t i;

	for (i = 0; i < owners->count; i++) {
		dn = strchr(owners->at[i], '\t');
		if (dn == NULL)
			continue;
		*dn++ = '\0';
		snprintf(text, sizeof(text),
			 "is an address of %s and of %s: mail goes to both",
			 owner, dn);
		if (strcmp(owners->at[i], before) == 0)
			tell(checking, "two-places", before, text);
		before = owners->at[i];
		owner = dn;
	}
}

/* Is mail to the domain received here, or relayed? */
static enum ps_outcome is_known(struct checking *checking, const char *domain)
{
	const struct ps_ldap_entry *entry;
	enum ps_outcome outcome;

	ps_ldap_store_begin(checking->store);
	outcome =
		ps_ldap_domain_here(checking->store, domain, checking->reason);
	return outcome == PS_NOTFOUND
		       ? ps_ldap_domain_entry(checking->store, domain, &entry,
					      checking->reason)
		       : outcome;
}

/* The domains of the addresses that are neither; each is asked for once. */
static enum ps_outcome find_strange(struct checking *checking,
				    struct ps_ldap_sorted *strange)
{
	const struct ps_ldap_sorted *owners = &checking->owners;
	struct ps_ldap_sorted domains = { 0 };
	enum ps_outcome outcome = PS_FOUND;
	const char *at;
	size_t i;

	for (i = 0; i < owners->count; i++) {
		at = strrchr(owners->at[i], '@');
		if (at != NULL)
			ps_ldap_sorted_add(&domains, at + 1);
	}
	ps_ldap_sorted_sort(&domains);
	for (i = 0; i < domains.count && outcome != PS_TEMPFAIL; i++) {
		outcome = is_known(checking, domains.at[i]);
		if (outcome == PS_NOTFOUND)
			ps_ldap_sorted_add(strange, domains.at[i]);
	}
	if (outcome != PS_TEMPFAIL && (domains.failed || strange->failed)) {
		snprintf(checking->reason, PS_REASON_MAX, "out of memory");
		outcome = PS_TEMPFAIL;
	}
	ps_ldap_sorted_free(&domains);
	return outcome == PS_TEMPFAIL ? outcome : PS_FOUND;
}

/* Those that DNS may lead here, but nobody takes in. */
static enum ps_outcome check_domains(struct checking *checking)
{
	const struct ps_ldap_sorted *owners = &checking->owners;
	struct ps_ldap_sorted strange = { 0 };
	enum ps_outcome outcome = find_strange(checking, &strange);
	const char *at;
	size_t i;

	for (i = 0; i < owners->count && outcome == PS_FOUND; i++) {
		at = strrchr(owners->at[i], '@');
		if (at != NULL && ps_ldap_sorted_has(&strange, at + 1))
			tell(checking, "no-domain", owners->at[i],
			     "is in a domain whose mail is not received here");
	}
	ps_ldap_sorted_free(&strange);
	return outcome;
}

static size_t count_of(const char *list)
{
	size_t count = 1;

	for (; *list != '\0'; list++)
		count += *list == ',';
	return count;
}

static enum ps_outcome check_groups(struct checking *checking)
{
	struct ps_buffer answer = PS_BUFFER(PS_ANSWER_MAX);
	enum ps_outcome outcome;
	char text[120];
	size_t i, count;

	for (i = 0; i < checking->groups.count; i++) {
		const char *group = checking->groups.at[i];

		ps_buffer_reset(&answer);
		outcome = ps_ldap_view(checking->store, PS_VIEW_ALIASES, group,
				       &answer, checking->reason);
		if (outcome == PS_TEMPFAIL)
			break;
		count = count_of(ps_buffer_cstr(&answer));
		snprintf(text, sizeof(text),
			 "leads to %zu addresses, and Postfix takes %u "
			 "(virtual_alias_expansion_limit)",
			 count, checking->limit);
		if (outcome == PS_NOTFOUND)
			tell(checking, "alias-to-nowhere", group,
			     "is a group without anybody who gets mail");
		else if (count > checking->limit)
			tell(checking, "too-many", group, text);
	}
	ps_buffer_free(&answer);
	return i < checking->groups.count ? PS_TEMPFAIL : PS_FOUND;
}

enum ps_outcome ps_ldap_check(void *ctx, unsigned int limit,
			      ps_finding_row *row, void *row_ctx,
			      char reason_r[PS_REASON_MAX])
{
	struct ps_ldap_store *store = ctx;
	struct checking checking = { .store = store,
				     .limit = limit,
				     .row = row,
				     .ctx = row_ctx,
				     .reason = reason_r };
	const char *filters[] = { store->config->account_filter,
				  store->config->group_filter, NULL };
	enum ps_outcome outcome;

	outcome = ps_ldap_walk(store, filters, take, &checking, reason_r);
	if (checking.owners.failed || checking.groups.failed) {
		snprintf(reason_r, PS_REASON_MAX, "out of memory");
		outcome = PS_TEMPFAIL;
	}
	ps_ldap_sorted_sort(&checking.owners);
	ps_ldap_sorted_sort(&checking.groups);
	if (outcome == PS_FOUND) {
		check_owners(&checking);
		outcome = check_domains(&checking);
	}
	if (outcome == PS_FOUND)
		outcome = check_groups(&checking);
	ps_ldap_sorted_free(&checking.owners);
	ps_ldap_sorted_free(&checking.groups);
	if (outcome == PS_FOUND && checking.found == 0)
		return PS_NOTFOUND;
	return outcome;
}
