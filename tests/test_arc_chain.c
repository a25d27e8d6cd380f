/* test_arc_chain.c - ARC sets collected, and what is no chain (RFC 8617). */

#include "table.h"

#include "core/auth/arc_chain.h"

#include <stdio.h>
#include <string.h>

#define AAR(i)	   "ARC-Authentication-Results: i=" i "; a.test; none\r\n"
#define AMS(i)	   "ARC-Message-Signature: i=" i "; a=x\r\n"
#define AS(i, cv)  "ARC-Seal: i=" i "; cv=" cv "; a=x\r\n"
#define SET(i, cv) AS(i, cv) AMS(i) AAR(i)

struct row {
	const char *name;
	const char *header;   /* X-Octets: results follow that make the three so
				 long */
	const char *expected; /* "COUNT [ended] [full] [AT: ERROR]" */
};

static const struct row rows[] = {
	{ "5.2 step 1: no set", "From: a@a.test\r\n", "0" },
	{ "5.2 step 1: one set", SET("1", "none"), "1" },
	{ "5.2 step 1: 50 sets are as many as there may be",
	  SET("50", "pass") SET("1", "none"), "50 full 2: set is missing" },
	{ "5.2 step 1: number 51", SET("51", "pass") SET("1", "none"),
	  "1 full 0: more than 50 sets" },
	{ "5.2 step 2: the newest seal says fail", SET("1", "fail"),
	  "1 ended 1: sealed with cv=fail" },
	{ "5.2 step 3 A: sealed twice", SET("2", "fail") SET("2", "pass"),
	  "2 2: sealed twice" },
	{ "5.2 step 2: an older set is missing", SET("3", "fail"),
	  "3 ended 3: sealed with cv=fail" },
	{ "5.2 step 2: an older field cannot be read",
	  SET("2", "fail") "ARC-Seal: i=x\r\n",
	  "2 ended 2: sealed with cv=fail" },
	{ "5.2 step 3 A: no results", AS("1", "none") AMS("1"),
	  "1 1: set without results" },
	{ "5.2 step 3 A: no signature", AS("1", "none") AAR("1"),
	  "1 1: set without message signature" },
	{ "5.2 step 3 A: no seal", AMS("1") AAR("1"), "1 1: set without seal" },
	{ "5.2 step 3 A: results twice", SET("1", "none") AAR("1"),
	  "1 1: results twice" },
	{ "5.2 step 3 A: signed twice", SET("1", "none") AMS("1"),
	  "1 1: signed twice" },
	{ "5.2 step 3 B: a gap", SET("3", "pass") SET("1", "none"),
	  "3 2: set is missing" },
	{ "5.2 step 3 B: not from 1 on", SET("2", "pass"),
	  "2 1: set is missing" },
	{ "5.2 step 3 B: any order",
	  AAR("2") SET("1", "none") AS("2", "pass") AMS("2"), "2" },
	{ "5.2 step 3 C: the first says pass", SET("1", "pass"),
	  "1 1: seal with the wrong cv=" },
	{ "5.2 step 3 C: the second says none",
	  SET("2", "none") SET("1", "none"), "2 2: seal with the wrong cv=" },
	{ "5.2 step 3 C: an older says fail", SET("2", "pass") SET("1", "fail"),
	  "2 1: sealed with cv=fail" },
	{ "4.1.1: i= before all else",
	  AS("1", "none")
		  AMS("1") "ARC-Authentication-Results: a.test; i=1; none\r\n",
	  "1 0: results that do not begin with i=" },
	{ "4.1.1: i= without its semicolon",
	  AS("1", "none")
		  AMS("1") "ARC-Authentication-Results: i=1 a.test; none\r\n",
	  "1 0: results that do not begin with i=" },
	{ "4.1.1: a large I",
	  AS("1", "none")
		  AMS("1") "ARC-Authentication-Results: I=1; a.test; none\r\n",
	  "1 0: results that do not begin with i=" },
	{ "4.1.1: comments and folding",
	  AS("1", "none") AMS("1") "ARC-Authentication-Results:(a;)\r\n i (b) "
				   "= (c(d)) 1\r\n\t(e);x\r\n",
	  "1" },
	{ "4.1.1: a comment without its end",
	  AS("1", "none") AMS(
		  "1") "ARC-Authentication-Results: i=1 (; a.test; none\r\n",
	  "1 0: results that do not begin with i=" },
	{ "4.1.3: h= in a seal",
	  "ARC-Seal: h=from; i=1; cv=none\r\n" AMS("1") AAR("1"),
	  "1 1: seal with h=" },
	{ "4.1.3: no cv=", "ARC-Seal: i=1\r\n" AMS("1") AAR("1"),
	  "1 1: seal without cv=" },
	{ "4.1.3: unknown cv=", SET("1", "maybe"),
	  "1 1: seal with an unknown cv=" },
	{ "4.1.3: cv= in any case", SET("1", "NONE"), "1" },
	{ "4.2.1: i=0", SET("0", "none"), "0 0: i= is no number of a set" },
	{ "4.2.1: i= empty", SET("", "none"), "0 0: i= is no number of a set" },
	{ "4.2.1: i=+1", SET("+1", "none"), "0 0: i= is no number of a set" },
	{ "4.2.1: i=001", SET("001", "none"), "0 0: i= is no number of a set" },
	{ "4.2.1: i=01", SET("01", "none"), "1" },
	{ "4.2.1: a very large number", SET("18446744073709551617", "none"),
	  "0 0: i= is no number of a set" },
	{ "4.2.1: i= is missing", "ARC-Seal: cv=none\r\n" AMS("1") AAR("1"),
	  "1 0: i= is missing" },
	{ "4.2.1: tags in any order",
	  "ARC-Seal: cv=none; t=1; i=1\r\n"
	  "ARC-Message-Signature: a=x;\r\n\ti = 1 ;\r\n" AAR("1"),
	  "1" },
	{ "6376 3.2: not a list of tags", "ARC-Seal: i=1;; cv=none\r\n",
	  "0 0: not a list of tags" },
	{ "as many octets as there may be",
	  "X-Octets: 262144\r\n" AS("1", "none") AMS("1"), "1" },
	{ "one octet more", "X-Octets: 262145\r\n" AS("1", "none") AMS("1"),
	  "1 0: the sets are too large" },
	{ "5322 1.2.2: field names in any case",
	  "arc-seal : i=1; cv=none\r\naRC-mESSAGE-sIGNATURE: i=1\r\n" AAR("1"),
	  "1" },
};

static void describe(const struct ps_arc_chain *chain, char *got, size_t size)
{
	int len = snprintf(got, size, "%u%s%s", chain->count,
			   chain->ended ? " ended" : "",
			   chain->full ? " full" : "");

	if (chain->error != NULL)
		snprintf(got + len, size - (size_t)len, " %u: %s",
			 chain->error_at, chain->error);
}

static void pad(struct ps_fields *fields)
{
	static char value[2 * PS_ARC_OCTETS_MAX] = " i=1;";
	const struct ps_field *field = ps_fields_find(fields, "X-Octets", 0);
	unsigned long long octets;

	if (field == NULL)
		return;
	assert_true(ps_ascii_number(ps_bytes_trim(field->value), sizeof(value),
				    &octets));
	octets -= fields->at[1].value.len + fields->at[2].value.len;
	memset(value + 5, 'x', sizeof(value) - 5);
	assert_true(ps_fields_add(fields,
				  PS_BYTES("ARC-Authentication-Results"),
				  (struct ps_bytes){ value, (size_t)octets }));
}

static void check(const struct row *row)
{
	struct ps_arena *arena = NULL;
	struct ps_arc_chain chain;
	struct ps_fields fields;
	char got[256];

	assert_int_equal(ps_arena_new(1 << 20, &arena), 0);
	ps_fields_init(&fields, arena);
	assert_true(ps_fields_parse(&fields, ps_bytes_of(row->header), NULL));
	pad(&fields);
	ps_arc_chain_collect(&fields, &chain);
	describe(&chain, got, sizeof(got));
	assert_string_equal(got, row->expected);
	ps_arena_free(&arena);
}

TABLE_MAIN(rows, check)
