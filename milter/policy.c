/* policy.c - Postfix's policy service, by a rule file. */

#include "milter/policy.h"

#include "core/rules/policy_request.h"
#include "io/clock.h"
#include "io/groups.h"
#include "io/logins_settings.h"
#include "io/rule_clock.h"
#include "milter/policy_line.h"
#include "milter/quiet.h"
#include "milter/server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NO_REQUEST "451 4.3.0 The policy request cannot be read"
#define NO_MEMORY  "451 4.3.0 Out of memory, try again later"
#define NO_END	   "451 4.3.0 Cannot judge this now, try again later"
/* Each round has at least one new question to the DNS, which takes 512 of one
 * request, or to another server: a bound for a defect of ours only. */
#define ROUNDS_MAX 600

struct ps_policy {
	struct ps_policy_world world;
	struct ps_policy_rules *rules;
	struct ps_policy_counts *counts;
	struct ps_logins *logins;
	struct ps_country_file *countries; /* NULL: none is known */
	struct ps_policy_means means;
	/* Those in wait(). */
	pthread_mutex_t lock;
	pthread_cond_t stop;
	unsigned int waiting;
	bool stopping;
	atomic_ullong faults;
};

/* ---- one request ---- */

static void reply(struct ps_buffer *replies, const char *action)
{
	ps_buffer_text(replies, "action=");
	ps_buffer_text(replies, action);
	ps_buffer_text(replies, "\n\n");
}

/* Local time is looked up once a second. */
static void set_clock(struct ps_policy_seat *seat, uint64_t now)
{
	if (seat->second == now)
		return;
	seat->second = now;
	seat->clock = ps_rule_clock_local(now);
}

static enum ps_rule_counted count(void *ctx, const struct ps_rule_count *what,
				  uint64_t *sum_r)
{
	struct ps_rule_counters port = ps_policy_counts_port(ctx);
	enum ps_rule_counted counted;

	if (ps_policy_counts_wait(ctx))
		ps_server_blocks();
	counted = port.add(port.ctx, what, sum_r);
	if (counted == PS_RULE_COUNT_FULL)
		ps_quiet_log(ps_clock_monotonic_us(), PS_LOG_WARNING,
			     "policy: no room for another count: new keys are "
			     "not limited (limits.keys_max)");
	return counted;
}

/* At most PS_RULE_WAIT_MAX seconds, and fewer where too many wait. */
static void wait_for(struct ps_policy *policy, unsigned int seconds)
{
	struct timespec until;

	if (seconds == 0)
		return;
	ps_server_blocks();
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&policy->lock);
	if (policy->waiting < PS_POLICY_WAITS_MAX) {
		policy->waiting++;
		while (!policy->stopping &&
		       pthread_cond_timedwait(&policy->stop, &policy->lock,
					      &until) == 0)
			;
		policy->waiting--;
	}
	pthread_mutex_unlock(&policy->lock);
}

/*
 * Run the rules again until all they have asked is answered.  Time is bounded
 * by what asking waits, after which nothing is pending any more.
 */
static void run_rules(struct ps_rule_run *run, struct ps_policy_asking *asking,
		      struct ps_rule_verdict *verdict_r)
{
	unsigned int round;

	for (round = 0; round < ROUNDS_MAX; round++) {
		if (ps_rule_run_judge(run, verdict_r))
			return;
		ps_policy_asking_wait(asking);
	}
	*verdict_r = (struct ps_rule_verdict){ .outcome = PS_RULE_FAULT,
					       .action = NO_END,
					       .hits = "",
					       .why = "judging has no end" };
}

static void judge(struct ps_policy *policy, struct ps_policy_seat *seat,
		  const struct ps_policy_request *request,
		  struct ps_rule_verdict *verdict_r)
{
	const struct ps_rule_request port = ps_policy_port(request);
	struct ps_policy_asking asking;
	const struct ps_dns dns = ps_policy_asking_dns(&asking);
	const struct ps_rule_ask servers = ps_policy_asking_servers(&asking);
	const struct ps_rule_counters counters = { count, policy->counts };
	const struct ps_rule_groups groups =
		ps_groups_port(ps_policy_counts_memory(policy->counts));
	const struct ps_rule_logins logins = ps_logins_port(policy->logins);
	struct ps_rule_facts facts = { .request = &port,
				       .now = ps_clock_seconds(),
				       .dns = &dns,
				       .counters = &counters,
				       .ask = &servers,
				       .groups = &groups,
				       .logins = &logins };

	set_clock(seat, facts.now);
	facts.clock = seat->clock;
	ps_policy_asking_begin(&asking, &policy->world, request);
	ps_rule_run_begin(seat->run, &facts);
	run_rules(seat->run, &asking, verdict_r);
	ps_policy_asking_end(&asking);
}

static void answer(struct ps_policy *policy,
		   const struct ps_policy_request *request,
		   struct ps_buffer *replies)
{
	const char *beforehand = ps_policy_beforehand(&policy->means, request);
	struct ps_rule_verdict verdict;
	struct ps_policy_seat *seat;
	unsigned int wait;

	if (beforehand != NULL) {
		reply(replies, beforehand);
		return;
	}
	seat = ps_policy_rules_take(policy->rules);
	if (seat == NULL) {
		atomic_fetch_add(&policy->faults, 1);
		ps_quiet_log(ps_clock_monotonic_us(), PS_LOG_ERROR,
			     "policy: out of memory");
		reply(replies, NO_MEMORY);
		return;
	}
	judge(policy, seat, request, &verdict);
	reply(replies, verdict.action);
	if (verdict.outcome == PS_RULE_FAULT)
		atomic_fetch_add(&policy->faults, 1);
	ps_policy_log(seat->rules, request, &verdict, ps_clock_monotonic_us());
	if (verdict.effects > 0)
		ps_policy_effects(&policy->means, seat->rules, request,
				  &verdict, ps_clock_seconds(),
				  ps_clock_monotonic_us());
	wait = verdict.wait;
	ps_policy_rules_give_back(policy->rules, seat, &verdict);
	wait_for(policy, wait);
}

enum ps_request ps_policy_answer(struct ps_policy *policy,
				 struct ps_cursor *input,
				 struct ps_buffer *replies)
{
	struct ps_policy_request request;

	switch (ps_policy_read(input, &request)) {
	case PS_POLICY_PART:
		return PS_REQUEST_PART;
	case PS_POLICY_WHOLE:
		answer(policy, &request, replies);
		return PS_REQUEST_ANSWERED;
	case PS_POLICY_LONG:
	case PS_POLICY_BAD:
		break;
	}
	ps_quiet_log(ps_clock_monotonic_us(), PS_LOG_WARNING,
		     "policy: a client sends what is no request");
	reply(replies, NO_REQUEST);
	return PS_REQUEST_LAST;
}

/* ---- other rules ---- */

bool ps_policy_take(struct ps_policy *policy,
		    const struct ps_config_limits *limits,
		    struct ps_policy_book *book)
{
	if (ps_policy_rules_change(policy->rules, book) < 0)
		return false;
	ps_policy_counts_sync(policy->counts, limits->sync);
	return true;
}

void ps_policy_look(struct ps_policy *policy)
{
	struct ps_policy_book *book = ps_policy_rules_book(policy->rules);
	struct ps_policy_book *again;
	char error[PS_CONFIG_ERROR_MAX];

	if (!ps_policy_book_is_old(book))
		return;
	if (ps_policy_book_again(book, &again, error) == 0) {
		if (ps_policy_rules_change(policy->rules, again) == 0) {
			ps_log(PS_LOG_INFO,
			       "policy: value files were read again");
			return;
		}
		ps_policy_book_free(&again);
		(void)snprintf(error, sizeof(error), "out of memory");
	}
	ps_log(PS_LOG_ERROR, "policy: %s; the values before stay in force",
	       error);
}

/* ---- from start to end ---- */

static int open_rules(struct ps_policy *policy,
		      const struct ps_config_limits *limits,
		      char error_r[PS_CONFIG_ERROR_MAX])
{
	struct ps_policy_book *book;

	if (ps_policy_book_new(limits, &book, error_r) < 0)
		return -1;
	if (ps_policy_rules_new(book, &policy->rules) == 0)
		return 0;
	ps_policy_book_free(&book);
	(void)snprintf(error_r, PS_CONFIG_ERROR_MAX, "out of memory");
	return -1;
}

/* Without countries mail goes on. */
static int open_logins(struct ps_policy *policy,
		       const struct ps_config_limits *limits)
{
	char note[PS_REASON_MAX];

	if (ps_logins_open(limits, &policy->countries, &policy->logins, note) <
	    0)
		return -1;
	if (note[0] != '\0')
		ps_log(PS_LOG_ERROR,
		       "limits.country_file: %s; login_countries holds for "
		       "nobody",
		       note);
	return 0;
}

int ps_policy_new(const struct ps_config_limits *limits,
		  struct ps_policy_world world, struct ps_policy **policy_r,
		  char error_r[PS_CONFIG_ERROR_MAX])
{
	struct ps_policy *policy = calloc(1, sizeof(*policy));
	pthread_condattr_t monotonic;

	*policy_r = policy;
	(void)snprintf(error_r, PS_CONFIG_ERROR_MAX, "out of memory");
	if (policy == NULL)
		return -1;
	policy->world = world;
	pthread_mutex_init(&policy->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&policy->stop, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (open_logins(policy, limits) == 0 &&
	    open_rules(policy, limits, error_r) == 0 &&
	    ps_policy_counts_new(limits, &policy->counts, error_r) == 0)
		return 0;
	ps_policy_free(policy_r);
	return -1;
}

void ps_policy_equip(struct ps_policy *policy,
		     const struct ps_policy_means *means)
{
	policy->means = *means;
}

void ps_policy_stop(struct ps_policy *policy)
{
	ps_policy_counts_stop(policy->counts);
}

void ps_policy_hurry(struct ps_policy *policy)
{
	pthread_mutex_lock(&policy->lock);
	policy->stopping = true;
	pthread_cond_broadcast(&policy->stop);
	pthread_mutex_unlock(&policy->lock);
}

void ps_policy_free(struct ps_policy **policy)
{
	if (*policy == NULL)
		return;
	ps_policy_rules_free(&(*policy)->rules);
	ps_policy_counts_free(&(*policy)->counts);
	ps_logins_close(&(*policy)->countries, &(*policy)->logins);
	pthread_cond_destroy(&(*policy)->stop);
	pthread_mutex_destroy(&(*policy)->lock);
	free(*policy);
	*policy = NULL;
}

uint64_t ps_policy_faults(const struct ps_policy *policy)
{
	return atomic_load(&policy->faults);
}

struct ps_policy_counts *ps_policy_counts_of(struct ps_policy *policy)
{
	return policy->counts;
}

struct ps_policy_rules *ps_policy_rules_of(struct ps_policy *policy)
{
	return policy->rules;
}
