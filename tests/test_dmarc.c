/* test_dmarc.c - DMARC verdicts by table (RFC 9989, RFC 7489). */

#include "fake_dns.h"
#include "table.h"

#include "core/auth/dmarc.h"
#include "io/idn_libidn2.h"
#include "io/psl_libpsl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DKIM_MAX 8
#define CUT	 "X-Cut-Here" /* the rest of the header was not kept */
#define TRUST	 "X-Trust:\n" /* the setting trust_length is yes */

#define REJECT "_dmarc.a.test TXT v=DMARC1; p=reject\n"
#define NINE   "1@1.t,2@2.t,3@3.t,4@4.t,5@5.t,6@6.t,7@7.t,8@8.t"
#define HIDDEN "DNS failure hides "
#define RULES  "test\nco.test\n*.wild.test\n!no.wild.test\nxn--p1ai\n"

/*
 * spf, dkim: "RESULT DOMAIN", of dkim several with commas; NULL: not judged;
 * "pass-l": of a part of the body.
 * want: result, policy, disposition, policy domain, organizational domain,
 * what is aligned, reason; "-" where there is none.
 * rounds: of waiting for answers when all are on their way at first;
 * questions: asked in all.
 * A row named for RFC 7489 is judged by it, the others by RFC 9989.
 */
static const struct row {
	const char *name, *zone, *header, *spf, *dkim, *want;
	unsigned int rounds, questions;
} rows[] = {
	{ "4.4.2 SPF is aligned", REJECT, "From: x@a.test\n", "pass a.test",
	  NULL, "pass reject none a.test a.test spf -", 1, 2 },
	{ "4.4.2 SPF softfail is no pass", REJECT, "From: x@a.test\n",
	  "softfail a.test", NULL, "fail reject reject a.test a.test - -", 1,
	  2 },
	{ "4.4.1 DKIM below is aligned, relaxed", REJECT, "From: x@a.test\n",
	  NULL, "pass m.a.test", "pass reject none a.test a.test dkim -", 1,
	  3 },
	{ "4.4.1 DKIM of the organization", REJECT, "From: x@n.a.test\n", NULL,
	  "pass a.test", "pass reject none a.test a.test dkim -", 1, 3 },
	{ "6376 8.2 DKIM of a part of the body", REJECT, "From: x@a.test\n",
	  NULL, "pass-l a.test", "fail reject reject a.test a.test - -", 1, 2 },
	{ "6376 8.2 the same, trusted", REJECT, TRUST "From: x@a.test\n", NULL,
	  "pass-l a.test", "pass reject none a.test a.test dkim -", 1, 2 },
	{ "6376 8.2 beside one of all of it", REJECT, "From: x@a.test\n", NULL,
	  "pass-l a.test,pass a.test", "pass reject none a.test a.test dkim -",
	  1, 2 },
	{ "4.4.1 both", REJECT, "From: x@a.test\n", "pass a.test",
	  "fail a.test,pass a.test",
	  "pass reject none a.test a.test spf+dkim -", 1, 2 },
	{ "4.4.1 DKIM of another", REJECT, "From: x@a.test\n", NULL,
	  "pass b.test", "fail reject reject a.test a.test - -", 1, 2 },
	{ "4.4.1 like, but another", REJECT, "From: x@a.test\n", NULL,
	  "pass xa.test", "fail reject reject a.test a.test - -", 1, 2 },
	{ "4.4.1 unreadable d=", REJECT, "From: x@a.test\n", NULL, "pass ",
	  "fail reject reject a.test a.test - -", 1, 2 },
	{ "3.2.10.2 strict, below is not aligned",
	  "_dmarc.a.test TXT v=DMARC1; p=reject; adkim=s; aspf=s",
	  "From: x@a.test\n", "pass m.a.test", "pass m.a.test",
	  "fail reject reject a.test a.test - -", 1, 3 },
	{ "3.2.10.2 strict, the same is",
	  "_dmarc.a.test TXT v=DMARC1; p=reject; adkim=s; aspf=s",
	  "From: x@A.TEST\n", "fail a.test", "pass a.test",
	  "pass reject none a.test a.test dkim -", 1, 2 },
	{ "4.7 t=y lowers reject", "_dmarc.a.test TXT v=DMARC1; p=reject; t=y",
	  "From: x@a.test\n", NULL, NULL,
	  "fail reject quarantine a.test a.test - - t", 1, 2 },
	{ "4.7 t=y lowers quarantine",
	  "_dmarc.a.test TXT v=DMARC1; p=quarantine; t=y", "From: x@a.test\n",
	  NULL, NULL, "fail quarantine none a.test a.test - - t", 1, 2 },
	{ "4.7 t=y and none", "_dmarc.a.test TXT v=DMARC1; p=none; t=y",
	  "From: x@a.test\n", NULL, NULL, "fail none none a.test a.test - - t",
	  1, 2 },
	{ "4.7 sp of an existing subdomain: not asked for without np",
	  "_dmarc.a.test TXT v=DMARC1; p=none; sp=reject", "From: x@n.a.test\n",
	  NULL, NULL, "fail reject reject a.test a.test - -", 1, 3 },
	{ "4.7 np of a name that does not exist",
	  "_dmarc.a.test TXT v=DMARC1; p=none; np=reject", "From: x@n.a.test\n",
	  NULL, NULL, "fail reject reject a.test a.test - -", 2, 4 },
	{ "4.7 np, but the name exists",
	  "n.a.test MX 1 m.test\n"
	  "_dmarc.a.test TXT v=DMARC1; p=none; np=reject",
	  "From: x@n.a.test\n", NULL, NULL, "fail none none a.test a.test - -",
	  2, 4 },
	{ "4.7 np, and that fails",
	  "n.a.test A !\n"
	  "_dmarc.a.test TXT v=DMARC1; p=none; np=reject",
	  "From: x@n.a.test\n", NULL, NULL,
	  "temperror none none a.test a.test - " HIDDEN
	  "whether the domain exists",
	  2, 4 },
	{ "4.7 np, that fails, and it passes",
	  "n.a.test A !\n"
	  "_dmarc.a.test TXT v=DMARC1; p=none; np=reject",
	  "From: x@n.a.test\n", NULL, "pass a.test",
	  "pass none none a.test a.test dkim -", 2, 4 },
	{ "4.7 np does not apply to the domain itself",
	  "_dmarc.a.test TXT v=DMARC1; p=none; np=reject", "From: x@a.test\n",
	  NULL, NULL, "fail none none a.test a.test - -", 1, 2 },
	{ "4.10 nothing found", "x.test A 192.0.2.1", "From: x@a.b.test\n",
	  "pass a.b.test", NULL, "none none none - a.b.test - no policy record",
	  1, 3 },
	{ "4.10 eight queries at most", "", "From: x@1.2.3.4.5.6.7.8.9.test\n",
	  NULL, NULL,
	  "none none none - 1.2.3.4.5.6.7.8.9.test - no policy record", 1, 8 },
	{ "4.10 step 4: eight labels, all asked for",
	  "_dmarc.2.3.4.5.6.7.test TXT v=DMARC1; p=reject",
	  "From: x@1.2.3.4.5.6.7.test\n", NULL, NULL,
	  "fail reject reject 2.3.4.5.6.7.test 2.3.4.5.6.7.test - -", 1, 8 },
	{ "4.10 step 4: nine labels, the eighth is skipped",
	  "_dmarc.2.3.4.5.6.7.8.test TXT v=DMARC1; p=reject",
	  "From: x@1.2.3.4.5.6.7.8.test\n", NULL, NULL,
	  "none none none - 1.2.3.4.5.6.7.8.test - no policy record", 1, 8 },
	{ "4.10 step 2: two records are none",
	  "_dmarc.a.test TXT v=DMARC1; p=none\n" REJECT, "From: x@a.test\n",
	  NULL, NULL, "none none none - a.test - no policy record", 1, 2 },
	{ "4.10 step 2: other records do not count",
	  "_dmarc.a.test TXT v=spf1 -all\n" REJECT, "From: x@a.test\n", NULL,
	  NULL, "fail reject reject a.test a.test - -", 1, 2 },
	{ "4.10.2 rule 1: psd=n ends the walk, what is above may fail",
	  "_dmarc.test TXT !\n"
	  "_dmarc.a.test TXT v=DMARC1; p=reject; psd=n",
	  "From: x@m.a.test\n", NULL, "pass n.a.test",
	  "pass reject none a.test a.test dkim -", 1, 4 },
	{ "4.10.2 rule 1: psd=n keeps the parent out",
	  "_dmarc.test TXT v=DMARC1; p=none\n"
	  "_dmarc.a.test TXT v=DMARC1; p=reject; psd=n",
	  "From: x@a.test\n", NULL, "pass test",
	  "fail reject reject a.test a.test - -", 1, 2 },
	{ "4.10.2 rule 2: below psd=y",
	  "_dmarc.test TXT v=DMARC1; p=reject; psd=y", "From: x@m.a.test\n",
	  NULL, "pass n.a.test", "pass reject none test a.test dkim -", 1, 4 },
	{ "4.10.2 rule 2: siblings below psd=y are strangers",
	  "_dmarc.test TXT v=DMARC1; p=reject; psd=y", "From: x@a.test\n", NULL,
	  "pass b.test", "fail reject reject test a.test - -", 1, 2 },
	{ "4.10.2 rule 2: mail of the suffix itself",
	  "_dmarc.test TXT v=DMARC1; p=reject; sp=none; psd=y",
	  "From: x@test\n", "pass a.test", NULL,
	  "fail reject reject test test - -", 2, 2 },
	{ "4.10.2 rule 2: not of the name where the walk began",
	  "_dmarc.co.test TXT v=DMARC1; p=reject; psd=y", "From: x@co.test\n",
	  NULL, "pass test", "fail reject reject co.test co.test - -", 1, 2 },
	{ "4.10.2 rule 3: the shortest name",
	  "_dmarc.m.a.test TXT v=DMARC1; p=quarantine\n" REJECT,
	  "From: x@m.a.test\n", NULL, "pass n.a.test",
	  "pass quarantine none m.a.test a.test dkim -", 1, 4 },
	{ "4.10.1 the author's record, though its organization is hidden",
	  "_dmarc.test TXT !\n" REJECT, "From: x@a.test\n", "pass a.test", NULL,
	  "pass reject none a.test - spf -", 1, 2 },
	{ "4.10.1 record without policy", "_dmarc.a.test TXT v=DMARC1; p=no",
	  "From: x@a.test\n", "pass a.test", NULL,
	  "none none none - a.test - policy record without policy", 1, 2 },
	{ "5.3.6 policy fails", "_dmarc.a.test TXT !", "From: x@a.test\n",
	  "pass a.test", NULL,
	  "temperror none none - - - " HIDDEN "the policy record", 1, 2 },
	{ "5.3.6 policy of the parent fails", "_dmarc.a.test TXT !",
	  "From: x@m.a.test\n", NULL, NULL,
	  "temperror none none - - - " HIDDEN "the policy record", 1, 3 },
	{ "5.3.6 SPF temperror, aligned", REJECT, "From: x@a.test\n",
	  "temperror a.test", "fail a.test",
	  "temperror reject none a.test a.test - " HIDDEN
	  "an aligned identifier",
	  1, 2 },
	{ "5.3.6 SPF temperror of a stranger", REJECT, "From: x@a.test\n",
	  "temperror b.test", NULL, "fail reject reject a.test a.test - -", 1,
	  2 },
	{ "5.3.6 DKIM temperror, aligned", REJECT, "From: x@a.test\n", NULL,
	  "temperror m.a.test",
	  "temperror reject none a.test a.test - " HIDDEN
	  "an aligned identifier",
	  1, 3 },
	{ "5.3.6 DKIM temperror, but SPF passes", REJECT, "From: x@a.test\n",
	  "pass a.test", "temperror a.test",
	  "pass reject none a.test a.test spf -", 1, 2 },
	{ "5.3.6 walk of the signer fails", "_dmarc.m.a.test TXT !\n" REJECT,
	  "From: x@a.test\n", NULL, "pass m.a.test",
	  "temperror reject none a.test a.test - " HIDDEN
	  "an aligned identifier",
	  1, 3 },
	{ "5.3.6 the author's organization is hidden",
	  "_dmarc.test TXT !\n" REJECT, "From: x@a.test\n", NULL, "pass b.test",
	  "temperror reject none a.test - - " HIDDEN "an aligned identifier", 1,
	  2 },
	{ "5.3.1 no From", REJECT, "To: x@a.test\n", "pass a.test", NULL,
	  "none none none - - - no From field", 0, 0 },
	{ "5.3.1 empty From", REJECT, "From:\n", "pass a.test", NULL,
	  "none none none - - - From cannot be read", 0, 0 },
	{ "5.3.1 empty group", REJECT, "From: x:;\n", "pass a.test", NULL,
	  "none none none - - - no author", 0, 0 },
	{ "5.3.1 literal", REJECT, "From: x@[192.0.2.1]\n", "pass a.test", NULL,
	  "none none none - - - author without a domain name", 0, 0 },
	{ "5.3.1 two authors of one domain", REJECT,
	  "From: x@a.test, y@A.test\n", "pass a.test", NULL,
	  "pass reject none a.test a.test spf -", 1, 2 },
	{ "5.3.1 U-label", "_dmarc.xn--bcher-kva.test TXT v=DMARC1; p=reject",
	  "From: x@B\xc3\x9c"
	  "cher.test\n",
	  NULL,
	  "pass b\xc3\xbc"
	  "cher.test",
	  "pass reject none xn--bcher-kva.test xn--bcher-kva.test dkim -", 1,
	  2 },
	{ "RFC 5322 4.5 space before the colon", REJECT, "From : x@a.test\n",
	  "fail a.test", NULL, "fail reject reject a.test a.test - -", 1, 2 },
	{ "5.3.1 one domain, written both ways",
	  "_dmarc.xn--bcher-kva.test TXT v=DMARC1; p=reject",
	  "From: x@b\xc3\xbc"
	  "cher.test, y@xn--bcher-kva.test\n",
	  NULL, "pass xn--bcher-kva.test",
	  "pass reject none xn--bcher-kva.test xn--bcher-kva.test dkim -", 1,
	  2 },
	{ "4.10 a record by way of CNAME",
	  "_dmarc.a.test CNAME p.b.test\np.b.test TXT v=DMARC1; p=reject",
	  "From: x@a.test\n", NULL, "pass b.test",
	  "fail reject reject a.test a.test - -", 1, 2 },
	{ "4.10 CNAME to another's record with psd=n",
	  "_dmarc.m.a.test CNAME p.b.test\n"
	  "p.b.test TXT v=DMARC1; p=reject; psd=n\n" REJECT,
	  "From: x@m.a.test\n", NULL, "pass a.test",
	  "fail reject reject m.a.test m.a.test - -", 1, 3 },
	{ "4.10 CNAME to nothing", "_dmarc.a.test CNAME p.b.test",
	  "From: x@a.test\n", NULL, NULL,
	  "none none none - a.test - no policy record", 1, 2 },
	{ "4.10 CNAME to two records",
	  "_dmarc.m.a.test CNAME p.b.test\np.b.test TXT v=DMARC1; p=none\n"
	  "p.b.test TXT v=DMARC1; p=none\n" REJECT,
	  "From: x@m.a.test\n", NULL, NULL,
	  "fail reject reject a.test a.test - -", 1, 3 },
	{ "11.5 two authors, one fails", REJECT, "From: x@a.test, y@b.test\n",
	  NULL, "pass b.test", "fail reject reject a.test a.test - -", 1, 3 },
	{ "11.5 the strictest counts",
	  "_dmarc.b.test TXT v=DMARC1; p=none\n" REJECT,
	  "From: y@b.test, x@a.test\n", NULL, NULL,
	  "fail reject reject a.test a.test - -", 1, 3 },
	{ "11.5 the strictest counts, in the other order",
	  "_dmarc.b.test TXT v=DMARC1; p=none\n" REJECT,
	  "From: x@a.test, y@b.test\n", NULL, NULL,
	  "fail reject reject a.test a.test - -", 1, 3 },
	{ "11.5 two authors, one passes, one has no policy", REJECT,
	  "From: x@a.test, y@b.test\n", NULL, "pass a.test",
	  "none none none - - - more than one author domain", 1, 3 },
	{ "11.5 eight authors", REJECT,
	  "From: x@a.test,1@1.t,2@2.t,3@3.t,4@4.t,"
	  "5@5.t,6@6.t,7@7.t\n",
	  NULL, NULL, "fail reject reject a.test a.test - -", 1, 10 },
	{ "11.5 nine authors", REJECT, "From: " NINE ",x@a.test\n", NULL, NULL,
	  "permerror none reject - - - too many author domains", 0, 0 },
	{ "11.5 two From fields, one fails", REJECT,
	  "From: y@b.test\nFROM: x@a.test\n", NULL, "pass b.test",
	  "fail reject reject a.test a.test - -", 1, 3 },
	{ "11.5 the same From twice never passes", REJECT,
	  "From: x@a.test\nFrom: x@a.test\n", "pass a.test", NULL,
	  "none none none - - - more than one From field", 1, 2 },
	{ "11.5 another From may be where we cannot look: no pass", REJECT,
	  "From: x@a.test\n" CUT ":\n", "pass a.test", NULL,
	  "none none none - - - header too large", 1, 2 },
	{ "11.5 another From may be where we cannot look: fail", REJECT,
	  "From: x@a.test\n" CUT ":\n", "fail a.test", NULL,
	  "fail reject reject a.test a.test - -", 1, 2 },
	{ "11.5 what can be read of From fails", REJECT,
	  "From: x@a.test; y@b.test\n", NULL, "pass b.test",
	  "fail reject reject a.test a.test - -", 1, 2 },
	{ "11.5 what can be read of From passes", REJECT,
	  "From: x@a.test; y@b.test\n", NULL, "pass a.test",
	  "none none none - - - From cannot be read", 1, 2 },
#define OLD(n, zone, header, spf, dkim, want, questions)                       \
	{                                                                      \
		"RFC 7489 " n, zone, header, spf, dkim, want, 1, questions     \
	}
	OLD("3.2 the organization is below the suffix", REJECT,
	    "From: x@m.a.test\n", NULL, "pass n.a.test",
	    "pass reject none a.test a.test dkim -", 2),
	OLD("3.2 of a suffix of two labels",
	    "_dmarc.co.test TXT v=DMARC1; p=reject\n"
	    "_dmarc.a.co.test TXT v=DMARC1; p=quarantine",
	    "From: x@m.a.co.test\n", NULL, "pass b.co.test",
	    "fail quarantine quarantine a.co.test a.co.test - -", 2),
	OLD("3.2 wildcard", "_dmarc.a.b.wild.test TXT v=DMARC1; p=reject",
	    "From: x@m.a.b.wild.test\n", NULL, "pass c.b.wild.test",
	    "fail reject reject a.b.wild.test a.b.wild.test - -", 2),
	OLD("3.2 exception", "_dmarc.no.wild.test TXT v=DMARC1; p=reject",
	    "From: x@m.no.wild.test\n", NULL, "pass no.wild.test",
	    "pass reject none no.wild.test no.wild.test dkim -", 2),
	OLD("3.2 no rule: the last label is the suffix",
	    "_dmarc.a.other TXT v=DMARC1; p=reject", "From: x@m.a.other\n",
	    NULL, "pass n.a.other", "pass reject none a.other a.other dkim -",
	    2),
	OLD("3.2 mail of a suffix", "_dmarc.co.test TXT v=DMARC1; p=reject",
	    "From: x@co.test\n", NULL, "pass a.co.test",
	    "fail reject reject co.test co.test - -", 1),
	OLD("3.2 U-labels",
	    "_dmarc.xn--e1afmkfd.xn--p1ai TXT v=DMARC1; p=reject",
	    "From: x@m.\xd0\xbf\xd1\x80\xd0\xb8\xd0\xbc\xd0\xb5\xd1\x80"
	    ".\xd1\x80\xd1\x84\n",
	    NULL, "pass xn--e1afmkfd.xn--p1ai",
	    "pass reject none xn--e1afmkfd.xn--p1ai xn--e1afmkfd.xn--p1ai "
	    "dkim -",
	    2),
	OLD("3.1 strict", "_dmarc.a.test TXT v=DMARC1; p=reject; adkim=s",
	    "From: x@m.a.test\n", NULL, "pass a.test",
	    "fail reject reject a.test a.test - -", 2),
	OLD("6.3 sp",
	    "_dmarc.a.test TXT v=DMARC1; p=reject; sp=none; np=reject",
	    "From: x@m.a.test\n", NULL, NULL,
	    "fail none none a.test a.test - -", 2),
	OLD("6.3 t is unknown", "_dmarc.a.test TXT v=DMARC1; p=reject; t=y",
	    "From: x@a.test\n", NULL, NULL,
	    "fail reject reject a.test a.test - -", 1),
	OLD("6.3 psd is unknown",
	    "_dmarc.b.a.test TXT v=DMARC1; p=none; psd=n\n" REJECT,
	    "From: x@m.b.a.test\n", NULL, "pass a.test",
	    "pass reject none a.test a.test dkim -", 2),
	OLD("6.6.3 step 3: nothing between the two is asked for",
	    "_dmarc.b.a.test TXT v=DMARC1; p=reject", "From: x@m.b.a.test\n",
	    NULL, NULL, "none none none - a.test - no policy record", 2),
	OLD("6.6.3 step 3: nor the suffix",
	    "_dmarc.test TXT v=DMARC1; p=reject; psd=y", "From: x@a.test\n",
	    NULL, NULL, "none none none - a.test - no policy record", 1),
	OLD("6.6.3 step 5: several end it",
	    "_dmarc.m.a.test TXT v=DMARC1; p=none\n"
	    "_dmarc.m.a.test TXT v=DMARC1; p=none\n" REJECT,
	    "From: x@m.a.test\n", NULL, NULL,
	    "none none none - a.test - no policy record", 2),
	OLD("6.6.3 step 5: several at the organization",
	    "_dmarc.a.test TXT v=DMARC1; p=none\n" REJECT, "From: x@m.a.test\n",
	    NULL, NULL, "none none none - a.test - no policy record", 2),
	OLD("6.6.3 the domain's fails", "_dmarc.m.a.test TXT !\n" REJECT,
	    "From: x@m.a.test\n", NULL, NULL,
	    "temperror none none - a.test - " HIDDEN "the policy record", 2),
	OLD("6.6.3 the organization's fails", "_dmarc.a.test TXT !",
	    "From: x@m.a.test\n", "pass a.test", NULL,
	    "temperror none none - a.test - " HIDDEN "the policy record", 2),
	OLD("6.6.3 a failing one that is not needed",
	    "_dmarc.m.a.test TXT v=DMARC1; p=reject\n_dmarc.a.test TXT !",
	    "From: x@m.a.test\n", NULL, "pass a.test",
	    "pass reject none m.a.test a.test dkim -", 2),
	OLD("6.6.1 two authors, one fails", REJECT,
	    "From: x@a.test, y@b.test\n", NULL, "pass b.test",
	    "fail reject reject a.test a.test - -", 2),
#undef OLD
};

/* "RESULT DOMAIN" up to a comma; moves *text behind that. */
static struct ps_bytes read_result(const char **text, char result_r[16])
{
	size_t len = strcspn(*text, " ");
	struct ps_bytes domain = { *text + len + 1, 0 };

	assert_true(
		ps_bytes_copy((struct ps_bytes){ *text, len }, result_r, 16));
	domain.len = strcspn(domain.at, ",");
	*text = domain.at + domain.len;
	*text += **text == ',';
	return domain;
}

static enum ps_spf_result spf_result(const char *name)
{
	if (strcmp(name, "pass") == 0)
		return PS_SPF_PASS;
	if (strcmp(name, "temperror") == 0)
		return PS_SPF_TEMPERROR;
	return strcmp(name, "fail") == 0 ? PS_SPF_FAIL : PS_SPF_SOFTFAIL;
}

static enum ps_dkim_result dkim_result(const char *name)
{
	if (strncmp(name, "pass", 4) == 0)
		return PS_DKIM_PASS;
	return strcmp(name, "temperror") == 0 ? PS_DKIM_TEMPERROR
					      : PS_DKIM_FAIL;
}

static void read_verdicts(const struct row *row, struct ps_spf_verdict *spf,
			  struct ps_dkim_verdict dkim[DKIM_MAX],
			  struct ps_dmarc_query *query)
{
	struct ps_bytes domain;
	const char *text = row->spf;
	char result[16];

	if (text != NULL) {
		domain = read_result(&text, result);
		spf->result = spf_result(result);
		assert_true(ps_bytes_copy(domain, spf->domain,
					  sizeof(spf->domain)));
		query->spf = spf;
	}
	text = row->dkim == NULL ? "" : row->dkim;
	while (*text != '\0') {
		assert_true(query->dkim_count < DKIM_MAX);
		domain = read_result(&text, result);
		dkim[query->dkim_count].result = dkim_result(result);
		dkim[query->dkim_count].length_limited =
			strcmp(result, "pass-l") == 0;
		assert_true(ps_bytes_copy(domain,
					  dkim[query->dkim_count].domain,
					  PS_DOMAIN_MAX + 1));
		query->dkim_count++;
	}
}

static const char *or_dash(const char *text)
{
	return text[0] == '\0' ? "-" : text;
}

static void compare(const struct ps_dmarc_verdict *verdict, const char *want)
{
	const char *aligned = verdict->spf_aligned ? "spf" : "-";
	char found[1024];

	if (verdict->dkim_aligned)
		aligned = verdict->spf_aligned ? "spf+dkim" : "dkim";
	snprintf(found, sizeof(found), "%s %s %s %s %s %s %s%s",
		 ps_dmarc_result_name(verdict->result),
		 ps_dmarc_policy_name(verdict->policy),
		 ps_dmarc_policy_name(verdict->disposition),
		 or_dash(verdict->policy_domain), or_dash(verdict->org_domain),
		 aligned, or_dash(verdict->reason),
		 verdict->testing ? " t" : "");
	assert_string_equal(found, want);
}

static void judge(const struct row *row, const struct ps_dmarc_query *query)
{
	struct fake_dns *zone = fake_dns_load(row->zone);
	struct ps_dns dns = fake_dns_port(zone);
	struct ps_dmarc_verdict verdict;

	assert_true(ps_dmarc_prepare(query, &dns));
	assert_true(ps_dmarc_check(query, &dns, &verdict));
	compare(&verdict, row->want);
	fake_dns_pending(zone, true);
	assert_int_equal(ps_dmarc_prepare(query, &dns), row->rounds == 0);
	while (!ps_dmarc_check(query, &dns, &verdict))
		assert_true(fake_dns_wait(zone));
	compare(&verdict, row->want);
	assert_int_equal(fake_dns_rounds(zone), row->rounds);
	assert_int_equal(fake_dns_questions(zone), row->questions);
	fake_dns_free(&zone);
}

static void check(const struct row *row)
{
	struct ps_dkim_verdict dkim[DKIM_MAX] = { { 0 } };
	struct ps_spf_verdict spf = { 0 };
	struct ps_fields fields;
	struct ps_libpsl *psl;
	struct ps_arena *arena;
	struct ps_dmarc_query query = { .fields = &fields,
					.dkim = dkim,
					.idn = &ps_idn_libidn2 };

	assert_int_equal(ps_libpsl_new_of(PS_BYTES(RULES), &psl), 0);
	if (strncmp(row->name, "RFC 7489", 8) == 0)
		query.psl = ps_libpsl_port(psl);
	assert_int_equal(ps_arena_new(65536, &arena), 0);
	ps_fields_init(&fields, arena);
	assert_true(ps_fields_parse(&fields, ps_bytes_of(row->header), NULL));
	fields.overflow = ps_fields_count(&fields, CUT) > 0;
	query.trust_length = ps_fields_count(&fields, "X-Trust") > 0;
	read_verdicts(row, &spf, dkim, &query);
	judge(row, &query);
	ps_libpsl_free(&psl);
	ps_arena_free(&arena);
}

TABLE_MAIN(rows, check)
