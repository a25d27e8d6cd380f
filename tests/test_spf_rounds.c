/*
 * test_spf_rounds.c - what SPF asks side by side: rounds of questions, their
 * number (RFC 7208 4.6.4), and that asking ahead changes no verdict.
 */

#include "table.h"

#include "core/auth/spf.h"
#include "core/text/buffer.h"
#include "fake_dns.h"

#include <stdio.h>
#include <string.h>

#define LINK(from, to) from ".test TXT v=spf1 include:" to ".test -all\n"
#define END(name)      name ".test TXT v=spf1 ip4:192.0.2.1 -all\n"
#define TREES	       100 /* records made by chance, for each row of them */
#define NAMES	       40
/* The record; ten terms, each of an answer and ten hosts. */
#define QUESTIONS_MAX  (1 + 10 * (1 + 10))

static const struct row {
	const char *name, *zone;	/* NULL: made by chance */
	unsigned int rounds, questions; /* questions 0: any */
	const char *unasked;
	unsigned int seed, hostile; /* how many terms of ten are mx */
} rows[] = {
	{ "no include: one round", "a.test TXT v=spf1 ip4:192.0.2.1 a:b.test",
	  1, 1, "b.test", 0, 0 },
	{ "an include chain of 1: two rounds", LINK("a", "b") END("b"), 2, 2,
	  NULL, 0, 0 },
	{ "an include chain of 3: four rounds",
	  LINK("a", "b") LINK("b", "c") LINK("c", "d") END("d"), 4, 4, NULL, 0,
	  0 },
	{ "an include chain of 10: eleven rounds",
	  LINK("a", "b") LINK("b", "c") LINK("c", "d") LINK("d", "e")
		  LINK("e", "f") LINK("f", "g") LINK("g", "h") LINK("h", "i")
			  LINK("i", "j") LINK("j", "k") END("k"),
	  11, 11, NULL, 0, 0 },
	{ "includes beside each other: two rounds",
	  "a.test TXT v=spf1 include:b.test include:c.test include:d.test "
	  "-all\n"
	  "b.test TXT v=spf1 -all\nc.test TXT v=spf1 -all\n" END("d"),
	  2, 4, NULL, 0, 0 },
	{ "terms of every kind: three rounds, for the hosts of the mx",
	  "a.test TXT v=spf1 a:b.test mx:c.test exists:d.test include:e.test "
	  "redirect=f.test\nb.test A 192.0.2.9\nc.test MX 1 g.test\n"
	  "c.test MX 1 h.test\ng.test A 192.0.2.9\nh.test A 192.0.2.9\n"
	  "e.test TXT v=spf1 a:b.test ?all\nf.test TXT v=spf1 -all",
	  3, 8, NULL, 0, 0 },
	{ "hosts of an mx behind an include are asked ahead",
	  "a.test TXT v=spf1 include:b.test mx:c.test -all\n"
	  "b.test TXT v=spf1 include:d.test ?all\nd.test TXT v=spf1 ?all\n"
	  "c.test MX 1 g.test\ng.test A 192.0.2.9",
	  3, 5, NULL, 0, 0 },
	{ "nothing is asked behind a match",
	  "a.test TXT v=spf1 a:b.test ip4:192.0.2.1 a:c.test redirect=d.test\n"
	  "b.test A 192.0.2.9",
	  2, 2, "c.test", 0, 0 },
	{ "nothing is asked behind a match in an include",
	  "a.test TXT v=spf1 a:b.test include:d.test a:c.test\n"
	  "b.test A 192.0.2.9\n" END("d"),
	  2, 4, NULL, 0, 0 },
	{ "nothing is asked ahead behind the tenth lookup",
	  "a.test TXT v=spf1 a:b.test a:b.test a:b.test a:b.test a:b.test "
	  "a:b.test a:b.test a:b.test a:b.test a:b.test a:c.test\n"
	  "b.test A 192.0.2.9",
	  2, 2, "c.test", 0, 0 },
	{ "5.5 ptr is not asked ahead",
	  "a.test TXT v=spf1 a:b.test ptr -all\nb.test A 192.0.2.1", 2, 2,
	  "1.2.0.192.in-addr.arpa", 0, 0 },
	{ "5.5 ptr: names, then their addresses side by side",
	  "a.test TXT v=spf1 ptr -all\n1.2.0.192.in-addr.arpa PTR b.a.test\n"
	  "1.2.0.192.in-addr.arpa PTR c.a.test\nb.a.test A 192.0.2.9\n"
	  "c.a.test A 192.0.2.1",
	  3, 4, NULL, 0, 0 },
	{ "7.3 %{p} is not asked ahead",
	  "a.test TXT v=spf1 a:b.test exists:%{p}.c.test -all\n"
	  "b.test A 192.0.2.1",
	  2, 2, "1.2.0.192.in-addr.arpa", 0, 0 },
	{ "6.2 exp is a round more, and asked with fail only",
	  "a.test TXT v=spf1 a:b.test -all exp=e.test\nb.test A 192.0.2.9\n"
	  "e.test TXT x",
	  3, 3, NULL, 0, 0 },
	{ "6.2 exp is not asked ahead",
	  "a.test TXT v=spf1 a:b.test -all exp=e.test\nb.test A 192.0.2.1", 2,
	  2, "e.test", 0, 0 },
	{ "the worst record for asking ahead costs no more than in sequence",
	  NULL, 0, 0, NULL, 0, 0 },
	{ "records by chance: same verdict, cost as in sequence", NULL, 0, 0,
	  NULL, 1, 3 },
	{ "records by chance, many includes", NULL, 0, 0, NULL, 2, 1 },
	{ "records by chance, many mx", NULL, 0, 0, NULL, 3, 8 },
	{ "records by chance, mx only", NULL, 0, 0, NULL, 4, 10 },
};

static void judge(struct fake_dns *zone, bool pending,
		  struct ps_spf_verdict *verdict_r)
{
	struct ps_spf_query query = { .client = { 32, { 192, 0, 2, 1 } },
				      .helo = "helo.test",
				      .sender = "u@a.test",
				      .receiver = "",
				      .explain = true };
	struct ps_dns dns = fake_dns_port(zone);

	fake_dns_pending(zone, pending);
	while (!ps_spf_check(&query, &dns, verdict_r))
		assert_true(fake_dns_wait(zone));
}

static void check_rounds(const struct row *row)
{
	struct fake_dns *zone = fake_dns_load(row->zone);
	struct ps_spf_verdict verdict;

	judge(zone, true, &verdict);
	assert_int_equal(fake_dns_rounds(zone), row->rounds);
	if (row->questions != 0)
		assert_int_equal(fake_dns_questions(zone), row->questions);
	if (row->unasked != NULL) {
		assert_false(fake_dns_asked(zone, row->unasked, PS_DNS_A));
		assert_false(fake_dns_asked(zone, row->unasked, PS_DNS_PTR));
		assert_false(fake_dns_asked(zone, row->unasked, PS_DNS_TXT));
	}
	fake_dns_free(&zone);
}

/* Numbers that are the same in each run (Knuth's MMIX). */
static unsigned int chance(uint64_t *state, unsigned int below)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(*state >> 33) % below;
}

static void add(struct fake_dns *zone, const char *name, int type,
		const char *text, unsigned char last_octet)
{
	struct ps_dns_record record = {
		.ip = { 32, { 192, 0, 2, last_octet } },
		.text = ps_bytes_of(text),
	};

	fake_dns_add(zone, ps_bytes_of(name), type, &record);
}

/* mN.test with its hosts; some match, and some fail. */
static void add_mx(struct fake_dns *zone, unsigned int n, uint64_t *state)
{
	unsigned int i, hosts = chance(state, 4) == 0 ? chance(state, 12) : 10;
	char name[32], host[64];

	snprintf(name, sizeof(name), "m%u.test", n);
	for (i = 0; i < hosts; i++) {
		snprintf(host, sizeof(host), "h%u.%s", i, name);
		add(zone, name, PS_DNS_MX, host, 0);
		if (chance(state, 150) == 0)
			fake_dns_add(zone, ps_bytes_of(host), PS_DNS_A, NULL);
		else
			add(zone, host, PS_DNS_A, "",
			    chance(state, 150) == 0 ? 1 : 9);
	}
}

static void add_record(struct fake_dns *zone, const char *name,
		       unsigned int hostile, uint64_t *state)
{
	unsigned int i, terms = 1 + chance(state, 11);
	struct ps_buffer text = PS_BUFFER(4096);

	ps_buffer_text(&text, "v=spf1");
	for (i = 0; i < terms; i++) {
		if (chance(state, 10) < hostile)
			ps_buffer_text(&text, " mx:m");
		else
			ps_buffer_text(&text, chance(state, 6) == 0
						      ? " -include:r"
						      : " include:r");
		ps_buffer_number(&text, chance(state, NAMES));
		ps_buffer_text(&text, ".test");
	}
	ps_buffer_text(&text,
		       chance(state, 3) == 0 ? " redirect=r0.test" : " ?all");
	add(zone, name, PS_DNS_TXT, ps_buffer_cstr(&text), 0);
	ps_buffer_free(&text);
}

/*
 * The worst for asking ahead: each second link has nine mx behind the next
 * include, whose hosts are known by the time that it pushes them out.
 */
static void check_ladder(void)
{
	struct fake_dns *zone = fake_dns_new();
	struct ps_spf_verdict verdict;
	uint64_t state = 0;
	unsigned int i, n;
	char name[32], text[256];

	for (i = 0; i <= 10; i++) {
		n = (unsigned int)snprintf(text, sizeof(text),
					   "v=spf1 include:l%u.test", i + 1);
		while (i % 2 == 0 && n < 20 * 9)
			n += (unsigned int)snprintf(text + n, sizeof(text) - n,
						    " mx:m%u.test", i * 9 + n);
		snprintf(name, sizeof(name), "l%u.test", i);
		add(zone, i == 0 ? "a.test" : name, PS_DNS_TXT, text, 0);
	}
	for (i = 0; i < 300; i++)
		add_mx(zone, i, &state);
	judge(zone, true, &verdict);
	assert_int_equal(verdict.result, PS_SPF_PERMERROR);
	assert_in_range(fake_dns_questions(zone), 1, QUESTIONS_MAX);
	fake_dns_free(&zone);
}

static void check_tree(const struct row *row, uint64_t *state)
{
	struct fake_dns *zone = fake_dns_new();
	struct ps_spf_verdict at_once, later;
	char name[32];
	unsigned int i;

	add_record(zone, "a.test", row->hostile, state);
	for (i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "r%u.test", i);
		add_record(zone, name, row->hostile, state);
		add_mx(zone, i, state);
	}
	judge(zone, false, &at_once);
	judge(zone, true, &later);
	assert_string_equal(ps_spf_result_name(later.result),
			    ps_spf_result_name(at_once.result));
	assert_string_equal(later.reason, at_once.reason);
	assert_int_equal(later.lookups, at_once.lookups);
	assert_in_range(fake_dns_questions(zone), 1, QUESTIONS_MAX);
	fake_dns_free(&zone);
}

static void check(const struct row *row)
{
	uint64_t state = row->seed;
	unsigned int i;

	if (row->zone != NULL) {
		check_rounds(row);
		return;
	}
	if (row->seed == 0)
		check_ladder();
	for (i = 0; row->seed != 0 && i < TREES; i++)
		check_tree(row, &state);
}

TABLE_MAIN(rows, check)
