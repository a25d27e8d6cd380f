/* metrics_text.c - the daemon's numbers, as Prometheus takes them. */

#include "milter/metrics_text.h"

#include "milter/built.h"
#include "milter/exposition.h"

#include <stdio.h>

#define NAME "postseal_"

static void one(struct ps_buffer *out, const char *name, const char *type,
		const char *help, unsigned long long value)
{
	ps_exposition_family(out, name, type, help);
	ps_exposition_sample(out, name, "", NULL, value);
}

static void process(const struct ps_status *status, struct ps_buffer *out)
{
	uint64_t started, loaded;

	ps_exposition_family(out, NAME "build_info", "gauge",
			     "What this is, and of which hosts it was built "
			     "for.");
	ps_exposition_sample(out, NAME "build_info", "",
			     PS_LABELS({ "version", ps_built_version() },
				       { "postfix", ps_built_postfix() },
				       { "dovecot", ps_built_dovecot() }),
			     1);
	ps_daemon_times(status->daemon, &started, &loaded);
	one(out, NAME "start_time_seconds", "gauge",
	    "When the daemon started, since 1970.", started);
	one(out, NAME "configuration_time_seconds", "gauge",
	    "When the configuration in force was read, since 1970.", loaded);
}

/* Of the milter: connections of Postfix, and messages. */
static void services(const struct ps_status *status, struct ps_buffer *out)
{
	const struct ps_status_service *service;
	size_t i;

	ps_exposition_family(out, NAME "connections", "gauge",
			     "Clients that are connected now.");
	ps_exposition_sample(out, NAME "connections", "",
			     PS_LABELS({ "service", "milter" }),
			     status->milter->sessions());
	for (i = 0; i < status->count; i++) {
		service = &status->service[i];
		ps_exposition_sample(out, NAME "connections", "",
				     PS_LABELS({ "service", service->name }),
				     service->clients);
	}
	ps_exposition_family(out, NAME "requests_total", "counter",
			     "Requests that were answered; of the milter, "
			     "messages.");
	ps_exposition_sample(out, NAME "requests_total", "",
			     PS_LABELS({ "service", "milter" }),
			     status->milter->messages());
	for (i = 0; i < status->count; i++) {
		service = &status->service[i];
		ps_exposition_sample(out, NAME "requests_total", "",
				     PS_LABELS({ "service", service->name }),
				     service->requests);
	}
}

/* Of the milter all that was deferred, of the others what is a fault of ours or
 * of a backend. */
static void failures(const struct ps_status *status, struct ps_buffer *out)
{
	static const char name[] = NAME "temporary_failures_total";
	const struct ps_metrics *metrics = ps_daemon_metrics(status->daemon);
	const struct ps_policy *policy = ps_daemon_policy(status->daemon);
	unsigned long long deferred = 0, maps = 0;
	size_t i;

	for (i = 0; i < PS_METRICS_ORIGINS; i++)
		deferred += atomic_load(&metrics->messages[i][PS_DEFER]);
	for (i = 0; i < PS_VIEW_COUNT; i++)
		maps += atomic_load(&metrics->lookups[i][PS_LOOKUP_TEMPFAIL]);
	ps_exposition_family(out, name, "counter",
			     "What was put off for a fault of ours or of a "
			     "backend.");
	ps_exposition_sample(out, name, "", PS_LABELS({ "service", "milter" }),
			     deferred);
	ps_exposition_sample(out, name, "", PS_LABELS({ "service", "map" }),
			     maps);
	ps_exposition_sample(out, name, "", PS_LABELS({ "service", "policy" }),
			     policy == NULL ? 0 : ps_policy_faults(policy));
}

static void dns(const struct ps_status *status, struct ps_buffer *out)
{
	struct ps_resolver_stats stats;

	ps_daemon_dns(status->daemon, &stats);
	one(out, NAME "dns_questions_total", "counter",
	    "Questions of messages and rules to the DNS.", stats.questions);
	one(out, NAME "dns_cache_hits_total", "counter",
	    "Of these, answered from our cache.", stats.cache_hits);
	one(out, NAME "dns_queries_total", "counter",
	    "Of these, handed to the resolver; the others joined one that was "
	    "on its way.",
	    stats.sent);
	one(out, NAME "dns_failures_total", "counter",
	    "Of those handed over, without a good answer.", stats.failed);
	one(out, NAME "dns_timeouts_total", "counter",
	    "Questions that were waited for no longer.", stats.timeouts);
	one(out, NAME "dns_pending", "gauge",
	    "Questions that are on their way now.", stats.pending);
	one(out, NAME "dns_cached", "gauge", "Answers in our cache now.",
	    stats.cached);
}

static void backends(const struct ps_status *status, struct ps_buffer *out)
{
	struct ps_backend_health state[PS_HEALTH_BACKENDS_MAX];
	size_t i, count = ps_health_backends(status->health, state);

	ps_exposition_family(out, NAME "backend_up", "gauge",
			     "Is what the daemon stands on there?");
	for (i = 0; i < count; i++)
		ps_exposition_sample(out, NAME "backend_up", "",
				     PS_LABELS({ "backend", state[i].name },
					       { "kind", state[i].kind }),
				     state[i].up);
}

static void notices(const struct ps_status *status, struct ps_buffer *out)
{
	struct ps_notifier_counts counts;

	one(out, NAME "suspended_logins", "gauge",
	    "Logins that may not send now.",
	    ps_state_count(ps_daemon_state(status->daemon)));
	ps_notifier_count(ps_daemon_notifier(status->daemon), &counts);
	ps_exposition_family(out, NAME "notices_total", "counter",
			     "Letters to the administrator.");
	ps_exposition_sample(out, NAME "notices_total", "",
			     PS_LABELS({ "result", "sent" }), counts.sent);
	ps_exposition_sample(out, NAME "notices_total", "",
			     PS_LABELS({ "result", "lost" }), counts.dropped);
	one(out, NAME "notices_waiting", "gauge",
	    "Letters to the administrator that wait.", counts.waiting);
}

/* ---- rules ---- */

struct tallies {
	struct ps_buffer *out;
	const char *name;
	uint64_t (*number)(const struct ps_policy_tally *tally);
	size_t count;
};

static uint64_t matched(const struct ps_policy_tally *tally)
{
	return tally->matched;
}

static uint64_t decided(const struct ps_policy_tally *tally)
{
	return tally->decided;
}

static uint64_t limited(const struct ps_policy_tally *tally)
{
	return tally->limited;
}

static void add_tally(void *ctx, const struct ps_policy_tally *tally)
{
	struct tallies *tallies = ctx;
	char line[16];

	if (tallies->count++ >= PS_STATUS_RULES_MAX)
		return;
	(void)snprintf(line, sizeof(line), "%u", tally->info.line);
	ps_exposition_sample(
		tallies->out, tallies->name, "",
		PS_LABELS({ "rule", tally->info.id }, { "line", line }),
		tallies->number(tally));
}

static void rules(struct ps_policy *policy, struct ps_buffer *out)
{
	static const struct {
		const char *name, *help;
		uint64_t (*number)(const struct ps_policy_tally *tally);
	} families[] = {
		{ NAME "rule_matches_total", "Requests that a rule held for.",
		  matched },
		{ NAME "rule_decisions_total",
		  "Requests that a rule has answered.", decided },
		{ NAME "rule_limits_total",
		  "Requests that were over the limit of a rule.", limited },
	};
	struct tallies tallies = { .out = out };
	size_t i;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		ps_exposition_family(out, families[i].name, "counter",
				     families[i].help);
		tallies.name = families[i].name;
		tallies.number = families[i].number;
		tallies.count = 0;
		(void)ps_policy_rules_all(ps_policy_rules_of(policy), add_tally,
					  &tallies);
	}
}

static void limits(const struct ps_status *status, struct ps_buffer *out)
{
	struct ps_policy *policy = ps_daemon_policy(status->daemon);
	struct ps_policy_counts *counts;
	struct ps_policy_redis redis;

	if (policy == NULL)
		return;
	counts = ps_policy_counts_of(policy);
	one(out, NAME "limit_counts", "gauge",
	    "Counts of limits that are kept now.",
	    ps_counters_held(ps_policy_counts_memory(counts)));
	one(out, NAME "limit_counts_refused_total", "counter",
	    "Counts for which there was no room (limits.keys_max).",
	    ps_counters_refused(ps_policy_counts_memory(counts)));
	if (ps_policy_counts_redis(counts, &redis))
		one(out, NAME "redis_counts_total", "counter",
		    "Counts that Redis has answered.", redis.answered);
	rules(policy, out);
}

void ps_metrics_text(const struct ps_status *status, struct ps_buffer *out)
{
	process(status, out);
	ps_metrics_counted(ps_daemon_metrics(status->daemon), out);
	services(status, out);
	failures(status, out);
	backends(status, out);
	dns(status, out);
	notices(status, out);
	limits(status, out);
}
