/* metrics_names.h - what is told apart where it is counted, and what that is
 * called where it is shown. */
#ifndef PS_MILTER_METRICS_NAMES_H
#define PS_MILTER_METRICS_NAMES_H

#include <stddef.h>

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

/* As they are shown: "spf", "pass", "found", "dunno"; how many results a method
 * has. */
const char *ps_metrics_method_name(enum ps_metrics_method method);
const char *ps_metrics_result_name(enum ps_metrics_method method,
				   size_t result);
size_t ps_metrics_result_count(enum ps_metrics_method method);
const char *ps_metrics_lookup_name(enum ps_metrics_lookup lookup);
const char *ps_metrics_answer_name(enum ps_metrics_answer answer);

#endif
