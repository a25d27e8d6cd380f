/* opendkim_verifier.h - one message at libopendkim, and what it read of it. */
#ifndef PS_IO_OPENDKIM_VERIFIER_H
#define PS_IO_OPENDKIM_VERIFIER_H

#include "core/auth/dkim_candidates.h"
#include "io/opendkim_parts.h"

struct ps_opendkim_verifier {
	const struct ps_fields *fields;
	const struct ps_idn *idn;
	/* Open, as long as they are not judged: the library's. */
	struct ps_dkim_candidates candidates;
	struct ps_dkim_bodies *bodies;
	struct ps_dkim_bodies *own; /* the same, or NULL: somebody else's */
	DKIM *dkim; /* NULL: there is nothing for the library to judge */
	DKIM_SIGINFO *info[PS_DKIM_SIGNATURES_MAX]; /* the library's */
	/* Of those with l=: counts the body. */
	struct ps_dkim_body *length[PS_DKIM_SIGNATURES_MAX];
	struct ps_opendkim_body body;
	bool ended;		       /* the body */
	bool no_memory;		       /* the library had none */
	const struct ps_bytes *record; /* for the library to ask for */
};

void ps_opendkim_judge(struct ps_opendkim_verifier *verifier, size_t i,
		       enum ps_dkim_result result, const char *reason);
/* All that are open. */
void ps_opendkim_judge_open(struct ps_opendkim_verifier *verifier,
			    enum ps_dkim_result result, const char *reason);
bool ps_opendkim_is_open(const struct ps_opendkim_verifier *verifier, size_t i);
bool ps_opendkim_any_open(const struct ps_opendkim_verifier *verifier);
/*
 * Give the library the header; max: signatures that it may judge.  Afterwards
 * the open ones have their info, and in candidates the name of their key; what
 * is said of them is by the library's reading.  0, or -1: it cannot go on.
 */
int ps_opendkim_header(struct ps_opendkim_verifier *verifier, unsigned int max);

#endif
