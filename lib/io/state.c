/* state.c - what the daemon itself has decided: which logins are suspended. */

#include "io/state.h"

#include "io/state_database.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct entry {
	UT_hash_handle hh;
	struct ps_suspension row;
	bool unsaved;
};

/* writing is taken before lock, and held while the disk is waited for. */
struct ps_state {
	pthread_mutex_t writing; /* of db */
	sqlite3 *db;
	pthread_mutex_t lock; /* of entries */
	struct entry *entries;
};

/* ---- in memory; under the lock ---- */

static struct entry *find(struct ps_state *state, const char *login)
{
	struct entry *entry;

	HASH_FIND_STR(state->entries, login, entry);
	return entry;
}

/* NULL: no memory, or too many. */
static struct entry *add(struct ps_state *state,
			 const struct ps_suspension *row)
{
	struct entry *entry;

	if (HASH_COUNT(state->entries) >= PS_STATE_LOGINS_MAX)
		return NULL;
	entry = calloc(1, sizeof(*entry));
	if (entry == NULL)
		return NULL;
	entry->row = *row;
	HASH_ADD_STR(state->entries, row.login, entry);
	if (entry->hh.tbl != NULL)
		return entry;
	free(entry);
	return NULL;
}

static bool load_one(void *ctx, const struct ps_suspension *row)
{
	struct ps_state *state = ctx;

	return find(state, row->login) != NULL || add(state, row) != NULL;
}

/* ---- from start to end ---- */

static int set_aside(const char *path, uint64_t now, const char *why,
		     char note_r[PS_REASON_MAX], char reason_r[PS_REASON_MAX])
{
	char aside[PS_PATH_TEXT_MAX], journal[PS_PATH_TEXT_MAX];

	snprintf(aside, sizeof(aside), "%.900s.damaged-%llu", path,
		 (unsigned long long)now);
	snprintf(journal, sizeof(journal), "%.900s-journal", path);
	if (rename(path, aside) < 0) {
		snprintf(reason_r, PS_REASON_MAX,
			 "%.120s, and cannot be set aside: %.60s", why,
			 strerror(errno));
		return -1;
	}
	/* Of the old file: it must not be played back into the new one. */
	(void)remove(journal);
	snprintf(note_r, PS_REASON_MAX,
		 "%.120s: set aside with the end .damaged-%llu and begun anew; "
		 "NO LOGIN IS SUSPENDED NOW",
		 why, (unsigned long long)now);
	return 0;
}

static int open_database(struct ps_state *state, const char *path, uint64_t now,
			 char note_r[PS_REASON_MAX],
			 char reason_r[PS_REASON_MAX])
{
	char why[PS_REASON_MAX];

	switch (ps_state_database_open(path, &state->db, reason_r)) {
	case PS_STATE_OPENED:
		return 0;
	case PS_STATE_REFUSED:
		return -1;
	case PS_STATE_DAMAGED:
		break;
	}
	snprintf(why, sizeof(why), "%s", reason_r);
	if (set_aside(path, now, why, note_r, reason_r) < 0)
		return -1;
	return ps_state_database_open(path, &state->db, reason_r) ==
			       PS_STATE_OPENED
		       ? 0
		       : -1;
}

int ps_state_open(const char *path, uint64_t now, struct ps_state **state_r,
		  char note_r[PS_REASON_MAX], char reason_r[PS_REASON_MAX])
{
	struct ps_state *state = calloc(1, sizeof(*state));

	*state_r = state;
	note_r[0] = '\0';
	snprintf(reason_r, PS_REASON_MAX, "out of memory");
	if (state == NULL)
		return -1;
	(void)pthread_mutex_init(&state->writing, NULL);
	(void)pthread_mutex_init(&state->lock, NULL);
	if (open_database(state, path, now, note_r, reason_r) == 0 &&
	    ps_state_database_load(state->db, load_one, state, reason_r) == 0) {
		reason_r[0] = '\0';
		return 0;
	}
	ps_state_close(state_r);
	return -1;
}

void ps_state_close(struct ps_state **state)
{
	struct entry *entry, *next;

	if (*state == NULL)
		return;
	HASH_ITER(hh, (*state)->entries, entry, next)
	{
		HASH_DEL((*state)->entries, entry);
		free(entry);
	}
	(void)sqlite3_close((*state)->db);
	(void)pthread_mutex_destroy(&(*state)->lock);
	(void)pthread_mutex_destroy(&(*state)->writing);
	free(*state);
	*state = NULL;
}

/* ---- what is asked and decided ---- */

/* Printable text, cut to what fits. */
static void show(struct ps_bytes text, char *text_r, size_t size)
{
	size_t i, len = 0;
	char c;

	for (i = 0; i < text.len && len + 5 <= size; i++) {
		c = text.at[i];
		if (c < ' ' || c > '~')
			len += (size_t)snprintf(text_r + len, 5, "\\x%02x",
						(unsigned char)c);
		else
			text_r[len++] = c;
	}
	text_r[len] = '\0';
}

bool ps_state_login(struct ps_bytes login, char text_r[4 * PS_ADDRESS_MAX + 1])
{
	text_r[0] = '\0';
	if (login.len == 0 || login.len > PS_ADDRESS_MAX)
		return false;
	show(login, text_r, 4 * PS_ADDRESS_MAX + 1);
	ps_ascii_lower_all(text_r, strlen(text_r));
	return true;
}

bool ps_state_is_suspended(struct ps_state *state, struct ps_bytes login,
			   struct ps_suspension *found_r)
{
	char name[4 * PS_ADDRESS_MAX + 1];
	const struct entry *entry;

	if (state == NULL || !ps_state_login(login, name))
		return false;
	pthread_mutex_lock(&state->lock);
	entry = find(state, name);
	if (entry != NULL && found_r != NULL)
		*found_r = entry->row;
	pthread_mutex_unlock(&state->lock);
	return entry != NULL;
}

static void mark(struct ps_state *state, const char *login, bool unsaved)
{
	struct entry *entry;

	pthread_mutex_lock(&state->lock);
	entry = find(state, login);
	if (entry != NULL)
		entry->unsaved = unsaved;
	pthread_mutex_unlock(&state->lock);
}

int ps_state_suspend(struct ps_state *state, struct ps_bytes login,
		     uint64_t now, const char *reason, const char *rule,
		     char reason_r[PS_REASON_MAX])
{
	struct ps_suspension row = { .since = now };
	bool known, added;

	snprintf(reason_r, PS_REASON_MAX,
		 "no such login, no memory, or too many that are suspended");
	if (state == NULL || !ps_state_login(login, row.login))
		return -1;
	show(ps_bytes_of(reason), row.reason, sizeof(row.reason));
	show(ps_bytes_of(rule), row.rule, sizeof(row.rule));
	pthread_mutex_lock(&state->writing);
	pthread_mutex_lock(&state->lock);
	known = find(state, row.login) != NULL;
	added = !known && add(state, &row) != NULL;
	pthread_mutex_unlock(&state->lock);
	if (known || added)
		reason_r[0] = '\0';
	if (added && ps_state_database_put(state->db, &row, reason_r) < 0)
		mark(state, row.login, true);
	pthread_mutex_unlock(&state->writing);
	return added ? 1 : known ? 0 : -1;
}

int ps_state_enable(struct ps_state *state, struct ps_bytes login,
		    char reason_r[PS_REASON_MAX])
{
	char name[4 * PS_ADDRESS_MAX + 1];
	struct entry *entry;
	int result = 0;

	reason_r[0] = '\0';
	if (state == NULL || !ps_state_is_suspended(state, login, NULL) ||
	    !ps_state_login(login, name))
		return 0;
	pthread_mutex_lock(&state->writing);
	if (ps_state_database_remove(state->db, name, reason_r) < 0) {
		result = -1;
	} else {
		pthread_mutex_lock(&state->lock);
		entry = find(state, name);
		if (entry != NULL) {
			HASH_DEL(state->entries, entry);
			free(entry);
			result = 1;
		}
		pthread_mutex_unlock(&state->lock);
	}
	pthread_mutex_unlock(&state->writing);
	return result;
}

/* Only who holds writing takes entries out, and changes unsaved. */
static bool next_unsaved(struct ps_state *state, struct ps_suspension *row_r)
{
	const struct entry *entry;

	pthread_mutex_lock(&state->lock);
	for (entry = state->entries; entry != NULL && !entry->unsaved;
	     entry = entry->hh.next)
		;
	if (entry != NULL)
		*row_r = entry->row;
	pthread_mutex_unlock(&state->lock);
	return entry != NULL;
}

int ps_state_save(struct ps_state *state, char reason_r[PS_REASON_MAX])
{
	struct ps_suspension row;
	int result = 0;

	reason_r[0] = '\0';
	if (state == NULL)
		return 0;
	pthread_mutex_lock(&state->writing);
	while (result == 0 && next_unsaved(state, &row)) {
		result = ps_state_database_put(state->db, &row, reason_r);
		if (result == 0)
			mark(state, row.login, false);
	}
	pthread_mutex_unlock(&state->writing);
	return result;
}

size_t ps_state_count(struct ps_state *state)
{
	size_t count;

	if (state == NULL)
		return 0;
	pthread_mutex_lock(&state->lock);
	count = HASH_COUNT(state->entries);
	pthread_mutex_unlock(&state->lock);
	return count;
}

void ps_state_all(struct ps_state *state, ps_state_each *each, void *ctx)
{
	const struct entry *entry;

	if (state == NULL)
		return;
	pthread_mutex_lock(&state->lock);
	for (entry = state->entries; entry != NULL && each(ctx, &entry->row);
	     entry = entry->hh.next)
		;
	pthread_mutex_unlock(&state->lock);
}
