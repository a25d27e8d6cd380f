/* test_rules_actions.c - what rules do when they match. */

#include "rule_rows.h"

#define ROW(n, r, q, s, ...)                                                   \
	{                                                                      \
		.name = n, .rules = r, .request = q, .safe = s, __VA_ARGS__    \
	}

static const struct rule_row rows[] = {
	ROW("answers: returned as they are",
	    "action=550 5.7.1 <$$sender>: no (really), never", "sender=a@b",
	    "550 5.7.1 <a@b>: no (really), never"),
	ROW("answers: an unknown variable stays as it is",
	    "action=REJECT $$nosuch", "", "REJECT $$nosuch"),
	ROW("answers: a known one before an unknown one",
	    "action=REJECT $$sender $$nosuch", "sender=a", "REJECT a $$nosuch",
	    .strict = "REJECT $$sender $$nosuch"),
	ROW("answers: in parentheses, unknown",
	    "action=REJECT $$(sender) "
	    "$$(no)",
	    "sender=a", "REJECT a $$(no)",
	    .strict = "REJECT $$(sender) $$(no)"),
	ROW("answers: a value is not searched itself",
	    "action=REJECT $$sender $$helo_name",
	    "sender=$$helo_name\nhelo_name=$$sender",
	    "REJECT $$helo_name $$sender"),
	ROW("answers: no control characters", "action=REJECT $$helo_name",
	    "helo_name=a\001b\177", "REJECT a?b?"),
	ROW("answers: nothing is DUNNO",
	    "sender==a; action=; x==\naction=REJECT b", "sender=a", "DUNNO",
	    .strict = "REJECT b"),
	ROW("set: values, and the rules behind",
	    "action=set(A=1,B=$$sender)\nA==1; action=REJECT $$A $$B",
	    "sender=x@y", "REJECT 1 x@y"),
	ROW("set: arithmetic",
	    "action=set(A=10,A+=5,A-=1,A*=3,A/=4)\naction=REJECT $$A", "",
	    "REJECT 10.5"),
	ROW("set: the other way to write it",
	    "action=set(A=10,A=+5,A=-1)\n"
	    "action=REJECT $$A",
	    "", "REJECT 14", .said = "1 set-minus"),
	ROW("set: append", "action=set(A=a,A.=b,B.=c)\naction=REJECT $$A $$B",
	    "", "REJECT ab c", .strict = "REJECT ab 0c"),
	ROW("set: not two numbers", "action=set(A=a,A+=1)\naction=REJECT $$A",
	    "", "REJECT 1"),
	ROW("set: division by zero", "action=set(A=5,A/=0)\naction=REJECT $$A",
	    "", "REJECT 5"),
	ROW("set: a value cannot bring in another assignment",
	    "action=set(A=1,B=$$sender)\naction=REJECT $$A $$B", "sender=x,A=2",
	    "REJECT 1 x,A=2"),
	ROW("set: over an attribute, which rules were found by",
	    "action=set(client_name=good)\nclient_name==good; action=OK\n"
	    "action=REJECT $$client_name",
	    "client_name=bad", "OK"),
	ROW("set: not NAME=VALUE", "action=set(A)\naction=OK", "", "refused",
	    .strict = "OK", .said = "1 bad-set"),
	ROW("score: added up, and a threshold of its own",
	    "score=3; action=REJECT $$score\nsender=a; action=score(+1.5)\n"
	    "helo_name=b; action=score(1.55)\naction=WARN $$score",
	    "sender=a\n--\nsender=a\nhelo_name=b", "WARN 1.5|REJECT 3.05",
	    .strict = "WARN 1.5|REJECT 3.05"),
	ROW("score: each sign",
	    "action=score(=4)\naction=score(-1)\naction=score(*1,5)\n"
	    "action=score(/2)\naction=WARN $$request_score",
	    "", "WARN 2.25"),
	ROW("score: cut to two digits",
	    "action=score(1)\naction=score(/3)\n"
	    "action=WARN $$score",
	    "", "WARN 0.33"),
	ROW("score: the default threshold",
	    "action=score(4.9)\naction=score(0.1)\naction=OK", "",
	    "554 5.7.1 postfwd score exceeded"),
	ROW("score: as an item",
	    "action=score(2)\nrequest_score>1; "
	    "request_score>=2; action=REJECT $$score",
	    "", "REJECT 2.0"),
	ROW("jump: forward, by id",
	    "sender=a; action=jump(C)\nid=B; action=REJECT b\n"
	    "id=C; action=REJECT c",
	    "sender=a\n--\nsender=b", "REJECT c|REJECT b"),
	ROW("jump: back, until something has changed",
	    "id=A; action=set(n+=1)\nn<3; action=jump(A)\n"
	    "action=REJECT $$n $$request_hits",
	    "", "REJECT 3 A;R-1;A;R-1;A;R-2"),
	ROW("jump: in a circle", "id=A; action=jump(A)\n", "",
	    "451 4.3.0 Server configuration problem"),
	ROW("jump: to nowhere goes on", "action=jump(X)\naction=OK", "", "OK"),
	ROW("jump: the last of that id",
	    "action=jump(A)\nid=A; action=REJECT 1"
	    "\nid=A; action=REJECT 2",
	    "", "REJECT 2"),
	ROW("jump: by a variable",
	    "action=set(to=B)\naction=jump($$to)\n"
	    "id=A; action=REJECT a\n"
	    "id=B; action=REJECT b",
	    "", "REJECT b"),
	ROW("hits: ids of what matched",
	    "id=A; action=note(x)\n"
	    "id=B; sender=no; action=OK\n"
	    "action=REJECT $$request_hits",
	    "", "REJECT A;R-2"),
	ROW("matches: items",
	    "sender=a; helo_name=b; "
	    "action=REJECT $$matches",
	    "sender=a\nhelo_name=b", "REJECT 2", .strict = "REJECT 4"),
	ROW("goes on: note, wait, debug, mail, sendmail",
	    "action=note(a)\naction=wait(1)\naction=debug(on)\n"
	    "action=mail(s/h/f/t/u/b)\naction=sendmail(/x::f::t::s::b)\n"
	    "action=quit(1)\naction=file(x)\naction=exec(x)\naction=OK",
	    "", "OK",
	    .said = "3 ignored-action|5 sendmail-path|6 ignored-action|"
		    "7 ignored-action|8 ignored-action"),
	ROW("goes on: unknown", "action=frobnicate(x)\naction=OK", "", "OK",
	    .said = "1 unknown-action"),
	ROW("goes on: ask without a port", "action=ask(localhost)\naction=OK",
	    "", "refused", .strict = "OK", .said = "1 bad-ask"),
	ROW("goes on: ask when nobody can",
	    "action=ask(127.0.0.1:1)\n"
	    "action=OK",
	    "", "OK"),
	ROW("ours: hold", "action=hold($$sender is (new))", "sender=a@b",
	    "HOLD a@b is (new)", .strict = "HOLD a@b is (new)"),
	ROW("ours: hold without a reason", "action=hold()\naction=OK", "",
	    "HOLD", .strict = "HOLD"),
	ROW("ours: notify goes on", "action=notify(look)\naction=OK", "", "OK",
	    .strict = "OK"),
	ROW("ours: suspend is an answer", "action=suspend(too much)\naction=OK",
	    "sasl_username=a", "550 5.7.1 " PS_SUSPENDED_TEXT,
	    .strict = "550 5.7.1 " PS_SUSPENDED_TEXT),
	ROW("ours: nobody is suspended without a login",
	    "action=suspend(too much)\naction=OK",
	    "sasl_username=\n--\nsender=a", "OK|OK", .strict = "OK|OK"),
	ROW("answers: parentheses behind a word and text",
	    "action=REJECT you (again)", "", "REJECT you (again)"),
};

static void effects(void **state)
{
	static struct rule_world world;
	const struct ps_rule_verdict *verdict = &world.verdict;

	(void)state;
	rule_world_load(&world, PS_RULE_SAFE,
			"action=note(hello $$sender)\naction=wait(3)\n"
			"action=wait(100)\n"
			"action=sendmail(/usr/sbin/sendmail::from@x::to@y::"
			"sub $$sender::body :: more)\n"
			"action=mail(host/helo/f/t/s/b/c)\naction=OK");
	assert_string_equal(rule_world_ask(&world, "sender=a\r@b"), "OK");
	assert_int_equal(verdict->wait, PS_RULE_WAIT_MAX);
	assert_int_equal(verdict->effects, 3);
	assert_int_equal(verdict->effect[0].kind, PS_EFFECT_NOTE);
	assert_string_equal(verdict->effect[0].text, "hello a?@b");
	assert_int_equal(verdict->effect[1].kind, PS_EFFECT_MAIL);
	assert_string_equal(verdict->effect[1].from, "from@x");
	assert_string_equal(verdict->effect[1].to, "to@y");
	assert_string_equal(verdict->effect[1].subject, "sub a?@b");
	assert_string_equal(verdict->effect[1].text, "body :: more");
	assert_string_equal(verdict->effect[2].from, "f");
	assert_string_equal(verdict->effect[2].text, "b/c");
	assert_int_equal(verdict->outcome, PS_RULE_DECIDED);
	assert_int_equal(verdict->rule, 5);
	rule_world_end(&world);
}

/* Behind a limit they know which one has fired. */
static void suspended(void **state)
{
	static struct rule_world world;
	const struct ps_rule_verdict *verdict = &world.verdict;

	(void)state;
	rule_world_load(&world, PS_RULE_SAFE,
			"action=notify(hello)\n"
			"id=L; action=rate(sasl_username/1/60/"
			"suspend($$sasl_username: $$ratecount))\naction=OK");
	assert_string_equal(rule_world_ask(&world, "sasl_username=Al"), "OK");
	assert_int_equal(verdict->effects, 1);
	assert_int_equal(verdict->effect[0].kind, PS_EFFECT_NOTIFY);
	assert_string_equal(verdict->effect[0].text, "hello");
	assert_null(verdict->effect[0].limit.key);
	assert_string_equal(rule_world_ask(&world, "sasl_username=Al"),
			    "550 5.7.1 " PS_SUSPENDED_TEXT);
	assert_int_equal(verdict->effects, 2);
	assert_int_equal(verdict->effect[1].kind, PS_EFFECT_SUSPEND);
	assert_int_equal(verdict->effect[1].rule, 1);
	assert_string_equal(verdict->effect[1].text, "Al: 2");
	assert_string_equal(verdict->effect[1].limit.key, "sasl_username=al");
	assert_int_equal(verdict->effect[1].limit.seconds, 60);
	assert_null(verdict->effect[0].limit.key);
	rule_world_end(&world);
}

/* A pattern made for endless backtracking must not hold a thread. */
static void hard_pattern(void **state)
{
	static struct rule_world world;

	(void)state;
	rule_world_load(&world, PS_RULE_SAFE,
			"helo_name=^(a+)+(b+)+(c+)+$; action=REJECT x\n"
			"helo_name=((x+x+)+y.?)+$; action=REJECT y");
	assert_string_equal(
		rule_world_ask(&world, "helo_name=xxxxxxxxxxxxxxxxxxxxxxxxxxx"
				       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxyxxxxxxx"
				       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
		"451 4.3.0 Server configuration problem");
	assert_int_equal(world.verdict.outcome, PS_RULE_FAULT);
	assert_string_equal(world.verdict.why, "a pattern needs too much work");
	rule_world_end(&world);
}

/* The same rule is the same after other rules, blanks and ids came in. */
static void identity(void **state)
{
	static struct rule_world a, b;
	struct ps_rule_info one, two, three;

	(void)state;
	rule_world_load(&a, PS_RULE_SAFE,
			"sender=a;action=rate(sender/1/2/REJECT x)\n"
			"id=N; action=OK\n");
	rule_world_load(&b, PS_RULE_SAFE,
			"action=note(new)\n\nsender = a # comment\n"
			"   action = rate(sender/1/2/REJECT x)\n"
			"sender=b; action=rate(sender/1/2/REJECT x)\n");
	ps_rules_info(a.rules, 0, &one);
	ps_rules_info(b.rules, 1, &two);
	ps_rules_info(b.rules, 2, &three);
	assert_string_equal(one.identity, two.identity);
	assert_string_not_equal(one.identity, three.identity);
	assert_string_equal(one.id, "R-0");
	assert_string_equal(two.id, "R-1");
	assert_int_equal(two.line, 3);
	assert_string_equal(two.text,
			    "sender=a; action=rate(sender/1/2/REJECT x)");
	ps_rules_info(a.rules, 1, &one);
	assert_string_equal(one.identity, "N");
	rule_world_end(&a);
	rule_world_end(&b);
}

/* Whose requests may wait for long, alone or within another action. */
static void waits(void **state)
{
	static const struct {
		const char *rules;
		bool may_wait;
	} files[] = {
		{ "sender=a; action=rate(sender/1/2/REJECT x)", false },
		{ "action=note(wait)\naction=suspend(ask)", false },
		{ "action=rate(sender/1/2/rate(sender/3/4/wait(1)))", true },
		{ "action=OK\naction=ask(127.0.0.1:1)", true },
		{ "rbl=x.example; action=OK", true },
		{ "sender_mx_names=x.example; action=OK", true },
		{ "helo_address=10.0.0.0/8; action=OK", true },
	};
	static struct rule_world world;
	size_t i;

	(void)state;
	for (i = 0; i < TABLE_COUNT(files); i++) {
		rule_world_load(&world, PS_RULE_SAFE, files[i].rules);
		assert_int_equal(ps_rules_may_wait(world.rules),
				 files[i].may_wait);
		rule_world_end(&world);
	}
}

static void run_row(void **state)
{
	rule_row_check(*state);
}

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows) + 5];

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	TABLE_TESTS(tests, rows, run_row);
	tests[TABLE_COUNT(rows)] = (struct CMUnitTest)cmocka_unit_test(effects);
	tests[TABLE_COUNT(rows) + 1] =
		(struct CMUnitTest)cmocka_unit_test(hard_pattern);
	tests[TABLE_COUNT(rows) + 2] =
		(struct CMUnitTest)cmocka_unit_test(identity);
	tests[TABLE_COUNT(rows) + 3] =
		(struct CMUnitTest)cmocka_unit_test(suspended);
	tests[TABLE_COUNT(rows) + 4] =
		(struct CMUnitTest)cmocka_unit_test(waits);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
