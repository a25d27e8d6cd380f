/*
 * fuzz_rules.c - a rule file, compiled both ways, and a request judged by it.
 * Input: the rule file; behind a line "===" the request; behind another one
 * value files, each as "== PATH" and its lines.  The answer must not depend on
 * what the DNS had in the first run, nor on whether somebody watches (who
 * watches has every rule tried; else the index rules some out), and be fit for
 * a line of Postfix's protocol.
 */

#include "fuzz.h"

#include "core/rules/rule_eval.h"
#include "core/rules/rule_trace.h"
#include "core/rules/rule_window.h"
#include "io/counters_memory.h"
#include "io/regex_pcre2.h"

#include <stdio.h>
#include <string.h>

#define RUNS_MAX  120
#define FILE_SIZE 4096

struct world {
	struct ps_bytes request, files;
	struct ps_window window; /* one for all keys */
	bool late;
	unsigned int run, questions, counted, noted;
	struct ps_dns_record record;
	struct ps_dns_answer answer;
};

static struct ps_bytes take_part(struct ps_bytes *rest, const char *mark)
{
	size_t len = strlen(mark), i;
	struct ps_bytes part = *rest;

	for (i = 0; i + len <= rest->len; i++) {
		if (memcmp(rest->at + i, mark, len) != 0)
			continue;
		part.len = i;
		rest->at += i + len;
		rest->len -= i + len;
		return part;
	}
	rest->len = 0;
	return part;
}

static struct ps_bytes get(void *ctx, struct ps_bytes name)
{
	const struct world *world = ctx;
	struct ps_bytes rest = world->request, line;

	while (rest.len > 0) {
		line = take_part(&rest, "\n");
		if (line.len > name.len && line.at[name.len] == '=' &&
		    memcmp(line.at, name.at, name.len) == 0)
			return (struct ps_bytes){ line.at + name.len + 1,
						  line.len - name.len - 1 };
	}
	return (struct ps_bytes){ NULL, 0 };
}

static enum ps_rule_read read_file(void *ctx, const char *path,
				   struct ps_bytes *content_r)
{
	const struct world *world = ctx;
	struct ps_bytes rest = world->files, part;

	FUZZ_CHECK(path[0] != '\0');
	(void)take_part(&rest, "== ");
	while (rest.len > 0) {
		part = take_part(&rest, "== ");
		if (part.len > strlen(path) &&
		    memcmp(part.at, path, strlen(path)) == 0 &&
		    part.at[strlen(path)] == '\n') {
			part.at += strlen(path);
			part.len -= strlen(path);
			if (part.len > FILE_SIZE)
				part.len = FILE_SIZE;
			*content_r = part;
			return PS_RULE_READ;
		}
	}
	return PS_RULE_READ_MISSING;
}

/* What a name has follows from its octets. */
static enum ps_dns_status lookup(void *ctx, const char *name,
				 enum ps_dns_type type,
				 const struct ps_dns_answer **answer_r)
{
	struct world *world = ctx;
	unsigned int sum = 2166136261u + (unsigned int)type;
	const char *at;

	FUZZ_CHECK(name[0] != '\0');
	for (at = name; *at != '\0'; at++) {
		FUZZ_CHECK(*at < 'A' || *at > 'Z');
		sum = (sum ^ (unsigned char)*at) * 16777619u;
	}
	world->questions++;
	sum >>= 8;
	if (world->late && world->run <= sum % 3)
		return PS_DNS_PENDING;
	if (sum / 4 % 8 == 0)
		return PS_DNS_TEMPFAIL;
	world->answer.count = sum / 32 % 2;
	world->answer.record = &world->record;
	world->record.ip = (struct ps_ip){ 32, { 127, 0, 0, 2 } };
	if (type == PS_DNS_AAAA)
		world->record.ip = (struct ps_ip){ 128, { [15] = 1 } };
	world->record.text = PS_BYTES("a.test");
	*answer_r = &world->answer;
	return world->answer.count > 0 ? PS_DNS_FOUND : PS_DNS_NOTFOUND;
}

static enum ps_rule_counted count(void *ctx, const struct ps_rule_count *what,
				  uint64_t *sum_r)
{
	struct world *world = ctx;

	FUZZ_CHECK(what->rule[0] != '\0' && what->key.len > 0);
	FUZZ_CHECK(what->amount > 0);
	world->counted++;
	(void)ps_window_add(&world->window, PS_WINDOW_FIXED, what->now,
			    what->seconds, what->amount, what->max, sum_r);
	return PS_RULE_COUNTED;
}

static void check_member(struct ps_bytes group, struct ps_bytes member)
{
	size_t i;

	FUZZ_CHECK(group.len > 0 && group.len <= 64);
	FUZZ_CHECK(member.len > 0 && member.len <= PS_COUNTER_TEXT_MAX);
	for (i = 0; i < member.len; i++)
		FUZZ_CHECK(member.at[i] < 'A' || member.at[i] > 'Z');
}

static void add_member(void *ctx, struct ps_bytes group, struct ps_bytes member,
		       uint64_t now, uint32_t seconds)
{
	(void)ctx;
	FUZZ_CHECK(now > 0 && seconds > 0);
	check_member(group, member);
}

static void remove_member(void *ctx, struct ps_bytes group,
			  struct ps_bytes member)
{
	(void)ctx;
	check_member(group, member);
}

static bool has_member(void *ctx, struct ps_bytes group, struct ps_bytes member,
		       uint64_t now)
{
	(void)ctx;
	(void)now;
	check_member(group, member);
	return (group.len + member.len) % 2 == 0;
}

static void note_login(void *ctx, const struct ps_rule_login *request)
{
	struct world *world = ctx;

	FUZZ_CHECK(request->login.len > 0);
	FUZZ_CHECK(request->recipient.at == NULL || request->recipient.len > 0);
	world->noted++;
}

static bool count_login(void *ctx, struct ps_bytes login, uint64_t now,
			uint32_t seconds, struct ps_login_counts *counts_r)
{
	struct world *world = ctx;

	/* Only behind ps_rule_run_begin(), which tells of the request. */
	FUZZ_CHECK(login.len > 0 && now > 0 && world->noted == 1);
	FUZZ_CHECK(seconds > 0 && seconds <= PS_LOGIN_WINDOW_MAX);
	*counts_r = (struct ps_login_counts){ .addresses = 2,
					      .countries = 1,
					      .recipients = 20,
					      .recipients_new = 5,
					      .is_watched = seconds < 600 };
	return true;
}

static void step(void *ctx, const struct ps_rule_step *what)
{
	(void)ctx;
	FUZZ_CHECK(what->kind <= PS_STEP_DECIDED);
}

static void check_line(const char *text)
{
	FUZZ_CHECK(text != NULL && strlen(text) <= PS_RULE_ANSWER_MAX);
	for (; *text != '\0'; text++)
		FUZZ_CHECK((unsigned char)*text >= ' ' && *text != 0x7f);
}

/* The answer, kept. */
static void judge(const struct ps_rules *rules, struct world *world, bool late,
		  bool watched, char answer_r[1024])
{
	const struct ps_rule_request request = { get, world };
	const struct ps_dns dns = { lookup, world };
	const struct ps_rule_counters counters = { count, world };
	const struct ps_rule_groups groups = { .add = add_member,
					       .remove = remove_member,
					       .has = has_member };
	const struct ps_rule_logins logins = { .note = note_login,
					       .count = count_login,
					       .has_countries = true,
					       .ctx = world };
	const struct ps_rule_trace trace = { step, NULL };
	const struct ps_rule_facts facts = {
		.request = &request,
		.now = 1795689900,
		.clock = { 1, 2, 3, 4, 5, 2026, 6 },
		.dns = &dns,
		.counters = &counters,
		.groups = &groups,
		.logins = &logins,
		.trace = watched ? &trace : NULL,
	};
	struct ps_rule_verdict verdict;
	struct ps_rule_run *run;
	size_t i;

	FUZZ_CHECK(ps_rule_run_new(rules, &run) == 0);
	world->late = late;
	world->run = world->counted = world->noted = 0;
	world->window = (struct ps_window){ 0 };
	ps_rule_run_begin(run, &facts);
	while (!ps_rule_run_judge(run, &verdict))
		FUZZ_CHECK(++world->run < RUNS_MAX);
	FUZZ_CHECK(world->counted <= PS_RULE_COUNTS_MAX);
	check_line(verdict.action);
	FUZZ_CHECK(verdict.action[0] != '\0' && verdict.hits != NULL);
	FUZZ_CHECK(verdict.wait <= PS_RULE_WAIT_MAX);
	FUZZ_CHECK(verdict.outcome != PS_RULE_DECIDED ||
		   verdict.rule < ps_rules_count(rules));
	for (i = 0; i < verdict.effects; i++)
		check_line(verdict.effect[i].text);
	snprintf(answer_r, 1024, "%d %s", (int)verdict.outcome, verdict.action);
	ps_rule_run_free(&run);
}

static void say(void *ctx, const struct ps_rule_finding *finding)
{
	(void)ctx;
	FUZZ_CHECK(finding->file != NULL && finding->line > 0);
	FUZZ_CHECK(finding->code[0] != '\0');
	FUZZ_CHECK(strlen(finding->text) < PS_RULE_SAY_MAX);
}

static void try_file(struct world *world, struct ps_bytes text,
		     enum ps_rule_compat compat)
{
	const struct ps_rule_files files = { read_file, world };
	const struct ps_rule_report report = { say, NULL };
	const struct ps_rule_options options = { .compat = compat,
						 .files = &files,
						 .regex = &ps_regex_pcre2,
						 .report = &report };
	char one[1024], other[1024];
	struct ps_rules *rules;

	if (ps_rules_new(&options, "rules.cf", text, &rules) < 0) {
		FUZZ_CHECK(rules == NULL);
		return;
	}
	judge(rules, world, false, false, one);
	judge(rules, world, true, false, other);
	FUZZ_CHECK(strcmp(one, other) == 0);
	judge(rules, world, false, true, other);
	FUZZ_CHECK(strcmp(one, other) == 0);
	ps_rules_free(&rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_bytes rest = fuzz_bytes(data, size), text;
	static struct world world;

	memset(&world, 0, sizeof(world));
	text = take_part(&rest, "\n===\n");
	world.request = take_part(&rest, "\n===\n");
	world.files = rest;
	try_file(&world, text, PS_RULE_SAFE);
	try_file(&world, text, PS_RULE_STRICT);
	return 0;
}
