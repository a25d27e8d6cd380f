/* judge.h - what is done with one incoming message, decided from its facts. */
#ifndef PS_CORE_AUTH_JUDGE_H
#define PS_CORE_AUTH_JUDGE_H

#include "core/auth/arc_trust.h"
#include "core/auth/dmarc_result.h"
#include "core/auth/local_policy.h"
#include "core/auth/spf.h"

/* Borrowed for the time of the call. */
struct ps_judge_facts {
	enum ps_exempt exempt;		      /* whatever else: accepted */
	const struct ps_spf_verdict *spf;     /* NULL: not judged */
	const struct ps_dmarc_verdict *dmarc; /* NULL: not judged */
	enum ps_enforce spf_on_fail, dmarc_on_reject;
	enum ps_spare spare;		/* by local policy, from DMARC alone */
	const struct ps_arc_trust *arc; /* NULL: not judged */
	enum ps_reject_when reject_when;
	enum ps_enforce on_unconfirmed; /* instead of REJECT */
	/* Of the client; false also when it could not be told. */
	bool no_reverse_name, listed;
};

enum ps_action { PS_ACTION_ACCEPT, PS_ACTION_QUARANTINE, PS_ACTION_REJECT };

#define PS_DECISION_TEXT_MAX 480 /* RFC 5321 4.5.3.1.5: 512 the whole line */

/* Holds no pointer. */
struct ps_decision {
	enum ps_action action;
	char code[4];	/* "550"; "" unless REJECT */
	char status[8]; /* "5.7.26" (RFC 7372); "" unless REJECT */
	char text[PS_DECISION_TEXT_MAX + 1]; /* one line of printable ASCII, for
						the reply, the hold and the log;
						"" when accepted */
	enum ps_spare spared;		     /* from DMARC */
	enum ps_spare spf_spared;	     /* from spf_on_fail, by a sealer */
};

/*
 * At the end of the message, when all is known.  The stricter of two reasons
 * is taken:
 *
 * - DMARC fails.  The domain wishes "reject": rejected or held, as
 *   dmarc_on_reject says.  It wishes "quarantine": held if dmarc_on_reject is
 *   QUARANTINE, where somebody looks after the hold queue; else accepted, the
 *   mark in Authentication-Results being what filters behind us file it by.
 *   What local policy spares is accepted.  With CONFIRMED a message is rejected
 *   only if SPF fails, or the client has no name or is in a DNS list; else
 *   on_unconfirmed says what is done: RFC 9989 7.4 forbids to reject for
 *   p=reject alone, as mailing lists suffer.  A message that cannot be judged
 *   at all (PERMERROR) needs no more against it.
 *   A trusted sealer of ARC that saw the author's DMARC pass overrides its
 *   failure here (RFC 8617 7.2); while the keys that would show so cannot be
 *   fetched, nothing is enforced.
 * - SPF fails: as spf_on_fail says.  But a message that passes DMARC, by an
 *   aligned signature, is its author's wherever it was forwarded, and one whose
 *   DMARC is a temporary error could be: both are accepted (RFC 9989 7.1), as
 *   is what a trusted sealer vouches for.
 *
 * A temporary error never rejects.
 */
void ps_judge(const struct ps_judge_facts *facts,
	      struct ps_decision *decision_r);

const char *ps_action_name(enum ps_action action);

#endif
