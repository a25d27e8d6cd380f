/* metrics.h - what the daemon has done, in numbers that only go up. */
#ifndef PS_MILTER_METRICS_H
#define PS_MILTER_METRICS_H

#include "directory/view.h"
#include "milter/message.h"
#include "milter/metrics_names.h"

#include <stdatomic.h>

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
