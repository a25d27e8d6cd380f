/* test_rules_dns.c - items that ask the DNS; each row with answers at once,
 * and with none in the first run. */

#include "rule_rows.h"

#define ROW(n, r, q, z, s, ...)                                                \
	{                                                                      \
		.name = n, .rules = r, .request = q, .zone = z, .safe = s,     \
		__VA_ARGS__                                                    \
	}
#define IP    "client_address=10.0.0.1\n"
#define ON(z) "1.0.0.10." z " A 127.0.0.2\n"

static const struct rule_row rows[] = {
	ROW("rbl: listed", "rbl=a.test; action=REJECT x",
	    IP "--\nclient_address=10.0.0.2", ON("a.test"), "REJECT x|DUNNO"),
	ROW("rbl: one of several, commas", "rbl=b.test, a.test; action=OK", IP,
	    ON("a.test"), "OK"),
	ROW("rbl: the zone in capitals", "rbl=A.Test; action=OK", IP,
	    ON("a.test"), "OK"),
	ROW("rbl: another answer than 127.*", "rbl=a.test; action=OK", IP,
	    "1.0.0.10.a.test A 10.0.0.2", "DUNNO"),
	ROW("rbl: a reply of its own",
	    "rbl=a.test/^127\\.0\\.0\\.[4-9]$/60; "
	    "action=OK",
	    IP "--\nclient_address=10.0.0.2",
	    ON("a.test") "2.0.0.10.a.test A 127.0.0.2\n"
			 "2.0.0.10.a.test A 127.0.0.4",
	    "DUNNO|OK"),
	ROW("rbl: not, by != and !!",
	    "rbl!=a.test; action=REJECT 1\nrbl=!!(b.test); action=REJECT 2", IP,
	    ON("a.test"), "REJECT 2"),
	ROW("rbl: all other items first", "rbl=a.test; sender=a; action=OK",
	    IP "sender=b\n--\n" IP "sender=a", ON("a.test"), "DUNNO|OK"),
	ROW("rbl: a failing DNS lists nobody",
	    "rbl=a.test; action=REJECT 1\nrbl!=a.test; action=REJECT 2\n"
	    "rbl=!!a.test; action=REJECT 3",
	    IP, "1.0.0.10.a.test A !", "DUNNO", .strict = "REJECT 2"),
	ROW("rbl: IPv6", "rbl=a.test; action=OK", "client_address=2001:db8::1",
	    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2."
	    "a.test A 127.0.0.2",
	    "OK", .strict = "DUNNO"),
	ROW("rblcount: at least so many",
	    "rbl=a.test,b.test,c.test; rblcount=2; action=REJECT $$rblcount",
	    IP "--\nclient_address=10.0.0.2",
	    ON("a.test") ON("b.test") ON("c.test") "2.0.0.10.a.test A "
						   "127.0.0.2",
	    "REJECT 2|DUNNO"),
	ROW("rblcount: all matches by however many",
	    "rbl=a.test,b.test,c.test; rblcount=all; "
	    "action=set(n=$$rblcount)\nn>=2; action=REJECT $$n\n"
	    "action=WARN $$n",
	    IP "--\nclient_address=10.0.0.2", ON("a.test") ON("c.test"),
	    "REJECT 2|WARN 0"),
	ROW("rhsbl: client, sender, reverse client",
	    "rhsbl=r.test; action=REJECT 1\n"
	    "rhsbl_client=c.test; action=REJECT 2\n"
	    "rhsbl_sender=s.test; action=REJECT 3\n"
	    "rhsbl_reverse_client=v.test; action=REJECT 4\n",
	    "client_name=a.x\n--\nclient_name=b.x\n--\nsender=u@C.x\n--\n"
	    "reverse_client_name=d.x\n--\nclient_name=unknown\nsender=\n"
	    "reverse_client_name=unknown",
	    "a.x.r.test A 127.0.0.2\nb.x.c.test A 127.0.0.2\n"
	    "c.x.s.test A 127.0.0.2\nd.x.v.test A 127.0.0.2\n"
	    "unknown.r.test A 127.0.0.2",
	    "REJECT 1|REJECT 2|REJECT 3|REJECT 4|DUNNO"),
	ROW("rhsbl_helo", "rhsbl_helo=h.test; action=OK", "helo_name=a.x",
	    "a.x.h.test A 127.0.0.2", "OK", .strict = "DUNNO"),
	ROW("rhsblcount: all, with a name that is unknown",
	    "rhsbl_client=c.test; rhsblcount=all; action=REJECT $$rhsblcount",
	    "client_name=unknown", "a.test A 127.0.0.1", "REJECT 0"),
	ROW("dnsbltext: what the lists say, each once",
	    "rbl=a.test,b.test; rblcount=all; action=REJECT $$dnsbltext", IP,
	    ON("a.test") ON("b.test") "1.0.0.10.a.test TXT see, http://x",
	    "REJECT rbl:a.test:<see  http://x>; rbl:b.test:<>"),
	ROW("dnsbltext: no line breaks in an answer",
	    "rbl=a.test; action=REJECT $$dnsbltext", IP,
	    ON("a.test") "1.0.0.10.a.test TXT a\001b",
	    "REJECT rbl:a.test:<a?b>"),
	ROW("score: DNS lists added up",
	    "rbl=a.test; action=score(2)\nrbl=b.test; action=score(3)\n"
	    "action=OK",
	    IP "--\nclient_address=10.0.0.2", ON("a.test") ON("b.test"),
	    "554 5.7.1 postfwd score exceeded|OK"),
	ROW("helo_address: networks",
	    "helo_address=10.0.0.0/8; action=REJECT 1\n"
	    "helo_address=!!(0.0.0.0/0); action=REJECT 2",
	    "helo_name=a.test\n--\nhelo_name=b.test\n--\nhelo_name=c.test\n"
	    "--\nhelo_name=none",
	    "a.test A 10.0.0.1\nb.test A 20.0.0.1",
	    "REJECT 1|DUNNO|REJECT 2|REJECT 2"),
	ROW("helo_address: a failing DNS is no unknown name",
	    "helo_address=!!(0.0.0.0/0); action=REJECT 2", "helo_name=a.test",
	    "a.test A !\na.test AAAA !", "DUNNO", .strict = "REJECT 2"),
	ROW("helo_address: != of several answers",
	    "helo_address!=10.0.0.0/8; action=REJECT x", "helo_name=a.test",
	    "a.test A 10.0.0.1\na.test A 20.0.0.1", "DUNNO",
	    .strict = "REJECT x"),
	ROW("sender_mx_names, sender_ns_names",
	    "sender_mx_names=^mx\\.; action=REJECT 1\n"
	    "sender_ns_names==ns.x; action=REJECT 2\n"
	    "sender_mx_names=^$; action=REJECT 3",
	    "sender=u@a.test\n--\nsender=u@b.test\n--\nsender=u@c.test",
	    "a.test MX 10 mx.x\nb.test NS ns.x\nb.test MX 10 y",
	    "REJECT 1|REJECT 2|REJECT 3"),
	ROW("sender_mx_addrs, sender_ns_addrs",
	    "sender_mx_addrs=10.0.0.0/8; action=REJECT 1\n"
	    "sender_ns_addrs=20.0.0.0/8; action=REJECT 2",
	    "sender=u@a.test\n--\nsender=u@b.test\n--\nsender=u@c.test",
	    "a.test MX 10 m1.x\na.test MX 20 m2.x\nm2.x A 10.0.0.1\n"
	    "b.test NS n.x\nn.x A 20.0.0.1\nc.test MX 10 n.x",
	    "REJECT 1|REJECT 2|DUNNO"),
};

/* All that a request may ask leaves in the first run. */
static void side_by_side(void **state)
{
	static struct rule_world world;

	(void)state;
	world.zone = ON("d.test");
	world.late = true;
	rule_world_load(&world, PS_RULE_SAFE,
			"rbl=a.test,b.test; rhsbl_sender=s.test; action=OK\n"
			"sender=no; rbl=never.test; action=OK\n"
			"rbl=c.test; action=OK\nrbl=d.test; action=REJECT d\n"
			"rbl=e.test; action=OK\naction=DUNNO\n"
			"rbl=behind.test; action=OK\n");
	assert_string_equal(rule_world_ask(&world, IP "sender=u@x"),
			    "REJECT d");
	assert_int_equal(world.runs, 2);
	assert_int_equal(world.questions, 6);
	rule_world_end(&world);
}

static void no_resolver(void **state)
{
	static struct rule_world world;

	(void)state;
	world.zone = NULL;
	rule_world_load(&world, PS_RULE_SAFE,
			"rbl=a.test; action=REJECT 1\n"
			"rbl!=a.test; action=REJECT 2\naction=OK");
	assert_string_equal(rule_world_ask(&world, IP), "OK");
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
		(struct CMUnitTest)cmocka_unit_test(side_by_side);
	tests[TABLE_COUNT(rows) + 1] =
		(struct CMUnitTest)cmocka_unit_test(no_resolver);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
