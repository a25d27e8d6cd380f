/* dns_cache.c - a table in parts, each with its lock and its order of use. */

#include "io/dns_cache.h"

#include "io/siphash.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PARTS 8 /* ours: threads rarely wait for each other */

struct entry {
	struct entry *next;	     /* of the same bucket */
	struct entry *newer, *older; /* by last use */
	struct ps_dns_kept *kept;
	struct ps_dns_key key; /* name points behind the entry */
	uint64_t until;
	size_t octets;
};

struct part {
	pthread_mutex_t lock;
	struct entry **bucket;
	size_t mask;
	struct entry *newest, *oldest;
	size_t count, count_max;
	size_t octets, octets_max;
};

struct ps_dns_cache {
	struct ps_siphash_key secret;
	struct part part[PARTS];
};

bool ps_dns_key_equal(const struct ps_dns_key *a, const struct ps_dns_key *b)
{
	return a->hash == b->hash && a->type == b->type && a->len == b->len &&
	       memcmp(a->name, b->name, a->len) == 0;
}

uint64_t ps_dns_cache_hash(const struct ps_dns_cache *cache, const char *name,
			   size_t len, enum ps_dns_type type)
{
	return ps_siphash(&cache->secret, name, len) ^
	       (uint64_t)type * UINT64_C(0x9e3779b97f4a7c15);
}

static int part_init(struct part *part, size_t records)
{
	size_t buckets = 16;

	while (buckets < records)
		buckets *= 2;
	part->bucket = calloc(buckets, sizeof(struct entry *));
	if (part->bucket == NULL)
		return -1;
	part->mask = buckets - 1;
	part->count_max = records;
	part->octets_max = records * PS_DNS_CACHE_RECORD;
	if (pthread_mutex_init(&part->lock, NULL) != 0) {
		free(part->bucket);
		part->bucket = NULL;
		return -1;
	}
	return 0;
}

int ps_dns_cache_new(size_t records, struct ps_dns_cache **cache_r)
{
	struct ps_dns_cache *cache = calloc(1, sizeof(*cache));
	size_t share, i;

	*cache_r = cache;
	if (cache == NULL)
		return -1;
	for (i = 0; i < PARTS; i++) {
		share = records / PARTS + (i < records % PARTS);
		if (part_init(&cache->part[i], share) < 0) {
			ps_dns_cache_free(cache_r);
			return -1;
		}
	}
	if (ps_siphash_key_random(&cache->secret) < 0) {
		ps_dns_cache_free(cache_r);
		return -1;
	}
	return 0;
}

static void unlink_use(struct part *part, struct entry *entry)
{
	if (entry->newer != NULL)
		entry->newer->older = entry->older;
	else
		part->newest = entry->older;
	if (entry->older != NULL)
		entry->older->newer = entry->newer;
	else
		part->oldest = entry->newer;
}

static void link_newest(struct part *part, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = part->newest;
	if (part->newest != NULL)
		part->newest->newer = entry;
	else
		part->oldest = entry;
	part->newest = entry;
}

static struct entry **place(struct part *part, const struct ps_dns_key *key)
{
	/* The lowest bits chose the part. */
	struct entry **at = &part->bucket[(key->hash / PARTS) & part->mask];

	while (*at != NULL && !ps_dns_key_equal(&(*at)->key, key))
		at = &(*at)->next;
	return at;
}

static void drop(struct part *part, struct entry **at)
{
	struct entry *entry = *at;

	*at = entry->next;
	unlink_use(part, entry);
	part->count--;
	part->octets -= entry->octets;
	ps_dns_kept_release(&entry->kept);
	free(entry);
}

static struct part *part_of(struct ps_dns_cache *cache,
			    const struct ps_dns_key *key)
{
	return &cache->part[key->hash % PARTS];
}

struct ps_dns_kept *ps_dns_cache_get(struct ps_dns_cache *cache,
				     const struct ps_dns_key *key, uint64_t now)
{
	struct part *part = part_of(cache, key);
	struct ps_dns_kept *kept = NULL;
	struct entry **at;

	pthread_mutex_lock(&part->lock);
	at = place(part, key);
	if (*at != NULL && (*at)->until <= now) {
		drop(part, at);
	} else if (*at != NULL) {
		unlink_use(part, *at);
		link_newest(part, *at);
		kept = ps_dns_kept_hold((*at)->kept);
	}
	pthread_mutex_unlock(&part->lock);
	return kept;
}

static struct entry *new_entry(const struct ps_dns_key *key)
{
	struct entry *entry = calloc(1, sizeof(*entry) + key->len);

	if (entry == NULL)
		return NULL;
	memcpy(entry + 1, key->name, key->len);
	entry->key = *key;
	entry->key.name = (const char *)(entry + 1);
	return entry;
}

void ps_dns_cache_put(struct ps_dns_cache *cache, const struct ps_dns_key *key,
		      struct ps_dns_kept *kept, uint64_t until)
{
	struct part *part = part_of(cache, key);
	struct entry *entry = new_entry(key);
	struct entry **at;

	if (entry == NULL)
		return;
	entry->kept = ps_dns_kept_hold(kept);
	entry->until = until;
	entry->octets = sizeof(*entry) + key->len + kept->octets;
	pthread_mutex_lock(&part->lock);
	at = place(part, key);
	if (*at != NULL)
		drop(part, at);
	entry->next = *at;
	*at = entry;
	link_newest(part, entry);
	part->count++;
	part->octets += entry->octets;
	/* The new one stays, however large it is: an answer has a bound. */
	while (part->oldest != entry && (part->count > part->count_max ||
					 part->octets > part->octets_max))
		drop(part, place(part, &part->oldest->key));
	pthread_mutex_unlock(&part->lock);
}

size_t ps_dns_cache_count(struct ps_dns_cache *cache)
{
	size_t i, count = 0;

	for (i = 0; i < PARTS; i++) {
		pthread_mutex_lock(&cache->part[i].lock);
		count += cache->part[i].count;
		pthread_mutex_unlock(&cache->part[i].lock);
	}
	return count;
}

void ps_dns_cache_free(struct ps_dns_cache **cache)
{
	struct part *part;
	size_t i;

	if (*cache == NULL)
		return;
	for (i = 0; i < PARTS; i++) {
		part = &(*cache)->part[i];
		if (part->bucket == NULL)
			continue;
		while (part->oldest != NULL)
			drop(part, place(part, &part->oldest->key));
		free(part->bucket);
		pthread_mutex_destroy(&part->lock);
	}
	free(*cache);
	*cache = NULL;
}
