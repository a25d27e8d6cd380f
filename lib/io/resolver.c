/* resolver.c - libunbound and its thread; the same question is asked once. */

#include "io/clock.h"
#include "io/resolver_hub.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unbound.h>
#include <unistd.h>

#define BUCKETS	     1024  /* of questions on their way; a power of two */
#define FLIGHTS_MAX  20000 /* on their way at once; ours */
#define RCODE_OK     0	   /* RFC 1035 4.1.1 */
#define RCODE_NXNAME 3
#define CLASS_IN     1

/* A question on its way, and who waits for it. */
struct flight {
	struct flight *next; /* of the same bucket */
	struct ps_resolver *resolver;
	struct ps_dns_key key; /* name points behind the flight */
	struct ps_dns_ask *asks;
};

struct ps_resolver {
	atomic_uint owners;
	struct ps_buffer basis; /* of what it was made */
	struct ub_ctx *unbound;
	struct ps_dns_cache *cache;
	unsigned int ttl_max;
	pthread_t thread;
	bool running;
	int stop; /* eventfd */
	struct ps_resolver_totals own, *totals;
	pthread_mutex_t lock; /* what follows, and each session's waiting */
	struct flight *bucket[BUCKETS];
	unsigned int flights;
};

uint64_t ps_resolver_hash(const struct ps_resolver *resolver, const char *name,
			  size_t len, enum ps_dns_type type)
{
	return ps_dns_cache_hash(resolver->cache, name, len, type);
}

static void count(atomic_ullong *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static void answer(struct ps_dns_ask *ask, enum ps_dns_status status,
		   struct ps_dns_kept *kept)
{
	if (kept != NULL)
		ask->kept = ps_dns_kept_hold(kept);
	atomic_store_explicit(&ask->status, status, memory_order_release);
}

static struct flight **place(struct ps_resolver *resolver,
			     const struct ps_dns_key *key)
{
	struct flight **at = &resolver->bucket[key->hash % BUCKETS];

	while (*at != NULL && !ps_dns_key_equal(&(*at)->key, key))
		at = &(*at)->next;
	return at;
}

/* Tell all who wait.  kept: NULL with TEMPFAIL. */
static void land(struct flight *flight, enum ps_dns_status status,
		 struct ps_dns_kept *kept)
{
	struct ps_resolver *resolver = flight->resolver;
	struct ps_dns_ask *ask;

	if (status == PS_DNS_TEMPFAIL)
		count(&resolver->totals->failed);
	pthread_mutex_lock(&resolver->lock);
	*place(resolver, &flight->key) = flight->next;
	resolver->flights--;
	while ((ask = flight->asks) != NULL) {
		flight->asks = ask->next;
		answer(ask, status, kept);
		if (--ask->waiting->pending == 0)
			pthread_cond_signal(&ask->waiting->told);
	}
	pthread_mutex_unlock(&resolver->lock);
	free(flight);
}

static enum ps_dns_status decode(const struct ub_result *result,
				 enum ps_dns_type type,
				 struct ps_dns_kept **kept_r)
{
	*kept_r = NULL;
	if (result->bogus ||
	    (result->rcode != RCODE_OK && result->rcode != RCODE_NXNAME))
		return PS_DNS_TEMPFAIL;
	if (result->havedata && result->rcode == RCODE_OK)
		return ps_dns_decode(type, (const char *const *)result->data,
				     result->len, kept_r);
	*kept_r = ps_dns_kept_none(result->rcode == RCODE_NXNAME);
	return *kept_r == NULL ? PS_DNS_TEMPFAIL : PS_DNS_NOTFOUND;
}

/* In the resolver's thread. */
static void answered(void *ctx, int error, struct ub_result *result)
{
	struct flight *flight = ctx;
	struct ps_resolver *resolver = flight->resolver;
	enum ps_dns_status status = PS_DNS_TEMPFAIL;
	struct ps_dns_kept *kept = NULL;
	unsigned int ttl;

	if (error == 0 && result != NULL)
		status = decode(result, flight->key.type, &kept);
	if (kept != NULL && result->ttl > 0) {
		kept->ttl = ttl = (unsigned int)result->ttl;
		if (ttl > resolver->ttl_max)
			ttl = resolver->ttl_max;
		ps_dns_cache_put(resolver->cache, &flight->key, kept,
				 ps_clock_monotonic_us() / 1000000 + ttl);
	}
	land(flight, status, kept);
	ps_dns_kept_release(&kept);
	ub_resolve_free(result);
}

static struct flight *new_flight(struct ps_resolver *resolver,
				 const struct ps_dns_key *key)
{
	struct flight *flight = calloc(1, sizeof(*flight) + key->len + 1);

	if (flight == NULL)
		return NULL;
	memcpy(flight + 1, key->name, key->len);
	flight->resolver = resolver;
	flight->key = *key;
	flight->key.name = (const char *)(flight + 1);
	return flight;
}

static bool from_cache(struct ps_resolver *resolver, struct ps_dns_ask *ask)
{
	struct ps_dns_kept *kept = ps_dns_cache_get(
		resolver->cache, &ask->key, ps_clock_monotonic_us() / 1000000);

	if (kept == NULL)
		return false;
	count(&resolver->totals->cache_hits);
	answer(ask, kept->status, kept);
	ps_dns_kept_release(&kept);
	return true;
}

/* Joins a flight, or begins one, *begun_r.  False: there can be none. */
static bool join(struct ps_resolver *resolver, struct ps_dns_ask *ask,
		 struct flight **begun_r)
{
	struct flight **at;
	bool joined = false;

	*begun_r = NULL;
	pthread_mutex_lock(&resolver->lock);
	at = place(resolver, &ask->key);
	if (*at == NULL && from_cache(resolver, ask)) {
		/* It landed since the cache was asked. */
		joined = true;
	} else if (*at == NULL && resolver->flights < FLIGHTS_MAX) {
		*at = *begun_r = new_flight(resolver, &ask->key);
		if (*at != NULL)
			resolver->flights++;
	}
	if (*at != NULL) {
		ask->next = (*at)->asks;
		(*at)->asks = ask;
		ask->waiting->pending++;
		joined = true;
	}
	pthread_mutex_unlock(&resolver->lock);
	return joined;
}

/* libunbound reads a name as in a zone file, where a backslash quotes. */
static void quote(const char *name, char quoted_r[2 * PS_DOMAIN_MAX + 1])
{
	size_t at = 0;

	for (; *name != '\0'; name++) {
		if (*name == '\\')
			quoted_r[at++] = '\\';
		quoted_r[at++] = *name;
	}
	quoted_r[at] = '\0';
}

void ps_resolver_ask(struct ps_resolver *resolver, struct ps_dns_ask *ask)
{
	char quoted[2 * PS_DOMAIN_MAX + 1];
	struct flight *begun;

	count(&resolver->totals->questions);
	if (from_cache(resolver, ask))
		return;
	if (!join(resolver, ask, &begun)) {
		answer(ask, PS_DNS_TEMPFAIL, NULL);
		return;
	}
	if (begun == NULL)
		return;
	count(&resolver->totals->sent);
	quote(ask->key.name, quoted);
	/* It may be answered, and gone, before this returns. */
	if (ub_resolve_async(resolver->unbound, quoted, (int)ask->key.type,
			     CLASS_IN, begun, answered, NULL) != 0)
		land(begun, PS_DNS_TEMPFAIL, NULL);
}

/* Nobody waits any more; the flight goes on, for the cache. */
static void give_up(struct ps_resolver *resolver, struct ps_dns_ask *ask)
{
	struct flight *flight = *place(resolver, &ask->key);
	struct ps_dns_ask **at;

	if (flight == NULL)
		return;
	for (at = &flight->asks; *at != NULL; at = &(*at)->next) {
		if (*at == ask) {
			*at = ask->next;
			ask->waiting->pending--;
			break;
		}
	}
	answer(ask, PS_DNS_TEMPFAIL, NULL);
}

bool ps_resolver_wait(struct ps_resolver *resolver,
		      struct ps_dns_waiting *waiting, uint64_t until_us,
		      struct ps_dns_ask *const *asks, size_t count_asks)
{
	const struct timespec until = {
		.tv_sec = (time_t)(until_us / 1000000),
		.tv_nsec = (long)(until_us % 1000000) * 1000,
	};
	bool all;
	size_t i;

	pthread_mutex_lock(&resolver->lock);
	while (waiting->pending > 0 &&
	       pthread_cond_timedwait(&waiting->told, &resolver->lock,
				      &until) == 0)
		;
	all = waiting->pending == 0;
	for (i = 0; !all && i < count_asks; i++) {
		if (atomic_load(&asks[i]->status) == PS_DNS_PENDING) {
			count(&resolver->totals->timeouts);
			give_up(resolver, asks[i]);
		}
	}
	pthread_mutex_unlock(&resolver->lock);
	return all;
}

static void *run(void *ctx)
{
	struct ps_resolver *resolver = ctx;
	struct pollfd ends[2] = {
		{ .fd = ub_fd(resolver->unbound), .events = POLLIN },
		{ .fd = resolver->stop, .events = POLLIN },
	};

	for (;;) {
		if (poll(ends, 2, -1) < 0 && errno != EINTR)
			break;
		if (ends[1].revents != 0)
			break;
		if (ends[0].revents != 0)
			(void)ub_process(resolver->unbound);
	}
	return NULL;
}

static int start(struct ps_resolver *resolver)
{
	sigset_t all, before;
	int error;

	resolver->stop = eventfd(0, EFD_CLOEXEC);
	if (resolver->stop < 0)
		return errno;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&resolver->thread, NULL, run, resolver);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	resolver->running = error == 0;
	return error;
}

static int fail(char error_r[PS_CONFIG_ERROR_MAX], int error)
{
	snprintf(error_r, PS_CONFIG_ERROR_MAX, "dns: %s", strerror(error));
	return -1;
}

int ps_resolver_new(const struct ps_config_dns *config,
		    struct ps_resolver **resolver_r,
		    char error_r[PS_CONFIG_ERROR_MAX])
{
	struct ps_resolver *resolver = calloc(1, sizeof(*resolver));
	int error;

	*resolver_r = resolver;
	if (resolver == NULL)
		return fail(error_r, ENOMEM);
	atomic_init(&resolver->owners, 1);
	resolver->basis = PS_BUFFER(PS_RESOLVER_BASIS_MAX);
	ps_resolver_basis(config, &resolver->basis);
	resolver->stop = -1;
	resolver->totals = &resolver->own;
	resolver->ttl_max = config->cache_ttl_max;
	pthread_mutex_init(&resolver->lock, NULL);
	resolver->unbound = ub_ctx_create();
	if (resolver->unbound == NULL ||
	    ps_dns_cache_new(config->cache_records, &resolver->cache) < 0) {
		(void)fail(error_r, ENOMEM);
	} else if (ps_resolver_set_up(resolver->unbound, config, error_r) ==
		   0) {
		error = start(resolver);
		if (error == 0)
			return 0;
		(void)fail(error_r, error);
	}
	ps_resolver_free(resolver_r);
	return -1;
}

struct ps_resolver *ps_resolver_again(struct ps_resolver *resolver,
				      const struct ps_config_dns *config)
{
	if (!ps_resolver_is_of(config, &resolver->basis))
		return NULL;
	atomic_fetch_add(&resolver->owners, 1);
	return resolver;
}

void ps_resolver_free(struct ps_resolver **resolver)
{
	struct ps_resolver *r = *resolver;
	const uint64_t one = 1;
	struct flight *flight;
	size_t i;

	*resolver = NULL;
	if (r == NULL || atomic_fetch_sub(&r->owners, 1) > 1)
		return;
	if (r->running) {
		while (write(r->stop, &one, sizeof(one)) < 0 && errno == EINTR)
			;
		pthread_join(r->thread, NULL);
	}
	if (r->unbound != NULL)
		ub_ctx_delete(r->unbound);
	for (i = 0; i < BUCKETS; i++) {
		while ((flight = r->bucket[i]) != NULL) {
			r->bucket[i] = flight->next;
			free(flight);
		}
	}
	if (r->stop >= 0)
		close(r->stop);
	ps_dns_cache_free(&r->cache);
	pthread_mutex_destroy(&r->lock);
	ps_buffer_free(&r->basis);
	free(r);
}

void ps_resolver_count_in(struct ps_resolver *resolver,
			  struct ps_resolver_totals *totals)
{
	resolver->totals = totals;
}

void ps_resolver_stats(struct ps_resolver *resolver,
		       struct ps_resolver_stats *stats_r)
{
	struct ps_resolver_totals *totals = resolver->totals;

	*stats_r = (struct ps_resolver_stats){
		.questions = atomic_load(&totals->questions),
		.cache_hits = atomic_load(&totals->cache_hits),
		.sent = atomic_load(&totals->sent),
		.failed = atomic_load(&totals->failed),
		.timeouts = atomic_load(&totals->timeouts),
		.cached = ps_dns_cache_count(resolver->cache),
	};
	pthread_mutex_lock(&resolver->lock);
	stats_r->pending = resolver->flights;
	pthread_mutex_unlock(&resolver->lock);
}
