/* exposition.h - numbers in Prometheus's text format, version 0.0.4. */
#ifndef PS_MILTER_EXPOSITION_H
#define PS_MILTER_EXPOSITION_H

#include "core/text/buffer.h"

#include <stdint.h>

#define PS_EXPOSITION_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* value: any octets; what is no UTF-8 is written \xNN. */
struct ps_label {
	const char *name, *value;
};

#define PS_LABELS(...)                                                         \
	((const struct ps_label[]){ __VA_ARGS__, { NULL, NULL } })

/* Before the first sample of that name.  type: "counter", "gauge",
 * "histogram"; help: one line without backslashes. */
void ps_exposition_family(struct ps_buffer *out, const char *name,
			  const char *type, const char *help);
/* suffix: behind the family's name, or "".  labels: NULL, or up to one without
 * a name. */
void ps_exposition_sample(struct ps_buffer *out, const char *name,
			  const char *suffix, const struct ps_label *labels,
			  unsigned long long value);
/* The same, of microseconds, in seconds. */
void ps_exposition_seconds(struct ps_buffer *out, const char *name,
			   const char *suffix, const struct ps_label *labels,
			   uint64_t microseconds);
/* "0.0025"; as a label value of a bucket, too. */
#define PS_EXPOSITION_SECONDS_MAX 32
const char *ps_exposition_seconds_text(uint64_t microseconds,
				       char text_r[PS_EXPOSITION_SECONDS_MAX]);

#endif
