/* test_rules_items.c - items, operators and logic. */

#include "rule_rows.h"

#define ROW(n, r, q, s, ...)                                                   \
	{                                                                      \
		.name = n, .rules = r, .request = q, .safe = s, __VA_ARGS__    \
	}
#define ADDR "client_address="

static const struct rule_row rows[] = {
	ROW("text: = is an unanchored pattern, case ignored",
	    "sender=b@X; action=REJECT a", "sender=ab@xy\n--\nsender=a@x",
	    "REJECT a|DUNNO"),
	ROW("text: slashes are optional",
	    "sender=/^a@x$/; action=REJECT a\nsender=~/^b@/; action=REJECT b",
	    "sender=a@x\n--\nsender=aa@x\n--\nsender=b@x",
	    "REJECT a|DUNNO|REJECT b"),
	ROW("text: a real pattern",
	    "client_name=^host-[0-9]+\\.(dyn|adsl)\\.; "
	    "action=REJECT dyn",
	    "client_name=HOST-17.dyn.x\n--\nclient_name=host-.dyn.x\n--\n"
	    "client_name=xhost-1.dyn.x",
	    "REJECT dyn|DUNNO|DUNNO"),
	ROW("text: plain text with a dot escaped and not",
	    "sender=@a\\.b$; action=REJECT 1\nsender=@c.d$; action=REJECT 2",
	    "sender=x@a.b\n--\nsender=x@axb\n--\nsender=x@c.d\n--\n"
	    "sender=x@cxd\n--\nsender=x@c.de",
	    "REJECT 1|DUNNO|REJECT 2|REJECT 2|DUNNO"),
	ROW("text: alternatives, and needles of each",
	    "client_name=aaaa[0-9]|bbbb[0-9]; action=REJECT x",
	    "client_name=xaaaa1\n--\nclient_name=xbbbb2\n--\nclient_name=bbbb",
	    "REJECT x|REJECT x|DUNNO"),
	ROW("text: what may be absent is no needle",
	    "client_name=abcd?efg*; action=REJECT x",
	    "client_name=abcef\n--\nclient_name=abdef", "REJECT x|DUNNO"),
	ROW("text: == is the whole, case ignored",
	    "sender==A@x; action=REJECT a", "sender=a@X\n--\nsender=aa@x",
	    "REJECT a|DUNNO"),
	ROW("text: != is not", "sender!=A@x; action=REJECT a",
	    "sender=a@X\n--\nsender=aa@x", "DUNNO|REJECT a"),
	ROW("text: =~ and !~", "sender=~^a; recipient!~b$; action=REJECT a",
	    "sender=a\nrecipient=c\n--\nsender=a\nrecipient=cb\n--\n"
	    "sender=ba\nrecipient=c",
	    "REJECT a|DUNNO|DUNNO"),
	ROW("text: order by number", "x>2; y<5; action=REJECT a",
	    "x=3\ny=4\n--\nx=2\n--\nx=3\ny=5\n--\nx=2.5z\ny=-1",
	    "REJECT a|DUNNO|DUNNO|REJECT a"),
	ROW("text: two bounds of one item are or", "x>5; x<2; action=REJECT a",
	    "x=6\n--\nx=1\n--\nx=3", "REJECT a|REJECT a|DUNNO"),
	ROW("text: !> and !<",
	    "x!>5; action=REJECT below\nx!<5; action=REJECT above",
	    "x=4\n--\nx=5\n--\nx=6", "REJECT below|DUNNO|REJECT above"),
	ROW("text: an attribute that was not sent is empty",
	    "foo=^$; action=REJECT a", "sender=x\n--\nfoo=1", "REJECT a|DUNNO"),
	ROW("text: a pattern that is none", "action=OK\nx=(; action=OK", "",
	    "refused", .strict = "refused", .said = "2 bad-pattern"),
	ROW("number: = is at least", "size=100; action=REJECT big",
	    "size=100\n--\nsize=99\n--\nsize=1000\n--\n",
	    "REJECT big|DUNNO|REJECT big|DUNNO"),
	ROW("number: each operator",
	    "size==1; action=REJECT 1\nsize<1; action=REJECT 0\n"
	    "size>8; action=REJECT 9\nsize!>8; action=REJECT 7\n"
	    "size!=8; action=REJECT never\nsize!<7; action=REJECT 8",
	    "size=1\n--\nsize=0\n--\nsize=9\n--\nsize=7\n--\nsize=8",
	    "REJECT 1|REJECT 0|REJECT 9|REJECT 7|REJECT 8"),
	ROW("number: recipient_count, encryption_keysize",
	    "recipient_count=5; action=REJECT r\n"
	    "encryption_keysize<128; sender=.; action=REJECT k",
	    "recipient_count=5\n--\nencryption_keysize=56\n--\n"
	    "encryption_keysize=256",
	    "REJECT r|REJECT k|DUNNO"),
	ROW("network: lists, one address, prefixes",
	    ADDR "10.0.0.0/8, 192.0.2.1; action=REJECT in",
	    ADDR "10.255.0.1\n--\n" ADDR "192.0.2.1\n--\n" ADDR
		 "192.0.2.2\n--\n" ADDR "11.0.0.1\n--\n" ADDR "unknown",
	    "REJECT in|REJECT in|DUNNO|DUNNO|DUNNO"),
	ROW("network: bits behind the prefix are ignored",
	    ADDR "10.1.2.3/8; action=REJECT in", ADDR "10.9.9.9", "REJECT in",
	    .said = "1 host-bits"),
	ROW("network: /0 and /31, /32",
	    ADDR "1.2.3.4/31; action=REJECT 31\n" ADDR
		 "1.2.3.6/32; action=REJECT 32\n" ADDR
		 "9.0.0.0/0; action=REJECT all",
	    ADDR "1.2.3.5\n--\n" ADDR "1.2.3.6\n--\n" ADDR "1.2.3.7",
	    "REJECT 31|REJECT 32|REJECT all"),
	ROW("network: != one", "client_address!=10.0.0.0/8; action=REJECT out",
	    ADDR "10.0.0.1\n--\n" ADDR "11.0.0.1", "DUNNO|REJECT out"),
	ROW("network: many, found at once",
	    ADDR "10.0.0.0/8,20.0.0.0/16,30.0.0.1,40.0.0.0/24,50.0.0.0/30; "
		 "action=REJECT in",
	    ADDR "10.9.9.9\n--\n" ADDR "20.0.1.1\n--\n" ADDR
		 "20.1.0.0\n--\n" ADDR "50.0.0.3\n--\n" ADDR "50.0.0.4",
	    "REJECT in|REJECT in|DUNNO|REJECT in|DUNNO"),
	ROW("network: an address mapped into IPv6",
	    ADDR "10.0.0.0/8; action=REJECT in", ADDR "::ffff:10.0.0.1",
	    "REJECT in", .strict = "DUNNO"),
	ROW("date: one day, and ranges with open ends",
	    "date=26.11.2026; action=REJECT today", "", "REJECT today"),
	ROW("date: before",
	    "date=-25.11.2026; action=REJECT a\n"
	    "date=27.11.2026-; action=REJECT b\n"
	    "date=20.11.2026-30.11.2026; action=REJECT c",
	    "", "REJECT c"),
	ROW("time: ranges",
	    "time=11:00:00-12:00:00; action=REJECT a\n"
	    "time=-09:59:59, 10:45:00-10:45:00; action=REJECT b",
	    "", "REJECT b"),
	ROW("days and months",
	    "days=Fri-Sat; action=REJECT a\n"
	    "months=Jan-Oct; action=REJECT b\n"
	    "days=Mon,Thu; months=Nov; action=REJECT c",
	    "", "REJECT c"),
	ROW("days: numbers, and not",
	    "days!=4; action=REJECT a\n"
	    "days=4; action=REJECT b",
	    "", "REJECT b"),
	ROW("logic: the same item is or, others are and",
	    "sender=a; sender=b; client_name=c; action=REJECT x",
	    "sender=a\nclient_name=c\n--\nsender=b\nclient_name=c\n--\n"
	    "sender=a\n--\nclient_name=c",
	    "REJECT x|REJECT x|DUNNO|DUNNO"),
	ROW("logic: !! with and without parentheses",
	    "sender=!!a; action=REJECT 1\nrecipient==!!(b); action=REJECT 2",
	    "sender=x\n--\nsender=a\nrecipient=c\n--\nsender=a\nrecipient=b",
	    "REJECT 1|REJECT 2|DUNNO"),
	ROW("logic: !! of a pattern in parentheses",
	    "sasl_username=!!( (bob|alice) ); action=REJECT who",
	    "sasl_username=bob\n--\nsasl_username=eve", "DUNNO|REJECT who"),
	ROW("logic: !! with =~ and a network",
	    "sender=~!!(^a); client_address=!!(10.0.0.0/8); action=REJECT x",
	    "sender=b\nclient_address=1.1.1.1\n--\nsender=a\n"
	    "client_address=1.1.1.1\n--\nsender=b\nclient_address=10.1.1.1",
	    "REJECT x|DUNNO|DUNNO"),
	ROW("attributes: parts of addresses",
	    "sender_localpart==a; sender_domain==b.c; "
	    "recipient_localpart==\"d@e\"; recipient_domain==f; "
	    "action=REJECT x",
	    "sender=a@b.c\nrecipient=d@e@f", "REJECT x"),
	ROW("attributes: the empty sender is <>",
	    "sender==<>; sender_domain=^$; action=REJECT null",
	    "sender=\n--\nsender=a@b", "REJECT null|DUNNO"),
	ROW("attributes: reverse_address, version",
	    "version=postfwd; action=REJECT $$reverse_address", ADDR "1.2.3.44",
	    "REJECT 44.3.2.1"),
	ROW("variables: in values, as a whole",
	    "client_name==$$helo_name; action=REJECT same\n"
	    "client_name!=$$(helo_name); action=REJECT other",
	    "client_name=A.b\nhelo_name=a.B\n--\nclient_name=a\nhelo_name=b",
	    "REJECT same|REJECT other"),
	ROW("variables: in a pattern, escaped",
	    "client_name=$$helo_name; action=REJECT in",
	    "client_name=x.a-b.c\nhelo_name=a-b\n--\nclient_name=aab\n"
	    "helo_name=a+b\n--\nclient_name=a\nhelo_name=",
	    "REJECT in|DUNNO|DUNNO"),
	ROW("variables: !!",
	    "client_name = !! $$helo_name; action=WARN '$$helo_name'",
	    "client_name=a\nhelo_name=b\n--\nclient_name=a\nhelo_name=a",
	    "WARN 'b'|DUNNO"),
	ROW("single: the last one counts",
	    "id=A; id=B; action=OK; action=REJECT $$request_hits", "",
	    "REJECT B"),
};

TABLE_MAIN(rows, rule_row_check)
