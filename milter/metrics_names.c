/* metrics_names.c - what counters are called where they are shown. */

#include "milter/metrics_names.h"

#include "milter/inbound_arc.h"

const char *ps_metrics_method_name(enum ps_metrics_method method)
{
	static const char *const names[PS_METRICS_METHODS] = {
		[PS_METRICS_SPF] = "spf",
		[PS_METRICS_DKIM] = "dkim",
		[PS_METRICS_ARC] = "arc",
		[PS_METRICS_DMARC] = "dmarc",
	};

	return names[method];
}

const char *ps_metrics_result_name(enum ps_metrics_method method, size_t result)
{
	switch (method) {
	case PS_METRICS_SPF:
		return ps_spf_result_name((enum ps_spf_result)result);
	case PS_METRICS_DKIM:
		return ps_dkim_result_name((enum ps_dkim_result)result);
	case PS_METRICS_ARC:
		return ps_arc_result_name((enum ps_arc_result)result);
	case PS_METRICS_DMARC:
		return ps_dmarc_result_name((enum ps_dmarc_result)result);
	}
	return "";
}

size_t ps_metrics_result_count(enum ps_metrics_method method)
{
	switch (method) {
	case PS_METRICS_SPF:
		return PS_SPF_PERMERROR + 1;
	case PS_METRICS_DKIM:
		return PS_DKIM_PERMERROR + 1;
	case PS_METRICS_ARC:
		return PS_ARC_FAIL + 1;
	case PS_METRICS_DMARC:
		return PS_DMARC_PERMERROR + 1;
	}
	return 0;
}

const char *ps_metrics_lookup_name(enum ps_metrics_lookup lookup)
{
	static const char *const names[PS_METRICS_LOOKUPS] = {
		[PS_LOOKUP_FOUND] = "found",
		[PS_LOOKUP_NOTFOUND] = "notfound",
		[PS_LOOKUP_TEMPFAIL] = "tempfail",
		[PS_LOOKUP_REFUSED] = "refused",
	};

	return names[lookup];
}

const char *ps_metrics_answer_name(enum ps_metrics_answer answer)
{
	static const char *const names[PS_METRICS_ANSWERS] = {
		[PS_ANSWER_DUNNO] = "dunno",   [PS_ANSWER_OK] = "ok",
		[PS_ANSWER_REJECT] = "reject", [PS_ANSWER_DEFER] = "defer",
		[PS_ANSWER_HOLD] = "hold",     [PS_ANSWER_DISCARD] = "discard",
		[PS_ANSWER_WARN] = "warn",     [PS_ANSWER_OTHER] = "other",
	};

	return names[answer];
}
