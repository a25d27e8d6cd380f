/* dns_cache.h - decoded answers by name and type, bounded, safe in threads. */
#ifndef PS_IO_DNS_CACHE_H
#define PS_IO_DNS_CACHE_H

#include "io/dns_decode.h"

/* What is asked; name as in dns.h, hash from ps_dns_cache_hash(). */
struct ps_dns_key {
	const char *name;
	size_t len;
	enum ps_dns_type type;
	uint64_t hash;
};

struct ps_dns_cache;

/*
 * At most records answers (8 at least), of PS_DNS_CACHE_RECORD octets each on
 * average; in each of 8 parts the longest unused go first.  0, or -1: no
 * memory, no randomness.
 */
#define PS_DNS_CACHE_RECORD 1024 /* ours */
int ps_dns_cache_new(size_t records, struct ps_dns_cache **cache_r);
void ps_dns_cache_free(struct ps_dns_cache **cache);
uint64_t ps_dns_cache_hash(const struct ps_dns_cache *cache, const char *name,
			   size_t len, enum ps_dns_type type);
/* Held once more for the caller, or NULL.  now, until: seconds, monotonic. */
struct ps_dns_kept *ps_dns_cache_get(struct ps_dns_cache *cache,
				     const struct ps_dns_key *key,
				     uint64_t now);
/* Replaces what was there.  Holds kept; not kept when there is no memory. */
void ps_dns_cache_put(struct ps_dns_cache *cache, const struct ps_dns_key *key,
		      struct ps_dns_kept *kept, uint64_t until);
size_t ps_dns_cache_count(struct ps_dns_cache *cache);
bool ps_dns_key_equal(const struct ps_dns_key *a, const struct ps_dns_key *b);

#endif
