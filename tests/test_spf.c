/* test_spf.c - check_host() by table (RFC 7208 sections 2 to 6). */

#include "table.h"

#include "core/auth/spf.h"
#include "fake_dns.h"
#include "io/idn_libidn2.h"

#include <string.h>

#define V4	 "192.0.2.1"
#define V6	 "2001:db8::1"
#define REVERSE4 "1.2.0.192.in-addr.arpa"
#define REVERSE6                                                               \
	"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2."     \
	"ip6.arpa"
#define TEN(x) x x x x x x x x x x
#define X10    "xxxxxxxxxx"
#define L63    X10 X10 X10 X10 X10 X10 "xxx"
/* 5 labels of 60 and what 253 octets leave of them before ".x.test". */
#define L60    X10 X10 X10 X10 X10 X10
#define FIVE60 L60 "." L60 "." L60 "." L60 "." L60
#define FOUR60 L60 "." L60 "." L60 "." L60
#define X510   TEN(X10 X10 X10 X10 X10) X10
#define TXT255 TEN(X10 X10) X10 X10 X10 X10 X10 "xxxxx"

/* Judged twice: with all answers at once, and with none in the first run. */
static const struct row {
	const char *name, *client, *helo, *sender, *zone, *want;
	const char *reason;	 /* NULL: any */
	const char *explanation; /* NULL: none */
	unsigned int lookups;	 /* 0: any */
	const char *domain;	 /* judged; NULL: any */
} rows[] = {
#define SENDER(n, h, s, z, w, ...)                                             \
	{                                                                      \
		.name = n, .client = V4, .helo = h, .sender = s, .zone = z,    \
		.want = w, .reason = __VA_ARGS__                               \
	}
#define JUDGE(n, c, z, w, ...)                                                 \
	{                                                                      \
		.name = n, .client = c, .helo = "helo.test",                   \
		.sender = "u@a.test", .zone = z, .want = w,                    \
		.reason = __VA_ARGS__                                          \
	}
	SENDER("2.4 the null sender is postmaster at HELO", "a.test", "",
	       "a.test TXT v=spf1 exists:%{l}.%{o}.%{h}.%{d} -all\n"
	       "postmaster.a.test.a.test.a.test A 127.0.0.2",
	       "pass", NULL, NULL, 0, "a.test"),
	SENDER("2.4 HELO is not judged when there is a sender", "b.test",
	       "u@a.test", "a.test TXT v=spf1 -all\nb.test TXT v=spf1 +all",
	       "fail", NULL),
	SENDER("2.4 null sender, HELO in U-labels (RFC 8616 4)",
	       "B\xc3\xbc"
	       "cher.test",
	       "",
	       "xn--bcher-kva.test TXT v=spf1 exists:%{o}.x.test -all\n"
	       "xn--bcher-kva.test.x.test A 127.0.0.2",
	       "pass", NULL, NULL, 1, "xn--bcher-kva.test"),
	SENDER("2.4 null sender, DNS down", "a.test", "", "a.test TXT !",
	       "temperror", "DNS failure: a.test"),
	SENDER("4.3 no HELO, no sender", "", "", "a.test TXT v=spf1 -all",
	       "none", ""),
	SENDER("4.3 HELO is an address literal", "[192.0.2.1]", "", "", "none",
	       ""),
	SENDER("4.3 one label", "localhost", "", "localhost TXT v=spf1 -all",
	       "none", "", NULL, 0, ""),
	SENDER("4.3 empty label", "", "u@a..test", "", "none", "", NULL, 0, ""),
	SENDER("4.3 nothing behind @", "", "u@", "", "none", ""),
	SENDER("4.3 label of 63 octets", "", "u@" L63 ".test",
	       L63 ".test TXT v=spf1 -all", "fail", NULL),
	SENDER("4.3 label of 64 octets", "", "u@x" L63 ".test",
	       "x" L63 ".test TXT v=spf1 -all", "none", ""),
	SENDER("4.3 name of 254 octets", "",
	       "u@" L63 "." L63 "." L63 "." X10 X10 X10 X10 X10 "xxxxxxx.test",
	       "", "none", ""),
	SENDER("RFC 8616 4 U-labels are judged as A-labels", "",
	       "u@B\xc3\xbc"
	       "cher.test",
	       "xn--bcher-kva.test TXT v=spf1 exists:%{d}.x.test -all "
	       "exp=e.test\n"
	       "e.test TXT %{s} %{o}",
	       "fail", NULL, "u@xn--bcher-kva.test xn--bcher-kva.test", 0,
	       "xn--bcher-kva.test"),
	SENDER("RFC 8616 4 what has no A-labels", "", "u@b\xff.test",
	       "b\xff.test TXT v=spf1 -all", "none", ""),
	SENDER("4.3 a space in the domain", "", "u@a b.test", "", "none", ""),
	SENDER("4.3 capitals and a final dot", "", "u@A.Test.",
	       "a.test TXT v=spf1 -all", "fail", NULL, NULL, 0, "a.test"),
	SENDER("4.3 no local part: postmaster", "", "@a.test",
	       "a.test TXT v=spf1 exists:%{s}.x.test -all\n"
	       "postmaster@a.test.x.test A 127.0.0.2",
	       "pass", NULL),
	SENDER("4.3 no @ at all: postmaster", "", "a.test",
	       "a.test TXT v=spf1 exists:%{l}.x.test -all\n"
	       "postmaster.x.test A 127.0.0.2",
	       "pass", NULL),
	SENDER("4.3 the last @ counts", "", "\"u@b.test\"@a.test",
	       "a.test TXT v=spf1 -all\nb.test TXT v=spf1 +all", "fail", NULL),
	JUDGE("4.3 client without an address", "", "a.test TXT v=spf1 -all",
	      "none", ""),
	JUDGE("4.4 DNS down", V4, "a.test TXT !", "temperror",
	      "DNS failure: a.test"),
	JUDGE("4.4 no such name", V4, "b.test A 192.0.2.1", "none", ""),
	JUDGE("4.5 no record", V4, "a.test TXT v=spf2.0 -all", "none", ""),
	JUDGE("4.5 other TXT beside it", V4,
	      "a.test TXT x\na.test TXT v=spf10 +all\na.test TXT v=spf1 -all",
	      "fail", "-all"),
	JUDGE("4.5 two records", V4,
	      "a.test TXT v=spf1 +all\na.test TXT v=spf1 +all", "permerror",
	      "several SPF records: a.test"),
	JUDGE("4.6 an error in a term that is not reached", V4,
	      "a.test TXT v=spf1 ip4:192.0.2.1 foo", "permerror",
	      "syntax error: foo"),
	JUDGE("4.6 the reason is printable", V4,
	      "a.test TXT v=spf1 \x01\x7f\xc3 -all", "permerror",
	      "syntax error: ???"),
	JUDGE("4.6.2 the first match decides", V4,
	      "a.test TXT v=spf1 ~ip4:192.0.2.1 ?ip4:192.0.2.1 -all",
	      "softfail", "~ip4:192.0.2.1"),
	JUDGE("4.7 nothing matches", V4,
	      "a.test TXT v=spf1 a -ip4:192.0.2.2\na.test A 192.0.2.9",
	      "neutral", "", NULL, 1),
	JUDGE("4.7 nothing matches, but something did inside an include", V4,
	      "a.test TXT v=spf1 include:b.test\nb.test TXT v=spf1 -all",
	      "neutral", ""),
	JUDGE("4.6.4 ten lookups", V4,
	      "a.test TXT v=spf1 " TEN("a ") "-all\na.test A 192.0.2.9", "fail",
	      "-all", NULL, 10),
	JUDGE("4.6.4 eleven lookups", V4,
	      "a.test TXT v=spf1 " TEN("a ") "a -all\na.test A 192.0.2.9",
	      "permerror", "more than 10 DNS lookups: a", NULL, 10),
	JUDGE("4.6.4 redirect as the tenth", V4,
	      "a.test TXT v=spf1 a a a a a a a a a redirect=b.test\n"
	      "b.test TXT v=spf1 -all\na.test A 192.0.2.9",
	      "fail", "-all", NULL, 10),
	JUDGE("4.6.4 redirect as the eleventh", V4,
	      "a.test TXT v=spf1 " TEN(
		      "a ") "redirect=b.test\n"
			    "b.test TXT v=spf1 -all\na.test A 192.0.2.9",
	      "permerror", "more than 10 DNS lookups: b.test", NULL, 10),
	JUDGE("4.6.4 terms of an included record count", V4,
	      "a.test TXT v=spf1 a a a a a include:b.test a -all\n"
	      "b.test TXT v=spf1 a a a a ?all\n"
	      "a.test A 192.0.2.9\nb.test A 192.0.2.9",
	      "permerror", "more than 10 DNS lookups: a", NULL, 10),
	JUDGE("4.6.4 include loop", V4, "a.test TXT v=spf1 include:a.test -all",
	      "permerror", "more than 10 DNS lookups: include:a.test"),
	JUDGE("4.6.4 redirect loop", V4, "a.test TXT v=spf1 redirect=a.test",
	      "permerror", "more than 10 DNS lookups: a.test"),
	JUDGE("4.6.4 %{p} is one lookup more, once", V4,
	      "a.test TXT v=spf1 " TEN(
		      "a ") "-all exp=e.test\n"
			    "a.test A 192.0.2.9\ne.test TXT x %{p}",
	      "fail", NULL, NULL, 10),
	JUDGE("4.6.4 %{p} as the tenth", V4,
	      "a.test TXT v=spf1 a a a a a a exists:%{p}.x.test "
	      "exists:%{p}.y.test exists:%{p}.z.test ?all\na.test A 192.0.2.9\n"
	      "unknown.z.test A 127.0.0.2",
	      "pass", "exists:%{p}.z.test", NULL, 10),
	JUDGE("4.6.4 %{p} as the eleventh", V4,
	      "a.test TXT v=spf1 a a a a a a a a a exists:%{p}.x.test ?all\n"
	      "a.test A 192.0.2.9",
	      "permerror", "more than 10 DNS lookups: exists:%{p}.x.test", NULL,
	      10),
	JUDGE("4.6.4 two void lookups", V4,
	      "a.test TXT v=spf1 a:b.test a:c.test -all\nb.test NONE !", "fail",
	      "-all"),
	JUDGE("4.6.4 three void lookups", V4,
	      "a.test TXT v=spf1 a:b.test mx:c.test exists:d.test -all",
	      "permerror", "more than 2 void lookups: exists:d.test"),
	JUDGE("4.6.4 hosts of an mx are void lookups too", V4,
	      "a.test TXT v=spf1 mx -all\na.test MX 1 b.test\n"
	      "a.test MX 1 c.test\na.test MX 1 d.test",
	      "permerror", "more than 2 void lookups: mx"),
	JUDGE("4.6.4 the client's names are no void lookups", V4,
	      "a.test TXT v=spf1 ptr -all\n" REVERSE4 " PTR b.a.test\n" REVERSE4
	      " PTR c.a.test\n" REVERSE4 " PTR d.a.test",
	      "fail", "-all"),
	JUDGE("4.6.4 mx of ten hosts", V4,
	      "a.test TXT v=spf1 mx -all\n" TEN(
		      "a.test MX 1 b.test\n") "b.test A 192.0.2.9",
	      "fail", "-all"),
	JUDGE("4.6.4 mx of eleven hosts, the first matches", V4,
	      "a.test TXT v=spf1 mx -all\n" TEN(
		      "a.test MX 1 b.test\n") "a.test MX 1 b.test\nb.test A "
					      "192.0.2.1",
	      "permerror", "more than 10 MX hosts: mx"),
	JUDGE("4.6.4 the tenth of the client's names", V4,
	      "a.test TXT v=spf1 ptr -all\n" REVERSE4 " PTR b.test\n" REVERSE4
	      " PTR b.test\n" REVERSE4 " PTR b.test\n" REVERSE4
	      " PTR b.test\n" REVERSE4 " PTR b.test\n" REVERSE4
	      " PTR b.test\n" REVERSE4 " PTR b.test\n" REVERSE4
	      " PTR b.test\n" REVERSE4 " PTR b.test\n" REVERSE4
	      " PTR a.test\na.test A 192.0.2.1",
	      "pass", "ptr"),
	JUDGE("4.6.4 the eleventh of the client's names is ignored", V4,
	      "a.test TXT v=spf1 ptr -all\n" REVERSE4 " PTR b.test\n" REVERSE4
	      " PTR b.test\n" REVERSE4 " PTR b.test\n" REVERSE4
	      " PTR b.test\n" REVERSE4 " PTR b.test\n" REVERSE4
	      " PTR b.test\n" REVERSE4 " PTR b.test\n" REVERSE4
	      " PTR b.test\n" REVERSE4 " PTR b.test\n" REVERSE4
	      " PTR b.test\n" REVERSE4 " PTR a.test\na.test A 192.0.2.1",
	      "fail", "-all"),
	JUDGE("4.8 names that cannot be match nothing, and are not asked", V4,
	      "a.test TXT v=spf1 a:b..test mx:x" L63 ".test exists:.test "
	      "ptr:b..test -all",
	      "fail", "-all", NULL, 4),
	JUDGE("4.8 nor are they void lookups", V4,
	      "a.test TXT v=spf1 a:x" L63 ".test a:y" L63 ".test a:z" L63
	      ".test -all",
	      "fail", "-all"),
	JUDGE("4.8 a label that a macro made too long matches nothing", V4,
	      "a.test TXT v=spf1 exists:" L63 "%{v}.test -all", "fail", "-all"),
	JUDGE("4.8 in an include it is a domain without a record", V4,
	      "a.test TXT v=spf1 include:" L63 "%{v}.test +all", "permerror",
	      NULL),
	JUDGE("4.8 in a redirect, too", V4,
	      "a.test TXT v=spf1 redirect=" L63 "%{v}.test", "permerror", NULL),
	JUDGE("7.3 a name over 253 octets loses labels on its left", V4,
	      "a.test TXT v=spf1 exists:%{d}." FIVE60 ".x.test -all\n" FOUR60
	      ".x.test A 127.0.0.2",
	      "pass", NULL),
	JUDGE("4.6.4 void lookups of an include count with its own", V4,
	      "a.test TXT v=spf1 a:b.test include:c.test a:e.test -all\n"
	      "c.test TXT v=spf1 exists:d.test ?all",
	      "permerror", "more than 2 void lookups: a:e.test"),
	JUDGE("4.6.4 TEMPFAIL is no void lookup", V4,
	      "a.test TXT v=spf1 a:b.test a:c.test a:d.test -all\nd.test A !",
	      "temperror", "DNS failure: a:d.test"),
	JUDGE("5 an IPv4-mapped client is an IPv4 client", "::ffff:192.0.2.1",
	      "a.test TXT v=spf1 ip4:192.0.2.1 -all", "pass", NULL),
	JUDGE("5 nor is it one of IPv6 in macros", "::ffff:192.0.2.1",
	      "a.test TXT v=spf1 exists:%{ir}.%{v}.x.test -all\n"
	      "1.2.0.192.in-addr.x.test A 127.0.0.2",
	      "pass", NULL),
	JUDGE("5 ip6 of the mapped network is not met", "::ffff:192.0.2.1",
	      "a.test TXT v=spf1 ip6:::ffff:0:0/96 -all", "fail", "-all"),
	JUDGE("5.5 ptr of an IPv4-mapped client", "::ffff:192.0.2.1",
	      "a.test TXT v=spf1 ptr -all\n" REVERSE4
	      " PTR a.test\na.test A 192.0.2.1",
	      "pass", "ptr"),
	JUDGE("5.2 table: pass matches", V4,
	      "a.test TXT v=spf1 ?include:b.test -all\nb.test TXT v=spf1 +all",
	      "neutral", "?include:b.test", NULL, 1),
	JUDGE("5.2 table: fail, softfail and neutral do not", V4,
	      "a.test TXT v=spf1 include:b.test include:c.test include:d.test "
	      "~all\nb.test TXT v=spf1 -all\nc.test TXT v=spf1 ~all\n"
	      "d.test TXT v=spf1",
	      "softfail", "~all", NULL, 3),
	JUDGE("5.2 table: temperror", V4,
	      "a.test TXT v=spf1 include:b.test +all\nb.test TXT !",
	      "temperror", "DNS failure: include:b.test"),
	JUDGE("5.2 table: permerror", V4,
	      "a.test TXT v=spf1 include:b.test +all\nb.test TXT v=spf1 x",
	      "permerror", "syntax error: x"),
	JUDGE("5.2 table: none", V4, "a.test TXT v=spf1 include:b.test +all",
	      "permerror", "no SPF record: include:b.test"),
	JUDGE("5.2 include of what cannot be a name", V4,
	      "a.test TXT v=spf1 include:b..test +all", "permerror",
	      "no SPF record: include:b..test"),
	JUDGE("5.3 a of the domain", V4,
	      "a.test TXT v=spf1 a -all\na.test A 192.0.2.9\n"
	      "a.test A 192.0.2.1",
	      "pass", "a"),
	JUDGE("5.3 a, prefix", V4,
	      "a.test TXT v=spf1 a:b.test/24//128 -all\nb.test A 192.0.2.9",
	      "pass", NULL),
	JUDGE("5.3 a, other prefix for IPv6", V6,
	      "a.test TXT v=spf1 a:b.test/0//127 -all\n"
	      "b.test AAAA 2001:db8::2",
	      "fail", NULL),
	JUDGE("5.3 a asks only for the client's family", V6,
	      "a.test TXT v=spf1 a -all\na.test A !\na.test AAAA 2001:db8::1",
	      "pass", NULL),
	JUDGE("5.3 a, DNS down", V4, "a.test TXT v=spf1 a +all\na.test A !",
	      "temperror", "DNS failure: a"),
	JUDGE("5.4 mx", V4,
	      "a.test TXT v=spf1 mx -all\na.test MX 9 B.Test\n"
	      "b.test A 192.0.2.1",
	      "pass", "mx"),
	JUDGE("5.4 mx, IPv6 prefix", V6,
	      "a.test TXT v=spf1 mx//32 -all\na.test MX 9 b.test\n"
	      "b.test AAAA 2001:db8:ff::",
	      "pass", NULL),
	JUDGE("5.4 no implicit mx", V4,
	      "a.test TXT v=spf1 mx -all\na.test A 192.0.2.1", "fail", NULL),
	JUDGE("5.4 null mx", V4,
	      "a.test TXT v=spf1 mx -all\na.test MX 0 \na.test A 192.0.2.1",
	      "fail", NULL),
	JUDGE("5.4 a host fails behind one that matches", V4,
	      "a.test TXT v=spf1 mx -all\na.test MX 1 b.test\n"
	      "a.test MX 2 c.test\nb.test A 192.0.2.1\nc.test A !",
	      "pass", NULL),
	JUDGE("5.4 a host fails before one that matches", V4,
	      "a.test TXT v=spf1 mx -all\na.test MX 1 c.test\n"
	      "a.test MX 2 b.test\nb.test A 192.0.2.1\nc.test A !",
	      "temperror", "DNS failure: mx"),
	JUDGE("5.5 ptr, same name", V4,
	      "a.test TXT v=spf1 ptr -all\n" REVERSE4
	      " PTR A.test\na.test A 192.0.2.1",
	      "pass", "ptr"),
	JUDGE("5.5 ptr, a name below", V6,
	      "a.test TXT v=spf1 ptr:b.test -all\n" REVERSE6
	      " PTR c.b.test\nc.b.test AAAA 2001:db8::1",
	      "pass", NULL),
	JUDGE("5.5 ptr, the end of a label is not below", V4,
	      "a.test TXT v=spf1 ptr -all\n" REVERSE4
	      " PTR ba.test\nba.test A 192.0.2.1",
	      "fail", NULL),
	JUDGE("5.5 ptr that does not lead back", V4,
	      "a.test TXT v=spf1 ptr -all\n" REVERSE4
	      " PTR a.test\na.test A 192.0.2.2",
	      "fail", NULL),
	JUDGE("5.5 ptr, DNS down: no match", V4,
	      "a.test TXT v=spf1 ptr -all\n" REVERSE4 " PTR !", "fail", "-all"),
	JUDGE("5.5 ptr, a failing name is skipped", V4,
	      "a.test TXT v=spf1 ptr -all\n" REVERSE4 " PTR b.a.test\n" REVERSE4
	      " PTR c.a.test\nb.a.test A !\nc.a.test A 192.0.2.1",
	      "pass", NULL),
	JUDGE("5.6 ip4 of another family", V6,
	      "a.test TXT v=spf1 ip4:0.0.0.0/0 ip6:2001:db8::/33 -all", "pass",
	      "ip6:2001:db8::/33"),
	JUDGE("5.6 ip4 with bits behind the prefix", V4,
	      "a.test TXT v=spf1 ip4:192.0.2.255/24 -all", "pass", NULL),
	JUDGE("5.7 exists asks for A, for IPv6 too", V6,
	      "a.test TXT v=spf1 exists:b.test exists:c.test -all\n"
	      "b.test AAAA 2001:db8::1\nc.test A 127.0.0.2",
	      "pass", "exists:c.test"),
	JUDGE("6.1 redirect", V4,
	      "a.test TXT v=spf1 redirect=%{l}.test a:b.test\n"
	      "u.test TXT v=spf1 exists:%{d}.x.test -all\n"
	      "b.test A 192.0.2.9\nu.test.x.test A 127.0.0.2",
	      "pass", "exists:%{d}.x.test", NULL, 3, "a.test"),
	JUDGE("6.1 no redirect beside all", V4,
	      "a.test TXT v=spf1 redirect=b.test ?all", "neutral", "?all", NULL,
	      0),
	JUDGE("6.1 redirect to no record", V4,
	      "a.test TXT v=spf1 redirect=b.test", "permerror",
	      "no SPF record: b.test"),
	JUDGE("6.1 redirect to what cannot be a name", V4,
	      "a.test TXT v=spf1 redirect=b..test", "permerror",
	      "no SPF record: b..test"),
	JUDGE("6.1 redirect, DNS down", V4,
	      "a.test TXT v=spf1 redirect=b.test\nb.test TXT !", "temperror",
	      "DNS failure: b.test"),
	JUDGE("6.2 exp", V4,
	      "a.test TXT v=spf1 -all exp=%{d1}.e.test\n"
	      "test.e.test TXT %{i} is not %{d}'s, see http://x/%{S}",
	      "fail", "-all",
	      "192.0.2.1 is not a.test's, see http://x/u%40a.test"),
	JUDGE("6.2 exp, with fail only", V4,
	      "a.test TXT v=spf1 ~all exp=e.test\ne.test TXT x", "softfail",
	      NULL),
	JUDGE("6.2 exp of the record that was redirected to", V4,
	      "a.test TXT v=spf1 redirect=b.test exp=e.test\n"
	      "b.test TXT v=spf1 -all exp=f.test\ne.test TXT x\n"
	      "f.test TXT %{d}",
	      "fail", NULL, "b.test"),
	JUDGE("6.2 the redirected record has no exp", V4,
	      "a.test TXT v=spf1 redirect=b.test exp=e.test\n"
	      "b.test TXT v=spf1 -all\ne.test TXT x",
	      "fail", NULL),
	JUDGE("6.2 exp of the including record", V4,
	      "a.test TXT v=spf1 -include:b.test exp=e.test\n"
	      "b.test TXT v=spf1 +all exp=f.test\ne.test TXT %{d}\n"
	      "f.test TXT x",
	      "fail", NULL, "a.test"),
	JUDGE("6.2 exp, %{c} %{r} %{t}", V6,
	      "a.test TXT v=spf1 -all exp=e.test\n"
	      "e.test TXT %{c} %{r} %{t} %{C}",
	      "fail", NULL, "2001:db8::1 mx.test 1700000000 2001%3Adb8%3A%3A1"),
	JUDGE("6.2 %{c} is for texts alone", V4,
	      "a.test TXT v=spf1 -all exp=%{c}.e.test", "permerror", NULL),
	JUDGE("6.2 exp, %{p} of nobody", V4,
	      "a.test TXT v=spf1 -all exp=e.test\ne.test TXT %{p}", "fail",
	      NULL, "unknown"),
	JUDGE("6.2 exp, DNS down", V4,
	      "a.test TXT v=spf1 -all exp=e.test\ne.test TXT !", "fail", NULL),
	JUDGE("6.2 exp, no text", V4, "a.test TXT v=spf1 -all exp=e.test",
	      "fail", "-all"),
	JUDGE("6.2 exp, two texts", V4,
	      "a.test TXT v=spf1 -all exp=e.test\ne.test TXT x\ne.test TXT x",
	      "fail", "-all"),
	JUDGE("6.2 exp, syntax error", V4,
	      "a.test TXT v=spf1 -all exp=e.test\ne.test TXT 100%", "fail",
	      "-all"),
	JUDGE("6.2 exp, not ASCII", V4,
	      "a.test TXT v=spf1 -all exp=e.test\ne.test TXT f\xc3\xbcr",
	      "fail", "-all"),
	JUDGE("6.2 exp, what cannot be a name", V4,
	      "a.test TXT v=spf1 -all exp=e..test", "fail", "-all"),
	JUDGE("6.2 exp is no lookup term", V4,
	      "a.test TXT v=spf1 " TEN("a ") "-all exp=e.test\n"
					     "a.test A 192.0.2.9\ne.test TXT x",
	      "fail", "-all", "x", 10),
	JUDGE("6.2 exp, %{p}", V4,
	      "a.test TXT v=spf1 -all exp=e.test\ne.test TXT %{p}\n" REVERSE4
	      " PTR c.test\n" REVERSE4 " PTR b.a.test\n" REVERSE4
	      " PTR A.test\nc.test A 192.0.2.1\nb.a.test A 192.0.2.1\n"
	      "a.test A 192.0.2.1",
	      "fail", NULL, "a.test"),
	JUDGE("7.3 %{p}, a name below goes before others", V4,
	      "a.test TXT v=spf1 -all exp=e.test\ne.test TXT %{p}\n" REVERSE4
	      " PTR c.test\n" REVERSE4 " PTR b.a.test\n" REVERSE4
	      " PTR A.test\nc.test A 192.0.2.1\nb.a.test A 192.0.2.1\n"
	      "a.test A 192.0.2.2",
	      "fail", NULL, "b.a.test"),
	JUDGE("7.3 %{p}, any other", V4,
	      "a.test TXT v=spf1 exists:%{p}.x.test -all\n" REVERSE4
	      " PTR b.test\n" REVERSE4 " PTR c.test\nc.test A 192.0.2.1\n"
	      "c.test.x.test A 127.0.0.2",
	      "pass", NULL, NULL, 2),
	JUDGE("bound: explanation of 255 octets", V4,
	      "a.test TXT v=spf1 -all exp=e.test\ne.test TXT " TXT255, "fail",
	      NULL, TXT255),
	JUDGE("bound: explanation of 256 octets is cut", V4,
	      "a.test TXT v=spf1 -all exp=e.test\ne.test TXT " TXT255 "y",
	      "fail", NULL, TXT255),
	JUDGE("bound: a long term is cut in the reason", V4,
	      "a.test TXT v=spf1 include:" TXT255 ".test", "permerror", NULL),
	SENDER("bound: local part of 512 octets", "", X510 ".y@a.test",
	       "a.test TXT v=spf1 exists:%{l1}.x.test -all\n"
	       "y.x.test A 127.0.0.2",
	       "pass", NULL),
	SENDER("bound: of a local part of 513 octets the last is not seen", "",
	       X510 "x.y@a.test",
	       "a.test TXT v=spf1 exists:%{l1}.x.test -all\n"
	       "y.x.test A 127.0.0.2",
	       "fail", NULL),
	SENDER("RFC 8616 4 terms with a local part over ASCII do not match", "",
	       "\xc3\xbc@a.test",
	       "a.test TXT v=spf1 exists:%{l}.x.test include:%{s}.x.test "
	       "exists:%{o}.x.test -all\na.test.x.test A 127.0.0.2",
	       "pass", "exists:%{o}.x.test", NULL, 3),
	SENDER("RFC 8616 4 nor does a redirect", "", "\xc3\xbc@a.test",
	       "a.test TXT v=spf1 redirect=%{l}.x.test", "neutral", ""),
#undef JUDGE
#undef SENDER
};

static void judge(const struct row *row, struct fake_dns *zone, bool pending)
{
	struct ps_spf_query query = { .helo = row->helo,
				      .sender = row->sender,
				      .receiver = "mx.test",
				      .now = 1700000000,
				      .idn = &ps_idn_libidn2,
				      .explain = true };
	struct ps_dns dns = fake_dns_port(zone);
	struct ps_spf_verdict verdict;

	if (row->client[0] != '\0')
		assert_true(ps_ip_parse_exact(row->client, &query.client));
	fake_dns_pending(zone, pending);
	while (!ps_spf_check(&query, &dns, &verdict))
		assert_true(fake_dns_wait(zone));
	assert_string_equal(ps_spf_result_name(verdict.result), row->want);
	assert_int_equal(verdict.of_helo, row->sender[0] == '\0');
	if (row->reason != NULL)
		assert_string_equal(verdict.reason, row->reason);
	assert_string_equal(verdict.explanation,
			    row->explanation == NULL ? "" : row->explanation);
	if (row->domain != NULL)
		assert_string_equal(verdict.domain, row->domain);
	if (row->lookups != 0)
		assert_int_equal(verdict.lookups, row->lookups);
}

static void check(const struct row *row)
{
	struct fake_dns *zone = fake_dns_load(row->zone);

	judge(row, zone, false);
	judge(row, zone, true);
	fake_dns_free(&zone);
}

TABLE_MAIN(rows, check)
