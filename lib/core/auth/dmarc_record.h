/* dmarc_record.h - the DMARC policy record (RFC 9989 4.7, 4.8; RFC 7489 6.3).
 */
#ifndef PS_CORE_AUTH_DMARC_RECORD_H
#define PS_CORE_AUTH_DMARC_RECORD_H

#include "core/auth/dmarc.h"

enum ps_dmarc_psd {
	PS_DMARC_PSD_UNKNOWN, /* psd=u, and the default */
	PS_DMARC_PSD_YES,
	PS_DMARC_PSD_NO
};

/* What we need of a record, defaults filled in. */
struct ps_dmarc_record {
	/*
	 * False: p is missing or unknown, or sp or np is unknown, and no URI in
	 * rua could be told, so that DMARC does not apply (4.10.1).  With such
	 * a URI the three policies are none.
	 */
	bool usable;
	enum ps_dmarc_policy p;
	enum ps_dmarc_policy sp; /* of subdomains; p when not given */
	enum ps_dmarc_policy np; /* of those that do not exist; else sp */
	enum ps_dmarc_psd psd;
	bool testing; /* t=y */
	bool adkim_strict, aspf_strict;
	unsigned int pct;    /* 0 to 100; 100 by RFC 9989 */
	struct ps_bytes rua; /* a part of the text; empty when not given */
};

/*
 * False: no record of DMARC; the first tag must be v and DMARC1, in these
 * letters.  All else that is wrong in it is as if it were not there, the first
 * of a repeated tag counts, unknown tags are ignored (4.8).  RFC 9989 does not
 * know pct; RFC 7489 does not know np, psd and t, and takes names of tags in
 * capitals, too (6.4).
 */
bool ps_dmarc_record_parse(struct ps_bytes text,
			   enum ps_dmarc_standard standard,
			   struct ps_dmarc_record *record_r);

#endif
