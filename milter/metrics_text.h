/* metrics_text.h - the daemon's numbers, as Prometheus takes them. */
#ifndef PS_MILTER_METRICS_TEXT_H
#define PS_MILTER_METRICS_TEXT_H

#include "milter/status.h"

/* Appends all of them.  Any thread; may wait for the directory, which no mail
 * waits for. */
void ps_metrics_text(const struct ps_status *status, struct ps_buffer *out);
/* Appends what is counted in metrics. */
void ps_metrics_counted(const struct ps_metrics *metrics,
			struct ps_buffer *out);

#endif
