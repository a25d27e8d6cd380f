/* test_rules_groups.c - groups that rules fill and ask. */

#include "io/groups.h"
#include "rule_world.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
	const char *name, *rules;
	const char *requests; /* "sender client_address", with "|" between */
	const char *safe, *strict;
	unsigned int apart; /* seconds between two */
};

#define FILL                                                                   \
	"id=FILL; sender==trap@x; action=groupadd(%%BAD/client_address/100)\n"
#define FIFTY "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"

static const struct row rows[] = {
	{ "a member is found, others are not",
	  "client_address=%%BAD; action=REJECT bad\n" FILL,
	  "a@x 10.0.0.1|trap@x 10.0.0.1|a@x 10.0.0.1|a@x 10.0.0.2",
	  "-|-|REJECT bad|-", "-|-|-|-", 0 },
	{ "at once, in the same request",
	  FILL "client_address==%%BAD; action=REJECT bad", "trap@x 10.0.0.1",
	  "REJECT bad", "-", 0 },
	{ "no more when its time is over",
	  "client_address=%%BAD; action=REJECT bad\n" FILL,
	  "trap@x 10.0.0.1|a@x 10.0.0.1|a@x 10.0.0.1|a@x 10.0.0.1",
	  "-|REJECT bad|REJECT bad|-", "-|-|-|-", 50 },
	{ "from the last time on",
	  FILL "sender==a@x; client_address=%%BAD; action=REJECT bad",
	  "trap@x 10.0.0.1|trap@x 10.0.0.1|a@x 10.0.0.1|a@x 10.0.0.1",
	  "-|-|REJECT bad|-", "-|-|-|-", 60 },
	{ "an hour when nothing is said",
	  "sender=a; client_address=%%B; action=REJECT x\n"
	  "sender=t; action=groupadd(%%B/client_address)",
	  "t 10.0.0.1|a 10.0.0.1|a 10.0.0.1|a 10.0.0.1",
	  "-|REJECT x|REJECT x|-", "-|-|-|-", 1500 },
	{ "!= and !!",
	  "client_address!=%%BAD; action=REJECT not\n"
	  "client_address=!!%%BAD; action=REJECT never\n" FILL,
	  "a@x 10.0.0.1|trap@x 10.0.0.1|a@x 10.0.0.1",
	  "REJECT not|REJECT not|REJECT not",
	  "REJECT not|REJECT not|REJECT not", 0 },
	{ "!= of a member", FILL "client_address!=%%BAD; action=REJECT not",
	  "trap@x 10.0.0.1|a@x 10.0.0.1|a@x 10.0.0.2", "-|-|REJECT not",
	  "REJECT not|REJECT not|REJECT not", 0 },
	{ "!! of a member", FILL "client_address=!!(%%BAD); action=REJECT not",
	  "trap@x 10.0.0.1|a@x 10.0.0.2", "-|REJECT not",
	  "REJECT not|REJECT not", 0 },
	{ "beside networks, and with other operators",
	  "client_address=20.0.0.0/8, %%BAD; action=REJECT x\n" FILL
	  "sender=~%%S; action=REJECT s\nsender=b; "
	  "action=groupadd(%%S/sender)",
	  "trap@x 10.0.0.1|a@x 10.0.0.1|a@x 20.0.0.1|B 1.1.1.1|b 1.1.1.1",
	  "-|REJECT x|REJECT x|-|REJECT s", "-|-|REJECT x|-|-", 0 },
	{ "groupdel takes out",
	  "sender=u; action=groupdel(%%BAD/client_address)\n"
	  "client_address=%%BAD; action=REJECT bad\n" FILL,
	  "trap@x 10.0.0.1|a@x 10.0.0.1|u 10.0.0.1|a@x 10.0.0.1",
	  "-|REJECT bad|-|-", "-|-|-|-", 0 },
	{ "an action of a limit",
	  "client_address=%%BAD; action=REJECT bad\n"
	  "action=rate(sender/1/60/groupadd(%%BAD/client_address))",
	  "a 10.0.0.1|a 10.0.0.1|b 10.0.0.1", "-|-|REJECT bad", "-|-|-", 0 },
	{ "the empty value is no member",
	  "helo_name=%%H; action=REJECT x\naction=groupadd(%%H/helo_name)",
	  "a 10.0.0.1|a 10.0.0.1", "-|-", "-|-", 0 },
	{ "what is no group's name is a text",
	  "sender=%%a.x; action=REJECT x\nsender=%%" FIFTY FIFTY
	  "; action=REJECT y",
	  "%%a.x 1.1.1.1|%%" FIFTY FIFTY " 1.1.1.1|b 1.1.1.1",
	  "REJECT x|REJECT y|-", "REJECT x|REJECT y|-", 0 },
	{ "many values: not among those found at once",
	  "sender==c1,c2\n sender==c3\n sender==c4\n sender==c5\n "
	  "sender==%%S\n action=REJECT x\n"
	  "sender=b; action=groupadd(%%S/sender)",
	  "c3 1.1.1.1|b 1.1.1.1|b 1.1.1.1|d 1.1.1.1", "REJECT x|-|REJECT x|-",
	  "REJECT x|-|-|-", 0 },
};

static void check(const struct row *row, enum ps_rule_compat compat,
		  const char *wanted)
{
	struct rule_world world = { .now = RULE_WORLD_NOW };
	char request[256], answers[512] = "", *requests, *one, *save, *blank;
	struct ps_counters *members;
	struct ps_rule_groups port;
	const char *answer;
	size_t len = 0;

	assert_int_equal(ps_counters_new(100, PS_WINDOW_FIXED, &members), 0);
	port = ps_groups_port(members);
	world.groups = &port;
	rule_world_load(&world, compat, row->rules);
	assert_non_null(world.rules);
	requests = strdup(row->requests);
	for (one = strtok_r(requests, "|", &save); one != NULL;
	     one = strtok_r(NULL, "|", &save)) {
		blank = strchr(one, ' ');
		*blank = '\0';
		snprintf(request, sizeof(request),
			 "sender=%s\nclient_address=%s\n", one, blank + 1);
		answer = rule_world_ask(&world, request);
		if (strcmp(answer, "DUNNO") == 0)
			answer = "-";
		len += (size_t)snprintf(answers + len, sizeof(answers) - len,
					"%s%s", len == 0 ? "" : "|", answer);
		world.now += row->apart;
	}
	assert_string_equal(answers, wanted);
	free(requests);
	rule_world_end(&world);
	ps_counters_free(&members);
}

static void check_row(void **state)
{
	const struct row *row = *state;

	check(row, PS_RULE_SAFE, row->safe);
	check(row, PS_RULE_STRICT, row->strict);
}

struct said {
	const char *name, *rules, *said;
};

static const struct said saids[] = {
	{ "refused: no group", "action=groupadd(BAD/client_address)",
	  "1 bad-group\n" },
	{ "refused: no item", "action=groupadd(%%BAD)", "1 bad-group\n" },
	{ "refused: no number", "action=groupadd(%%BAD/sender/x)",
	  "1 bad-group\n" },
	{ "refused: never", "action=groupadd(%%BAD/sender/0)",
	  "1 bad-group\n" },
	{ "refused: a time to take out", "action=groupdel(%%BAD/sender/5)",
	  "1 bad-group\n" },
	{ "refused: a variable", "action=groupadd(%%BAD/$$sender)",
	  "1 bad-group\n" },
	{ "refused: above a group", "size>%%BIG; action=OK", "1 bad-group\n" },
	{ "refused: a list", "rbl=%%LISTS; action=OK", "1 bad-group\n" },
	{ "taken: a login, and it is no part of another",
	  "sasl_username=%%BAD; action=OK", "" },
	{ "taken: the same group behind, as it may be filled between",
	  "client_address=%%A; action=OK\n"
	  "sender=b; action=groupadd(%%A/client_address)\n"
	  "client_address=%%A; action=REJECT x",
	  "" },
};

static void check_said(void **state)
{
	const struct said *row = *state;
	struct rule_world world = { 0 };

	rule_world_load(&world, PS_RULE_SAFE, row->rules);
	assert_string_equal(world.said, row->said);
	assert_int_equal(world.rules == NULL, row->said[0] != '\0');
	rule_world_end(&world);
}

#define ROWS  TABLE_COUNT(rows)
#define SAIDS TABLE_COUNT(saids)

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[ROWS + SAIDS];

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	TABLE_TESTS(tests, rows, check_row);
	TABLE_TESTS(tests + ROWS, saids, check_said);
	return _cmocka_run_group_tests("rules_groups", tests,
				       TABLE_COUNT(tests), NULL, NULL);
}
