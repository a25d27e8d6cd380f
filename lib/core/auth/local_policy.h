/* local_policy.h - what the administrator says of verdicts (RFC 9989 5.4). */
#ifndef PS_CORE_AUTH_LOCAL_POLICY_H
#define PS_CORE_AUTH_LOCAL_POLICY_H

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

/* When a message that fails DMARC is refused (RFC 9989 5.4, 7.4). */
enum ps_reject_when {
	PS_REJECT_ALWAYS,   /* the domain's wish is enough */
	PS_REJECT_CONFIRMED /* something else must speak against it */
};

/* Why a message that fails DMARC is treated better than its domain wishes. */
enum ps_spare {
	PS_SPARE_NOT,
	PS_SPARE_DOMAIN,    /* local policy: of the author */
	PS_SPARE_NETWORK,   /* local policy: of the client */
	PS_SPARE_FORWARDER, /* local policy: known to pass on others' mail */
	PS_SPARE_UNCONFIRMED,
	PS_SPARE_SEALER,     /* a trusted sealer of ARC saw it pass */
	PS_SPARE_SEALER_KEYS /* the same, if its keys could be fetched now */
};

/* For the log: "exempt domain", ...; "" for NOT. */
const char *ps_spare_name(enum ps_spare spare);

#endif
