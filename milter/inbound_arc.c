/* inbound_arc.c - the ARC chain of mail from outside (RFC 8617). */

#include "milter/inbound_arc.h"

void ps_inbound_arc_begin(struct ps_message *message)
{
	const struct ps_service *service = message->service;
	struct ps_inbound *in = &message->in;
	struct ps_inbound_arc *arc =
		ps_arena_alloc(message->arena, sizeof(*arc));
	const struct ps_arc_options options = {
		.now = service->seconds(),
		.idn = service->idn,
		.bodies = in->bodies,
	};

	in->arc = arc;
	if (arc == NULL ||
	    ps_arc_validator_new(&message->fields, service->crypto, &options,
				 &arc->validator) < 0)
		message->no_memory = true;
	else
		(void)ps_arc_validator_keys(arc->validator, &in->questions.dns);
}

/* What the sets say, and whether a trusted sealer vouches for the author. */
static void find_trust(struct ps_message *message)
{
	const struct ps_config_list *trusted =
		&message->service->config->arc.trusted_sealers;
	struct ps_inbound_arc *arc = message->in.arc;
	struct ps_dmarc_authors authors;
	const struct ps_arc_trust_query query = {
		.chain = ps_arc_validator_chain(arc->validator),
		.verdict = arc->verdict,
		.authors = &authors,
		.trusted = trusted->at,
		.trusted_count = trusted->count,
		.idn = message->service->idn,
		.arena = message->arena,
	};

	if (query.chain->count == 0)
		return;
	ps_dmarc_authors_find(&message->fields, query.idn, &authors);
	ps_arc_trust_find(&query, &arc->trust);
}

bool ps_inbound_arc_judge(struct ps_message *message)
{
	struct ps_inbound_arc *arc = message->in.arc;
	const struct ps_arc_verdict *verdict;

	if (arc == NULL || arc->verdict != NULL)
		return true;
	if (!ps_arc_validator_finish(arc->validator, &message->in.questions.dns,
				     &verdict))
		return false;
	arc->verdict = verdict;
	find_trust(message);
	return true;
}

void ps_inbound_arc_free(struct ps_message *message)
{
	if (message->in.arc != NULL)
		ps_arc_validator_free(&message->in.arc->validator);
}
