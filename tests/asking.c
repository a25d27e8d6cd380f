/* asking.c - questions to a resolver, and answers in words. */

#include "asking.h"

#include <stdio.h>
#include <stdlib.h>

struct ps_resolver *asking_resolver(unsigned int port, unsigned int ttl_max)
{
	char address[32], error[PS_CONFIG_ERROR_MAX];
	const char *servers[] = { address };
	const struct ps_config_dns config = {
		.servers = { 1, servers },
		.cache_records = 1000,
		.cache_ttl_max = ttl_max,
	};
	struct ps_resolver *resolver;

	snprintf(address, sizeof(address), "127.0.0.1@%u", port);
	if (ps_resolver_new(&config, &resolver, error) < 0) {
		fprintf(stderr, "%s\n", error);
		abort();
	}
	return resolver;
}

struct ps_dns_session *asking_session(struct ps_resolver *resolver)
{
	struct ps_dns_session *session;

	if (ps_dns_session_new(resolver, &session) < 0)
		abort();
	return session;
}

static void dump(struct ps_buffer *words, enum ps_dns_type type,
		 const struct ps_dns_record *record)
{
	char ip[PS_IP_TEXT_MAX];

	switch (type) {
	case PS_DNS_A:
	case PS_DNS_AAAA:
		ps_ip_format(&record->ip, ip);
		ps_buffer_text(words, ip);
		break;
	case PS_DNS_MX:
		ps_buffer_number(words, record->preference);
		ps_buffer_char(words, ' ');
		ps_buffer_bytes(words, record->text);
		break;
	case PS_DNS_NS:
	case PS_DNS_PTR:
	case PS_DNS_TXT:
		ps_buffer_bytes(words, record->text);
		break;
	}
	ps_buffer_char(words, ';');
}

void asking_words(struct ps_dns_session *session, const char *name,
		  enum ps_dns_type type, struct ps_buffer *words)
{
	const struct ps_dns port = ps_dns_session_port(session);
	const struct ps_dns_answer *answer;
	size_t i;

	switch (port.lookup(port.ctx, name, type, &answer)) {
	case PS_DNS_FOUND:
		for (i = 0; i < answer->count; i++)
			dump(words, type, &answer->record[i]);
		break;
	case PS_DNS_NOTFOUND:
		ps_buffer_text(words,
			       answer->nxdomain ? "nxdomain" : "notfound");
		break;
	case PS_DNS_TEMPFAIL:
		ps_buffer_text(words, "tempfail");
		break;
	case PS_DNS_PENDING:
		ps_buffer_text(words, "pending");
		break;
	}
}

void asking_wait(struct ps_dns_session *session, const char *name,
		 enum ps_dns_type type, struct ps_buffer *words)
{
	struct ps_buffer first = PS_BUFFER(words->max);

	asking_words(session, name, type, &first);
	ps_buffer_free(&first);
	(void)ps_dns_session_wait(session, ASKING_PATIENCE);
	asking_words(session, name, type, words);
}

void asking_once(struct ps_resolver *resolver, const char *name,
		 enum ps_dns_type type, struct ps_buffer *words)
{
	struct ps_dns_session *session = asking_session(resolver);

	asking_wait(session, name, type, words);
	ps_dns_session_free(&session);
}

struct ps_resolver_stats asking_stats(struct ps_resolver *resolver)
{
	struct ps_resolver_stats stats;

	ps_resolver_stats(resolver, &stats);
	return stats;
}
