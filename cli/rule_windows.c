/* rule_windows.c - what the limits of one trial have counted. */

#include "cli/rule_windows.h"

#include "core/rules/rule_window.h"
#include "core/text/buffer.h"

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_OCTETS 4096 /* rule and key; the core's are shorter */

struct entry {
	UT_hash_handle hh;
	struct ps_window window;
	char name[];
};

struct ps_rule_windows {
	struct entry *entries;
};

int ps_rule_windows_new(struct ps_rule_windows **windows_r)
{
	*windows_r = calloc(1, sizeof(**windows_r));
	return *windows_r == NULL ? -1 : 0;
}

static struct entry *find(struct ps_rule_windows *windows, struct ps_bytes name)
{
	struct entry *entry;

	HASH_FIND(hh, windows->entries, name.at, name.len, entry);
	if (entry != NULL ||
	    HASH_COUNT(windows->entries) >= PS_RULE_WINDOWS_MAX)
		return entry;
	entry = calloc(1, sizeof(*entry) + name.len);
	if (entry == NULL)
		return NULL;
	memcpy(entry->name, name.at, name.len);
	HASH_ADD_KEYPTR(hh, windows->entries, entry->name, name.len, entry);
	if (entry->hh.tbl == NULL) { /* no memory for it */
		free(entry);
		return NULL;
	}
	return entry;
}

enum ps_rule_counted ps_rule_windows_add(struct ps_rule_windows *windows,
					 const struct ps_rule_count *count,
					 uint64_t *sum_r)
{
	struct ps_buffer name = PS_BUFFER(NAME_MAX_OCTETS);
	struct entry *entry = NULL;

	ps_buffer_text(&name, count->rule);
	ps_buffer_char(&name, '\n');
	ps_buffer_bytes(&name, count->key);
	if (!name.failed)
		entry = find(windows, (struct ps_bytes){ ps_buffer_cstr(&name),
							 name.len });
	ps_buffer_free(&name);
	if (entry == NULL)
		return PS_RULE_COUNT_FULL;
	(void)ps_window_add(&entry->window, PS_WINDOW_FIXED, count->now,
			    count->seconds, count->amount, count->max, sum_r);
	return PS_RULE_COUNTED;
}

void ps_rule_windows_free(struct ps_rule_windows **windows)
{
	struct entry *entry, *next;

	if (*windows == NULL)
		return;
	HASH_ITER(hh, (*windows)->entries, entry, next)
	{
		HASH_DEL((*windows)->entries, entry);
		free(entry);
	}
	free(*windows);
	*windows = NULL;
}
