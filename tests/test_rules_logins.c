/* test_rules_logins.c - items of what a login has lately sent from, and to. */

#include "io/logins_memory.h"
#include "rule_world.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* By the first number of the address. */
static struct ps_bytes country_of(void *ctx, const struct ps_ip *ip)
{
	(void)ctx;
	if (ip->bits != 32)
		return (struct ps_bytes){ NULL, 0 };
	return ip->octet[0] < 100 ? PS_BYTES("DE") : PS_BYTES("FR");
}

static const struct ps_countries countries = { country_of, NULL };

struct row {
	const char *name, *rules;
	const char *steps; /* "LOGIN ADDRESS" or "LOGIN >RECIPIENT", blank */
	const char *answers;
	uint64_t apart; /* seconds between two steps */
	bool without, unknown, strict;
};

#define ROW(n, r, s, a, ...)                                                   \
	{                                                                      \
		.name = n, .rules = r, .steps = s, .answers = a, __VA_ARGS__   \
	}
#define FIVE "a 10.0.0.1|a 10.0.0.2|a 10.0.0.3|a 10.0.0.3|a 10.0.0.4|a 10.0.0.5"
#define NEW  "action=REJECT $$login_new_recipients"

static const struct row rows[] = {
	ROW("addresses: at least five",
	    "login_addresses=5/3600; action=REJECT x", FIVE,
	    "-|-|-|-|-|REJECT x"),
	ROW("addresses: of each login by itself, whatever its case",
	    "login_addresses=2; action=REJECT x",
	    "a 10.0.0.1|b 10.0.0.2|A 10.0.0.2|b 10.0.0.2", "-|-|REJECT x|-"),
	ROW("addresses: other operators",
	    "login_addresses==1/60; action=OK\nlogin_addresses>2/60; "
	    "action=REJECT x",
	    "a 10.0.0.1|a 10.0.0.2|a 10.0.0.3", "OK|-|REJECT x"),
	ROW("addresses: !!", "login_addresses=!!2; action=OK",
	    "a 10.0.0.1|a 10.0.0.2", "OK|-"),
	ROW("addresses: that have left the window",
	    "login_addresses=2/100; action=REJECT x",
	    "a 10.0.0.1|a 10.0.0.2|a 10.0.0.3", "-|-|-", .apart = 100),
	ROW("addresses: in the window",
	    "login_addresses=2/101; action=REJECT x",
	    "a 10.0.0.1|a 10.0.0.2|a 10.0.0.3", "-|REJECT x|REJECT x",
	    .apart = 100),
	ROW("addresses: a network of IPv6 is one",
	    "login_addresses=2; action=REJECT x",
	    "a 2001:db8::1|a 2001:db8::2|a 2001:db8:0:1::1", "-|-|REJECT x"),
	ROW("addresses: no login", "login_addresses<9; action=OK",
	    "  10.0.0.1|  10.0.0.2", "-|-"),
	ROW("addresses: in an answer", "action=REJECT $$login_addresses",
	    "a 10.0.0.1|a 10.0.0.2", "REJECT 1|REJECT 2"),
	ROW("addresses: in an answer, without login",
	    "action=REJECT $$login_addresses", "  10.0.0.1",
	    "REJECT $$login_addresses"),
	ROW("addresses: no port", "login_addresses<9; action=OK", "a 10.0.0.1",
	    "-", .without = true),
	ROW("addresses: strict does not know them",
	    "login_addresses=1; action=OK\naction=REJECT $$login_addresses",
	    "a 10.0.0.1", "REJECT $$login_addresses", .strict = true),
	ROW("countries: two", "login_countries=2/3600; action=REJECT x",
	    "a 10.0.0.1|a 20.0.0.1|a 2001:db8::1|a 200.0.0.1",
	    "-|-|-|REJECT x"),
	ROW("countries: none is known", "login_countries<9; action=OK",
	    "a 10.0.0.1", "-", .unknown = true),
	ROW("recipients: not watched for long enough",
	    "login_new_recipients=50/100/1; " NEW, "a >1|a >2|a >3",
	    "-|-|REJECT 100", .apart = 50),
	ROW("recipients: the share", "login_new_recipients=60/60/4; " NEW,
	    "a >1|a >1|a >1|a >2|a >3|a >4|a >5|a >6", /* 1/3, 2/4, 3/5, ... */
	    "-|-|-|-|REJECT 60|REJECT 66|REJECT 71|REJECT 75", .apart = 60),
	ROW("recipients: as many as are needed",
	    "login_new_recipients=1/60/3; action=REJECT x",
	    "a >1|a >2|a >3|a >4", "-|-|REJECT x|REJECT x", .apart = 60),
	ROW("recipients: ten, when nothing is said",
	    "login_new_recipients=1/60; action=REJECT x",
	    "a >1|a >2|a >3|a >4|a >5|a >6|a >7|a >8|a >9|a >10",
	    "-|-|-|-|-|-|-|-|-|REJECT x", .apart = 30),
	ROW("recipients: not those of other states",
	    "login_new_recipients=0/60/1; action=REJECT x",
	    "a 10.0.0.1|a 10.0.0.1|a 10.0.0.1", "-|-|-", .apart = 60),
};

static void request_of(const char *step, char *text, size_t size)
{
	const char *rest = strchr(step + 1, ' ') + 1;

	if (rest[0] == '>')
		snprintf(text, size,
			 "sasl_username=%c\nprotocol_state=RCPT\n"
			 "recipient=%s@x.example\nclient_address=10.0.0.1\n",
			 step[0], rest + 1);
	else
		snprintf(text, size,
			 "sasl_username=%c\nprotocol_state=DATA\n"
			 "recipient=%s@x.example\nclient_address=%s\n",
			 step[0], rest, rest);
	if (step[0] == ' ')
		memmove(strchr(text, '=') + 1, strchr(text, '\n'),
			strlen(strchr(text, '\n')) + 1);
}

static void check(const struct row *row)
{
	struct rule_world world = { .now = RULE_WORLD_NOW };
	char request[512], answers[1024] = "", *steps, *step, *save;
	struct ps_rule_logins port;
	struct ps_logins *logins;
	const char *answer;
	size_t len = 0;

	assert_int_equal(
		ps_logins_new(100, row->unknown ? NULL : &countries, &logins),
		0);
	port = ps_logins_port(logins);
	if (!row->without)
		world.logins = &port;
	rule_world_load(&world, row->strict ? PS_RULE_STRICT : PS_RULE_SAFE,
			row->rules);
	assert_non_null(world.rules);
	steps = strdup(row->steps);
	for (step = strtok_r(steps, "|", &save); step != NULL;
	     step = strtok_r(NULL, "|", &save)) {
		request_of(step, request, sizeof(request));
		answer = rule_world_ask(&world, request);
		if (strcmp(answer, "DUNNO") == 0)
			answer = "-";
		len += (size_t)snprintf(answers + len, sizeof(answers) - len,
					"%s%s", len == 0 ? "" : "|", answer);
		world.now += row->apart;
	}
	assert_string_equal(answers, row->answers);
	free(steps);
	rule_world_end(&world);
	ps_logins_free(&logins);
}

static void check_row(void **state)
{
	check(*state);
}

/* ---- what is refused ---- */

struct refused {
	const char *name, *rules, *said;
};

static const struct refused refusals[] = {
	{ "refused: no number", "login_addresses=many; action=OK",
	  "1 bad-login-item\n" },
	{ "refused: more than are told apart", "login_addresses=65; action=OK",
	  "1 bad-login-item\n" },
	{ "taken: as many as are told apart", "login_addresses=64; action=OK",
	  "" },
	{ "refused: countries", "login_countries=33; action=OK",
	  "1 bad-login-item\n" },
	{ "taken: countries", "login_countries=32/86400; action=OK", "" },
	{ "refused: more than a day", "login_addresses=1/86401; action=OK",
	  "1 bad-login-item\n" },
	{ "refused: no time", "login_addresses=1/0; action=OK",
	  "1 bad-login-item\n" },
	{ "refused: a third number", "login_addresses=1/60/1; action=OK",
	  "1 bad-login-item\n" },
	{ "refused: more than all", "login_new_recipients=101; action=OK",
	  "1 bad-login-item\n" },
	{ "taken: three numbers", "login_new_recipients=100/1/1; action=OK",
	  "" },
	{ "refused: a pattern", "login_addresses=~5; action=OK",
	  "1 bad-login-item\n" },
	{ "refused: a variable", "login_addresses=$$size; action=OK",
	  "1 bad-login-item\n" },
};

static void check_refused(void **state)
{
	const struct refused *row = *state;
	struct rule_world world = { 0 };

	rule_world_load(&world, PS_RULE_SAFE, row->rules);
	assert_string_equal(world.said, row->said);
	assert_int_equal(world.rules == NULL, row->said[0] != '\0');
	rule_world_end(&world);
}

/* ---- the table of logins ---- */

static void say(struct ps_rule_logins *port, const char *login)
{
	const struct ps_rule_login what = { .login = ps_bytes_of(login),
					    .client_address =
						    PS_BYTES("10.0.0.1"),
					    .now = 1000 };

	port->note(port->ctx, &what);
}

static bool is_known(struct ps_rule_logins *port, const char *login)
{
	struct ps_login_counts counts;

	return port->count(port->ctx, ps_bytes_of(login), 1000, 60, &counts);
}

static void the_one_used_longest_ago_goes(void **state)
{
	struct ps_rule_logins port;
	struct ps_logins *logins;

	(void)state;
	assert_int_equal(ps_logins_new(2, NULL, &logins), 0);
	port = ps_logins_port(logins);
	say(&port, "a");
	say(&port, "b");
	say(&port, "a");
	assert_int_equal(ps_logins_held(logins), 2);
	say(&port, "c");
	assert_int_equal(ps_logins_held(logins), 2);
	assert_true(is_known(&port, "a"));
	assert_false(is_known(&port, "b"));
	assert_true(is_known(&port, "C"));
	ps_logins_free(&logins);
	assert_null(logins);
	ps_logins_free(&logins);
}

static void a_long_login_is_not_kept(void **state)
{
	struct ps_rule_logins port;
	struct ps_logins *logins;
	char name[PS_LOGIN_TEXT_MAX + 2];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(ps_logins_new(2, NULL, &logins), 0);
	port = ps_logins_port(logins);
	say(&port, name);
	assert_int_equal(ps_logins_held(logins), 0);
	assert_false(is_known(&port, name));
	say(&port, name + 1);
	assert_true(is_known(&port, name + 1));
	ps_logins_free(&logins);
}

#define ROWS	 TABLE_COUNT(rows)
#define REFUSALS TABLE_COUNT(refusals)

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[2 + ROWS + REFUSALS] = {
		cmocka_unit_test(the_one_used_longest_ago_goes),
		cmocka_unit_test(a_long_login_is_not_kept),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	TABLE_TESTS(tests + 2, rows, check_row);
	TABLE_TESTS(tests + 2 + ROWS, refusals, check_refused);
	return _cmocka_run_group_tests("rules_logins", tests,
				       TABLE_COUNT(tests), NULL, NULL);
}
