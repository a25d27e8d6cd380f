/* withhold.c - no signature that verifiers would find bad. */

#include "milter/withhold.h"

#include "directory/log.h"
#include "io/published.h"

#define ROUNDS_MAX 10 /* of questions; all leave in the first */

static enum ps_published known(const struct ps_withhold *withhold, size_t i,
			       bool *fresh_r)
{
	const struct ps_service *service = withhold->service;

	return ps_keyfolder_published(service->keys, withhold->keys, i,
				      service->seconds(), fresh_r);
}

/* Said once for each key, when it turns out to be so or no more to be so. */
static void note(const struct ps_withhold *withhold, size_t i,
		 enum ps_published published)
{
	const struct ps_service *service = withhold->service;
	const char *selector = withhold->keys->key[i].selector;
	bool fresh,
		was_other = known(withhold, i, &fresh) == PS_PUBLISHED_OTHER;

	if (!ps_keyfolder_note(service->keys, withhold->keys, i,
			       service->seconds(), published))
		return;
	if (published == PS_PUBLISHED_OTHER)
		ps_log(PS_LOG_ERROR,
		       "signatures of %s withheld: the DNS has no record, or "
		       "another than ours, at %s._domainkey.%s",
		       withhold->domain, selector, withhold->domain);
	else if (was_other)
		ps_log(PS_LOG_INFO,
		       "signatures of %s no more withheld: the DNS has our "
		       "record at %s._domainkey.%s",
		       withhold->domain, selector, withhold->domain);
}

bool ps_withhold_due(const struct ps_withhold *withhold)
{
	bool fresh = true;
	size_t i;

	if (withhold->check == PS_NO)
		return false;
	for (i = 0; i < withhold->keys->count && fresh; i++)
		(void)known(withhold, i, &fresh);
	return !fresh;
}

/* Keys whose record was looked at lately are left out. */
bool ps_withhold_round(const struct ps_withhold *withhold)
{
	enum ps_published before, now;
	bool fresh, done = true;
	size_t i;

	for (i = 0; i < withhold->keys->count; i++) {
		before = known(withhold, i, &fresh);
		if (fresh)
			continue;
		now = ps_published_ask(withhold->domain,
				       &withhold->keys->key[i],
				       &withhold->questions->dns);
		if (now != PS_PUBLISHED_PENDING)
			note(withhold, i, now);
		else if (before == PS_PUBLISHED_UNKNOWN)
			done = false;
	}
	return done;
}

bool ps_withhold_is(const struct ps_withhold *withhold, size_t i)
{
	bool fresh;

	return withhold->check == PS_YES &&
	       known(withhold, i, &fresh) == PS_PUBLISHED_OTHER;
}

struct ps_withhold ps_withhold_of(const struct ps_message *message)
{
	const struct ps_outbound *out = &message->out;

	return (struct ps_withhold){
		.service = message->service,
		.keys = out->keys,
		.domain = out->domain,
		.check = out->signature.check_published,
		.questions = &out->questions,
	};
}

void ps_withhold_ask(struct ps_message *message)
{
	const struct ps_withhold withhold = ps_withhold_of(message);
	struct ps_outbound *out = &message->out;

	if (!ps_withhold_due(&withhold))
		return;
	out->asking =
		message->service->ask(message->service, &out->questions) == 0;
	if (out->asking)
		(void)ps_withhold_round(&withhold);
	else
		message->no_memory = true;
}

void ps_withhold_answered(struct ps_message *message)
{
	const struct ps_withhold withhold = ps_withhold_of(message);
	const struct ps_service *service = message->service;
	struct ps_questions *questions = &message->out.questions;
	uint64_t now, until = message->end_us +
			      service->config->dns.timeout * UINT64_C(1000000);
	unsigned int round;

	for (round = 0; round < ROUNDS_MAX && message->out.asking; round++) {
		if (ps_withhold_round(&withhold))
			return;
		now = service->microseconds();
		(void)questions->wait(
			questions->ctx,
			now < until ? (unsigned int)((until - now) / 1000) : 0);
	}
}
