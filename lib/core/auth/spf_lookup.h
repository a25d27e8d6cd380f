/*
 * spf_lookup.h - what one SPF evaluation asks the DNS, and what it has cost;
 * for spf*.c only.  An answer that is on its way counts as "does not match"
 * and sets waiting: what is evaluated behind it only asks ahead (4.6.4 holds
 * there too), and no verdict comes of it.
 */
#ifndef PS_CORE_AUTH_SPF_LOOKUP_H
#define PS_CORE_AUTH_SPF_LOOKUP_H

#include "core/auth/spf.h"
#include "core/auth/spf_macro.h"
#include "core/auth/spf_watch.h"

#define PS_SPF_LOOKUPS_MAX 10 /* RFC 7208 4.6.4: terms that ask the DNS */
#define PS_SPF_VOIDS_MAX   2  /* RFC 7208 4.6.4: answers without a record */
#define PS_SPF_HOSTS_MAX   10 /* RFC 7208 4.6.4: of one mx or PTR set */

struct ps_spf_run {
	const struct ps_dns *dns;
	struct ps_spf_facts facts;	  /* domain and validated are not set */
	struct ps_spf_verdict *verdict;	  /* lookups and reason */
	struct ps_bytes term;		  /* being evaluated, for the reason */
	const struct ps_spf_watch *watch; /* NULL: nobody */
	unsigned int depth;		  /* of includes */
	unsigned int voids;
	unsigned int ahead; /* hosts asked for ahead */
	bool waiting;	    /* an answer is on its way */
	bool p_counted;	    /* the lookup of %{p} */
};

enum ps_spf_match {
	PS_SPF_MATCH_NO,
	PS_SPF_MATCH_YES,
	PS_SPF_MATCH_TEMPERROR,
	PS_SPF_MATCH_PERMERROR
};

/* Set the reason: why, where (any octets), or "why: where". */
void ps_spf_say(struct ps_spf_run *run, const char *why, struct ps_bytes where);
/* The same with the present term; returns kind. */
enum ps_spf_match ps_spf_fail(struct ps_spf_run *run, enum ps_spf_match kind,
			      const char *why);
/* Tell it to who watches. */
void ps_spf_tell(const struct ps_spf_run *run, enum ps_spf_step_kind kind,
		 const char *domain, struct ps_bytes text,
		 enum ps_spf_result result);
enum ps_dns_status ps_spf_look(struct ps_spf_run *run, const char *name,
			       enum ps_dns_type type,
			       const struct ps_dns_answer **answer_r);
/*
 * YES: there are records.  Counts void lookups.  What cannot be a name matches
 * nothing (4.8 leaves that open) and is no void lookup: nobody is asked.
 */
enum ps_spf_match ps_spf_ask(struct ps_spf_run *run, const char *name,
			     enum ps_dns_type type,
			     const struct ps_dns_answer **answer_r);
/* Has the name an address in the same network as the client's? */
enum ps_spf_match ps_spf_match_host(struct ps_spf_run *run, const char *host,
				    unsigned int prefix4, unsigned int prefix6);
/* A host as the DNS gave it, in lower case; "" when it is none. */
void ps_spf_host_name(struct ps_bytes host, char name_r[PS_DOMAIN_MAX + 1]);
/* The ptr mechanism (5.5). */
enum ps_spf_match ps_spf_match_ptr(struct ps_spf_run *run, const char *domain);
/*
 * The name that a domain-spec asks for (4.8); empty: the domain itself.  NO:
 * there is none, and the term does not match.  PERMERROR: %{p} would be the
 * eleventh lookup; no reason is set.
 */
enum ps_spf_match ps_spf_target(struct ps_spf_run *run, const char *domain,
				struct ps_bytes spec,
				char name_r[PS_DOMAIN_MAX + 1]);

#endif
