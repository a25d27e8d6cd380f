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
	atomic_bool may_wait; /* as the rules in force say */
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
	struct ps_policy_work *work = ctx;
	struct ps_policy_counts *counts = work->policy->counts;
	struct ps_rule_counters port = ps_policy_counts_port(counts);
	enum ps_rule_counted counted;

	if (work->together) {
		counted =
			ps_policy_counts_soon(counts, &work->wait, what, sum_r);
	} else {
		if (ps_policy_counts_wait(counts))
			ps_server_blocks();
		counted = port.add(port.ctx, what, sum_r);
	}
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
 * by what asking waits, after which nothing is pending any more.  False: only a
 * count is, which others can be asked for together with.
 */
static bool run_rules(struct ps_policy_work *work,
		      struct ps_rule_verdict *verdict_r)
{
	for (; work->rounds < ROUNDS_MAX; work->rounds++) {
		if (ps_rule_run_judge(work->seat->run, verdict_r))
			return true;
		if (work->wait.asked) {
			work->rounds++;
			return false;
		}
		ps_policy_asking_wait(&work->asking);
	}
	*verdict_r = (struct ps_rule_verdict){ .outcome = PS_RULE_FAULT,
					       .action = NO_END,
					       .hits = "",
					       .why = "judging has no end" };
	return true;
}

static void begin_judging(struct ps_policy *policy, struct ps_policy_work *work,
			  struct ps_policy_seat *seat)
{
	struct ps_rule_facts facts = { .request = &work->port,
				       .now = ps_clock_seconds(),
				       .dns = &work->dns,
				       .counters = &work->counters,
				       .ask = &work->servers,
				       .groups = &work->groups,
				       .logins = &work->logins };

	work->policy = policy;
	work->seat = seat;
	work->together = !ps_rules_may_wait(seat->rules);
	work->rounds = 0;
	work->wait.asked = false;
	work->port = ps_policy_port(&work->request);
	work->dns = ps_policy_asking_dns(&work->asking);
	work->servers = ps_policy_asking_servers(&work->asking);
	work->counters = (struct ps_rule_counters){ count, work };
	work->groups = ps_groups_port(ps_policy_counts_memory(policy->counts));
	work->logins = ps_logins_port(policy->logins);
	set_clock(seat, facts.now);
	facts.clock = seat->clock;
	ps_policy_asking_begin(&work->asking, &policy->world, &work->request);
	ps_rule_run_begin(seat->run, &facts);
}

/* Says what there is to say, and ends the work. */
static void end_judging(struct ps_policy_work *work,
			const struct ps_rule_verdict *verdict,
			struct ps_buffer *replies)
{
	struct ps_policy *policy = work->policy;
	struct ps_policy_seat *seat = work->seat;
	unsigned int wait = verdict->wait;

	ps_policy_counts_forget(policy->counts, &work->wait);
	ps_policy_asking_end(&work->asking);
	reply(replies, verdict->action);
	if (verdict->outcome == PS_RULE_FAULT)
		atomic_fetch_add(&policy->faults, 1);
	ps_policy_log(seat->rules, &work->request, verdict,
		      ps_clock_monotonic_us());
	if (verdict->effects > 0)
		ps_policy_effects(&policy->means, seat->rules, &work->request,
				  verdict, ps_clock_seconds(),
				  ps_clock_monotonic_us());
	work->seat = NULL;
	ps_policy_rules_give_back(policy->rules, seat, verdict);
	wait_for(policy, wait);
}

/* True: there is something to judge; else it is answered. */
static bool begin_request(struct ps_policy *policy, struct ps_policy_work *work,
			  struct ps_buffer *replies)
{
	const char *beforehand =
		ps_policy_beforehand(&policy->means, &work->request);
	struct ps_policy_seat *seat;

	if (beforehand != NULL) {
		reply(replies, beforehand);
		return false;
	}
	seat = ps_policy_rules_take(policy->rules);
	if (seat == NULL) {
		atomic_fetch_add(&policy->faults, 1);
		ps_quiet_log(ps_clock_monotonic_us(), PS_LOG_ERROR,
			     "policy: out of memory");
		reply(replies, NO_MEMORY);
		return false;
	}
	begin_judging(policy, work, seat);
	return true;
}

static enum ps_request refuse(struct ps_buffer *replies)
{
	ps_quiet_log(ps_clock_monotonic_us(), PS_LOG_WARNING,
		     "policy: a client sends what is no request");
	reply(replies, NO_REQUEST);
	return PS_REQUEST_LAST;
}

enum ps_request ps_policy_answer_soon(struct ps_policy *policy,
				      struct ps_policy_work *work,
				      struct ps_cursor *input,
				      struct ps_buffer *replies)
{
	struct ps_rule_verdict verdict;

	if (work->seat == NULL) {
		work->behind = *input;
		switch (ps_policy_read(&work->behind, &work->request)) {
		case PS_POLICY_PART:
			return PS_REQUEST_PART;
		case PS_POLICY_WHOLE:
			break;
		case PS_POLICY_LONG:
		case PS_POLICY_BAD:
			return refuse(replies);
		}
		if (!begin_request(policy, work, replies)) {
			*input = work->behind;
			return PS_REQUEST_ANSWERED;
		}
	}
	if (!run_rules(work, &verdict))
		return PS_REQUEST_WAITS;
	end_judging(work, &verdict, replies);
	*input = work->behind;
	return PS_REQUEST_ANSWERED;
}

enum ps_request ps_policy_answer(struct ps_policy *policy,
				 struct ps_cursor *input,
				 struct ps_buffer *replies)
{
	struct ps_policy_work work = { .seat = NULL };
	enum ps_request said;

	do {
		said = ps_policy_answer_soon(policy, &work, input, replies);
	} while (said == PS_REQUEST_WAITS);
	return said;
}

unsigned int ps_policy_together(struct ps_policy *policy)
{
	return !atomic_load_explicit(&policy->may_wait, memory_order_relaxed) &&
			       ps_policy_counts_wait(policy->counts)
		       ? PS_POLICY_TOGETHER
		       : 1;
}

/* ---- other rules ---- */

bool ps_policy_take(struct ps_policy *policy,
		    const struct ps_config_limits *limits,
		    struct ps_policy_book *book)
{
	const bool may_wait = ps_rules_may_wait(ps_policy_book_rules(book));

	if (ps_policy_rules_change(policy->rules, book) < 0)
		return false;
	atomic_store(&policy->may_wait, may_wait);
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
	atomic_init(&policy->may_wait,
		    ps_rules_may_wait(ps_policy_book_rules(book)));
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
	    ps_policy_counts_new(limits, policy->logins, &policy->counts,
				 error_r) == 0)
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

void ps_policy_forgive(struct ps_policy *policy, struct ps_bytes login)
{
	ps_logins_forgive(policy->logins, login);
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
