/* inbound_dmarc.c - the DMARC of mail from outside, as dmarc { } has it. */

#include "milter/inbound_dmarc.h"

struct ps_dmarc_query ps_inbound_dmarc_query(const struct ps_message *message)
{
	const struct ps_service *service = message->service;
	const struct ps_inbound *in = &message->in;

	return (struct ps_dmarc_query){
		.fields = &message->fields,
		.spf = in->spf_wanted ? &in->spf : NULL,
		.dkim = in->dkim,
		.dkim_count = in->dkim_count,
		.trust_length = service->config->dkim.trust_length == PS_YES,
		.idn = service->idn,
		.psl = service->config->dmarc.org_domain == PS_ORG_PSL
			       ? service->psl
			       : NULL,
	};
}

static bool compares(const struct ps_message *message)
{
	return message->service->config->dmarc.org_domain == PS_ORG_COMPARE;
}

void ps_inbound_dmarc_prepare(struct ps_message *message)
{
	const struct ps_dns *dns = &message->in.questions.dns;
	struct ps_dmarc_query query = ps_inbound_dmarc_query(message);

	(void)ps_dmarc_prepare(&query, dns);
	if (compares(message)) {
		query.psl = message->service->psl;
		(void)ps_dmarc_prepare(&query, dns);
	}
}

void ps_inbound_dmarc_judge(struct ps_message *message)
{
	struct ps_dmarc_query query = ps_inbound_dmarc_query(message);
	struct ps_inbound *in = &message->in;

	in->dmarc_done = ps_dmarc_check(&query, &in->questions.dns, &in->dmarc);
	if (compares(message)) {
		query.psl = message->service->psl;
		in->dmarc_done = ps_dmarc_check(&query, &in->questions.dns,
						&in->dmarc_listed) &&
				 in->dmarc_done;
		in->dmarc_differs =
			ps_dmarc_differ(&in->dmarc, &in->dmarc_listed);
	}
	/* Whoever sends cannot tell in which microsecond we are done. */
	if (in->dmarc_done)
		ps_dmarc_sample(&in->dmarc,
				(unsigned int)(message->end_us % 100));
}
