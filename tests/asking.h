/* asking.h - questions to a resolver, and answers in words. */
#ifndef PS_TESTS_ASKING_H
#define PS_TESTS_ASKING_H

#include "core/text/buffer.h"
#include "io/resolver.h"

#define ASKING_PATIENCE 10000 /* milliseconds */

/* One that asks 127.0.0.1 at port; aborts when there is none. */
struct ps_resolver *asking_resolver(unsigned int port, unsigned int ttl_max);
struct ps_dns_session *asking_session(struct ps_resolver *resolver);
/* "pending", "tempfail", "nxdomain", "notfound", or each record and ";" */
void asking_words(struct ps_dns_session *session, const char *name,
		  enum ps_dns_type type, struct ps_buffer *words);
/* Ask, wait, and look again; the same in a session of its own. */
void asking_wait(struct ps_dns_session *session, const char *name,
		 enum ps_dns_type type, struct ps_buffer *words);
void asking_once(struct ps_resolver *resolver, const char *name,
		 enum ps_dns_type type, struct ps_buffer *words);
/* Of this resolver, since it began. */
struct ps_resolver_stats asking_stats(struct ps_resolver *resolver);

#endif
