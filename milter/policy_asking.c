/* policy_asking.c - what one policy request asks of others. */

#include "milter/policy_asking.h"

#include "io/clock.h"
#include "io/policy_client.h"
#include "milter/quiet.h"
#include "milter/server.h"

#include <string.h>

/* False: no memory. */
static bool open_questions(struct ps_policy_asking *asking)
{
	struct ps_service *service = asking->service;

	if (asking->open)
		return true;
	if (service == NULL)
		service = asking->world->hold(asking->world->ctx);
	asking->service = service;
	if (service->ask(service, &asking->questions) < 0)
		return false;
	asking->dns_until = service->microseconds() +
			    service->config->dns.timeout * UINT64_C(1000000);
	asking->open = true;
	return true;
}

static enum ps_dns_status lookup(void *ctx, const char *name,
				 enum ps_dns_type type,
				 const struct ps_dns_answer **answer_r)
{
	struct ps_policy_asking *asking = ctx;
	const struct ps_dns *dns = &asking->questions.dns;

	*answer_r = NULL;
	if (!open_questions(asking))
		return PS_DNS_TEMPFAIL;
	return dns->lookup(dns->ctx, name, type, answer_r);
}

/* ---- other policy servers ---- */

/* RFC 6761 6.3: localhost is nothing to ask the DNS for. */
static enum ps_dns_status address_of(struct ps_policy_asking *asking,
				     const char *host, struct ps_ip *ip_r)
{
	static const enum ps_dns_type types[] = { PS_DNS_A, PS_DNS_AAAA };
	const struct ps_dns_answer *answer;
	enum ps_dns_status status = PS_DNS_NOTFOUND;
	char name[PS_DOMAIN_MAX + 1];
	size_t i;

	if (ps_bytes_equal_fold(ps_bytes_of(host), PS_BYTES("localhost")))
		host = "127.0.0.1";
	if (ps_ip_parse(host, ip_r))
		return PS_DNS_FOUND;
	if (!ps_bytes_copy(ps_bytes_of(host), name, sizeof(name)))
		return PS_DNS_NOTFOUND;
	ps_ascii_lower_all(name, strlen(name));
	for (i = 0; i < 2 && status == PS_DNS_NOTFOUND; i++) {
		status = lookup(asking, name, types[i], &answer);
		if (status == PS_DNS_FOUND)
			*ip_r = answer->record[0].ip;
	}
	return status;
}

static struct ps_policy_told *find(struct ps_policy_asking *asking,
				   const char *host, unsigned int port)
{
	size_t i;

	for (i = 0; i < asking->count; i++) {
		if (strcmp(asking->told[i].host, host) == 0 &&
		    asking->told[i].port == port)
			return &asking->told[i];
	}
	return NULL;
}

static void exchange(struct ps_policy_asking *asking, const struct ps_ip *ip,
		     struct ps_policy_told *told)
{
	char reason[PS_REASON_MAX];
	uint64_t now = ps_clock_monotonic_us(); /* policy_client.h's */

	ps_server_blocks();
	if (asking->servers_until == 0)
		asking->servers_until = now + PS_ASKING_SERVERS_US;
	if (ps_policy_client_ask(ip, told->port, asking->request,
				 asking->servers_until, &told->answer,
				 reason) == 0) {
		told->status = PS_DNS_FOUND;
		return;
	}
	told->status = PS_DNS_TEMPFAIL;
	ps_quiet_log(now, PS_LOG_WARNING, "policy: ask(%s:%u): %s", told->host,
		     told->port, reason);
}

/* The same answer to the same question, however often the rules are run. */
static enum ps_dns_status ask(void *ctx, const char *host, unsigned int port,
			      struct ps_bytes *answer_r)
{
	struct ps_policy_asking *asking = ctx;
	struct ps_policy_told *told = find(asking, host, port);
	enum ps_dns_status status;
	struct ps_ip ip;

	if (told == NULL) {
		if (asking->count == PS_ASKING_SERVERS_MAX)
			return PS_DNS_TEMPFAIL;
		status = address_of(asking, host, &ip);
		if (status == PS_DNS_PENDING)
			return status;
		told = &asking->told[asking->count++];
		*told = (struct ps_policy_told){
			.host = host,
			.port = port,
			.status = status,
			.answer = PS_BUFFER(PS_POLICY_ANSWER_MAX),
		};
		if (status == PS_DNS_FOUND)
			exchange(asking, &ip, told);
		else
			ps_quiet_log(ps_clock_monotonic_us(), PS_LOG_WARNING,
				     "policy: ask(%s:%u): the DNS has no "
				     "address of it",
				     host, port);
	}
	*answer_r = (struct ps_bytes){ ps_buffer_cstr(&told->answer),
				       told->answer.len };
	return told->status;
}

/* ---- from begin to end ---- */

void ps_policy_asking_begin(struct ps_policy_asking *asking,
			    const struct ps_policy_world *world,
			    const struct ps_policy_request *request)
{
	asking->world = world;
	asking->request = request;
	asking->service = NULL;
	asking->open = false;
	asking->servers_until = 0;
	asking->count = 0;
}

void ps_policy_asking_end(struct ps_policy_asking *asking)
{
	while (asking->count > 0)
		ps_buffer_free(&asking->told[--asking->count].answer);
	if (asking->open)
		asking->questions.close(asking->questions.ctx);
	if (asking->service != NULL)
		asking->service->release(asking->service);
	asking->open = false;
	asking->service = NULL;
}

struct ps_dns ps_policy_asking_dns(struct ps_policy_asking *asking)
{
	return (struct ps_dns){ lookup, asking };
}

struct ps_rule_ask ps_policy_asking_servers(struct ps_policy_asking *asking)
{
	return (struct ps_rule_ask){ ask, asking };
}

void ps_policy_asking_wait(struct ps_policy_asking *asking)
{
	uint64_t now;
	unsigned int left;

	if (!asking->open)
		return;
	ps_server_blocks();
	now = asking->service->microseconds();
	left = now < asking->dns_until
		       ? (unsigned int)((asking->dns_until - now) / 1000)
		       : 0;
	(void)asking->questions.wait(asking->questions.ctx, left);
}
