/* judge.h - what is done with one incoming message, decided from its facts. */
#ifndef PS_CORE_AUTH_JUDGE_H
#define PS_CORE_AUTH_JUDGE_H

#include "core/auth/dmarc.h"

/* What a published wish to refuse is answered with. */
enum ps_enforce {
	PS_ENFORCE_OFF,	       /* not even judged */
	PS_ENFORCE_MARK,       /* said in Authentication-Results only */
	PS_ENFORCE_QUARANTINE, /* held by Postfix */
	PS_ENFORCE_REJECT      /* 550 5.7.x */
};

enum ps_exempt {
	PS_EXEMPT_NOT,
	PS_EXEMPT_RELAY,     /* came through a trusted relay */
	PS_EXEMPT_RECIPIENT, /* all of its recipients take anything: one of
				several must not open the door to the others */
	PS_EXEMPT_SENDER     /* sender domain that is never refused */
};

/* Borrowed for the time of the call. */
struct ps_judge_facts {
	enum ps_exempt exempt;		      /* whatever else: accepted */
	const struct ps_spf_verdict *spf;     /* NULL: not judged */
	const struct ps_dmarc_verdict *dmarc; /* NULL: not judged */
	enum ps_enforce spf_on_fail, dmarc_on_reject;
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
};

/*
 * At the end of the message, when all is known.  The stricter of two reasons
 * is taken:
 *
 * - DMARC fails.  The domain wishes "reject": rejected or held, as
 *   dmarc_on_reject says.  It wishes "quarantine": held if dmarc_on_reject is
 *   QUARANTINE, where somebody looks after the hold queue; else accepted, the
 *   mark in Authentication-Results being what filters behind us file it by.
 *   RFC 9989 7.4 warns of rejecting for p=reject alone: mailing lists suffer.
 * - SPF fails: as spf_on_fail says.  But a message that passes DMARC, by an
 *   aligned signature, is its author's wherever it was forwarded, and one whose
 *   DMARC is a temporary error could be: both are accepted (RFC 9989 7.1).
 *
 * A temporary error never rejects.
 */
void ps_judge(const struct ps_judge_facts *facts,
	      struct ps_decision *decision_r);

const char *ps_action_name(enum ps_action action);

#endif
