/* rule_world.c - a rule file, value files, a zone and a clock in memory. */

#include "rule_world.h"

#include "core/rules/rule_window.h"
#include "fake_dns.h"
#include "io/regex_pcre2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNTS_MAX 64
#define RUNS_MAX   20
#define SEEN_MAX   256

struct rule_counts {
	struct {
		char name[512];
		struct ps_window window;
	} one[COUNTS_MAX];
	size_t count;
};

struct asking {
	struct rule_world *world;
	struct fake_dns *dns;
	char seen[SEEN_MAX][300];
	size_t count, before; /* seen at all; in earlier runs */
};

static enum ps_rule_read read_file(void *ctx, const char *path,
				   struct ps_bytes *content_r)
{
	const struct rule_world *world = ctx;
	char head[300];
	const char *at, *end;

	snprintf(head, sizeof(head), "== %s\n", path);
	at = world->files == NULL ? NULL : strstr(world->files, head);
	if (at == NULL)
		return PS_RULE_READ_MISSING;
	at += strlen(head);
	end = strstr(at, "== ");
	*content_r = (struct ps_bytes){ at, end == NULL ? strlen(at)
							: (size_t)(end - at) };
	return PS_RULE_READ;
}

static void append(char *text, const char *format, const char *file,
		   unsigned int line, const char *what)
{
	size_t len = strlen(text);

	(void)file;
	snprintf(text + len, RULE_SAID_MAX - len, format, line, what);
}

static void say(void *ctx, const struct ps_rule_finding *finding)
{
	struct rule_world *world = ctx;

	append(world->said, "%u %s\n", finding->file, finding->line,
	       finding->code);
	append(world->text, "%u: %s\n", finding->file, finding->line,
	       finding->text);
}

void rule_world_load(struct rule_world *world, enum ps_rule_compat compat,
		     const char *text)
{
	const struct ps_rule_files files = { read_file, world };
	const struct ps_rule_report report = { say, world };
	const struct ps_rule_options options = { .compat = compat,
						 .files = &files,
						 .regex = &ps_regex_pcre2,
						 .report = &report };

	world->said[0] = world->text[0] = '\0';
	world->counts = calloc(1, sizeof(*world->counts));
	if (ps_rules_new(&options, "rules.cf", ps_bytes_of(text),
			 &world->rules) == 0 &&
	    ps_rule_run_new(world->rules, &world->run) < 0)
		abort();
}

static struct ps_bytes get(void *ctx, struct ps_bytes name)
{
	const char *at = ctx, *end;

	while (*at != '\0') {
		end = at + strcspn(at, "\n");
		if ((size_t)(end - at) > name.len &&
		    memcmp(at, name.at, name.len) == 0 && at[name.len] == '=') {
			at += name.len + 1;
			return (struct ps_bytes){ at, (size_t)(end - at) };
		}
		at = *end == '\0' ? end : end + 1;
	}
	return (struct ps_bytes){ NULL, 0 };
}

static enum ps_rule_counted count(void *ctx, const struct ps_rule_count *what,
				  uint64_t *sum_r)
{
	struct rule_counts *counts = ctx;
	char name[512];
	size_t i;

	snprintf(name, sizeof(name), "%s %.*s", what->rule, (int)what->key.len,
		 what->key.at);
	for (i = 0; i < counts->count; i++) {
		if (strcmp(counts->one[i].name, name) == 0)
			break;
	}
	if (i == COUNTS_MAX)
		return PS_RULE_COUNT_FULL;
	if (i == counts->count) {
		memcpy(counts->one[i].name, name, sizeof(name));
		counts->count++;
	}
	(void)ps_window_add(&counts->one[i].window, PS_WINDOW_FIXED, what->now,
			    what->seconds, what->amount, what->max, sum_r);
	return PS_RULE_COUNTED;
}

static enum ps_dns_status lookup(void *ctx, const char *name,
				 enum ps_dns_type type,
				 const struct ps_dns_answer **answer_r)
{
	struct asking *asking = ctx;
	struct ps_dns port = fake_dns_port(asking->dns);
	char question[300];
	size_t i;

	snprintf(question, sizeof(question), "%d %s", (int)type, name);
	for (i = 0; i < asking->count; i++) {
		if (strcmp(asking->seen[i], question) == 0)
			break;
	}
	if (i == SEEN_MAX)
		abort();
	if (i == asking->count) {
		memcpy(asking->seen[asking->count++], question,
		       sizeof(question));
		asking->world->questions++;
	}
	if (asking->world->late && i >= asking->before)
		return PS_DNS_PENDING;
	return port.lookup(port.ctx, name, type, answer_r);
}

static struct ps_rule_clock clock_of(uint64_t now)
{
	time_t seconds = (time_t)now;
	struct tm tm;

	(void)gmtime_r(&seconds, &tm);
	return (struct ps_rule_clock){
		.second = (unsigned int)tm.tm_sec,
		.minute = (unsigned int)tm.tm_min,
		.hour = (unsigned int)tm.tm_hour,
		.day = (unsigned int)tm.tm_mday,
		.month = (unsigned int)tm.tm_mon,
		.year = (unsigned int)tm.tm_year + 1900,
		.weekday = (unsigned int)tm.tm_wday,
	};
}

const char *rule_world_ask(struct rule_world *world, const char *request)
{
	const struct ps_rule_request port = { get, (void *)(uintptr_t)request };
	const struct ps_rule_counters counters = { count, world->counts };
	struct asking *asking = calloc(1, sizeof(*asking));
	const struct ps_dns dns = { lookup, asking };
	struct ps_rule_facts facts = {
		.request = &port,
		.now = world->now == 0 ? RULE_WORLD_NOW : world->now,
		.counters = &counters,
		.dns = world->zone == NULL ? NULL : &dns,
		.groups = world->groups,
		.logins = world->logins,
		.trace = world->trace,
	};

	if (asking == NULL)
		abort();
	asking->world = world;
	if (world->zone != NULL)
		asking->dns = fake_dns_load(world->zone);
	facts.clock = clock_of(facts.now);
	world->questions = 0;
	ps_rule_run_begin(world->run, &facts);
	for (world->runs = 1; world->runs < RUNS_MAX; world->runs++) {
		asking->before = asking->count;
		if (ps_rule_run_judge(world->run, &world->verdict))
			break;
	}
	fake_dns_free(&asking->dns);
	free(asking);
	return world->runs == RUNS_MAX ? "(never)" : world->verdict.action;
}

void rule_world_end(struct rule_world *world)
{
	ps_rule_run_free(&world->run);
	ps_rules_free(&world->rules);
	free(world->counts);
	world->counts = NULL;
}
