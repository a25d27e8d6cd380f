/* service.h - what a session asks of its process; tests bring stand-ins. */
#ifndef PS_MILTER_SERVICE_H
#define PS_MILTER_SERVICE_H

#include "core/auth/dkim_engine.h"
#include "core/text/idn.h"
#include "core/text/psl.h"
#include "directory/directory.h"
#include "io/keyfolder.h"

#include <stdint.h>

struct ps_metrics; /* metrics.h */

/* One message's DNS. */
struct ps_questions {
	struct ps_dns dns;
	/* Until all are answered or milliseconds are over; then false, and
	 * what is on its way is TEMPFAIL from now on. */
	bool (*wait)(void *ctx, unsigned int milliseconds);
	unsigned int (*asked)(void *ctx);
	/* Of an answer, in seconds; false: not known.  NULL: never. */
	bool (*ttl)(void *ctx, const char *name, enum ps_dns_type type,
		    unsigned int *seconds_r);
	void (*close)(void *ctx); /* waits for nothing */
	void *ctx;
};

/*
 * One configuration in force and what was opened with it.  Immutable; whoever
 * holds it counts as a holder until release.  Safe in any thread.
 */
struct ps_service {
	const struct ps_config *config;
	const struct ps_crypto *crypto;
	const struct ps_dkim_engine *dkim;
	const struct ps_idn *idn;
	const struct ps_psl *psl; /* NULL: dmarc.org_domain needs none */
	struct ps_keyfolder *keys;
	/* 0, or -1 out of memory. */
	int (*ask)(struct ps_service *service,
		   struct ps_questions *questions_r);
	/*
	 * May login send as what: an address when match is PS_MATCH_ADDRESS, a
	 * domain when it is PS_MATCH_DOMAIN?  TEMPFAIL has a sentence in
	 * reason_r.
	 */
	enum ps_outcome (*may_send)(struct ps_service *service,
				    enum ps_from_must_match match,
				    const char *login, const char *what,
				    char reason_r[PS_REASON_MAX]);
	/* May login not send, by our own decision?  NULL: nobody is. */
	bool (*suspended)(struct ps_service *service, const char *login);
	/* As ps_directory_view(); TEMPFAIL has a sentence in reason_r. */
	enum ps_outcome (*view)(struct ps_service *service, enum ps_view view,
				const char *key, struct ps_buffer *answer,
				char reason_r[PS_REASON_MAX]);
	struct ps_metrics *metrics; /* what is done is counted; NULL: not */
	void (*release)(struct ps_service *service);
	uint64_t (*seconds)(void);	/* since 1970 */
	uint64_t (*microseconds)(void); /* monotonic */
};

#endif
