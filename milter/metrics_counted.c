/* metrics_counted.c - what is counted in metrics.h, as Prometheus takes it. */

#include "milter/exposition.h"
#include "milter/metrics_text.h"

#define NAME "postseal_"

static const char *const origins[PS_METRICS_ORIGINS] = {
	[PS_METRICS_ORIGINS - 1] = "unknown",
};

static const char *origin_name(size_t i)
{
	return origins[i] != NULL ? origins[i]
				  : ps_origin_name((enum ps_origin)i);
}

static unsigned long long load(const atomic_ullong *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void messages(const struct ps_metrics *metrics, struct ps_buffer *out)
{
	static const char name[] = NAME "messages_total";
	size_t i, n;

	ps_exposition_family(out, name, "counter",
			     "Messages that came to their end, by what was "
			     "done with them.");
	for (i = 0; i < PS_METRICS_ORIGINS; i++) {
		for (n = 0; n < PS_METRICS_DISPOSITIONS; n++)
			ps_exposition_sample(
				out, name, "",
				PS_LABELS({ "direction", origin_name(i) },
					  { "action",
					    ps_disposition_name(
						    (enum ps_disposition)n) }),
				load(&metrics->messages[i][n]));
	}
}

static void by_origin(const atomic_ullong counter[PS_METRICS_ORIGINS],
		      const char *name, const char *help, struct ps_buffer *out)
{
	size_t i;

	ps_exposition_family(out, name, "counter", help);
	for (i = 0; i < PS_METRICS_ORIGINS - 1; i++)
		ps_exposition_sample(out, name, "",
				     PS_LABELS({ "direction", origin_name(i) }),
				     load(&counter[i]));
}

/* Buckets count what is below them, too. */
static void histogram(const struct ps_metrics *metrics, size_t origin,
		      const char *name, struct ps_buffer *out)
{
	const char *direction = origin_name(origin), *bound;
	char text[PS_EXPOSITION_SECONDS_MAX];
	unsigned long long sum = 0;
	size_t i;

	for (i = 0; i < PS_METRICS_BUCKETS; i++) {
		sum += load(&metrics->bucket[origin][i]);
		bound = i == PS_METRICS_BUCKETS - 1
				? "+Inf"
				: ps_exposition_seconds_text(
					  ps_metrics_bound_us[i], text);
		ps_exposition_sample(
			out, name, "_bucket",
			PS_LABELS({ "direction", direction }, { "le", bound }),
			sum);
	}
	ps_exposition_seconds(out, name, "_sum",
			      PS_LABELS({ "direction", direction }),
			      load(&metrics->microseconds[origin]));
	ps_exposition_sample(out, name, "_count",
			     PS_LABELS({ "direction", direction }), sum);
}

static void seconds(const struct ps_metrics *metrics, struct ps_buffer *out)
{
	static const char name[] = NAME "message_duration_seconds";
	size_t i;

	ps_exposition_family(out, name, "histogram",
			     "From the last octet of a message to the answer: "
			     "signing (out), judging (in).");
	for (i = 0; i < PS_METRICS_ORIGINS - 1; i++)
		histogram(metrics, i, name, out);
}

static void verdicts(const struct ps_metrics *metrics, struct ps_buffer *out)
{
	static const char name[] = NAME "verdicts_total";
	enum ps_metrics_method method;
	size_t i, n;

	ps_exposition_family(out, name, "counter",
			     "Verdicts on messages; of dkim on each signature, "
			     "none where there was none.");
	for (i = 0; i < PS_METRICS_METHODS; i++) {
		method = (enum ps_metrics_method)i;
		for (n = 0; n < ps_metrics_result_count(method); n++)
			ps_exposition_sample(
				out, name, "",
				PS_LABELS({ "method",
					    ps_metrics_method_name(method) },
					  { "result", ps_metrics_result_name(
							      method, n) }),
				load(&metrics->verdicts[i][n]));
	}
}

static void signatures(const struct ps_metrics *metrics, struct ps_buffer *out)
{
	static const char name[] = NAME "dkim_signatures_total";

	ps_exposition_family(out, name, "counter", "DKIM signatures made.");
	ps_exposition_sample(out, name, "",
			     PS_LABELS({ "algorithm", "rsa-sha256" }),
			     load(&metrics->signatures[PS_KEY_RSA]));
	ps_exposition_sample(out, name, "",
			     PS_LABELS({ "algorithm", "ed25519-sha256" }),
			     load(&metrics->signatures[PS_KEY_ED25519]));
	ps_exposition_family(out, NAME "arc_seals_total", "counter",
			     "ARC sets made.");
	ps_exposition_sample(out, NAME "arc_seals_total", "", NULL,
			     load(&metrics->seals));
	ps_exposition_family(out, NAME "forged_results_total", "counter",
			     "Authentication-Results fields in our name that "
			     "were removed.");
	ps_exposition_sample(out, NAME "forged_results_total", "", NULL,
			     load(&metrics->forged));
}

static void lookups(const struct ps_metrics *metrics, struct ps_buffer *out)
{
	static const char name[] = NAME "map_lookups_total";
	size_t i, n;

	ps_exposition_family(out, name, "counter",
			     "Lookups over socket maps, by what was found.");
	for (i = 0; i < PS_VIEW_COUNT; i++) {
		for (n = 0; n < PS_METRICS_LOOKUPS; n++)
			ps_exposition_sample(
				out, name, "",
				PS_LABELS(
					{ "view",
					  ps_view_name((enum ps_view)i) },
					{ "result",
					  ps_metrics_lookup_name(
						  (enum ps_metrics_lookup)n) }),
				load(&metrics->lookups[i][n]));
	}
}

static void answers(const struct ps_metrics *metrics, struct ps_buffer *out)
{
	static const char name[] = NAME "policy_answers_total";
	size_t i;

	ps_exposition_family(out, name, "counter",
			     "Answers to policy requests, by their first word; "
			     "5xx is reject, 4xx is defer.");
	for (i = 0; i < PS_METRICS_ANSWERS; i++)
		ps_exposition_sample(
			out, name, "",
			PS_LABELS({ "action",
				    ps_metrics_answer_name(
					    (enum ps_metrics_answer)i) }),
			load(&metrics->answers[i]));
}

void ps_metrics_counted(const struct ps_metrics *metrics, struct ps_buffer *out)
{
	messages(metrics, out);
	by_origin(metrics->octets, NAME "message_bytes_total",
		  "Octets of messages, header and body.", out);
	by_origin(metrics->recipients, NAME "message_recipients_total",
		  "Recipients of messages.", out);
	seconds(metrics, out);
	verdicts(metrics, out);
	signatures(metrics, out);
	lookups(metrics, out);
	answers(metrics, out);
}
