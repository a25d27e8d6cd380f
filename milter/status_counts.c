/* status_counts.c - what the running daemon has done, and what it stands on. */

#include "milter/built.h"
#include "milter/control.h"
#include "milter/inbound_arc.h"
#include "milter/status_parts.h"

static json_t *version(const char *text)
{
	return text[0] == '\0' ? json_null() : json_string(text);
}

json_t *ps_status_built_for(void)
{
	return json_pack("{s:o, s:o}", "postfix", version(ps_built_postfix()),
			 "dovecot", version(ps_built_dovecot()));
}

json_t *ps_status_backends(struct ps_health *health)
{
	struct ps_backend_health state[PS_HEALTH_BACKENDS_MAX];
	size_t i, count = ps_health_backends(health, state);
	json_t *list = json_array();

	for (i = 0; i < count; i++)
		(void)json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:b, s:o}", "name", state[i].name,
				  "kind", state[i].kind, "up", (int)state[i].up,
				  "reason",
				  state[i].up
					  ? json_null()
					  : ps_control_text(state[i].reason)));
	return list;
}

json_t *ps_status_dns(struct ps_daemon *daemon)
{
	struct ps_resolver_stats stats;

	ps_daemon_dns(daemon, &stats);
	return json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "questions",
		(json_int_t)stats.questions, "cache_hits",
		(json_int_t)stats.cache_hits, "queries", (json_int_t)stats.sent,
		"failures", (json_int_t)stats.failed, "timeouts",
		(json_int_t)stats.timeouts, "pending",
		(json_int_t)stats.pending, "cached", (json_int_t)stats.cached);
}

/* ---- what is counted ---- */

static json_t *number(const atomic_ullong *counter)
{
	return json_integer((json_int_t)atomic_load(counter));
}

/* {"in": {"accept": 3, ...}, ...} */
static json_t *messages(const struct ps_metrics *metrics)
{
	json_t *directions = json_object(), *actions;
	size_t i, n;

	for (i = 0; i < PS_METRICS_ORIGINS - 1; i++) {
		actions = json_object();
		for (n = 0; n < PS_METRICS_DISPOSITIONS; n++)
			(void)json_object_set_new(
				actions,
				ps_disposition_name((enum ps_disposition)n),
				number(&metrics->messages[i][n]));
		(void)json_object_set_new(
			directions, ps_origin_name((enum ps_origin)i), actions);
	}
	return directions;
}

static json_t *results(const struct ps_metrics *metrics,
		       enum ps_metrics_method method, size_t count)
{
	json_t *object = json_object();
	size_t i;

	for (i = 0; i < count; i++)
		(void)json_object_set_new(
			object, ps_metrics_result_name(method, i),
			number(&metrics->verdicts[method][i]));
	return object;
}

static json_t *verdicts(const struct ps_metrics *metrics)
{
	json_t *object = json_object();
	unsigned int i;

	for (i = 0; i < PS_METRICS_METHODS; i++)
		(void)json_object_set_new(
			object,
			ps_metrics_method_name((enum ps_metrics_method)i),
			results(metrics, (enum ps_metrics_method)i,
				ps_metrics_result_count(
					(enum ps_metrics_method)i)));
	return object;
}

static json_t *lookups(const struct ps_metrics *metrics)
{
	json_t *object = json_object();
	unsigned long long sum;
	size_t i, n;

	for (n = 0; n < PS_METRICS_LOOKUPS; n++) {
		sum = 0;
		for (i = 0; i < PS_VIEW_COUNT; i++)
			sum += atomic_load(&metrics->lookups[i][n]);
		(void)json_object_set_new(
			object,
			ps_metrics_lookup_name((enum ps_metrics_lookup)n),
			json_integer((json_int_t)sum));
	}
	return object;
}

static json_t *answers(const struct ps_metrics *metrics)
{
	json_t *object = json_object();
	size_t i;

	for (i = 0; i < PS_METRICS_ANSWERS; i++)
		(void)json_object_set_new(
			object,
			ps_metrics_answer_name((enum ps_metrics_answer)i),
			number(&metrics->answers[i]));
	return object;
}

json_t *ps_status_counts(struct ps_daemon *daemon)
{
	const struct ps_metrics *metrics = ps_daemon_metrics(daemon);

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "messages",
			 messages(metrics), "verdicts", verdicts(metrics),
			 "seals", number(&metrics->seals), "forged",
			 number(&metrics->forged), "lookups", lookups(metrics),
			 "answers", answers(metrics));
}
