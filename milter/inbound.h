/* inbound.h - what is known so far of one message from outside. */
#ifndef PS_MILTER_INBOUND_H
#define PS_MILTER_INBOUND_H

#include "core/auth/dmarc.h"
#include "core/auth/judge.h"
#include "milter/service.h"

struct ps_inbound {
	struct ps_questions questions;
	bool asking; /* questions are open */
	bool spf_wanted, spf_done, dkim_done, dmarc_wanted, dmarc_done;
	bool helo_wanted, helo_done;
	struct ps_spf_query spf_query;
	struct ps_spf_verdict spf, helo;
	struct ps_dkim_bodies *bodies; /* DKIM's and ARC's */
	struct ps_dkim_options dkim_options;
	void *verifier;			    /* the service's DKIM engine's */
	const struct ps_dkim_verdict *dkim; /* the verifier's */
	size_t dkim_count;
	struct ps_dmarc_verdict dmarc;
	struct ps_dmarc_verdict dmarc_listed; /* dmarc.org_domain = compare: by
						 RFC 7489 */
	bool dmarc_differs;		      /* from dmarc */
	struct ps_inbound_arc *arc;   /* inbound_arc.h; NULL: not judged */
	struct ps_inbound_seal *seal; /* inbound_seal.h; NULL: not sealed */
	/* dmarc.reject_when = confirmed: */
	bool no_reverse_name;
	const char *listed;	     /* in which DNS list; NULL none */
	struct ps_judge_facts facts; /* what was decided, and of what */
	struct ps_decision decision;
};

#endif
