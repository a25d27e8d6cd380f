/* test_spf_record.c - SPF records by table (RFC 7208 sections 4.5, 5, 6, 12).
 */

#include "table.h"

#include "core/auth/spf_record.h"
#include "core/text/buffer.h"

#include <string.h>

#define X16  "xxxxxxxxxxxxxxxx"
#define X256 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16
#define X4080                                                                  \
	X256 X256 X256 X256 X256 X256 X256 X256 X256 X256 X256 X256 X256 X256  \
		X256 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16   \
			X16
/* Octets of the record: 9 + 4080 + what follows. */
#define LONG "v=spf1 m=" X4080

/* What each directive says, ";" behind each; modifiers last.  NULL: an error,
 * and want_where is the term that has it. */
static const struct row {
	const char *name;
	struct ps_bytes record;
	const char *want, *want_where;
} rows[] = {
#define GOOD(name, record, want)                                               \
	{                                                                      \
		name, PS_BYTES(record), want, NULL                             \
	}
#define BAD(name, record, where)                                               \
	{                                                                      \
		name, PS_BYTES(record), NULL, where                            \
	}
#define TERM(name, term) BAD(name, "v=spf1 " term " -all", term)
	GOOD("4.5 version alone", "v=spf1", ""),
	GOOD("4.5 version in capitals", "V=SPF1 -ALL", "fail all;"),
	BAD("4.5 v=spf10 is another version", "v=spf10 -all", ""),
	BAD("4.5 a tab does not end the version", "v=spf1\t-all", ""),
	BAD("4.5 nothing", "", ""),
	GOOD("12 spaces between and at the end", "v=spf1   a  -all  ",
	     "pass a;fail all;"),
	GOOD("4.6.2 qualifiers", "v=spf1 +a -a ~a ?a a",
	     "pass a;fail a;softfail a;neutral a;pass a;"),
	TERM("4.6.2 two qualifiers", "+-a"),
	TERM("4.6.2 qualifier alone", "-"),
	TERM("4.6.1 unknown mechanism", "foo"),
	TERM("4.6.1 unknown mechanism with argument", "foo:example.com"),
	TERM("12 name cut short", "al"),
	TERM("12 name too long", "alll"),
	BAD("4.6 an error behind all", "v=spf1 -all moo", "moo"),
	TERM("5.1 all takes no domain", "all:example.com"),
	TERM("5.1 all takes no colon", "all:"),
	TERM("5.1 all takes no prefix", "all/8"),
	GOOD("5.2 include", "v=spf1 include:b.test", "pass include:b.test;"),
	TERM("5.2 include without a domain", "include"),
	TERM("5.2 include with an empty domain", "include:"),
	TERM("5.2 include takes no prefix", "include:b.test/24"),
	GOOD("5.3 a", "v=spf1 a:b.test", "pass a:b.test;"),
	GOOD("5.3 a/24", "v=spf1 a/24", "pass a/24;"),
	GOOD("5.3 a//64", "v=spf1 a//64", "pass a//64;"),
	GOOD("5.3 a/24//64", "v=spf1 a/24//64", "pass a/24//64;"),
	GOOD("5.3 a:b.test/0//0", "v=spf1 a:b.test/0//0",
	     "pass a:b.test/0//0;"),
	GOOD("5.3 a slash in the domain", "v=spf1 a:b/c.test/24",
	     "pass a:b/c.test/24;"),
	TERM("5.3 a with an empty domain", "a:"),
	TERM("5.3 a with an empty domain and a prefix", "a:/24"),
	TERM("12 ip4-cidr 33", "a/33"),
	TERM("12 ip6-cidr 129", "a//129"),
	TERM("12 ip4-cidr with a leading zero", "a/024"),
	TERM("12 ip4-cidr 00", "a/00"),
	TERM("12 ip6-cidr with a leading zero", "a//064"),
	TERM("12 ip4-cidr empty", "a/"),
	TERM("12 ip6-cidr empty", "a//"),
	TERM("12 ip4-cidr twice", "a/24/24"),
	TERM("12 ip6-cidr before ip4-cidr", "a//64/24"),
	TERM("12 ip6-cidr twice", "a//64//64"),
	TERM("12 three slashes", "a/24///64"),
	TERM("12 ip4-cidr with a sign", "a/+24"),
	TERM("12 ip4-cidr out of range of any integer",
	     "a/99999999999999999999999"),
	GOOD("5.4 mx", "v=spf1 mx:b.test/24//64", "pass mx:b.test/24//64;"),
	GOOD("5.5 ptr", "v=spf1 ptr ptr:b.test", "pass ptr;pass ptr:b.test;"),
	TERM("5.5 ptr takes no prefix", "ptr/24"),
	TERM("5.5 ptr with a domain takes no prefix", "ptr:b.test/24"),
	GOOD("5.6 ip4", "v=spf1 ip4:192.0.2.1 ip4:192.0.2.0/24",
	     "pass ip4 192.0.2.1;pass ip4 192.0.2.0/24;"),
	GOOD("5.6 ip4/0", "v=spf1 ip4:0.0.0.0/0", "pass ip4 0.0.0.0/0;"),
	TERM("5.6 ip4 without an address", "ip4"),
	TERM("5.6 ip4 with an empty address", "ip4:"),
	TERM("5.6 ip4 of three octets", "ip4:192.0.2"),
	TERM("5.6 ip4 of five octets", "ip4:192.0.2.1.1"),
	TERM("5.6 ip4 with 256", "ip4:192.0.2.256"),
	TERM("5.6 ip4 with a leading zero", "ip4:192.0.02.1"),
	TERM("5.6 ip4/33", "ip4:192.0.2.0/33"),
	TERM("5.6 ip4//32", "ip4:192.0.2.0//32"),
	TERM("5.6 ip4 with a port", "ip4:192.0.2.1:25"),
	TERM("5.6 ip4 with IPv6", "ip4:2001:db8::1"),
	TERM("5.6 ip4 with a macro", "ip4:%{i}"),
	GOOD("5.6 ip6", "v=spf1 ip6:2001:DB8::1 ip6:2001:db8::/32",
	     "pass ip6 2001:db8::1;pass ip6 2001:db8::/32;"),
	GOOD("5.6 ip6/0", "v=spf1 ip6:::/0", "pass ip6 ::/0;"),
	GOOD("5.6 ip6 written with IPv4", "v=spf1 ip6:::ffff:192.0.2.1/128",
	     "pass ip6 ::ffff:192.0.2.1;"),
	TERM("5.6 ip6/129", "ip6:2001:db8::/129"),
	TERM("5.6 ip6 in brackets", "ip6:[2001:db8::1]"),
	TERM("5.6 ip6 with IPv4", "ip6:192.0.2.1"),
	TERM("5.6 ip6 with a zone", "ip6:fe80::1%eth0"),
	GOOD("5.7 exists", "v=spf1 exists:%{i}.b.test",
	     "pass exists:%{i}.b.test;"),
	TERM("5.7 exists without a domain", "exists"),
	TERM("5.7 exists takes no prefix", "exists:b.test/24"),
	GOOD("6 modifiers, in any place and case",
	     "v=spf1 REDIRECT=b.test -all exp=%{d}",
	     "fail all;R=b.test;E=%{d};"),
	TERM("6 a modifier takes no qualifier", "+exp=b.test"),
	BAD("6 redirect twice", "v=spf1 redirect=b.test redirect=b.test",
	    "redirect=b.test"),
	BAD("6 exp twice", "v=spf1 exp=b.test a Exp=c.test", "Exp=c.test"),
	TERM("6.1 redirect to nothing", "redirect="),
	TERM("6.1 redirect with a colon", "redirect:b.test"),
	TERM("6.1 redirect takes no prefix", "redirect=b.test/24"),
	TERM("6.2 exp of nothing", "exp="),
	TERM("6.2 exp without domain-end", "exp=b"),
	GOOD("6 unknown modifiers are ignored, twice too",
	     "v=spf1 m.0-_x=a:/%{c}.%%b m.0-_x= -all", "fail all;"),
	GOOD("12 a mechanism's name may be a modifier's", "v=spf1 all=1 ?all",
	     "neutral all;"),
	TERM("12 a modifier's name begins with a letter", "1m=x"),
	TERM("12 a modifier has a name", "=x"),
	TERM("12 macro-string of an unknown modifier", "m=%{x}"),
	TERM("12 percent in an unknown modifier", "m=100%"),
	BAD("12 NUL", "v=spf1 a:b.test\0 -all", "a:b.test"),
	BAD("12 NUL behind the last term", "v=spf1 -all\0", "-all"),
	TERM("12 tab between terms", "a\t-all"),
	TERM("12 octets over 127", "a:b\xc3\xbc.test"),
	TERM("12 octets over 127 in a modifier", "m=\xc3\xbc"),
	TERM("12 DEL", "m=\x7f"),
	GOOD("7.1 toplabel", "v=spf1 a:b.c-d a:b.1c a:b.c1 a:.c a:b.c.",
	     "pass a:b.c-d;pass a:b.1c;pass a:b.c1;pass a:.c;pass a:b.c.;"),
	TERM("7.1 toplabel alone", "a:museum"),
	TERM("7.1 toplabel alone with a dot", "a:museum."),
	TERM("7.1 toplabel all digits", "a:192.0.2.1"),
	TERM("7.1 toplabel begins with a hyphen", "a:b.-c"),
	TERM("7.1 toplabel ends with a hyphen", "a:b.c-"),
	TERM("7.1 toplabel empty", "a:b.."),
	TERM("7.1 toplabel with an underscore", "a:b.c_d"),
	TERM("7.1 toplabel with a port", "a:b.test:25"),
	TERM("7.1 toplabel partly of a macro", "a:b.%{d}c"),
	GOOD("7.1 macro-expand ends a domain",
	     "v=spf1 a:%{d} a:b%{d} a:%{d}%% a:%{d}.c a:%{d}.%{o}/24",
	     "pass a:%{d};pass a:b%{d};pass a:%{d}%%;pass a:%{d}.c;"
	     "pass a:%{d}.%{o}/24;"),
	GOOD("bound: 4,096 octets", LONG "xxxxxxx", ""),
	BAD("bound: 4,097 octets", LONG "xxxxxxxx", ""),
#undef GOOD
#undef BAD
#undef TERM
};

static const char *const mechanisms[] = {
	[PS_SPF_ALL] = "all", [PS_SPF_INCLUDE] = "include",
	[PS_SPF_A] = "a",     [PS_SPF_MX] = "mx",
	[PS_SPF_PTR] = "ptr", [PS_SPF_IP4] = "ip4",
	[PS_SPF_IP6] = "ip6", [PS_SPF_EXISTS] = "exists",
};

static void dump_term(struct ps_buffer *out, const struct ps_spf_term *term)
{
	char ip[PS_IP_TEXT_MAX];

	ps_buffer_text(out, ps_spf_result_name(term->result));
	ps_buffer_char(out, ' ');
	ps_buffer_text(out, mechanisms[term->mechanism]);
	if (term->net.bits != 0) {
		ps_ip_format(&term->net, ip);
		ps_buffer_char(out, ' ');
		ps_buffer_text(out, ip);
	}
	if (term->spec.len > 0) {
		ps_buffer_char(out, ':');
		ps_buffer_bytes(out, term->spec);
	}
	if (term->prefix4 != 32) {
		ps_buffer_char(out, '/');
		ps_buffer_number(out, term->prefix4);
	}
	if (term->prefix6 != 128) {
		ps_buffer_text(out, term->mechanism == PS_SPF_IP6 ? "/" : "//");
		ps_buffer_number(out, term->prefix6);
	}
	ps_buffer_char(out, ';');
}

static void dump(struct ps_buffer *out, const struct ps_spf_record *record)
{
	struct ps_bytes rest = record->terms;
	struct ps_spf_term term;

	while (ps_spf_record_next(&rest, &term))
		dump_term(out, &term);
	if (record->redirect.at != NULL) {
		ps_buffer_text(out, "R=");
		ps_buffer_bytes(out, record->redirect);
		ps_buffer_char(out, ';');
	}
	if (record->exp.at != NULL) {
		ps_buffer_text(out, "E=");
		ps_buffer_bytes(out, record->exp);
		ps_buffer_char(out, ';');
	}
}

static void check(const struct row *row)
{
	struct ps_buffer text = PS_BUFFER(1024);
	struct ps_spf_record record;
	struct ps_bytes where;
	const char *error;
	bool good;

	good = ps_spf_record_parse(row->record, &record, &error, &where);
	if (row->want == NULL) {
		assert_false(good);
		assert_non_null(error);
		/* As far as the first NUL. */
		ps_buffer_bytes(&text, where);
		assert_string_equal(ps_buffer_cstr(&text), row->want_where);
	} else {
		assert_null(error);
		assert_true(good);
		dump(&text, &record);
		assert_string_equal(ps_buffer_cstr(&text), row->want);
	}
	ps_buffer_free(&text);
}

TABLE_MAIN(rows, check)
