/* fake_dns.h - the core's DNS port, answered from a zone in memory. */
#ifndef PS_TESTS_FAKE_DNS_H
#define PS_TESTS_FAKE_DNS_H

#include "core/text/dns.h"

/* Beside the types of enum ps_dns_type. */
#define FAKE_DNS_NONE  0   /* the name exists, without records */
#define FAKE_DNS_CNAME 5   /* followed inside the zone; a loop is NOTFOUND */
#define FAKE_DNS_ANY   255 /* with an error: every type the name lacks */

/*
 * A name in the zone, or above one, that lacks the type is NOTFOUND; any other
 * name is NOTFOUND with nxdomain.  Records are answered in the order in which
 * they were added.  A name that is not lower case, or ends in a dot, breaks
 * the contract of the port: it is said on stderr and TEMPFAIL.
 */
struct fake_dns;

struct fake_dns *fake_dns_new(void);
void fake_dns_free(struct fake_dns **dns);

/* Everything is copied.  record: its text also for CNAME; NULL: the lookup
 * fails (or, with FAKE_DNS_NONE, just the name). */
void fake_dns_add(struct fake_dns *dns, struct ps_bytes name, int type,
		  const struct ps_dns_record *record);
/*
 * Lines "name TYPE data" ("host MX 10 mail.test"); the data of TXT goes to the
 * end of the line; data "!" is a failing lookup.  Aborts on another line.
 */
struct fake_dns *fake_dns_load(const char *zone);
int fake_dns_type(const char *name); /* "TXT", ...; -1 none of ours */

struct ps_dns fake_dns_port(struct fake_dns *dns);
/*
 * From now on every question is PENDING until the next fake_dns_wait(), which
 * answers all that were asked, counts a round, and is false when there was
 * nothing to wait for.  Answers given before are forgotten.
 */
void fake_dns_pending(struct fake_dns *dns, bool pending);
bool fake_dns_wait(struct fake_dns *dns);
unsigned int fake_dns_rounds(const struct fake_dns *dns);
/* Different questions (name and type) asked. */
unsigned int fake_dns_questions(const struct fake_dns *dns);
bool fake_dns_asked(const struct fake_dns *dns, const char *name, int type);

#endif
