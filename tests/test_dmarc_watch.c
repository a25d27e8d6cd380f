/* test_dmarc_watch.c - how a DMARC verdict came about, as it is told, by table.
 */

#include "fake_dns.h"
#include "table.h"

#include "core/auth/dmarc_watch.h"
#include "core/text/buffer.h"
#include "io/idn_libidn2.h"
#include "io/psl_libpsl.h"

#include <stdio.h>
#include <string.h>

#define REJECT "_dmarc.a.test TXT v=DMARC1; p=reject\n"

/*
 * spf, dkim: passed (or "?": a temporary failure) for that domain; NULL: no
 * verdict.  told: "author: name=status ...; policy NAME", "spf DOMAIN aligned".
 * A row named for RFC 7489 is judged by it.
 */
static const struct row {
	const char *name, *zone, *from, *spf, *dkim, *told;
} rows[] = {
	{ "4.10 nothing found", "", "x@a.b.test", "a.b.test", NULL,
	  "a.b.test: a.b.test=none b.test=none test=none; no policy\n" },
	{ "4.10 a temporary failure", "_dmarc.a.test TXT !", "x@a.test", NULL,
	  NULL, "a.test: a.test=failure test=none; no policy\n" },
	{ "4.10 several records are none",
	  REJECT "_dmarc.a.test TXT v=DMARC1; p=none", "x@a.test", NULL, NULL,
	  "a.test: a.test=several test=none; no policy\n" },
	{ "4.10.1 the policy of the organization", REJECT, "x@n.a.test", NULL,
	  NULL,
	  "n.a.test: n.a.test=none a.test=found test=none; policy a.test\n" },
	{ "4.4.1 identifiers, aligned and not", REJECT, "x@a.test", "m.a.test",
	  "b.test",
	  "a.test: a.test=found test=none; policy a.test\n"
	  "dkim 0 b.test passed, no\nspf m.a.test passed, yes\n" },
	{ "4.4.1 what has failed is no identifier", REJECT, "x@a.test",
	  "!a.test", "!a.test",
	  "a.test: a.test=found test=none; policy a.test\n" },
	{ "4.4.1 what may have passed is one", REJECT, "x@a.test", "?a.test",
	  NULL,
	  "a.test: a.test=found test=none; policy a.test\n"
	  "spf a.test unsure, yes\n" },
	{ "4.10.2 whose organization is hidden", REJECT "_dmarc.m.a.test TXT !",
	  "x@a.test", NULL, "m.a.test",
	  "a.test: a.test=found test=none; policy a.test\n"
	  "dkim 0 m.a.test passed, unknown\n" },
	{ "11.5 two authors", REJECT, "x@a.test, y@b.test", "b.test", NULL,
	  "a.test: a.test=found test=none; policy a.test\n"
	  "spf b.test passed, no\n"
	  "b.test: b.test=none test=none; no policy\n" },
	{ "RFC 7489 6.6.3 the domain and the organization's", REJECT,
	  "x@l.n.a.test", "a.test", NULL,
	  "l.n.a.test: l.n.a.test=none a.test=found; policy a.test\n"
	  "spf a.test passed, yes\n" },
};

static void tell_author(void *ctx, const struct ps_dmarc_walk *walk,
			const struct ps_dmarc_step *policy)
{
	struct ps_buffer *out = ctx;
	size_t i;

	ps_buffer_text(out, walk->domain);
	ps_buffer_char(out, ':');
	for (i = 0; i < walk->count; i++) {
		ps_buffer_char(out, ' ');
		ps_buffer_text(out, walk->step[i].name);
		ps_buffer_text(out, walk->step[i].several ? "=several"
				    : walk->step[i].status == PS_DNS_FOUND
					    ? "=found"
				    : walk->step[i].status == PS_DNS_NOTFOUND
					    ? "=none"
					    : "=failure");
	}
	ps_buffer_text(out, policy == NULL ? "; no policy" : "; policy ");
	ps_buffer_text(out, policy == NULL ? "" : policy->name);
	ps_buffer_char(out, '\n');
}

static void tell_identifier(void *ctx,
			    const struct ps_dmarc_identifier *identifier,
			    enum ps_dmarc_alignment alignment)
{
	static const char *const words[] = {
		[PS_DMARC_ALIGNED_NO] = "no",
		[PS_DMARC_ALIGNED_YES] = "yes",
		[PS_DMARC_ALIGNED_UNKNOWN] = "unknown",
	};
	struct ps_buffer *out = ctx;

	ps_buffer_text(out, identifier->is_spf ? "spf " : "dkim ");
	if (!identifier->is_spf) {
		ps_buffer_number(out, identifier->signature);
		ps_buffer_char(out, ' ');
	}
	ps_buffer_text(out, identifier->domain);
	ps_buffer_text(out, identifier->passed ? " passed, " : " unsure, ");
	ps_buffer_text(out, words[alignment]);
	ps_buffer_char(out, '\n');
}

/* What stands before the domain: passed, '!' failed, '?' not to be told. */
static const char *mark_of(const char *verdict, char *mark_r)
{
	*mark_r = *verdict;
	return verdict + (*verdict == '!' || *verdict == '?');
}

static void set_verdicts(const struct row *row, struct ps_spf_verdict *spf,
			 struct ps_dkim_verdict *dkim,
			 struct ps_dmarc_query *query)
{
	char mark;

	if (row->spf != NULL) {
		snprintf(spf->domain, sizeof(spf->domain), "%s",
			 mark_of(row->spf, &mark));
		spf->result = mark == '!'   ? PS_SPF_FAIL
			      : mark == '?' ? PS_SPF_TEMPERROR
					    : PS_SPF_PASS;
		query->spf = spf;
	}
	if (row->dkim != NULL) {
		snprintf(dkim->domain, sizeof(dkim->domain), "%s",
			 mark_of(row->dkim, &mark));
		dkim->result = mark == '!'   ? PS_DKIM_FAIL
			       : mark == '?' ? PS_DKIM_TEMPERROR
					     : PS_DKIM_PASS;
		query->dkim_count = 1;
	}
}

static void check(const struct row *row)
{
	struct ps_buffer told = PS_BUFFER(4096);
	const struct ps_dmarc_watch watch = { .author = tell_author,
					      .identifier = tell_identifier,
					      .ctx = &told };
	struct ps_dkim_verdict dkim = { 0 };
	struct ps_spf_verdict spf = { 0 };
	struct ps_dmarc_verdict verdict;
	struct ps_fields fields;
	struct ps_arena *arena;
	struct ps_libpsl *psl;
	struct ps_dmarc_query query = { .fields = &fields,
					.dkim = &dkim,
					.idn = &ps_idn_libidn2,
					.watch = &watch };
	struct fake_dns *zone = fake_dns_load(row->zone);
	struct ps_dns dns = fake_dns_port(zone);

	assert_int_equal(ps_libpsl_new_of(PS_BYTES("test\n"), &psl), 0);
	if (strncmp(row->name, "RFC 7489", 8) == 0)
		query.psl = ps_libpsl_port(psl);
	assert_int_equal(ps_arena_new(65536, &arena), 0);
	ps_fields_init(&fields, arena);
	assert_true(ps_fields_add(&fields, PS_BYTES("From"),
				  ps_bytes_of(row->from)));
	set_verdicts(row, &spf, &dkim, &query);
	fake_dns_pending(zone, true);
	while (!ps_dmarc_check(&query, &dns, &verdict)) {
		assert_true(fake_dns_wait(zone));
		ps_buffer_reset(&told);
	}
	assert_string_equal(ps_buffer_cstr(&told), row->told);
	fake_dns_free(&zone);
	ps_libpsl_free(&psl);
	ps_arena_free(&arena);
	ps_buffer_free(&told);
}

TABLE_MAIN(rows, check)
