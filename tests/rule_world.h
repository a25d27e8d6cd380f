/* rule_world.h - a rule file, value files, a zone and a clock in memory. */
#ifndef PS_TESTS_RULE_WORLD_H
#define PS_TESTS_RULE_WORLD_H

#include "core/rules/rule_eval.h"
#include "core/rules/rule_trace.h"

#define RULE_SAID_MAX 3000

struct rule_world {
	const char *files; /* "== PATH" lines, each before its content */
	const char *zone;  /* as in fake_dns.h; NULL: no DNS */
	uint64_t now;	   /* seconds since 1970; 0: rule_world's own time */
	bool late;	   /* DNS answers come in a later run only */
	struct ps_rules *rules;	  /* NULL: refused */
	char said[RULE_SAID_MAX]; /* "LINE code\n" of each finding */
	char text[RULE_SAID_MAX]; /* "LINE: text\n" */
	struct rule_counts *counts;
	unsigned int questions; /* asked in all runs of one request */
	unsigned int runs;	/* it took */
	struct ps_rule_verdict verdict;
	struct ps_rule_run *run;
	const struct ps_rule_groups *groups;
	const struct ps_rule_logins *logins;
	const struct ps_rule_trace *trace;
};

/* Compiles; world->rules is NULL when it was refused. */
void rule_world_load(struct rule_world *world, enum ps_rule_compat compat,
		     const char *text);
/* Lines NAME=VALUE; the answer, borrowed until the next.  Local time is UTC. */
const char *rule_world_ask(struct rule_world *world, const char *request);
void rule_world_end(struct rule_world *world);
/* 2026-11-26 10:45:00 UTC, a Thursday. */
#define RULE_WORLD_NOW 1795689900u

#endif
