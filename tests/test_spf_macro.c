/* test_spf_macro.c - SPF macros by table (RFC 7208 section 7). */

#include "table.h"

#include "core/auth/spf_macro.h"

#include <string.h>

#define NAME PS_SPF_IN_NAME
#define TEXT PS_SPF_IN_TEXT
#define MODI PS_SPF_IN_MODIFIER

#define X10  "xxxxxxxxxx"
#define X50  X10 X10 X10 X10 X10
#define L63  X50 X10 "xxx"
/* Three labels and their dots: 192 octets. */
#define L192 L63 "." L63 "." L63 "."
#define X960                                                                   \
	X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50    \
		X50 X50 X10
/* 1,024 octets, the last five ".test". */
#define HELO1024 X960 X50 "xxxxxxxxx.test"

/* Who sends: section 7.4, and others that tell more. */
enum who { RFC, RFC6, ODD, LONG };

static const struct ps_spf_facts facts[] = {
	[RFC] = { .sender = PS_BYTES("strong-bad@email.example.com"),
		  .local = PS_BYTES("strong-bad"),
		  .sender_domain = PS_BYTES("email.example.com"),
		  .domain = "email.example.com",
		  .helo = "mail.example.com",
		  .receiver = "mx.example.org",
		  .validated = "mx.example.com",
		  .client = { 32, { 192, 0, 2, 3 } },
		  .now = 1700000000 },
	[RFC6] = { .sender = PS_BYTES("strong-bad@email.example.com"),
		   .local = PS_BYTES("strong-bad"),
		   .sender_domain = PS_BYTES("email.example.com"),
		   .domain = "email.example.com",
		   .helo = "mail.example.com",
		   .receiver = "",
		   .validated = "",
		   .client = { 128,
			       { 0x20, 0x01, 0x0d, 0xb8, [14] = 0xcb, 0x01 } },
		   .now = 0 },
	[ODD] = { .sender = PS_BYTES("A b~!+c_d=e/f,g\xc3\xbc@D.Test"),
		  .local = PS_BYTES("A b~!+c_d=e/f,g\xc3\xbc"),
		  .sender_domain = PS_BYTES("D.Test"),
		  .domain = "d.test",
		  .helo = ".a..b.",
		  .receiver = "",
		  .validated = "",
		  .client = { 32, { 192, 0, 2, 3 } } },
	[LONG] = { .sender = PS_BYTES("x@d.test"),
		   .local = PS_BYTES("x"),
		   .sender_domain = PS_BYTES("d.test"),
		   .domain = "d.test",
		   .helo = HELO1024,
		   .receiver = X960 X960,
		   .validated = "",
		   .client = { 32, { 192, 0, 2, 3 } } },
};

/* want: what it expands to, NULL: a syntax error there. */
static const struct row {
	const char *name;
	enum ps_spf_place place;
	enum who who;
	struct ps_bytes text;
	const char *want;
} rows[] = {
#define ROW(name, place, who, text, want)                                      \
	{                                                                      \
		name, place, who, PS_BYTES(text), want                         \
	}
#define OK(name, text, want) ROW(name, TEXT, RFC, text, want)
#define BAD(name, text)	     ROW(name, TEXT, RFC, text, NULL)
	OK("7.4 s", "%{s}", "strong-bad@email.example.com"),
	OK("7.4 o", "%{o}", "email.example.com"),
	OK("7.4 d", "%{d}", "email.example.com"),
	OK("7.4 d4", "%{d4}", "email.example.com"),
	OK("7.4 d3", "%{d3}", "email.example.com"),
	OK("7.4 d2", "%{d2}", "example.com"),
	OK("7.4 d1", "%{d1}", "com"),
	OK("7.4 dr", "%{dr}", "com.example.email"),
	OK("7.4 d2r", "%{d2r}", "example.email"),
	OK("7.4 l", "%{l}", "strong-bad"),
	OK("7.4 l-", "%{l-}", "strong.bad"),
	OK("7.4 lr", "%{lr}", "strong-bad"),
	OK("7.4 lr-", "%{lr-}", "bad.strong"),
	OK("7.4 l1r-", "%{l1r-}", "strong"),
	ROW("7.4 ir and v", NAME, RFC, "%{ir}.%{v}._spf.%{d2}",
	    "3.2.0.192.in-addr._spf.example.com"),
	ROW("7.4 lr-", NAME, RFC, "%{lr-}.lp._spf.%{d2}",
	    "bad.strong.lp._spf.example.com"),
	ROW("7.4 lr- and ir", NAME, RFC, "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}",
	    "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
	ROW("7.4 l1r- and ir", NAME, RFC, "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}",
	    "3.2.0.192.in-addr.strong.lp._spf.example.com"),
	ROW("7.4 d2 in another's name", NAME, RFC,
	    "%{d2}.trusted-domains.example.net",
	    "example.com.trusted-domains.example.net"),
	ROW("7.4 IPv6", NAME, RFC6, "%{ir}.%{v}._spf.%{d2}",
	    "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	    "8.b.d.0.1.0.0.2.ip6._spf.example.com"),
	OK("7.2 h", "%{h}", "mail.example.com"),
	OK("7.2 p", "%{p}", "mx.example.com"),
	ROW("7.3 p unknown", TEXT, RFC6, "%{p}", "unknown"),
	OK("7.2 c", "%{c}", "192.0.2.3"),
	ROW("7.2 c of IPv6", TEXT, RFC6, "%{c}", "2001:db8::cb01"),
	OK("7.2 r", "%{r}", "mx.example.org"),
	ROW("7.3 r unknown", TEXT, RFC6, "%{r}", "unknown"),
	OK("7.2 t", "%{t}", "1700000000"),
	ROW("7.2 c is for exp only", NAME, RFC, "%{c}.test", NULL),
	ROW("7.2 r is for exp only", NAME, RFC, "%{R}.test", NULL),
	ROW("7.2 t is for exp only", NAME, RFC, "%{t}.test", NULL),
	ROW("6 c is no error in an unknown modifier", MODI, RFC, "%{c}",
	    "192.0.2.3"),
	OK("7.1 escapes", "a%%b%_c%-d", "a%b c%20d"),
	OK("7.1 a letter in capitals", "%{D}", "email.example.com"),
	OK("7.1 transformers in capitals", "%{d2R}", "example.email"),
	OK("7.1 nothing", "", ""),
	OK("6.2 spaces in exp", " a  b ", " a  b "),
	ROW("7.1 no space in a modifier", MODI, RFC, "a b", NULL),
	BAD("7.1 percent at the end", "100%"),
	BAD("7.1 percent before another octet", "%a"),
	BAD("7.1 percent before a space", "% "),
	BAD("7.1 unknown letter", "%{x}"),
	BAD("7.1 no letter", "%{}"),
	BAD("7.1 a digit for a letter", "%{1}"),
	BAD("7.1 not closed", "%{d"),
	BAD("7.1 ends at the brace", "%{"),
	BAD("7.1 not closed before text", "%{d.test"),
	BAD("7.1 space inside", "%{d }"),
	BAD("7.1 zero parts", "%{d0}"),
	BAD("7.1 zero parts, long", "%{d000r}"),
	BAD("7.1 r before digits", "%{dr2}"),
	BAD("7.1 r twice", "%{drr}"),
	BAD("7.1 an octet that is no delimiter", "%{d:}"),
	BAD("7.1 braces inside", "%{%{d}}"),
	BAD("7.1 NUL", "a\0"),
	BAD("7.1 tab", "a\tb"),
	BAD("7.1 octets over 127", "\xc3\xbc"),
	BAD("7.1 CR LF", "a\r\nb"),
	OK("7.1 leading zeros", "%{d002}", "example.com"),
	OK("7.3 more parts than there are", "%{d127}", "email.example.com"),
	OK("7.3 more parts than a number holds", "%{d4294967297}",
	   "email.example.com"),
	OK("7.3 more parts, reversed", "%{d128r}", "com.example.email"),
	ROW("7.3 every delimiter", TEXT, ODD, "%{l.-+,/_=}",
	    "A b~!.c.d.e.f.g??"),
	ROW("7.3 two delimiters, the last two parts", TEXT, ODD, "%{l2+/}",
	    "c_d=e.f,g??"),
	ROW("7.1 @ is no delimiter", TEXT, RFC, "%{s1@.}", NULL),
	ROW("7.3 a delimiter that is not there", TEXT, RFC, "%{d2-}",
	    "email.example.com"),
	ROW("7.3 empty parts", TEXT, ODD, "%{h}", ".a..b."),
	ROW("7.3 empty parts reversed", TEXT, ODD, "%{hr}", ".b..a."),
	ROW("7.3 empty parts count", TEXT, ODD, "%{h3}", ".b."),
	ROW("7.3 empty parts count, reversed", TEXT, ODD, "%{h2r}", "a."),
	ROW("7.3 URL escaping", TEXT, ODD, "%{L}",
	    "A%20b~%21%2Bc_d%3De%2Ff%2Cg%C3%BC"),
	ROW("7.3 URL escaping behind splitting", TEXT, ODD, "%{S2+}",
	    "A%20b~%21.c_d%3De%2Ff%2Cg%C3%BC%40D.Test"),
	ROW("6.2 only printable ASCII is left", TEXT, ODD, "%{l}",
	    "A b~!+c_d=e/f,g??"),
	ROW("4.8 a name is lower case", NAME, ODD, "%{o}.TEST", "d.test.test"),
	ROW("4.8 final dot", NAME, RFC, "a.test.", "a.test"),
	ROW("7.1 a name ends as a domain", NAME, RFC, "%{d}test", NULL),
	ROW("7.1 a name is not empty", NAME, RFC, "", NULL),
	ROW("7.3 253 octets", NAME, RFC, L192 X50 "xxxxxx.test",
	    L192 X50 "xxxxxx.test"),
	ROW("7.3 253 octets and a dot", NAME, RFC, L192 X50 "xxxxxx.test.",
	    L192 X50 "xxxxxx.test"),
	ROW("7.3 254 octets lose one label", NAME, RFC, L192 X50 "xxxxxxx.test",
	    L63 "." L63 "." X50 "xxxxxxx.test"),
	ROW("7.3 254 octets and a dot", NAME, RFC, L192 X50 "xxxxxxx.test.",
	    L63 "." L63 "." X50 "xxxxxxx.test"),
	ROW("7.3 a short label is enough", NAME, RFC,
	    "a." L192 X50 "xxxxxx.test", L192 X50 "xxxxxx.test"),
	ROW("7.3 two labels", NAME, RFC, "a.b." L192 X50 "xxxxxx.test.",
	    L192 X50 "xxxxxx.test"),
	ROW("7.3 more labels than are looked at", NAME, RFC,
	    L192 L192 "a.b." L192 X50 "xxxxxx.test", L192 X50 "xxxxxx.test"),
	ROW("7.3 cut inside a label that must go", NAME, RFC,
	    L192 "a" L192 X50 "xxxxxx.test", L63 "." L63 "." X50 "xxxxxx.test"),
	ROW("7.3 one label over all", NAME, LONG, "%{h}", "test"),
	ROW("7.3 no label left", NAME, LONG, "%{h1r}", ""),
	ROW("bound: 4,096 octets", NAME, LONG, "%{h}%{h}%{h}%{h}", "test"),
	ROW("bound: 4,097 octets", NAME, LONG, "%{h}%{h}%{h}x%{h}", ""),
	ROW("bound: of the text", TEXT, LONG, "%{r}",
	    X50 X50 X50 X50 X50 "xxxxx"),
#undef ROW
#undef OK
#undef BAD
};

static void check(const struct row *row)
{
	char name[PS_DOMAIN_MAX + 1], text[256];

	assert_int_equal(ps_spf_macro_valid(row->text, row->place),
			 row->want != NULL);
	if (row->want == NULL)
		return;
	if (row->place == PS_SPF_IN_NAME) {
		ps_spf_macro_name(row->text, &facts[row->who], name);
		assert_string_equal(name, row->want);
	} else {
		ps_spf_macro_text(row->text, &facts[row->who], text,
				  sizeof(text));
		assert_string_equal(text, row->want);
	}
}

TABLE_MAIN(rows, check)
