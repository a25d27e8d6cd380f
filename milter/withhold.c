/* withhold.c - no signature that verifiers would find bad. */

#include "milter/withhold.h"

#include "directory/log.h"
#include "io/published.h"

#define ROUNDS_MAX 10 /* of questions; all leave in the first */

static enum ps_published known(const struct ps_message *message, size_t i,
			       bool *fresh_r)
{
	const struct ps_service *service = message->service;

	return ps_keyfolder_published(service->keys, message->out.keys, i,
				      service->seconds(), fresh_r);
}

/* Said once for each key, when it turns out to be so or no more to be so. */
static void note(struct ps_message *message, size_t i,
		 enum ps_published published)
{
	const struct ps_service *service = message->service;
	const struct ps_outbound *out = &message->out;
	const char *selector = out->keys->key[i].selector;
	bool fresh, was_other = known(message, i, &fresh) == PS_PUBLISHED_OTHER;

	if (!ps_keyfolder_note(service->keys, out->keys, i, service->seconds(),
			       published))
		return;
	if (published == PS_PUBLISHED_OTHER)
		ps_log(PS_LOG_ERROR,
		       "signatures of %s withheld: the DNS has no record, or "
		       "another than ours, at %s._domainkey.%s",
		       out->domain, selector, out->domain);
	else if (was_other)
		ps_log(PS_LOG_INFO,
		       "signatures of %s no more withheld: the DNS has our "
		       "record at %s._domainkey.%s",
		       out->domain, selector, out->domain);
}

/* One round over the keys whose record was not looked at lately; true: an
 * answer is outstanding for one that nothing is known of. */
static bool ask_round(struct ps_message *message)
{
	struct ps_outbound *out = &message->out;
	enum ps_published before, now;
	bool fresh, wait = false;
	size_t i;

	for (i = 0; i < out->keys->count; i++) {
		before = known(message, i, &fresh);
		if (fresh)
			continue;
		now = ps_published_ask(out->domain, &out->keys->key[i],
				       &out->questions.dns);
		if (now != PS_PUBLISHED_PENDING)
			note(message, i, now);
		else if (before == PS_PUBLISHED_UNKNOWN)
			wait = true;
	}
	return wait;
}

static bool all_fresh(const struct ps_message *message)
{
	bool fresh = true;
	size_t i;

	for (i = 0; i < message->out.keys->count && fresh; i++)
		(void)known(message, i, &fresh);
	return fresh;
}

void ps_withhold_ask(struct ps_message *message)
{
	struct ps_outbound *out = &message->out;

	if (out->signature.check_published == PS_NO || all_fresh(message))
		return;
	out->asking =
		message->service->ask(message->service, &out->questions) == 0;
	if (out->asking)
		(void)ask_round(message);
	else
		message->no_memory = true;
}

void ps_withhold_answered(struct ps_message *message)
{
	const struct ps_service *service = message->service;
	struct ps_questions *questions = &message->out.questions;
	uint64_t now, until = message->end_us +
			      service->config->dns.timeout * UINT64_C(1000000);
	unsigned int round;

	for (round = 0; round < ROUNDS_MAX && message->out.asking; round++) {
		if (!ask_round(message))
			return;
		now = service->microseconds();
		(void)questions->wait(
			questions->ctx,
			now < until ? (unsigned int)((until - now) / 1000) : 0);
	}
}

bool ps_withhold_is(const struct ps_message *message, size_t i)
{
	bool fresh;

	return message->out.signature.check_published == PS_YES &&
	       known(message, i, &fresh) == PS_PUBLISHED_OTHER;
}
