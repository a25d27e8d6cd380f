/* judge_why.h - which rule decided about a message, in words. */
#ifndef PS_CORE_AUTH_JUDGE_WHY_H
#define PS_CORE_AUTH_JUDGE_WHY_H

#include "core/auth/judge.h"
#include "core/text/buffer.h"

/*
 * Append one or several sentences, each ended by LF, that say why ps_judge()
 * decided so: names of settings as in postseal.conf(5), nothing that a stranger
 * chose.
 */
void ps_judge_why(const struct ps_judge_facts *facts,
		  const struct ps_decision *decision, struct ps_buffer *out);

#endif
