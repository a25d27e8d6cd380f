/*
 * test_dmarc_rounds.c - what DMARC asks while SPF and the signatures are not
 * judged yet, so that nobody waits for it once they are.
 */

#include "fake_dns.h"
#include "table.h"

#include "core/auth/dmarc.h"

#include <string.h>

#define SIGNATURES 8
#define REJECT	   "_dmarc.a.test TXT v=DMARC1; p=reject\n"
#define NP	   "_dmarc.a.test TXT v=DMARC1; p=reject; sp=none; np=reject\n"

/*
 * dkim: d= of one signature, or with "?" of one for each of "a" to "h"; before,
 * after: results.  All rounds are before the results are there.
 */
static const struct row {
	const char *name, *zone, *header, *spf, *dkim;
	enum ps_dkim_result before, after;
	unsigned int rounds;
	const char *asked, *unasked; /* TXT, or A without _dmarc */
} rows[] = {
	{ "the author's own: one round", REJECT, "From: x@a.test\n", "a.test",
	  "a.test", PS_DKIM_NONE, PS_DKIM_PASS, 1, "_dmarc.test", NULL },
	{ "SPF's domain is below the author's", REJECT, "From: x@a.test\n",
	  "m.a.test", "b.test", PS_DKIM_NONE, PS_DKIM_FAIL, 1,
	  "_dmarc.m.a.test", NULL },
	{ "a signature's is below the author's", REJECT, "From: x@a.test\n",
	  "b.test", "m.a.test", PS_DKIM_NONE, PS_DKIM_PASS, 1,
	  "_dmarc.m.a.test", NULL },
	{ "beside the author's, four levels each", REJECT,
	  "From: x@b.c.d.a.test\n", "k.l.m.a.test", "n.o.p.a.test",
	  PS_DKIM_NONE, PS_DKIM_PASS, 1, "_dmarc.n.o.p.a.test", NULL },
	{ "one of another organization is not asked for", REJECT,
	  "From: x@a.test\n", "m.b.test", "m.c.test", PS_DKIM_NONE,
	  PS_DKIM_PASS, 1, NULL, "_dmarc.m.c.test" },
	{ "one that can be no pass is not asked for", REJECT,
	  "From: x@a.test\n", "a.test", "m.a.test", PS_DKIM_PERMERROR,
	  PS_DKIM_PERMERROR, 1, NULL, "_dmarc.m.a.test" },
	{ "np: whether the author exists is a round behind its policy", NP,
	  "From: x@n.a.test\n", "b.test", "b.test", PS_DKIM_NONE, PS_DKIM_FAIL,
	  2, "n.a.test", NULL },
	{ "np: not asked where it makes no difference", REJECT,
	  "From: x@n.a.test\n", "b.test", "b.test", PS_DKIM_NONE, PS_DKIM_FAIL,
	  1, NULL, "n.a.test" },
	{ "two authors: side by side", REJECT, "From: x@a.test, y@b.test\n",
	  "m.a.test", "m.b.test", PS_DKIM_NONE, PS_DKIM_PASS, 1,
	  "_dmarc.m.b.test", NULL },
	{ "of many signatures, SPF and a few are asked for", REJECT,
	  "From: x@a.test\n", "m.a.test", "?.a.test", PS_DKIM_NONE,
	  PS_DKIM_FAIL, 1, "_dmarc.h.a.test", "_dmarc.a.a.test" },
};

static void check_asked(struct fake_dns *zone, const char *name, bool want)
{
	const int type =
		strncmp(name, "_dmarc", 6) == 0 ? PS_DNS_TXT : PS_DNS_A;

	assert_int_equal(fake_dns_asked(zone, name, type), want);
}

static void judge(const struct row *row, struct ps_dmarc_query *query,
		  struct ps_dkim_verdict *dkim)
{
	struct fake_dns *zone = fake_dns_load(row->zone);
	struct ps_dns dns = fake_dns_port(zone);
	struct ps_dmarc_verdict verdict;
	size_t i;

	fake_dns_pending(zone, true);
	for (i = 0; i < query->dkim_count; i++)
		dkim[i].result = row->before;
	while (!ps_dmarc_prepare(query, &dns))
		assert_true(fake_dns_wait(zone));
	assert_int_equal(fake_dns_rounds(zone), row->rounds);
	for (i = 0; i < query->dkim_count; i++)
		dkim[i].result = row->after;
	while (!ps_dmarc_check(query, &dns, &verdict))
		assert_true(fake_dns_wait(zone));
	assert_int_equal(fake_dns_rounds(zone), row->rounds);
	if (row->asked != NULL)
		check_asked(zone, row->asked, true);
	if (row->unasked != NULL)
		check_asked(zone, row->unasked, false);
	fake_dns_free(&zone);
}

static void check(const struct row *row)
{
	struct ps_spf_verdict spf = { .result = PS_SPF_PASS };
	struct ps_dkim_verdict dkim[SIGNATURES] = { { 0 } };
	struct ps_fields fields;
	struct ps_arena *arena;
	struct ps_dmarc_query query = { .fields = &fields,
					.spf = &spf,
					.dkim = dkim };
	size_t i;

	assert_true(ps_bytes_copy(ps_bytes_of(row->spf), spf.domain,
				  sizeof(spf.domain)));
	query.dkim_count = strchr(row->dkim, '?') == NULL ? 1 : SIGNATURES;
	for (i = 0; i < query.dkim_count; i++) {
		(void)ps_bytes_copy(ps_bytes_of(row->dkim), dkim[i].domain,
				    sizeof(dkim[i].domain));
		if (query.dkim_count > 1)
			dkim[i].domain[0] = (char)('a' + i);
	}
	assert_int_equal(ps_arena_new(65536, &arena), 0);
	ps_fields_init(&fields, arena);
	assert_true(ps_fields_parse(&fields, ps_bytes_of(row->header), NULL));
	judge(row, &query, dkim);
	ps_arena_free(&arena);
}

TABLE_MAIN(rows, check)
