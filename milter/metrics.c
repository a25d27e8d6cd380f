/* metrics.c - what the daemon has done, in numbers that only go up. */

#include "milter/metrics.h"

#include "milter/inbound_arc.h"
#include "milter/inbound_seal.h"

#include <string.h>

/* From a verdict out of the cache to dns.timeout. */
const uint64_t ps_metrics_bound_us[PS_METRICS_BUCKETS - 1] = {
	1000,	2500,	5000,	 10000,	  25000,   50000,   100000,
	250000, 500000, 1000000, 2500000, 5000000, 10000000
};

static void add(atomic_ullong *counter, unsigned long long number)
{
	atomic_fetch_add_explicit(counter, number, memory_order_relaxed);
}

static void add_verdict(struct ps_metrics *metrics,
			enum ps_metrics_method method, unsigned int result)
{
	if (result < PS_METRICS_RESULTS)
		add(&metrics->verdicts[method][result], 1);
}

static void add_verdicts(struct ps_metrics *metrics,
			 const struct ps_inbound *in)
{
	size_t i;

	if (in->spf_done)
		add_verdict(metrics, PS_METRICS_SPF, in->spf.result);
	if (in->dkim_done && in->dkim_count == 0)
		add_verdict(metrics, PS_METRICS_DKIM, PS_DKIM_NONE);
	for (i = 0; in->dkim_done && i < in->dkim_count; i++)
		add_verdict(metrics, PS_METRICS_DKIM, in->dkim[i].result);
	if (in->arc != NULL && in->arc->verdict != NULL)
		add_verdict(metrics, PS_METRICS_ARC, in->arc->verdict->result);
	if (in->dmarc_wanted && in->dmarc_done)
		add_verdict(metrics, PS_METRICS_DMARC, in->dmarc.result);
}

static void add_signatures(struct ps_metrics *metrics,
			   const struct ps_outbound *out)
{
	size_t i;

	for (i = 0; out->signatures > 0 && i < out->keys->count; i++) {
		if ((out->made & (UINT32_C(1) << i)) != 0)
			add(&metrics->signatures[out->keys->key[i].type], 1);
	}
}

static void add_time(struct ps_metrics *metrics, enum ps_origin origin,
		     uint64_t microseconds)
{
	size_t i = 0;

	while (i < PS_METRICS_BUCKETS - 1 &&
	       microseconds > ps_metrics_bound_us[i])
		i++;
	add(&metrics->bucket[origin][i], 1);
	add(&metrics->microseconds[origin], microseconds);
}

void ps_metrics_message(struct ps_metrics *metrics,
			const struct ps_message *message, bool carried_out)
{
	const struct ps_inbound *in = &message->in;
	const enum ps_disposition disposition =
		carried_out ? message->answer.disposition : PS_DEFER;
	const struct ps_forged *forged;

	if (metrics == NULL)
		return;
	add(&metrics->messages[message->origin][disposition], 1);
	add(&metrics->octets[message->origin], message->octets);
	add(&metrics->recipients[message->origin], message->recipients);
	add_time(metrics, message->origin,
		 message->service->microseconds() - message->end_us);
	add_verdicts(metrics, in);
	add_signatures(metrics, &message->out);
	if (in->seal != NULL && in->seal->number > 0)
		add(&metrics->seals, 1);
	for (forged = message->forged; forged != NULL; forged = forged->above)
		add(&metrics->forged, 1);
}

void ps_metrics_no_session(struct ps_metrics *metrics)
{
	if (metrics != NULL)
		add(&metrics->messages[PS_METRICS_ORIGINS - 1][PS_DEFER], 1);
}

void ps_metrics_lookup(struct ps_metrics *metrics, enum ps_view view,
		       enum ps_metrics_lookup lookup)
{
	if (metrics != NULL)
		add(&metrics->lookups[view][lookup], 1);
}

static enum ps_metrics_answer answer_of(struct ps_bytes action)
{
	static const struct {
		struct ps_bytes word;
		enum ps_metrics_answer answer;
	} words[] = {
		{ PS_BYTES("DUNNO"), PS_ANSWER_DUNNO },
		{ PS_BYTES("OK"), PS_ANSWER_OK },
		{ PS_BYTES("REJECT"), PS_ANSWER_REJECT },
		{ PS_BYTES("5"), PS_ANSWER_REJECT },
		{ PS_BYTES("DEFER"), PS_ANSWER_DEFER },
		{ PS_BYTES("4"), PS_ANSWER_DEFER },
		{ PS_BYTES("HOLD"), PS_ANSWER_HOLD },
		{ PS_BYTES("DISCARD"), PS_ANSWER_DISCARD },
		{ PS_BYTES("WARN"), PS_ANSWER_WARN },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (ps_bytes_starts_fold(action, words[i].word))
			return words[i].answer;
	}
	return PS_ANSWER_OTHER;
}

void ps_metrics_answer(struct ps_metrics *metrics, struct ps_bytes action)
{
	if (metrics != NULL)
		add(&metrics->answers[answer_of(action)], 1);
}
