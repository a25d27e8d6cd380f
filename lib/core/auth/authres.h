/* authres.h - write an Authentication-Results field (RFC 8601). */
#ifndef PS_CORE_AUTH_AUTHRES_H
#define PS_CORE_AUTH_AUTHRES_H

#include "core/auth/arc_trust.h"
#include "core/auth/dmarc.h"
#include "core/auth/local_policy.h"
#include "core/text/buffer.h"

#define PS_AUTHRES_MAX 32768 /* octets: what is written is never more */

/* RFC 8617 6. */
struct ps_authres_arc {
	const struct ps_arc_verdict *verdict;
	const struct ps_arc_trust *trust;
	const struct ps_ip *client; /* no bits: not known */
	enum ps_spare spared;	    /* from DMARC, by what the chain says */
};

struct ps_authres {
	const char *authserv_id;
	const struct ps_spf_query *spf_query; /* NULL: SPF was not judged */
	const struct ps_spf_verdict *spf;
	const struct ps_dkim_verdict *dkim;
	size_t dkim_count;		      /* 0: "dkim=none" */
	const struct ps_dmarc_verdict *dmarc; /* NULL: not judged */
	const struct ps_spf_verdict *helo;    /* beside that of the sender (RFC
						 7208 2.3); NULL: not judged */
	const struct ps_authres_arc *arc;     /* NULL: not judged */
};

/*
 * Append what stands behind "Authentication-Results:": leading space, a result
 * a line, folded with CRLF HTAB.  Values are quoted or dropped as RFC 8601 2.2
 * needs; bounded (at most 10 DKIM results are written).
 */
void ps_authres_write(const struct ps_authres *results, struct ps_buffer *out);
/* The same for a message that was not judged (2.2, no-result). */
void ps_authres_write_none(const char *authserv_id, struct ps_buffer *out);
/* The authserv-id alone, in quotes if it needs them. */
void ps_authres_write_id(const char *authserv_id, struct ps_buffer *out);

#endif
