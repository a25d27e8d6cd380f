/* test_dmarc_record.c - DMARC policy records by table (RFC 9989 4.7, 4.8;
 * RFC 7489 6.3, 6.4). */

#include "table.h"

#include "core/auth/dmarc_record.h"

#include <stdio.h>
#include <string.h>

/* A row named for RFC 7489 is read by it.  want: p sp np, then what else is
 * said; NULL: no record; "unusable". */
static const struct row {
	const char *name;
	struct ps_bytes text;
	const char *want;
} rows[] = {
	{ "4.7 p", PS_BYTES("v=DMARC1; p=reject"), "reject reject reject" },
	{ "4.7 p=none", PS_BYTES("v=DMARC1;p=none"), "none none none" },
	{ "4.7 p=quarantine", PS_BYTES("v=DMARC1;p=quarantine"),
	  "quarantine quarantine quarantine" },
	{ "4.7 sp stands for np", PS_BYTES("v=DMARC1; p=none; sp=reject"),
	  "none reject reject" },
	{ "4.7 np alone", PS_BYTES("v=DMARC1; p=none; np=reject"),
	  "none none reject" },
	{ "4.7 all three", PS_BYTES("v=DMARC1;np=none;sp=quarantine;p=reject"),
	  "reject quarantine none" },
	{ "4.7 adkim", PS_BYTES("v=DMARC1; p=none; adkim=s"),
	  "none none none adkim=s" },
	{ "4.7 aspf", PS_BYTES("v=DMARC1; p=none; aspf=s; adkim=r"),
	  "none none none aspf=s" },
	{ "4.7 t=y", PS_BYTES("v=DMARC1; p=none; t=y"), "none none none t=y" },
	{ "4.7 t=n", PS_BYTES("v=DMARC1; p=none; t=n"), "none none none" },
	{ "4.7 psd=y", PS_BYTES("v=DMARC1; p=none; psd=y"),
	  "none none none psd=y" },
	{ "4.7 psd=n", PS_BYTES("v=DMARC1; p=none; psd=n"),
	  "none none none psd=n" },
	{ "4.7 psd=u", PS_BYTES("v=DMARC1; p=none; psd=u"), "none none none" },
	{ "4.7 pct is unknown", PS_BYTES("v=DMARC1; p=reject; pct=0"),
	  "reject reject reject" },
	{ "4.7 unknown tag", PS_BYTES("v=DMARC1; x=y; p=reject; yy=;"),
	  "reject reject reject" },
	{ "4.7 v is missing", PS_BYTES("p=reject"), NULL },
	{ "4.7 v is not the first", PS_BYTES("p=reject; v=DMARC1"), NULL },
	{ "4.7 v in small letters", PS_BYTES("v=dmarc1; p=reject"), NULL },
	{ "4.7 another version", PS_BYTES("v=DMARC10; p=reject"), NULL },
	{ "4.7 version cut off", PS_BYTES("v=DMARC; p=reject"), NULL },
	{ "4.7 v without value", PS_BYTES("v=; p=reject"), NULL },
	{ "4.7 v without =", PS_BYTES("v DMARC1; p=reject"), NULL },
	{ "4.7 nothing", PS_BYTES(""), NULL },
	{ "4.7 another record", PS_BYTES("v=spf1 -all"), NULL },
	{ "4.7 no semicolon behind v", PS_BYTES("v=DMARC1 p=reject"), NULL },
	{ "4.7 names are case-sensitive", PS_BYTES("v=DMARC1; P=reject"),
	  "unusable" },
	{ "4.8 values are not", PS_BYTES("v=DMARC1; p=ReJecT; t=Y; psd=N"),
	  "reject reject reject psd=n t=y" },
	{ "4.8 white space", PS_BYTES("v\t=  DMARC1 ;\tp =\treject ; "),
	  "reject reject reject" },
	{ "4.8 white space before v", PS_BYTES(" v=DMARC1; p=reject"),
	  "reject reject reject" },
	{ "4.8 text that is no tag", PS_BYTES("v=DMARC1; p=reject; so what"),
	  "reject reject reject" },
	{ "4.8 many semicolons", PS_BYTES("v=DMARC1;;; ; p=reject;;"),
	  "reject reject reject" },
	{ "4.8 the first of two counts", PS_BYTES("v=DMARC1;p=reject;p=none"),
	  "reject reject reject" },
	{ "4.8 unknown mode is the default",
	  PS_BYTES("v=DMARC1; p=none; adkim=x; aspf=strict; t=1; psd=yes"),
	  "none none none" },
	{ "4.8 NUL in a value", PS_BYTES("v=DMARC1; p=reject\0"), "unusable" },
	{ "4.10.1 no p, no rua", PS_BYTES("v=DMARC1"), "unusable" },
	{ "4.10.1 no p, but rua", PS_BYTES("v=DMARC1; rua=mailto:a@b.c"),
	  "none none none" },
	{ "4.10.1 unknown p, but rua",
	  PS_BYTES("v=DMARC1; p=block; rua=mailto:a@b.c"), "none none none" },
	{ "4.10.1 unknown sp", PS_BYTES("v=DMARC1; p=reject; sp=block"),
	  "unusable" },
	{ "4.10.1 unknown sp, but rua",
	  PS_BYTES("v=DMARC1; p=reject; sp=block; rua=mailto:a@b.c"),
	  "none none none" },
	{ "4.10.1 unknown np, but rua",
	  PS_BYTES("v=DMARC1; p=reject; np=; rua=mailto:a@b.c"),
	  "none none none" },
	{ "4.10.1 p, sp and unknown np",
	  PS_BYTES("v=DMARC1; p=reject; sp=reject; np=block"), "unusable" },
	{ "4.10.1 rua is no URI", PS_BYTES("v=DMARC1; rua=a@b.c"), "unusable" },
	{ "4.10.1 rua empty", PS_BYTES("v=DMARC1; rua="), "unusable" },
	{ "4.10.1 rua mailto without address",
	  PS_BYTES("v=DMARC1;rua=mailto:x"), "unusable" },
	{ "4.10.1 rua mailto without anything",
	  PS_BYTES("v=DMARC1;rua=mailto:"), "unusable" },
	{ "4.10.1 rua with a space in it",
	  PS_BYTES("v=DMARC1; rua=mailto:a b@c.d"), "unusable" },
	{ "4.10.1 rua, one of two is good",
	  PS_BYTES("v=DMARC1; rua=x, mailto:a@b.c!10m"), "none none none" },
	{ "4.10.1 rua of another scheme",
	  PS_BYTES("v=DMARC1; rua=https://b.c/"), "none none none" },
#define OLD(n, t, w)                                                           \
	{                                                                      \
		"RFC 7489 " n, PS_BYTES(t), w                                  \
	}
	OLD("6.3 p and sp", "v=DMARC1; p=reject; sp=none", "reject none none"),
	OLD("6.3 np is unknown", "v=DMARC1; p=reject; np=none",
	    "reject reject reject"),
	OLD("6.3 np is unknown, also what it says",
	    "v=DMARC1; p=reject; np=block", "reject reject reject"),
	OLD("6.3 t and psd are unknown", "v=DMARC1; p=reject; t=y; psd=y",
	    "reject reject reject"),
	OLD("6.3 pct=0", "v=DMARC1; p=reject; pct=0",
	    "reject reject reject pct=0"),
	OLD("6.3 pct=99", "v=DMARC1; pct=99; p=reject",
	    "reject reject reject pct=99"),
	OLD("6.3 pct=100", "v=DMARC1; p=reject; pct=100",
	    "reject reject reject"),
	OLD("6.3 pct=101 is as if it were not there",
	    "v=DMARC1; p=reject; pct=101", "reject reject reject"),
	OLD("6.3 pct is no number", "v=DMARC1; p=reject; pct=50%",
	    "reject reject reject"),
	OLD("6.4 names in capitals", "V=DMARC1; P=REJECT; SP=none; ADKIM=s",
	    "reject none none adkim=s"),
	OLD("6.4 the version is not", "v=dmarc1; p=reject", NULL),
	OLD("6.6.3 no p, no rua", "v=DMARC1", "unusable"),
	OLD("6.6.3 unknown sp, but rua",
	    "v=DMARC1; p=reject; sp=block; rua=mailto:a@b.c", "none none none"),
#undef OLD
};

static void check(const struct row *row)
{
	static const char *const psd[] = { "", " psd=y", " psd=n" };
	bool old = strncmp(row->name, "RFC 7489", 8) == 0;
	struct ps_dmarc_record record;
	char found[128] = "unusable", pct[16] = "";

	assert_int_equal(
		ps_dmarc_record_parse(row->text,
				      old ? PS_DMARC_RFC7489 : PS_DMARC_RFC9989,
				      &record),
		row->want != NULL);
	if (row->want == NULL)
		return;
	if (record.pct != 100)
		snprintf(pct, sizeof(pct), " pct=%u", record.pct);
	if (record.usable)
		snprintf(found, sizeof(found), "%s %s %s%s%s%s%s%s",
			 ps_dmarc_policy_name(record.p),
			 ps_dmarc_policy_name(record.sp),
			 ps_dmarc_policy_name(record.np), psd[record.psd],
			 record.testing ? " t=y" : "",
			 record.adkim_strict ? " adkim=s" : "",
			 record.aspf_strict ? " aspf=s" : "", pct);
	assert_string_equal(found, row->want);
}

TABLE_MAIN(rows, check)
