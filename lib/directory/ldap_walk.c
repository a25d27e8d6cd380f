/* ldap_walk.c - all entries of the directory in LDAP, one after the other. */

#include "directory/ldap_walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WALK_SECONDS 60 /* only the command and doveadm wait for it */

/* ---- all entries of a kind, one after the other ---- */

struct walk {
	struct ps_ldap_store *store;
	ps_ldap_entry_row *row;
	void *ctx;
	bool failed;
	char *reason;
};

static void take(void *ctx, size_t search, LDAP *ld, LDAPMessage *message)
{
	struct walk *walk = ctx;
	struct ps_ldap_store *store = walk->store;
	struct ps_ldap_entry *entry;

	if (walk->failed)
		return;
	ps_arena_reset(store->arena);
	entry = ps_ldap_entry_read(store->config, store->arena, ld, message,
				   walk->reason);
	walk->failed = entry == NULL;
	if (entry == NULL)
		return;
	entry->search = search;
	walk->row(walk->ctx, entry);
}

enum ps_outcome ps_ldap_walk(struct ps_ldap_store *store,
			     const char *const *filters, ps_ldap_entry_row *row,
			     void *ctx, char reason_r[PS_REASON_MAX])
{
	struct ps_ldap_search searches[2] = { { .filter = filters[0] },
					      { .filter = filters[1] } };
	char why[PS_REASON_MAX] = "";
	struct walk walk = {
		.store = store, .row = row, .ctx = ctx, .reason = why
	};
	enum ps_outcome outcome;

	ps_ldap_store_begin(store);
	store->ldap.deadline = ps_ldap_now() + WALK_SECONDS * 1000LL;
	outcome = ps_ldap_ask(
		&store->ldap, searches, filters[1] == NULL ? 1 : 2,
		store->attributes[PS_LDAP_ALL], take, &walk, reason_r);
	if (outcome == PS_FOUND && walk.failed) {
		snprintf(reason_r, PS_REASON_MAX, "%s", why);
		return PS_TEMPFAIL;
	}
	return outcome;
}

/* ---- texts, sorted ---- */

void ps_ldap_sorted_add(struct ps_ldap_sorted *texts, const char *text)
{
	size_t size = texts->size == 0 ? 64 : texts->size * 2;
	char **at = texts->at;

	if (texts->failed)
		return;
	if (texts->count == texts->size) {
		at = realloc(texts->at, size * sizeof(*at));
		texts->failed = at == NULL;
		if (at == NULL)
			return;
		texts->at = at;
		texts->size = size;
	}
	texts->at[texts->count] = strdup(text);
	if (texts->at[texts->count] == NULL)
		texts->failed = true;
	else
		texts->count++;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void ps_ldap_sorted_sort(struct ps_ldap_sorted *texts)
{
	size_t i, kept = 0;

	if (texts->count == 0)
		return;
	qsort(texts->at, texts->count, sizeof(*texts->at), compare);
	for (i = 0; i < texts->count; i++) {
		if (kept > 0 && strcmp(texts->at[kept - 1], texts->at[i]) == 0)
			free(texts->at[i]);
		else
			texts->at[kept++] = texts->at[i];
	}
	texts->count = kept;
}

bool ps_ldap_sorted_has(const struct ps_ldap_sorted *texts, const char *text)
{
	return texts->count > 0 && bsearch(&text, texts->at, texts->count,
					   sizeof(*texts->at), compare) != NULL;
}

void ps_ldap_sorted_free(struct ps_ldap_sorted *texts)
{
	size_t i;

	for (i = 0; i < texts->count; i++)
		free(texts->at[i]);
	free(texts->at);
	*texts = (struct ps_ldap_sorted){ 0 };
}
