/* inbound.c - mail from outside: SPF, DKIM, ARC, DMARC, judged and marked. */

#include "core/auth/authres.h"
#include "core/auth/judge.h"
#include "milter/inbound_arc.h"
#include "milter/inbound_dmarc.h"
#include "milter/inbound_policy.h"
#include "milter/inbound_seal.h"
#include "milter/inbound_spf.h"

#include <stdio.h>
#include <string.h>

#define ROUNDS_MAX 200 /* of questions; SPF alone may need 30 */

static const char too_large[] = "header too large";

static void open_questions(struct ps_message *message)
{
	struct ps_inbound *in = &message->in;

	in->asking =
		message->service->ask(message->service, &in->questions) == 0;
	if (!in->asking)
		message->no_memory = true;
}

void ps_inbound_begin(struct ps_message *message)
{
	open_questions(message);
	ps_inbound_spf_begin(message, &message->client->ip,
			     message->client->helo);
	(void)ps_inbound_policy_signs(message);
}

static void begin_dkim(struct ps_message *message)
{
	const struct ps_service *service = message->service;
	const struct ps_dkim_engine *engine = service->dkim;
	struct ps_inbound *in = &message->in;

	in->dkim_options = (struct ps_dkim_options){
		.signatures_max = service->config->dkim.signatures_max,
		.now = service->seconds(),
		.idn = service->idn,
		.bodies = in->bodies,
	};
	if (engine->verifier_new(engine->ctx, &message->fields, service->crypto,
				 &in->dkim_options, &in->verifier) < 0) {
		message->no_memory = true;
		return;
	}
	(void)engine->verifier_keys(in->verifier, &in->questions.dns);
	in->dkim = engine->verifier_verdicts(in->verifier, &in->dkim_count);
}

/*
 * Signatures and author are judged over the whole header or not at all: what
 * was not kept may be a second From.
 */
static void judge_unread(struct ps_inbound *in)
{
	static const struct ps_dkim_verdict unread = {
		.result = PS_DKIM_PERMERROR,
		.reason = "header too large",
	};

	in->dkim = &unread;
	in->dkim_count = 1;
	in->dkim_done = true;
	in->dmarc.result = PS_DMARC_PERMERROR;
	in->dmarc.disposition = PS_DMARC_POLICY_REJECT;
	memcpy(in->dmarc.reason, too_large, sizeof(too_large));
	in->dmarc_done = true;
}

void ps_inbound_header(struct ps_message *message)
{
	const struct ps_service *service = message->service;
	struct ps_inbound *in = &message->in;

	if (message->origin == PS_ORIGIN_BACKUP) {
		open_questions(message);
		ps_inbound_spf_before_backup(message);
	}
	if (message->no_memory)
		return;
	in->dmarc_wanted = service->config->dmarc.on_reject != PS_ENFORCE_OFF;
	if (message->header_too_large) {
		judge_unread(in);
		ps_message_note(message, "%s", too_large);
		return;
	}
	if (ps_dkim_bodies_new(service->crypto, &in->bodies) < 0) {
		message->no_memory = true;
		return;
	}
	begin_dkim(message);
	ps_inbound_arc_begin(message);
	ps_inbound_seal_begin(message);
	if (in->dmarc_wanted)
		ps_inbound_dmarc_prepare(message);
	(void)ps_inbound_spf_judge(message);
}

/* Whatever can be judged with the answers that are there; true: all of it. */
static bool judge_once(struct ps_message *message)
{
	const struct ps_dns *dns = &message->in.questions.dns;
	struct ps_inbound *in = &message->in;
	bool spf_done = ps_inbound_spf_judge(message);
	bool arc_done = ps_inbound_arc_judge(message);
	bool seal_ready = ps_inbound_seal_ready(message);

	if (!in->dkim_done)
		in->dkim_done = message->service->dkim->verifier_finish(
			in->verifier, dns, &in->dkim, &in->dkim_count);
	if (in->dmarc_wanted && !in->dmarc_done) {
		if (in->dkim_done && (in->spf_done || !in->spf_wanted))
			ps_inbound_dmarc_judge(message);
		else
			ps_inbound_dmarc_prepare(message);
	}
	return ps_inbound_policy_signs(message) && in->dkim_done && spf_done &&
	       arc_done && seal_ready && (in->dmarc_done || !in->dmarc_wanted);
}

/*
 * dns.timeout is for all the waiting of a message together.  Once it is over
 * whatever is asked fails at once, so the rounds come to an end; their bound
 * guards against a defect of ours only.
 */
static void judge_all(struct ps_message *message)
{
	const struct ps_service *service = message->service;
	struct ps_questions *questions = &message->in.questions;
	uint64_t now, until = message->end_us +
			      service->config->dns.timeout * UINT64_C(1000000);
	unsigned int round, left;

	for (round = 0; round < ROUNDS_MAX; round++) {
		if (judge_once(message))
			return;
		now = service->microseconds();
		left = now < until ? (unsigned int)((until - now) / 1000) : 0;
		(void)questions->wait(questions->ctx, left);
	}
	ps_message_note(message, "judgement does not end");
	ps_answer_defer(&message->answer, "4.3.0",
			"Cannot judge this message now, try again later");
}

static enum ps_exempt exemption(const struct ps_message *message)
{
	if (message->origin == PS_ORIGIN_BACKUP)
		return PS_EXEMPT_RELAY;
	if (message->exempt_sender)
		return PS_EXEMPT_SENDER;
	if (message->recipients && !message->guarded)
		return PS_EXEMPT_RECIPIENT;
	return PS_EXEMPT_NOT;
}

static void decide(struct ps_message *message)
{
	const struct ps_config *config = message->service->config;
	const struct ps_inbound *in = &message->in;
	const struct ps_judge_facts facts = {
		.exempt = exemption(message),
		.spf = in->spf_wanted ? &in->spf : NULL,
		.dmarc = in->dmarc_wanted ? &in->dmarc : NULL,
		.spf_on_fail = config->spf.on_fail,
		.dmarc_on_reject = config->dmarc.on_reject,
		.spare = ps_inbound_policy_spare(message),
		.arc = in->arc != NULL ? &in->arc->trust : NULL,
		.reject_when = config->dmarc.reject_when,
		.on_unconfirmed = config->dmarc.on_unconfirmed,
		.no_reverse_name = in->no_reverse_name,
		.listed = in->listed != NULL,
	};
	struct ps_decision decision;
	char *code, *status;

	ps_judge(&facts, &decision);
	message->in.facts = facts;
	message->in.decision = decision;
	ps_inbound_policy_note(message, &decision);
	switch (decision.action) {
	case PS_ACTION_ACCEPT:
		break;
	case PS_ACTION_QUARANTINE:
		ps_answer_hold(&message->answer, decision.text);
		break;
	case PS_ACTION_REJECT:
		code = ps_arena_text(message->arena, decision.code);
		status = ps_arena_text(message->arena, decision.status);
		if (code == NULL || status == NULL)
			message->no_memory = true;
		else
			ps_answer_refuse(&message->answer, code, status,
					 decision.text);
		break;
	}
}

static bool fill_arc(const struct ps_inbound *in, struct ps_authres_arc *arc_r)
{
	if (in->arc == NULL || in->arc->verdict == NULL)
		return false;
	arc_r->verdict = in->arc->verdict;
	arc_r->trust = &in->arc->trust;
	arc_r->spared = in->decision.spared;
	return true;
}

static void insert_results(struct ps_message *message)
{
	const struct ps_inbound *in = &message->in;
	const char *authserv_id = message->service->config->authserv_id;
	struct ps_authres_arc arc = { .client = &message->client->ip };
	struct ps_buffer value = PS_BUFFER(PS_AUTHRES_MAX);

	if (message->origin == PS_ORIGIN_TRUSTED) {
		ps_authres_write_none(authserv_id, &value);
	} else {
		const struct ps_authres results = {
			.authserv_id = authserv_id,
			.spf_query = in->spf_wanted ? &in->spf_query : NULL,
			.spf = in->spf_wanted ? &in->spf : NULL,
			.dkim = in->dkim,
			.dkim_count = in->dkim_count,
			.dmarc = in->dmarc_wanted ? &in->dmarc : NULL,
			.helo = in->helo_wanted ? &in->helo : NULL,
			.arc = fill_arc(in, &arc) ? &arc : NULL,
		};
		ps_authres_write(&results, &value);
	}
	if (value.failed) {
		message->no_memory = true;
	} else {
		ps_answer_insert(&message->answer, "Authentication-Results",
				 (struct ps_bytes){ value.data, value.len });
		ps_inbound_seal_insert(
			message, (struct ps_bytes){ value.data, value.len });
	}
	ps_buffer_free(&value);
}

void ps_inbound_end(struct ps_message *message)
{
	if (message->origin != PS_ORIGIN_TRUSTED) {
		judge_all(message);
		decide(message);
		memcpy(message->author, message->in.dmarc.from_domain,
		       sizeof(message->author));
		ps_inbound_spf_insert(message);
	}
	insert_results(message);
}

void ps_inbound_free(struct ps_message *message)
{
	struct ps_inbound *in = &message->in;

	message->service->dkim->verifier_free(&in->verifier);
	ps_inbound_arc_free(message);
	ps_inbound_seal_free(message);
	ps_dkim_bodies_free(&in->bodies);
	if (in->asking)
		in->questions.close(in->questions.ctx);
	in->asking = false;
}
