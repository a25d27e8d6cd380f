/* test_spf_watch.c - what an SPF evaluation tells of its steps, by table. */

#include "fake_dns.h"
#include "table.h"

#include "core/auth/spf_watch.h"
#include "core/text/buffer.h"

#include <string.h>

#define TOLD_MAX 4096

/*
 * told: a line a step.  Depth in blanks, then "domain: record", "> include",
 * "=> redirect", or the term; then what it says.
 */
static const struct row {
	const char *name, *zone, *told;
} rows[] = {
	{ "4.4 no record", "b.test A 192.0.2.1", "a.test:  none\n" },
	{ "4.4 DNS down", "a.test TXT !", "a.test:  temperror\n" },
	{ "4.5 other texts are no record", "a.test TXT x", "a.test:  none\n" },
	{ "4.5 two records", "a.test TXT v=spf1 -all\na.test TXT v=spf1 +all",
	  "a.test: v=spf1 -all permerror\n" },
	{ "4.6 an error in the record", "a.test TXT v=spf1 -all foo",
	  "a.test: v=spf1 -all foo permerror\n" },
	{ "4.6.2 terms up to the one that matches",
	  "a.test TXT v=spf1 ip4:192.0.2.9 a ~all mx\na.test A 192.0.2.8",
	  "a.test: v=spf1 ip4:192.0.2.9 a ~all mx pass\n"
	  "ip4:192.0.2.9 none\na none\n~all softfail\n" },
	{ "4.6.4 an error ends it", "a.test TXT v=spf1 a -all\na.test A !",
	  "a.test: v=spf1 a -all pass\na temperror\n" },
	{ "4.7 nothing matches", "a.test TXT v=spf1 -ip4:192.0.2.9",
	  "a.test: v=spf1 -ip4:192.0.2.9 pass\n-ip4:192.0.2.9 none\n" },
	{ "5.2 includes, one in another",
	  "a.test TXT v=spf1 include:b.test -include:%{d1}.c -all\n"
	  "b.test TXT v=spf1 include:c.test ?all\n"
	  "c.test TXT v=spf1 -all\n"
	  "test.c TXT v=spf1 ip4:192.0.2.1",
	  "a.test: v=spf1 include:b.test -include:%{d1}.c -all pass\n"
	  "> include:b.test\n"
	  " b.test: v=spf1 include:c.test ?all pass\n"
	  " > include:c.test\n"
	  "  c.test: v=spf1 -all pass\n"
	  "  -all fail\n"
	  " include:c.test none\n"
	  " ?all neutral\n"
	  "include:b.test none\n"
	  "> -include:%{d1}.c\n"
	  " test.c: v=spf1 ip4:192.0.2.1 pass\n"
	  " ip4:192.0.2.1 pass\n"
	  "-include:%{d1}.c fail\n" },
	{ "5.2 include of nothing", "a.test TXT v=spf1 include:b.test -all",
	  "a.test: v=spf1 include:b.test -all pass\n"
	  "> include:b.test\n b.test:  none\ninclude:b.test permerror\n" },
	{ "6.1 redirect, behind what does not match",
	  "a.test TXT v=spf1 redirect=b.test ip4:192.0.2.9\n"
	  "b.test TXT v=spf1 +all",
	  "a.test: v=spf1 redirect=b.test ip4:192.0.2.9 pass\n"
	  "ip4:192.0.2.9 none\n"
	  "=> b.test\n"
	  "b.test: v=spf1 +all pass\n"
	  "+all pass\n" },
};

static void step(void *ctx, const struct ps_spf_step *told)
{
	struct ps_buffer *out = ctx;
	unsigned int i;

	for (i = 0; i < told->depth; i++)
		ps_buffer_char(out, ' ');
	switch (told->kind) {
	case PS_SPF_STEP_RECORD:
		ps_buffer_text(out, told->domain);
		ps_buffer_text(out, ": ");
		break;
	case PS_SPF_STEP_INCLUDE:
		ps_buffer_text(out, "> ");
		break;
	case PS_SPF_STEP_REDIRECT:
		ps_buffer_text(out, "=> ");
		break;
	case PS_SPF_STEP_TERM:
		break;
	}
	ps_buffer_bytes(out, told->text);
	if (told->kind == PS_SPF_STEP_RECORD ||
	    told->kind == PS_SPF_STEP_TERM) {
		ps_buffer_char(out, ' ');
		ps_buffer_text(out, ps_spf_result_name(told->result));
	} else {
		assert_int_equal(told->result, PS_SPF_NONE);
	}
	ps_buffer_char(out, '\n');
}

static void check(const struct row *row)
{
	struct ps_buffer told = PS_BUFFER(TOLD_MAX);
	const struct ps_spf_watch watch = { .step = step, .ctx = &told };
	struct ps_spf_query query = { .helo = "helo.test",
				      .sender = "u@a.test",
				      .receiver = "mx.test",
				      .watch = &watch };
	struct fake_dns *zone = fake_dns_load(row->zone);
	struct ps_dns dns = fake_dns_port(zone);
	struct ps_spf_verdict verdict;

	assert_true(ps_ip_parse_exact("192.0.2.1", &query.client));
	fake_dns_pending(zone, true);
	while (!ps_spf_check(&query, &dns, &verdict)) {
		assert_true(fake_dns_wait(zone));
		ps_buffer_reset(&told);
	}
	assert_string_equal(ps_buffer_cstr(&told), row->told);
	ps_buffer_free(&told);
	fake_dns_free(&zone);
}

TABLE_MAIN(rows, check)
