/* test_address.c - mailboxes, address lists and domains by table. */

#include "table.h"

#include "core/text/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a row is about. */
enum what { LIST, BAD_LIST, SPLIT, DOMAIN, WITHIN };

#define L8     "aaaaaaaa"
#define L63    L8 L8 L8 L8 L8 L8 L8 "aaaaaaa"
#define DOM253 L63 "." L63 "." L63 "." L8 L8 L8 L8 L8 L8 L8 "aaaaa"
#define ADDR8  "a@b.c,a@b.c,a@b.c,a@b.c,a@b.c,a@b.c,a@b.c,a@b.c,"
#define WANT8  "a@b.c a@b.c a@b.c a@b.c a@b.c a@b.c a@b.c a@b.c "
#define ADDR56 ADDR8 ADDR8 ADDR8 ADDR8 ADDR8 ADDR8 ADDR8
#define WANT56 WANT8 WANT8 WANT8 WANT8 WANT8 WANT8 WANT8
#define OPEN16 "(((((((((((((((("
#define SHUT16 "))))))))))))))))"

/*
 * want: of a list the mailboxes, a space between them; NULL with SPLIT and
 * DOMAIN: refused.  With WITHIN the parent in want, "!" before it: not within.
 */
static const struct row {
	const char *name;
	enum what what;
	struct ps_bytes text;
	const char *want;
} rows[] = {
	{ "3.4.1 addr-spec", LIST, PS_BYTES("a@example.com"), "a@example.com" },
	{ "3.4 leading space, as in a field", LIST, PS_BYTES(" a@b.c"),
	  "a@b.c" },
	{ "3.4 name-addr", LIST, PS_BYTES("Joe <a@b.c>"), "a@b.c" },
	{ "3.4 angle-addr alone", LIST, PS_BYTES("<a@b.c>"), "a@b.c" },
	{ "3.4 space in angle-addr", LIST, PS_BYTES("J < a@b.c >"), "a@b.c" },
	{ "3.4 two", LIST, PS_BYTES("a@b.c, D <d@e.f>"), "a@b.c d@e.f" },
	{ "3.4 folded", LIST, PS_BYTES("\r\n a@b.c,\r\n\td@e.f"),
	  "a@b.c d@e.f" },
	{ "3.4 group", LIST, PS_BYTES("F: a@b.c, B <d@e.f>;"), "a@b.c d@e.f" },
	{ "3.4 group, then mailbox", LIST, PS_BYTES("F: a@b.c;, d@e.f"),
	  "a@b.c d@e.f" },
	{ "3.4 two groups", LIST, PS_BYTES("F: a@b.c;, G:d@e.f;"),
	  "a@b.c d@e.f" },
	{ "3.4 empty group", LIST, PS_BYTES("Undisclosed:;"), "" },
	{ "3.4 group name in quotes", LIST, PS_BYTES("\"A: B\": a@b.c;"),
	  "a@b.c" },
	{ "3.4 group without end", BAD_LIST, PS_BYTES("F: a@b.c"), "a@b.c" },
	{ "3.4 group in a group", BAD_LIST, PS_BYTES("F: G: a@b.c;;"), "" },
	{ "3.4 group without name", BAD_LIST, PS_BYTES(": a@b.c;"), "" },
	{ "3.4 end of a group outside one", BAD_LIST, PS_BYTES("a@b.c; d@e.f"),
	  "a@b.c" },
	{ "3.4 nothing", BAD_LIST, PS_BYTES(""), "" },
	{ "3.4 white space only", BAD_LIST, PS_BYTES(" \r\n\t"), "" },
	{ "3.4 name only", BAD_LIST, PS_BYTES("\"Joe\""), "" },
	{ "3.4 empty <>", BAD_LIST, PS_BYTES("Joe <>"), "" },
	{ "3.4 no comma", BAD_LIST, PS_BYTES("a@b.c d@e.f"), "a@b.c" },
	{ "3.4 text behind <>", BAD_LIST, PS_BYTES("<a@b.c> Joe"), "a@b.c" },
	{ "3.2.2 comments", LIST, PS_BYTES("(x) a (y) @ (z) b.c (Joe)"),
	  "a@b.c" },
	{ "3.2.2 nested comment", LIST, PS_BYTES("a@(c(d)e)b.c"), "a@b.c" },
	{ "3.2.2 quoted pair in a comment", LIST, PS_BYTES("a@b.c (\\) d@e.f)"),
	  "a@b.c" },
	{ "3.2.2 comment deep nested", LIST,
	  PS_BYTES(OPEN16 OPEN16 OPEN16 OPEN16 SHUT16 SHUT16 SHUT16 SHUT16
		   "a@b.c"),
	  "a@b.c" },
	{ "3.2.2 comment without end", BAD_LIST, PS_BYTES("(Joe a@b.c"), "" },
	{ "3.2.2 comment opened twice, ended once", BAD_LIST,
	  PS_BYTES("((x) a@b.c"), "" },
	{ "3.2.2 quoted pair at the end", BAD_LIST, PS_BYTES("a@b.c (x\\"),
	  "" },
	{ "3.2.2 address in a comment", LIST, PS_BYTES("(x@evil.d) a@b.c"),
	  "a@b.c" },
	{ "3.2.4 name in quotes", LIST, PS_BYTES("\"J, Jr. <x@y>\" <a@b.c>"),
	  "a@b.c" },
	{ "3.2.4 quoted pairs", LIST, PS_BYTES("\"J \\\"X\\\" \\\\\" <a@b.c>"),
	  "a@b.c" },
	{ "3.2.4 quote without end", BAD_LIST, PS_BYTES("\"Joe <a@b.c>"), "" },
	{ "3.2.4 local part in quotes", LIST, PS_BYTES("\"a b\"@b.c"),
	  "\"a_b\"@b.c" },
	{ "3.2.4 @ in quotes", LIST, PS_BYTES("\"x@y\"@b.c"), "\"x@y\"@b.c" },
	{ "3.2.4 quoted comment", LIST, PS_BYTES("\"(\"@b.c"), "\"(\"@b.c" },
	{ "3.4.1 address literal", LIST, PS_BYTES("<a@[192.0.2.1]>"),
	  "a@[192.0.2.1]" },
	{ "3.4.1 IPv6 literal", LIST, PS_BYTES("a@[IPv6:2001:db8::1]"),
	  "a@[IPv6:2001:db8::1]" },
	{ "3.4.1 literal without end", BAD_LIST, PS_BYTES("a@[192.0.2.1"), "" },
	{ "4.1 dots in the name", LIST, PS_BYTES("J. Q. Public <a@b.c>"),
	  "a@b.c" },
	{ "4.4 space around the parts", LIST, PS_BYTES("a . b @ c . d"),
	  "a.b@c.d" },
	{ "4.4 comments in the domain", LIST, PS_BYTES("a@b(x).(y)c"),
	  "a@b.c" },
	{ "4.4 route", LIST, PS_BYTES("<@r.s,@t.u:a@b.c>"), "a@b.c" },
	{ "4.4 route with empty elements", LIST, PS_BYTES("<,@r.s, ,:a@b.c>"),
	  "a@b.c" },
	{ "4.4 route without colon", BAD_LIST, PS_BYTES("<@r.s a@b.c>"), "" },
	{ "4.4 empty elements", LIST, PS_BYTES(",, a@b.c,,d@e.f ,"),
	  "a@b.c d@e.f" },
	{ "4.4 empty elements of a group", LIST, PS_BYTES("F: ,a@b.c,;"),
	  "a@b.c" },
	{ "RFC 2047 encoded name", LIST,
	  PS_BYTES("=?utf-8?q?a=40evil=2Etest=2C?= <a@b.c>"), "a@b.c" },
	{ "RFC 2047 two lines", LIST,
	  PS_BYTES("=?utf-8?b?SsO2?=\r\n =?utf-8?b?cmc=?= <a@b.c>"), "a@b.c" },
	{ "RFC 6532 3.2 UTF-8", LIST,
	  PS_BYTES("J\xc3\xb6rg <j\xc3\xb6rg@b\xc3\xbc.example>"),
	  "j\xc3\xb6rg@b\xc3\xbc.example" },
	{ "raw Latin-1 in the name", LIST, PS_BYTES("J\xf6rg <a@b.c>"),
	  "a@b.c" },
	{ "brackets in the name", LIST, PS_BYTES("[Shop] News <a@b.c>"),
	  "a@b.c" },
	{ "address for a name", LIST, PS_BYTES("x@y.z <a@b.c>"), "a@b.c" },
	{ "dots in wrong places", LIST, PS_BYTES("a..b.@b.c"), "a..b.@b.c" },
	{ "final dot of the domain", LIST, PS_BYTES("a@b.c."), "a@b.c." },
	{ ">, missing at the end", LIST, PS_BYTES("Joe <a@b.c"), "a@b.c" },
	{ ">, missing before a comma", BAD_LIST, PS_BYTES("<a@b.c, d@e.f"),
	  "a@b.c" },
	{ "two @", BAD_LIST, PS_BYTES("a@b@c.d"), "a@b" },
	{ "two @ in angles", BAD_LIST, PS_BYTES("<a@b@c.d>"), "a@b" },
	{ "two <", BAD_LIST, PS_BYTES("<<a@b.c>>"), "" },
	{ "no local part", BAD_LIST, PS_BYTES("@b.c"), "" },
	{ "no domain", BAD_LIST, PS_BYTES("a@"), "" },
	{ "domain begins with a dot", BAD_LIST, PS_BYTES("a@.b"), "" },
	{ "two dots in the domain", BAD_LIST, PS_BYTES("a@b..c"), "a@b." },
	{ "no @", BAD_LIST, PS_BYTES("postmaster"), "" },
	{ "two words before the @", BAD_LIST, PS_BYTES("a b@c.d"), "" },
	{ "NUL in the local part", BAD_LIST, PS_BYTES("a\0@b.c"), "" },
	{ "NUL in the domain", BAD_LIST, PS_BYTES("a@b.c\0.d"), "a@b.c" },
	{ "NUL in a comment", BAD_LIST, PS_BYTES("a@b.c (\0)"), "" },
	{ "NUL quoted in a comment", BAD_LIST, PS_BYTES("(\\\0) a@b.c"), "" },
	{ "NUL in quotes", BAD_LIST, PS_BYTES("\"\0\"@b.c"), "" },
	{ "NUL quoted in quotes", BAD_LIST, PS_BYTES("\"\\\0\"@b.c"), "" },
	{ "NUL in a literal", BAD_LIST, PS_BYTES("a@[\0]"), "" },
	{ "control character", BAD_LIST, PS_BYTES("a\x01@b.c"), "" },
	{ "64 mailboxes", LIST, PS_BYTES(ADDR56 ADDR8), WANT56 WANT8 },
	{ "65 mailboxes", BAD_LIST, PS_BYTES(ADDR56 ADDR8 "x@y.z"),
	  WANT56 WANT8 },

	{ "split", SPLIT, PS_BYTES("a@b.c"), "a b.c" },
	{ "split at the last @", SPLIT, PS_BYTES("\"a@b\"@c"), "\"a@b\" c" },
	{ "split one octet parts", SPLIT, PS_BYTES("a@b"), "a b" },
	{ "split no @", SPLIT, PS_BYTES("ab"), NULL },
	{ "split nothing", SPLIT, PS_BYTES(""), NULL },
	{ "split @ alone", SPLIT, PS_BYTES("@"), NULL },
	{ "split no local part", SPLIT, PS_BYTES("@b"), NULL },
	{ "split no domain", SPLIT, PS_BYTES("a@"), NULL },

	{ "domain lower case", DOMAIN, PS_BYTES("EXAMPLE.Com"), "example.com" },
	{ "domain final dot", DOMAIN, PS_BYTES("a.b."), "a.b" },
	{ "domain two final dots", DOMAIN, PS_BYTES("a.b.."), NULL },
	{ "domain one label", DOMAIN, PS_BYTES("localhost"), "localhost" },
	{ "domain UTF-8", DOMAIN, PS_BYTES("B\xc3\xbc.DE"), "b\xc3\xbc.de" },
	{ "domain of a service", DOMAIN, PS_BYTES("_dmarc.a-b.c"),
	  "_dmarc.a-b.c" },
	{ "domain empty", DOMAIN, PS_BYTES(""), NULL },
	{ "domain root", DOMAIN, PS_BYTES("."), NULL },
	{ "domain leading dot", DOMAIN, PS_BYTES(".a"), NULL },
	{ "domain empty label", DOMAIN, PS_BYTES("a..b"), NULL },
	{ "domain literal", DOMAIN, PS_BYTES("[192.0.2.1]"), NULL },
	{ "domain space", DOMAIN, PS_BYTES("a b"), NULL },
	{ "domain NUL", DOMAIN, PS_BYTES("a\0b"), NULL },
	{ "domain label of 63", DOMAIN, PS_BYTES(L63 ".a"), L63 ".a" },
	{ "domain label of 64", DOMAIN, PS_BYTES(L63 "a.a"), NULL },
	{ "domain of 253", DOMAIN, PS_BYTES(DOM253), DOM253 },
	{ "domain of 253 and the dot", DOMAIN, PS_BYTES(DOM253 "."), DOM253 },
	{ "domain of 254", DOMAIN, PS_BYTES(DOM253 "a"), NULL },

	{ "within itself", WITHIN, PS_BYTES("a.b"), "a.b" },
	{ "within below", WITHIN, PS_BYTES("x.a.b"), "a.b" },
	{ "within needs the dot", WITHIN, PS_BYTES("xa.b"), "!a.b" },
	{ "within not above", WITHIN, PS_BYTES("b"), "!a.b" },
	{ "within nothing", WITHIN, PS_BYTES("a.b"), "!" },
};

/* Blanks inside a mailbox are shown as "_". */
static void check_list(const struct row *row)
{
	static struct ps_mailbox mailbox[PS_MAILBOXES_MAX];
	struct ps_buffer found = PS_BUFFER(65536);
	char *text, *want;
	size_t i, count, start;

	/* In memory of its own, so that reading past it is seen. */
	text = malloc(row->text.len + 1);
	assert_non_null(text);
	memcpy(text, row->text.at, row->text.len);
	assert_int_equal(
		ps_address_list((struct ps_bytes){ text, row->text.len },
				mailbox, &count),
		row->what == LIST);
	for (i = 0; i < count; i++) {
		if (i > 0)
			ps_buffer_char(&found, ' ');
		start = found.len;
		ps_mailbox_text(&mailbox[i], &found);
		while ((want = memchr(found.data + start, ' ',
				      found.len - start)) != NULL)
			*want = '_';
	}
	want = strdup(row->want);
	assert_non_null(want);
	if (want[0] != '\0' && want[strlen(want) - 1] == ' ')
		want[strlen(want) - 1] = '\0';
	assert_string_equal(ps_buffer_cstr(&found), want);
	free(want);
	free(text);
	ps_buffer_free(&found);
}

static void check_split(const struct row *row)
{
	struct ps_mailbox mailbox;
	char found[64];

	assert_int_equal(ps_address_split(row->text, &mailbox),
			 row->want != NULL);
	if (row->want == NULL)
		return;
	snprintf(found, sizeof(found), "%.*s %.*s", (int)mailbox.local.len,
		 mailbox.local.at, (int)mailbox.domain.len, mailbox.domain.at);
	assert_string_equal(found, row->want);
}

static void check_domain(const struct row *row)
{
	struct ps_mailbox mailbox = { .domain = row->text };
	char found[PS_DOMAIN_MAX + 1];

	assert_int_equal(ps_domain_normalize(row->text, found),
			 row->want != NULL);
	assert_string_equal(found, row->want == NULL ? "" : row->want);
	if (row->want == NULL)
		return;
	assert_true(ps_mailbox_domain(&mailbox, found));
	assert_string_equal(found, row->want);
}

static void check(const struct row *row)
{
	switch (row->what) {
	case LIST:
	case BAD_LIST:
		check_list(row);
		break;
	case SPLIT:
		check_split(row);
		break;
	case DOMAIN:
		check_domain(row);
		break;
	case WITHIN:
		assert_int_equal(
			ps_domain_within(row->text.at,
					 row->want + (*row->want == '!')),
			*row->want != '!');
		break;
	}
}

TABLE_MAIN(rows, check)
