/* dns_session.c - one message's questions: asked once, answered alike. */

#include "io/clock.h"
#include "io/resolver_hub.h"

#include <stdlib.h>
#include <string.h>

/* Ours; SPF may ask 10 times for 10 names each (RFC 7208 4.6.4). */
#define QUESTIONS_MAX 512

struct ps_dns_session {
	struct ps_resolver *resolver;
	struct ps_dns_waiting waiting;
	struct ps_dns_ask **asks;
	size_t count, size;
};

static const struct ps_dns_answer no_such_name = { .nxdomain = true };

int ps_dns_session_new(struct ps_resolver *resolver,
		       struct ps_dns_session **session_r)
{
	struct ps_dns_session *session = calloc(1, sizeof(*session));
	pthread_condattr_t clock;

	*session_r = NULL;
	if (session == NULL)
		return -1;
	session->resolver = resolver;
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	if (pthread_cond_init(&session->waiting.told, &clock) != 0) {
		pthread_condattr_destroy(&clock);
		free(session);
		return -1;
	}
	pthread_condattr_destroy(&clock);
	*session_r = session;
	return 0;
}

void ps_dns_session_free(struct ps_dns_session **session)
{
	struct ps_dns_session *s = *session;
	size_t i;

	if (s == NULL)
		return;
	(void)ps_dns_session_wait(s, 0);
	for (i = 0; i < s->count; i++) {
		ps_dns_kept_release(&s->asks[i]->kept);
		free(s->asks[i]);
	}
	pthread_cond_destroy(&s->waiting.told);
	free(s->asks);
	free(s);
	*session = NULL;
}

/* RFC 1035 2.3.4, RFC 2181 11: any octet, but labels of 1 to 63. */
static bool is_name(const char *name, size_t *len_r)
{
	size_t i, label = 0;

	for (i = 0; name[i] != '\0'; i++) {
		if (i == PS_DOMAIN_MAX)
			return false;
		if (name[i] != '.' && ++label > PS_LABEL_MAX)
			return false;
		if (name[i] == '.' && label == 0)
			return false;
		if (name[i] == '.')
			label = 0;
	}
	*len_r = i;
	return label > 0;
}

static struct ps_dns_ask *find(const struct ps_dns_session *session,
			       const struct ps_dns_key *key)
{
	size_t i;

	for (i = 0; i < session->count; i++) {
		if (ps_dns_key_equal(&session->asks[i]->key, key))
			return session->asks[i];
	}
	return NULL;
}

static struct ps_dns_ask *add(struct ps_dns_session *session,
			      const struct ps_dns_key *key)
{
	size_t size = session->size == 0 ? 16 : session->size * 2;
	struct ps_dns_ask *ask, **asks;

	if (session->count == QUESTIONS_MAX)
		return NULL;
	if (session->count == session->size) {
		asks = realloc(session->asks,
			       size * sizeof(struct ps_dns_ask *));
		if (asks == NULL)
			return NULL;
		session->asks = asks;
		session->size = size;
	}
	ask = calloc(1, sizeof(*ask) + key->len + 1);
	if (ask == NULL)
		return NULL;
	memcpy(ask + 1, key->name, key->len);
	ask->key = *key;
	ask->key.name = (const char *)(ask + 1);
	ask->waiting = &session->waiting;
	atomic_init(&ask->status, PS_DNS_PENDING);
	session->asks[session->count++] = ask;
	return ask;
}

static enum ps_dns_status lookup(void *ctx, const char *name,
				 enum ps_dns_type type,
				 const struct ps_dns_answer **answer_r)
{
	struct ps_dns_session *session = ctx;
	struct ps_dns_key key = { .name = name, .type = type };
	struct ps_dns_ask *ask;
	enum ps_dns_status status;

	*answer_r = NULL;
	if (!is_name(name, &key.len)) {
		*answer_r = &no_such_name;
		return PS_DNS_NOTFOUND;
	}
	key.hash = ps_resolver_hash(session->resolver, name, key.len, type);
	ask = find(session, &key);
	if (ask == NULL) {
		ask = add(session, &key);
		if (ask == NULL)
			return PS_DNS_TEMPFAIL;
		ps_resolver_ask(session->resolver, ask);
	}
	status = atomic_load_explicit(&ask->status, memory_order_acquire);
	if (status == PS_DNS_FOUND || status == PS_DNS_NOTFOUND)
		*answer_r = &ask->kept->answer;
	return status;
}

bool ps_dns_session_ttl(struct ps_dns_session *session, const char *name,
			enum ps_dns_type type, unsigned int *seconds_r)
{
	struct ps_dns_key key = { .name = name,
				  .len = strlen(name),
				  .type = type };
	const struct ps_dns_ask *ask;

	key.hash = ps_resolver_hash(session->resolver, name, key.len, type);
	ask = find(session, &key);
	if (ask == NULL)
		return false;
	switch (atomic_load_explicit(&ask->status, memory_order_acquire)) {
	case PS_DNS_FOUND:
	case PS_DNS_NOTFOUND:
		*seconds_r = ask->kept->ttl;
		return true;
	case PS_DNS_TEMPFAIL:
	case PS_DNS_PENDING:
		break;
	}
	return false;
}

struct ps_dns ps_dns_session_port(struct ps_dns_session *session)
{
	return (struct ps_dns){ .lookup = lookup, .ctx = session };
}

bool ps_dns_session_wait(struct ps_dns_session *session,
			 unsigned int milliseconds)
{
	return ps_resolver_wait(session->resolver, &session->waiting,
				ps_clock_monotonic_us() +
					milliseconds * UINT64_C(1000),
				session->asks, session->count);
}

unsigned int ps_dns_session_questions(const struct ps_dns_session *session)
{
	return (unsigned int)session->count;
}
