/* test_rules_rates.c - rate, rcpt and size. */

#include "rule_rows.h"

#define ROW(n, r, q, s, ...)                                                   \
	{                                                                      \
		.name = n, .rules = r, .request = q, .safe = s, __VA_ARGS__    \
	}
#define A    "sender=a@x\n--\n"
#define A3   A A A
#define R(n) "recipient_count=" #n "\nsender=a@x\n--\n"

static const struct rule_row rows[] = {
	ROW("rate: more than max fires",
	    "action=rate(sender/3/60/REJECT $$ratecount of 3 for $$sender)\n",
	    A3 A "sender=b@x\n--\n" A,
	    "DUNNO|DUNNO|DUNNO|REJECT 4 of 3 for a@x|DUNNO|"
	    "REJECT 4 of 3 for a@x|DUNNO"),
	ROW("rate: a refused one is not added",
	    "action=rcpt(sender/10/60/REJECT $$ratecount)\n",
	    R(8) R(5) R(2) R(1), "DUNNO|REJECT 13|DUNNO|REJECT 11|DUNNO"),
	ROW("rate: a first one above the limit closes the window",
	    "action=rcpt(sender/10/60/REJECT $$ratecount)\n", R(11) R(1),
	    "REJECT 11|REJECT 12|DUNNO"),
	ROW("rcpt: none (at RCPT) is not counted",
	    "action=rcpt(sender/1/60/REJECT x)\n", R(0) R(0) R(1) R(1),
	    "DUNNO|DUNNO|DUNNO|REJECT x|DUNNO"),
	ROW("size: octets", "action=size(sender/100/60/REJECT $$ratecount)\n",
	    "sender=a\nsize=60\n--\nsender=a\nsize=40\n--\nsender=a\nsize=1",
	    "DUNNO|DUNNO|REJECT 101"),
	ROW("key: case is folded, but for rate5321",
	    "sender=a; action=rate(sender/1/60/REJECT 1)\n"
	    "sender=b; action=rate5321(sender/1/60/REJECT 2)\n",
	    "sender=Aa@x\n--\nsender=aA@X\n--\nsender=Bb@x\n--\nsender=bB@x\n"
	    "--\nsender=Bb@X",
	    "DUNNO|REJECT 1|DUNNO|DUNNO|REJECT 2"),
	ROW("key: an attribute that is not sent",
	    "action=rate(nosuch/1/60/REJECT x)\n", A3,
	    "DUNNO|DUNNO|DUNNO|DUNNO"),
	ROW("key: made by set()",
	    "action=set(k=$$sender $$client_name)\n"
	    "action=rate(k/1/60/REJECT $$k)",
	    "sender=a\nclient_name=b\n--\nsender=a\nclient_name=c\n--\n"
	    "sender=a\nclient_name=b",
	    "DUNNO|DUNNO|REJECT a b"),
	ROW("key: the old way to write it",
	    "action=rate($$client_address/1/60/REJECT x)",
	    "client_address=1.1.1.1\n--\nclient_address=1.1.1.1",
	    "DUNNO|REJECT x"),
	ROW("key: in parentheses", "action=rate($$(sender)/1/60/REJECT x)", A A,
	    "DUNNO|REJECT x|DUNNO", .strict = "DUNNO|DUNNO|DUNNO"),
	ROW("limit: 0 is none", "action=rate(sender/0/60/REJECT x)", A3,
	    "DUNNO|DUNNO|DUNNO|DUNNO"),
	ROW("limit: from a variable",
	    "action=set(m=2)\n"
	    "action=rate(sender/$$m/60/REJECT $$m)",
	    A3, "DUNNO|DUNNO|REJECT 2|DUNNO"),
	ROW("limit: not a number", "action=rate(sender/x/60/REJECT x)", A,
	    "refused", .strict = "REJECT x|REJECT x", .said = "1 bad-limit"),
	ROW("limit: too few parts", "action=rate(sender/1/60)\naction=OK", A,
	    "refused", .strict = "OK|OK", .said = "1 bad-limit"),
	ROW("action: with slashes and parentheses",
	    "action=rate(sender/1/60/REJECT see http://a/b/c (x))", A A,
	    "DUNNO|REJECT see http://a/b/c (x)|DUNNO"),
	ROW("action: another action, which goes on",
	    "action=rate(sender/1/60/set(over=1))\nover==1; action=REJECT x",
	    A A, "DUNNO|REJECT x|DUNNO"),
	ROW("action: a limit in a limit",
	    "action=rate(sender/1/60/rate(sender/2/60/REJECT $$ratecount))\n",
	    A3 A, "DUNNO|DUNNO|DUNNO|REJECT 3|DUNNO",
	    .strict = "DUNNO|DUNNO|DUNNO|REJECT 2|DUNNO"),
	ROW("action: a score", "action=rate(sender/1/60/score(9))", A A,
	    "DUNNO|554 5.7.1 postfwd score exceeded|DUNNO"),
	ROW("identity: one id and equal numbers share",
	    "id=X; sender=a; action=rate(client_name/2/60/REJECT 1)\n"
	    "id=X; sender=b; action=rate(client_name/2/60/REJECT 2)\n",
	    "sender=a\nclient_name=c\n--\nsender=b\nclient_name=c\n--\n"
	    "sender=a\nclient_name=c",
	    "DUNNO|DUNNO|REJECT 1", .strict = "DUNNO|DUNNO|REJECT 1"),
	ROW("identity: other numbers do not",
	    "id=X; sender=a; action=rate(client_name/1/60/REJECT 1)\n"
	    "id=X; sender=b; action=rate(client_name/1/61/REJECT 2)\n",
	    "sender=a\nclient_name=c\n--\nsender=b\nclient_name=c",
	    "DUNNO|DUNNO"),
	ROW("empty: nobody is not somebody",
	    "action=rate(sasl_username/1/60/REJECT x)",
	    "sasl_username=\n--\nsasl_username=\n--\nsasl_username=a\n--\n"
	    "sasl_username=a",
	    "DUNNO|DUNNO|DUNNO|REJECT x",
	    .strict = "DUNNO|REJECT x|DUNNO|REJECT x"),
	ROW("typical: hosts above users",
	    "&&EOM { protocol_state==END-OF-MESSAGE };\n"
	    "&&EOM; client_address=10.0.0.0/24; "
	    "action=rcpt(sasl_username/5/3600/REJECT host)\n"
	    "&&EOM; client_address!=10.0.0.0/24; "
	    "action=rcpt(sasl_username/2/21600/REJECT user)\n",
	    "protocol_state=RCPT\nrecipient_count=9\nsasl_username=a\n--\n"
	    "protocol_state=END-OF-MESSAGE\nrecipient_count=5\n"
	    "sasl_username=a\nclient_address=10.0.0.9\n--\n"
	    "protocol_state=END-OF-MESSAGE\nrecipient_count=1\n"
	    "sasl_username=a\nclient_address=10.0.0.9\n--\n"
	    "protocol_state=END-OF-MESSAGE\nrecipient_count=3\n"
	    "sasl_username=a\nclient_address=10.0.1.9",
	    "DUNNO|DUNNO|REJECT host|REJECT user"),
};

static void window_ends(void **state)
{
	static struct rule_world world;

	(void)state;
	rule_world_load(&world, PS_RULE_SAFE,
			"action=rate(sender/1/60/REJECT x)");
	world.now = 1000;
	assert_string_equal(rule_world_ask(&world, "sender=a"), "DUNNO");
	world.now = 1060;
	assert_string_equal(rule_world_ask(&world, "sender=A"), "REJECT x");
	assert_string_equal(world.verdict.limit.key, "sender=a");
	assert_int_equal(world.verdict.limit.sum, 2);
	assert_int_equal(world.verdict.limit.max, 1);
	assert_int_equal(world.verdict.limit.seconds, 60);
	world.now = 1061;
	assert_string_equal(rule_world_ask(&world, "sender=a"), "DUNNO");
	assert_null(world.verdict.limit.key);
	rule_world_end(&world);
}

/* A limit above a DNS list: asked twice, counted once. */
static void counted_once(void **state)
{
	static struct rule_world world;

	(void)state;
	world.zone = "1.0.0.10.l.test A 127.0.0.2";
	world.late = true;
	rule_world_load(&world, PS_RULE_SAFE,
			"action=rate(client_address/2/60/REJECT x)\n"
			"rbl=l.test; action=REJECT listed\n");
	assert_string_equal(rule_world_ask(&world, "client_address=10.0.0.1"),
			    "REJECT listed");
	assert_int_equal(world.runs, 2);
	assert_string_equal(rule_world_ask(&world, "client_address=10.0.0.1"),
			    "REJECT listed");
	assert_string_equal(rule_world_ask(&world, "client_address=10.0.0.1"),
			    "REJECT x");
	rule_world_end(&world);
}

static void run_row(void **state)
{
	rule_row_check(*state);
}

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows) + 2];

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	TABLE_TESTS(tests, rows, run_row);
	tests[TABLE_COUNT(rows)] =
		(struct CMUnitTest)cmocka_unit_test(window_ends);
	tests[TABLE_COUNT(rows) + 1] =
		(struct CMUnitTest)cmocka_unit_test(counted_once);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
