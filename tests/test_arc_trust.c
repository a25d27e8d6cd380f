/* test_arc_trust.c - whom a chain is believed, by table (RFC 8617 7.2). */

#include "table.h"

#include "core/auth/arc_trust.h"
#include "io/idn_libidn2.h"

#include <stdio.h>
#include <string.h>

/* A set of that number, by that sealer, with these results. */
#define SET(i, cv, d, results)                                                 \
	"ARC-Seal: d=" d "; i=" i "; cv=" cv "; s=x\r\n"                       \
	"ARC-Message-Signature: i=" i "\r\n"                                   \
	"ARC-Authentication-Results: i=" i "; mx." d results "\r\n"
#define ONE(d, results)	  SET("1", "none", d, results)
#define TWO(d, results)	  SET("2", "pass", d, results)
#define THREE(d, results) SET("3", "pass", d, results)
#define PASS		  "; spf=pass smtp.mailfrom=a.test; dmarc=pass header.from=a.test"
#define FAIL		  "; spf=fail smtp.mailfrom=a.test; dmarc=fail header.from=a.test"
#define NOTHING		  "; none"
#define FROM		  "From: Alice <alice@A.test>\r\n"

struct row {
	const char *name, *header;
	struct ps_arc_verdict verdict;
	const char *expected; /* "vouched|unknown|no [SET SEALER] [said]" */
};

#define GOOD(oldest)                                                           \
	{                                                                      \
		.result = PS_ARC_PASS, .oldest_pass = (oldest)                 \
	}
#define SPF_DMARC      "[spf=pass dmarc=pass]"
#define SPF_DMARC_FAIL "[spf=fail dmarc=fail]"

static const struct row rows[] = {
	{ "no set", FROM, { .result = PS_ARC_NONE }, "no []" },
	{ "a trusted sealer", FROM ONE("list.test", PASS), GOOD(0),
	  "vouched 1 list.test " SPF_DMARC },
	{ "a sealer nobody trusts", FROM ONE("evil.test", PASS), GOOD(0),
	  "no " SPF_DMARC },
	{ "below a trusted domain", FROM ONE("x.list.test", PASS), GOOD(0),
	  "no " SPF_DMARC },
	{ "d= in other case", FROM ONE("LIST.test", PASS), GOOD(0),
	  "vouched 1 list.test " SPF_DMARC },
	{ "d= and the setting in U- and A-labels",
	  FROM ONE("b\xc3\xbc"
		   "cher.test",
		   PASS),
	  GOOD(0), "vouched 1 xn--bcher-kva.test " SPF_DMARC },
	{ "it saw DMARC fail", FROM ONE("list.test", FAIL), GOOD(0),
	  "no " SPF_DMARC_FAIL },
	{ "it saw nothing", FROM ONE("list.test", NOTHING), GOOD(0), "no []" },
	{ "the chain does not hold",
	  FROM ONE("list.test", PASS),
	  { .result = PS_ARC_FAIL },
	  "no " SPF_DMARC },
	{ "keys cannot be fetched now",
	  FROM ONE("list.test", PASS),
	  { .result = PS_ARC_FAIL, .temporary = true },
	  "unknown 1 list.test " SPF_DMARC },
	{ "nor can those of a sealer nobody trusts",
	  FROM ONE("evil.test", PASS),
	  { .result = PS_ARC_FAIL, .temporary = true },
	  "no " SPF_DMARC },
	{ "broken, whatever the verdict says", FROM TWO("list.test", PASS),
	  GOOD(0), "no " SPF_DMARC },
	{ "6376 8.2: the body is signed in part",
	  FROM ONE("list.test", PASS),
	  { .result = PS_ARC_PASS, .length_limited = true },
	  "no " SPF_DMARC },

	/* Which set. */
	{ "the newest that says so",
	  FROM TWO("list.test", PASS) ONE("list.test", PASS), GOOD(0),
	  "vouched 2 list.test " SPF_DMARC },
	{ "an older says so, all are trusted",
	  FROM TWO("other.test", FAIL) ONE("list.test", PASS), GOOD(2),
	  "vouched 1 list.test " SPF_DMARC_FAIL },
	{ "a stranger altered it since",
	  FROM TWO("evil.test", FAIL) ONE("list.test", PASS), GOOD(2),
	  "no " SPF_DMARC_FAIL },
	{ "a stranger passed it on as it was",
	  FROM TWO("evil.test", FAIL) ONE("list.test", PASS), GOOD(0),
	  "vouched 1 list.test " SPF_DMARC_FAIL },
	{ "what a stranger says",
	  FROM TWO("list.test", FAIL) ONE("evil.test", PASS), GOOD(0),
	  "no " SPF_DMARC_FAIL },
	{ "altered before a stranger had it",
	  FROM THREE("evil.test", FAIL) TWO("list.test", PASS)
		  ONE("other.test", FAIL),
	  GOOD(2), "vouched 2 list.test " SPF_DMARC_FAIL },
	{ "keys away, a stranger came later",
	  FROM TWO("evil.test", FAIL) ONE("list.test", PASS),
	  { .result = PS_ARC_FAIL, .temporary = true },
	  "no " SPF_DMARC_FAIL },

	/* What it says. */
	{ "8601 2.7: of another author",
	  FROM ONE("list.test", "; dmarc=pass header.from=b.test"), GOOD(0),
	  "no [dmarc=pass]" },
	{ "8601 2.7: author in other case",
	  FROM ONE("list.test", "; dmarc=pass header.from=A.TEST"), GOOD(0),
	  "vouched 1 list.test [dmarc=pass]" },
	{ "8601 2.7: of no author named", FROM ONE("list.test", "; dmarc=pass"),
	  GOOD(0), "vouched 1 list.test [dmarc=pass]" },
	{ "8601 2.2: in a comment",
	  FROM ONE("list.test", "; spf=pass (dmarc=pass; dmarc=pass)"), GOOD(0),
	  "no [spf=pass]" },
	{ "8601 2.2: in a reason",
	  FROM ONE("list.test", "; spf=pass reason=\"; dmarc=pass\""), GOOD(0),
	  "no [spf=pass]" },
	{ "8601 2.2: pass and fail",
	  FROM ONE("list.test", "; dmarc=pass; dmarc=fail"), GOOD(0),
	  "no [dmarc=pass]" },
	{ "8601 2.2: cannot be read", FROM ONE("list.test", "; dmarc=pass; ("),
	  GOOD(0), "no []" },
	{ "8601 2.2: in other case",
	  FROM ONE("list.test", "; DMARC=Pass Header.From=a.test"), GOOD(0),
	  "vouched 1 list.test [dmarc=Pass]" },
	{ "words that are none are not repeated",
	  FROM ONE("list.test", "; spf=pass-1; dkim=permerror"), GOOD(0),
	  "no [dkim=permerror]" },

	/* Of whom. */
	{ "9989 11.5: two authors",
	  "From: a@a.test, b@b.test\r\n" ONE("list.test", PASS), GOOD(0),
	  "no " SPF_DMARC },
	{ "5322 3.6: two From fields", FROM FROM ONE("list.test", PASS),
	  GOOD(0), "no " SPF_DMARC },
	{ "5322 3.6: no From field", ONE("list.test", "; dmarc=pass"), GOOD(0),
	  "no [dmarc=pass]" },
};

static void find(struct ps_arena *arena, const struct row *row,
		 struct ps_arc_trust *trust_r)
{
	static const char *const trusted[] = { "Other.test",
					       "xn--bcher-kva.test",
					       "list.test" };
	struct ps_arc_trust_query query = { .verdict = &row->verdict,
					    .trusted = trusted,
					    .trusted_count = 3,
					    .idn = &ps_idn_libidn2,
					    .arena = arena };
	struct ps_dmarc_authors authors;
	struct ps_arc_chain chain;
	struct ps_fields fields;

	ps_fields_init(&fields, arena);
	assert_true(ps_fields_parse(&fields, ps_bytes_of(row->header), NULL));
	ps_arc_chain_collect(&fields, &chain);
	ps_dmarc_authors_find(&fields, &ps_idn_libidn2, &authors);
	query.chain = &chain;
	query.authors = &authors;
	ps_arc_trust_find(&query, trust_r);
}

static void check(const struct row *row)
{
	struct ps_arena *arena = NULL;
	struct ps_arc_trust trust;
	char got[512];

	memset(&trust, 0x55, sizeof(trust));
	assert_int_equal(ps_arena_new(1 << 20, &arena), 0);
	find(arena, row, &trust);
	assert_false(trust.vouched && trust.unknown);
	if (trust.vouched || trust.unknown)
		snprintf(got, sizeof(got), "%s %u %s [%s]",
			 trust.vouched ? "vouched" : "unknown", trust.set,
			 trust.sealer, trust.said);
	else
		snprintf(got, sizeof(got), "no%s [%s]", trust.sealer,
			 trust.said);
	assert_string_equal(got, row->expected);
	ps_arena_free(&arena);
}

TABLE_MAIN(rows, check)
