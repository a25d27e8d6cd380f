/* resolver.h - DNS through libunbound, our cache in front, a bounded wait. */
#ifndef PS_IO_RESOLVER_H
#define PS_IO_RESOLVER_H

#include "core/text/dns.h"
#include "directory/config.h"

#include <stdatomic.h>
#include <stdint.h>

/* One for a process; safe in any thread.  Runs a thread of its own. */
struct ps_resolver;

/* 0, or -1 with a sentence in error_r.  config is not kept. */
int ps_resolver_new(const struct ps_config_dns *config,
		    struct ps_resolver **resolver_r,
		    char error_r[PS_CONFIG_ERROR_MAX]);
/*
 * The same once more, with all it has cached, for one more owner who frees it
 * as well; NULL where one of config would differ, as one of its files has
 * changed since, too.  timeout is no part of it.
 */
struct ps_resolver *ps_resolver_again(struct ps_resolver *resolver,
				      const struct ps_config_dns *config);
/* With its last owner it is gone; its sessions are freed before; questions may
 * still be on their way. */
void ps_resolver_free(struct ps_resolver **resolver);

struct ps_resolver_stats {
	uint64_t questions, cache_hits, sent, failed, timeouts;
	size_t cached, pending; /* now: answers kept, questions on their way */
};
void ps_resolver_stats(struct ps_resolver *resolver,
		       struct ps_resolver_stats *stats_r);
/* What resolvers count together, one after the other; all zero at first. */
struct ps_resolver_totals {
	atomic_ullong questions, cache_hits, sent, failed, timeouts;
};
/* Before it is asked: count in totals, which outlive it. */
void ps_resolver_count_in(struct ps_resolver *resolver,
			  struct ps_resolver_totals *totals);

/*
 * One message's questions.  Answers borrowed through its port live until the
 * session is freed, and the same question always gets the same answer.  One
 * thread at a time.  Freeing it does not wait for questions on their way.
 */
struct ps_dns_session;

int ps_dns_session_new(struct ps_resolver *resolver,
		       struct ps_dns_session **session_r);
void ps_dns_session_free(struct ps_dns_session **session);
/* The port for the core; valid as long as the session. */
struct ps_dns ps_dns_session_port(struct ps_dns_session *session);
/*
 * Wait until every question now on its way is answered, or milliseconds are
 * over.  False when time ran out: what is still on its way is TEMPFAIL from
 * now on, for this session.
 */
bool ps_dns_session_wait(struct ps_dns_session *session,
			 unsigned int milliseconds);
/* Seconds the answer could be kept when it came.  False: none came. */
bool ps_dns_session_ttl(struct ps_dns_session *session, const char *name,
			enum ps_dns_type type, unsigned int *seconds_r);
/* Different questions asked, for the log line. */
unsigned int ps_dns_session_questions(const struct ps_dns_session *session);

#endif
