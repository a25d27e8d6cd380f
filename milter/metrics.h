/* metrics.h - what the daemon has done, in numbers that only go up. */
#ifndef PS_MILTER_METRICS_H
#define PS_MILTER_METRICS_H

#include "directory/view.h"
#include "milter/message.h"

#include <stdatomic.h>

enum ps_metrics_method {
	PS_METRICS_SPF,
	PS_METRICS_DKIM, /* of each signature; "none": there was none */
	PS_METRICS_ARC,
	PS_METRICS_DMARC
};

enum ps_metrics_lookup {
	PS_LOOKUP_FOUND,
	PS_LOOKUP_NOTFOUND,
	PS_LOOKUP_TEMPFAIL,
	PS_LOOKUP_REFUSED /* the answer is longer than Postfix takes */
};

/* What a policy request was answered (access(5)), by its first word. */
enum ps_metrics_answer {
	PS_ANSWER_DUNNO,
	PS_ANSWER_OK,
	PS_ANSWER_REJECT, /* 5xx as well */
	PS_ANSWER_DEFER,  /* 4xx, and DEFER_IF_... */
	PS_ANSWER_HOLD,
	PS_ANSWER_DISCARD,
	PS_ANSWER_WARN,
	PS_ANSWER_OTHER
};

#define PS_METRICS_ORIGINS	5 /* enum ps_origin, and not known */
#define PS_METRICS_DISPOSITIONS 4
#define PS_METRICS_METHODS	4
#define PS_METRICS_RESULTS	8
#define PS_METRICS_LOOKUPS	4
#define PS_METRICS_ANSWERS	8
#define PS_METRICS_KEYS		2
#define PS_METRICS_BUCKETS	14 /* the last has no bound */

extern const uint64_t ps_metrics_bound_us[PS_METRICS_BUCKETS - 1];

/*
 * Counted with relaxed atomics: no lock, and no order between numbers.  All
 * zero is a good beginning.  A session, and each function below, does without
 * (NULL).
 */
struct ps_metrics {
	atomic_ullong messages[PS_METRICS_ORIGINS][PS_METRICS_DISPOSITIONS];
	atomic_ullong octets[PS_METRICS_ORIGINS],
		recipients[PS_METRICS_ORIGINS];
	atomic_ullong bucket[PS_METRICS_ORIGINS][PS_METRICS_BUCKETS];
	atomic_ullong microseconds[PS_METRICS_ORIGINS];
	atomic_ullong verdicts[PS_METRICS_METHODS][PS_METRICS_RESULTS];
	atomic_ullong signatures[PS_METRICS_KEYS], seals, forged;
	atomic_ullong lookups[PS_VIEW_COUNT][PS_METRICS_LOOKUPS];
	atomic_ullong answers[PS_METRICS_ANSWERS];
};

/* As they are shown: "spf", "pass", "found", "dunno"; how many results a method
 * has. */
const char *ps_metrics_method_name(enum ps_metrics_method method);
const char *ps_metrics_result_name(enum ps_metrics_method method,
				   size_t result);
size_t ps_metrics_result_count(enum ps_metrics_method method);
const char *ps_metrics_lookup_name(enum ps_metrics_lookup lookup);
const char *ps_metrics_answer_name(enum ps_metrics_answer answer);

/* carried_out as in ps_session_done().  octets, ... are counted either way. */
void ps_metrics_message(struct ps_metrics *metrics,
			const struct ps_message *message, bool carried_out);
/* One that was deferred as there was no memory for a session. */
void ps_metrics_no_session(struct ps_metrics *metrics);
void ps_metrics_lookup(struct ps_metrics *metrics, enum ps_view view,
		       enum ps_metrics_lookup lookup);
/* action: what stands behind "action=". */
void ps_metrics_answer(struct ps_metrics *metrics, struct ps_bytes action);

#endif
