/*
 * fuzz_spf.c - check_host() over a zone of any records.  Input: a line each of
 * HELO and sender, then records, the first of a.test, the next of b.test, ...
 * Other answers follow from the name.  The verdict must not depend on what was
 * there in the first run, nor the cost exceed what it may be in sequence.
 */

#include "fuzz.h"

#include "core/auth/spf.h"

#include <stdio.h>
#include <string.h>

#define LINES	      28 /* HELO, sender, a to z */
#define HOSTS_MAX     12
#define RUNS_MAX      200
#define QUESTIONS_MAX 640 /* with repetitions, in one run */

struct zone {
	struct ps_bytes line[LINES];
	unsigned int late; /* runs until the last answer is there; 0: at once */
	unsigned int run, questions;
	/* Hosts are still read while their addresses are asked for. */
	struct ps_dns_record hosts[HOSTS_MAX], others[HOSTS_MAX];
	struct ps_dns_answer host_answer, other_answer;
};

static unsigned int hash(const char *name, enum ps_dns_type type)
{
	unsigned int sum = 2166136261u + (unsigned int)type;

	for (; *name != '\0'; name++)
		sum = (sum ^ (unsigned char)*name) * 16777619u;
	return sum >> 7;
}

static size_t find_text(struct zone *zone, const char *name)
{
	if (name[0] < 'a' || name[0] > 'z' || strcmp(name + 1, ".test") != 0)
		return 0;
	zone->others[0].text = zone->line[2 + name[0] - 'a'];
	return zone->others[0].text.len > 0;
}

/* As many hosts and addresses as the name says, one in 16 the client's. */
static size_t make_up(struct ps_dns_record record_r[HOSTS_MAX],
		      unsigned int from)
{
	static const char *const hosts[] = { "a.test", "B.test", "m.a.test", "",
					     "x..y" };
	size_t i, count = from % (HOSTS_MAX + 1);

	for (i = 0; i < count; i++) {
		from = from * 1103515245u + 12345u;
		record_r[i].ip = (struct ps_ip){
			32, { 192, 0, 2, (unsigned char)(from >> 16 & 15) }
		};
		record_r[i].text = ps_bytes_of(
			hosts[(from >> 20) % (sizeof(hosts) / sizeof(*hosts))]);
	}
	return count;
}

static enum ps_dns_status lookup(void *ctx, const char *name,
				 enum ps_dns_type type,
				 const struct ps_dns_answer **answer_r)
{
	struct zone *zone = ctx;
	bool hosts = type == PS_DNS_MX || type == PS_DNS_PTR;
	struct ps_dns_answer *answer =
		hosts ? &zone->host_answer : &zone->other_answer;
	unsigned int number = hash(name, type);

	FUZZ_CHECK(strlen(name) <= PS_DOMAIN_MAX);
	FUZZ_CHECK(++zone->questions <= QUESTIONS_MAX);
	if (zone->late > 0 && zone->run < number % zone->late)
		return PS_DNS_PENDING;
	if (number / 64 % 32 == 0)
		return PS_DNS_TEMPFAIL;
	if (type == PS_DNS_TXT)
		answer->count = find_text(zone, name);
	else
		answer->count = make_up(hosts ? zone->hosts : zone->others,
					number / 2048);
	*answer_r = answer;
	return answer->count > 0 ? PS_DNS_FOUND : PS_DNS_NOTFOUND;
}

static void judge(struct zone *zone, unsigned int late,
		  struct ps_spf_verdict *verdict_r)
{
	char helo[512], sender[512];
	struct ps_dns dns = { .lookup = lookup, .ctx = zone };
	struct ps_spf_query query = { .client = { 32, { 192, 0, 2, 1 } },
				      .helo = helo,
				      .sender = sender,
				      .receiver = "mx.test",
				      .explain = true };

	(void)ps_bytes_copy(zone->line[0], helo, sizeof(helo));
	(void)ps_bytes_copy(zone->line[1], sender, sizeof(sender));
	zone->late = late;
	zone->run = zone->questions = 0;
	while (!ps_spf_check(&query, &dns, verdict_r)) {
		zone->questions = 0;
		FUZZ_CHECK(++zone->run < RUNS_MAX);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zone zone = { .late = 0 };
	struct ps_bytes rest = fuzz_bytes(data, size);
	struct ps_spf_verdict verdict, again;
	const char *end;
	size_t i;

	zone.host_answer.record = zone.hosts;
	zone.other_answer.record = zone.others;
	for (i = 0; i < LINES; i++) {
		end = ps_bytes_find(rest, '\n');
		zone.line[i] = rest;
		if (end != NULL)
			zone.line[i].len = (size_t)(end - rest.at);
		rest.at += zone.line[i].len + (end != NULL);
		rest.len -= zone.line[i].len + (end != NULL);
	}
	judge(&zone, 0, &verdict);
	FUZZ_CHECK(verdict.lookups <= 10);
	for (i = 1; i <= 4; i += 3) {
		judge(&zone, (unsigned int)i + 1, &again);
		FUZZ_CHECK(again.result == verdict.result &&
			   again.lookups == verdict.lookups);
		FUZZ_CHECK(strcmp(again.reason, verdict.reason) == 0);
		FUZZ_CHECK(strcmp(again.explanation, verdict.explanation) == 0);
	}
	return 0;
}
