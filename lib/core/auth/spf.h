/* spf.h - Sender Policy Framework: check_host() of RFC 7208. */
#ifndef PS_CORE_AUTH_SPF_H
#define PS_CORE_AUTH_SPF_H

#include "core/text/dns.h"
#include "core/text/idn.h"

#include <stdint.h>

#define PS_SPF_REASON_MAX      128
#define PS_SPF_EXPLANATION_MAX 256 /* octets of exp= kept, printable ASCII */

/*
 * RFC 7208 section 2.6.  TEMPERROR may be gone in an hour: never reject.
 * PERMERROR is the publisher's mistake and stays: decide by policy.
 */
enum ps_spf_result {
	PS_SPF_NONE,
	PS_SPF_NEUTRAL,
	PS_SPF_PASS,
	PS_SPF_FAIL,
	PS_SPF_SOFTFAIL,
	PS_SPF_TEMPERROR,
	PS_SPF_PERMERROR
};

struct ps_spf_watch; /* spf_watch.h */

/* What the SMTP session said.  Borrowed for the time of the call. */
struct ps_spf_query {
	struct ps_ip client;
	const char *helo;     /* "" unknown */
	const char *sender;   /* MAIL FROM without <>; "" null: HELO is judged
				 as postmaster@HELO (RFC 7208 2.4) */
	const char *receiver; /* %{r}; "" unknown */
	uint64_t now;	      /* %{t}, seconds since 1970 */
	const struct ps_idn *idn; /* NULL: a U-label is malformed (4.3) */
	bool explain;		  /* ask for what exp= says, with FAIL */
	const struct ps_spf_watch *watch; /* is told each step; NULL: nobody */
};

/* The verdict and its grounds.  Holds no pointer: copy it, keep it. */
struct ps_spf_verdict {
	enum ps_spf_result result;
	bool of_helo;			/* the identity judged was HELO */
	char domain[PS_DOMAIN_MAX + 1]; /* judged, A-labels; "" none */
	unsigned int lookups;		/* spent, of the ten allowed */
	char reason[PS_SPF_REASON_MAX]; /* the term that matched ("-all"), or
					   why it is an error; may be "" */
	char explanation[PS_SPF_EXPLANATION_MAX]; /* with FAIL, if wanted; ""
						    none */
};

/*
 * Judge the query.  True: *verdict_r is the verdict.  False: answers are on
 * their way; run it again when they are there.  Asks at most 10 terms' worth
 * of questions (RFC 7208 4.6.4), keeps nothing; safe in any thread.
 */
bool ps_spf_check(const struct ps_spf_query *query, const struct ps_dns *dns,
		  struct ps_spf_verdict *verdict_r);

/* The word for Received-SPF and Authentication-Results: "pass", ... */
const char *ps_spf_result_name(enum ps_spf_result result);

#endif
