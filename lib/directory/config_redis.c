/* config_redis.c - the settings of Redis, beyond the configuration's life. */

#include "directory/config_redis.h"

#include <stddef.h>
#include <string.h>

#define AT(member) offsetof(struct ps_config_redis, member)

static const size_t texts[] = {
	AT(sentinel_master), AT(user),
	AT(password_file),   AT(sentinel_password_file),
	AT(ca_file),	     AT(tls_name),
	AT(prefix),
};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))

static const char **text_of(struct ps_config_redis *config, size_t i)
{
	return (const char **)(void *)((char *)config + texts[i]);
}

static const char *value_of(const struct ps_config_redis *config, size_t i)
{
	return *(const char *const *)(const void *)((const char *)config +
						    texts[i]);
}

/* ---- copies ---- */

static bool copy_text(struct ps_arena *arena, const char **text)
{
	if (*text == NULL)
		return true;
	*text = ps_arena_text(arena, *text);
	return *text != NULL;
}

static bool copy_list(struct ps_arena *arena, struct ps_config_list *list)
{
	const char **at =
		ps_arena_alloc(arena, (list->count + 1) * sizeof(*at));
	size_t i;

	if (at == NULL)
		return false;
	for (i = 0; i < list->count; i++) {
		at[i] = list->at[i];
		if (!copy_text(arena, &at[i]))
			return false;
	}
	list->at = at;
	return true;
}

bool ps_config_redis_copy(const struct ps_config_redis *config,
			  struct ps_arena *arena,
			  struct ps_config_redis *copy_r)
{
	size_t i;

	*copy_r = *config;
	for (i = 0; i < TEXTS; i++) {
		if (!copy_text(arena, text_of(copy_r, i)))
			return false;
	}
	return copy_list(arena, &copy_r->servers) &&
	       copy_list(arena, &copy_r->sentinels);
}

/* ---- comparing ---- */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_list(const struct ps_config_list *a,
		      const struct ps_config_list *b)
{
	size_t i;

	for (i = 0; i < a->count && i < b->count; i++) {
		if (!same_text(a->at[i], b->at[i]))
			return false;
	}
	return a->count == b->count;
}

bool ps_config_redis_same(const struct ps_config_redis *a,
			  const struct ps_config_redis *b)
{
	size_t i;

	for (i = 0; i < TEXTS; i++) {
		if (!same_text(value_of(a, i), value_of(b, i)))
			return false;
	}
	return same_list(&a->servers, &b->servers) &&
	       same_list(&a->sentinels, &b->sentinels) && a->tls == b->tls &&
	       a->database == b->database && a->timeout == b->timeout;
}
