/* policy_asking.h - what one policy request asks of others: the DNS, and other
 * policy servers. */
#ifndef PS_MILTER_POLICY_ASKING_H
#define PS_MILTER_POLICY_ASKING_H

#include "core/rules/policy_request.h"
#include "milter/service.h"

#define PS_ASKING_SERVERS_MAX 4	      /* asked for one request; ours */
#define PS_ASKING_SERVERS_US  9000000 /* for all of them; postfwd's */

/* The service of now, held; the caller releases it. */
struct ps_policy_world {
	struct ps_service *(*hold)(void *ctx);
	void *ctx;
};

struct ps_policy_told {
	const char *host; /* the rule's: compared by its address */
	unsigned int port;
	enum ps_dns_status status;
	struct ps_buffer answer;
};

/* Nothing is opened before the first question: most requests ask none. */
struct ps_policy_asking {
	const struct ps_policy_world *world;
	const struct ps_policy_request *request;
	struct ps_service *service; /* NULL: nothing was asked */
	struct ps_questions questions;
	bool open; /* questions are */
	uint64_t dns_until, servers_until;
	size_t count;
	struct ps_policy_told told[PS_ASKING_SERVERS_MAX];
};

/* world, request: borrowed until the end. */
void ps_policy_asking_begin(struct ps_policy_asking *asking,
			    const struct ps_policy_world *world,
			    const struct ps_policy_request *request);
void ps_policy_asking_end(struct ps_policy_asking *asking);
/* Ports for the rules, as long as asking lasts. */
struct ps_dns ps_policy_asking_dns(struct ps_policy_asking *asking);
/* A server that does not answer is said in the log once a minute. */
struct ps_rule_ask ps_policy_asking_servers(struct ps_policy_asking *asking);
/*
 * Until all that was asked of the DNS is answered.  For all the waiting of a
 * request there are dns.timeout seconds; after that what is not answered fails.
 */
void ps_policy_asking_wait(struct ps_policy_asking *asking);

#endif
