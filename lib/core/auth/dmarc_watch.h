/* dmarc_watch.h - how a DMARC verdict came about, for who explains it. */
#ifndef PS_CORE_AUTH_DMARC_WATCH_H
#define PS_CORE_AUTH_DMARC_WATCH_H

#include "core/auth/dmarc_walk.h"

enum ps_dmarc_alignment {
	PS_DMARC_ALIGNED_NO,
	PS_DMARC_ALIGNED_YES,
	PS_DMARC_ALIGNED_UNKNOWN /* a temporary failure hides it */
};

/* A domain that SPF or a signature stands for, or would but for a temporary
 * failure. */
struct ps_dmarc_identifier {
	char domain[PS_DOMAIN_MAX + 1]; /* normalized, with A-labels */
	bool is_spf, passed;
	size_t signature; /* of the query's, unless is_spf */
};

/*
 * Of a query of ps_dmarc_check(): of each author domain first the walk, with
 * the step whose record applies (NULL: none, or not to be told), then, where
 * one does, each identifier.  Borrowed for the time of the call.  Of a run that
 * ended with answers on their way they mean nothing; the next one tells them
 * from the start.
 */
struct ps_dmarc_watch {
	void (*author)(void *ctx, const struct ps_dmarc_walk *walk,
		       const struct ps_dmarc_step *policy);
	void (*identifier)(void *ctx,
			   const struct ps_dmarc_identifier *identifier,
			   enum ps_dmarc_alignment alignment);
	void *ctx;
};

#endif
