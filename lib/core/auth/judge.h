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

#endif
