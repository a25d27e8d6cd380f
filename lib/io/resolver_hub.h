/* resolver_hub.h - between resolver*.c and dns_session.c, for no one else. */
#ifndef PS_IO_RESOLVER_HUB_H
#define PS_IO_RESOLVER_HUB_H

#include "core/text/buffer.h"
#include "io/dns_cache.h"
#include "io/resolver.h"

#include <pthread.h>

/* Octets: servers, and the names of two files; ours. */
#define PS_RESOLVER_BASIS_MAX 65536

/*
 * One question of one session.  status is PENDING until it is told; kept is
 * set before that and held by the question.
 */
struct ps_dns_ask {
	struct ps_dns_ask *next; /* the resolver's, while PENDING */
	struct ps_dns_key key;
	_Atomic(enum ps_dns_status) status;
	struct ps_dns_kept *kept;	/* FOUND, NOTFOUND */
	struct ps_dns_waiting *waiting; /* the session's */
};

/* What the resolver's thread touches of a session; under its lock. */
struct ps_dns_waiting {
	unsigned int pending;
	pthread_cond_t told; /* pending came to 0 */
};

uint64_t ps_resolver_hash(const struct ps_resolver *resolver, const char *name,
			  size_t len, enum ps_dns_type type);
/* Answer it from the cache, or put it on its way. */
void ps_resolver_ask(struct ps_resolver *resolver, struct ps_dns_ask *ask);
/*
 * Wait for waiting->pending to be 0, until (monotonic microseconds) at most;
 * then true.  asks that are PENDING after that are TEMPFAIL.
 */
bool ps_resolver_wait(struct ps_resolver *resolver,
		      struct ps_dns_waiting *waiting, uint64_t until_us,
		      struct ps_dns_ask *const *asks, size_t count);
/* What one of config is made of, files by their stat(2), as a text; would it be
 * the same now?  False also without memory. */
void ps_resolver_basis(const struct ps_config_dns *config,
		       struct ps_buffer *text);
bool ps_resolver_is_of(const struct ps_config_dns *config,
		       const struct ps_buffer *basis);
/* All of libunbound's settings.  0, or -1 with a sentence in error_r. */
struct ub_ctx;
int ps_resolver_set_up(struct ub_ctx *unbound,
		       const struct ps_config_dns *config,
		       char error_r[PS_CONFIG_ERROR_MAX]);

#endif
