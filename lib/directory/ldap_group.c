/* ldap_group.c - what groups in LDAP stand for: their members', each once. */

#include "core/text/ldap_filter.h"
#include "directory/ldap_questions.h"

#include <stdio.h>
#include <string.h>

#define BUCKETS	     1024
#define LOGINS_AHEAD 100 /* in one filter; ours */

/* Texts, ASCII case aside; in the lookup's arena. */
struct known {
	struct known *next;
	const char *text;
};

struct set {
	struct known *bucket[BUCKETS];
};

/* Texts that are still to be looked up. */
struct pending {
	size_t count;
	const char **at; /* PS_LDAP_MEMBERS_MAX; NULL until there is one */
};

struct expansion {
	struct ps_ldap_store *store;
	enum ps_ldap_collect what;
	struct ps_buffer *answer;
	size_t members;
	struct set answered, visited; /* by DN, or login: DNs have a "=" */
	struct pending dns, logins;
	const char *group; /* the first, for a complaint */
	bool failed;
	char *reason;
};

static void fail(struct expansion *expansion, const char *why)
{
	if (!expansion->failed)
		snprintf(expansion->reason, PS_REASON_MAX, "group %.150s %s",
			 expansion->group == NULL ? "" : expansion->group, why);
	expansion->failed = true;
}

static size_t bucket_of(const char *text)
{
	size_t hash = 5381;

	for (; *text != '\0'; text++)
		hash = hash * 33 ^ (unsigned char)ps_ascii_lower(*text);
	return hash % BUCKETS;
}

static bool is_in(const struct set *set, const char *text)
{
	const struct known *known = set->bucket[bucket_of(text)];

	for (; known != NULL; known = known->next) {
		if (ps_bytes_equal_fold(ps_bytes_of(known->text),
					ps_bytes_of(text)))
			return true;
	}
	return false;
}

/* False: it is in there already, or there is no memory. */
static bool put(struct expansion *expansion, struct set *set, const char *text)
{
	struct known **bucket = &set->bucket[bucket_of(text)], *known;

	if (is_in(set, text))
		return false;
	known = ps_arena_alloc(expansion->store->arena, sizeof(*known));
	if (known == NULL) {
		fail(expansion, "is too large");
		return false;
	}
	known->text = text;
	known->next = *bucket;
	*bucket = known;
	return true;
}

/* ---- an entry ---- */

static void answer(struct expansion *expansion, const struct ps_ldap_texts *of)
{
	size_t i;

	for (i = 0; i < of->count; i++) {
		if (!put(expansion, &expansion->answered, of->at[i]))
			continue;
		if (expansion->answer->len > 0)
			ps_buffer_char(expansion->answer, ',');
		ps_buffer_text(expansion->answer, of->at[i]);
	}
}

static void ask_for(struct expansion *expansion, struct pending *pending,
		    const struct ps_ldap_texts *names)
{
	char why[60];
	size_t i;

	if (pending->at == NULL)
		pending->at = ps_arena_alloc(expansion->store->arena,
					     PS_LDAP_MEMBERS_MAX *
						     sizeof(*pending->at));
	if (pending->at == NULL)
		fail(expansion, "is too large");
	for (i = 0; i < names->count && !expansion->failed; i++) {
		if (!put(expansion, &expansion->visited, names->at[i]))
			continue;
		if (expansion->members++ == PS_LDAP_MEMBERS_MAX) {
			snprintf(why, sizeof(why), "has more than %d members",
				 PS_LDAP_MEMBERS_MAX);
			fail(expansion, why);
			return;
		}
		pending->at[pending->count++] = names->at[i];
	}
}

static void ask_for_members(struct expansion *expansion,
			    const struct ps_ldap_entry *entry)
{
	if (expansion->group == NULL)
		expansion->group = entry->dn;
	ask_for(expansion, &expansion->dns, &entry->members);
	ask_for(expansion, &expansion->logins, &entry->member_logins);
}

static void take(struct expansion *expansion, const struct ps_ldap_entry *entry)
{
	bool group = ps_ldap_entry_is_group(entry);

	switch (expansion->what) {
	case PS_COLLECT_MAILDROPS:
		answer(expansion, &entry->maildrops);
		if (group &&
		    (!ps_ldap_entry_open(entry) ||
		     expansion->store->config->group_maildrop == PS_GROUP_ALSO))
			ask_for_members(expansion, entry);
		return;
	case PS_COLLECT_LOGINS:
		if (group)
			ask_for_members(expansion, entry);
		else if (ps_ldap_entry_open(entry))
			answer(expansion, &entry->logins);
		return;
	}
}

/* Found by a login that a group names, or its like (matching rules fold)? */
static bool is_wanted(const struct expansion *expansion,
		      const struct ps_ldap_entry *entry)
{
	size_t i;

	for (i = 0; i < entry->logins.count; i++) {
		if (is_in(&expansion->visited, entry->logins.at[i]))
			return true;
	}
	return false;
}

/* ---- a round: all members known so far ---- */

static const char *logins_filter(const struct expansion *expansion,
				 const struct pending *logins, size_t first)
{
	const struct ps_ldap_store *store = expansion->store;
	struct ps_buffer filter = PS_BUFFER(PS_LDAP_FILTER_MAX * 2);
	const char *text;
	size_t i;

	ps_ldap_accounts_and(store, &filter);
	ps_buffer_text(&filter, "(|");
	for (i = first; i < logins->count && i < first + LOGINS_AHEAD; i++)
		ps_ldap_filter_equal(&filter, store->config->login_attribute,
				     ps_bytes_of(logins->at[i]));
	ps_buffer_text(&filter, "))");
	text = filter.failed ? NULL : ps_arena_text(store->arena, filter.data);
	ps_buffer_free(&filter);
	return text;
}

static const char *any_filter(const struct ps_ldap_store *store)
{
	struct ps_buffer filter = PS_BUFFER(PS_LDAP_FILTER_MAX);
	const char *text;

	ps_ldap_any_and(store, &filter);
	ps_buffer_char(&filter, ')');
	text = filter.failed ? NULL : ps_arena_text(store->arena, filter.data);
	ps_buffer_free(&filter);
	return text;
}

/* The searches of a round, in the arena; NULL: no memory. */
static struct ps_ldap_search *searches_of(struct expansion *expansion,
					  size_t *count_r)
{
	const struct pending *dns = &expansion->dns,
			     *logins = &expansion->logins;
	struct ps_arena *arena = expansion->store->arena;
	size_t most = dns->count + logins->count / LOGINS_AHEAD + 1, i, n = 0;
	struct ps_ldap_search *searches =
		ps_arena_alloc(arena, most * sizeof(*searches));
	const char *any = any_filter(expansion->store), *filter = any;

	if (searches == NULL)
		return NULL;
	for (i = 0; i < dns->count; i++, n++)
		searches[n] = (struct ps_ldap_search){ .base = dns->at[i],
						       .filter = any };
	for (i = 0; i < logins->count && filter != NULL; i += LOGINS_AHEAD) {
		filter = logins_filter(expansion, logins, i);
		searches[n++] = (struct ps_ldap_search){ .filter = filter };
	}
	*count_r = n;
	return filter == NULL ? NULL : searches;
}

static void take_all(struct expansion *expansion, size_t by_dn,
		     const struct ps_ldap_entry *entries)
{
	bool asked, fresh;

	for (; entries != NULL && !expansion->failed; entries = entries->next) {
		asked = entries->search < by_dn;
		/* Under its own name, too: others may spell it otherwise. */
		fresh = put(expansion, &expansion->visited, entries->dn);
		if (asked || (fresh && is_wanted(expansion, entries)))
			take(expansion, entries);
	}
}

static enum ps_outcome next_round(struct expansion *expansion)
{
	struct ps_ldap_entry *entries;
	struct ps_ldap_search *searches;
	size_t count = 0, by_dn = expansion->dns.count;
	enum ps_outcome outcome;

	searches = searches_of(expansion, &count);
	if (searches == NULL) {
		fail(expansion, "is too large");
		return PS_TEMPFAIL;
	}
	expansion->dns.count = 0;
	expansion->logins.count = 0;
	outcome = ps_ldap_find(expansion->store, PS_LDAP_PEOPLE, searches,
			       count, &entries, expansion->reason);
	if (outcome == PS_FOUND)
		take_all(expansion, by_dn, entries);
	return outcome;
}

enum ps_outcome ps_ldap_collect(struct ps_ldap_store *store,
				const struct ps_ldap_entry *entries,
				enum ps_ldap_collect what,
				struct ps_buffer *answer_to,
				char reason_r[PS_REASON_MAX])
{
	struct expansion *expansion =
		ps_arena_alloc(store->arena, sizeof(*expansion));
	enum ps_outcome outcome = PS_FOUND;

	if (expansion == NULL) {
		snprintf(reason_r, PS_REASON_MAX, "out of memory");
		return PS_TEMPFAIL;
	}
	expansion->store = store;
	expansion->what = what;
	expansion->answer = answer_to;
	expansion->reason = reason_r;
	for (; entries != NULL; entries = entries->next) {
		(void)put(expansion, &expansion->visited, entries->dn);
		take(expansion, entries);
	}
	while (outcome == PS_FOUND && !expansion->failed &&
	       expansion->dns.count + expansion->logins.count > 0)
		outcome = next_round(expansion);
	return expansion->failed ? PS_TEMPFAIL : outcome;
}
