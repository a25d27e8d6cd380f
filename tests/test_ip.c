/* test_ip.c - addresses and networks by table. */

#include "table.h"

#include "core/text/ip.h"

#include <stdio.h>
#include <string.h>

enum what { PARSE, EXACT, NET, IN };

/*
 * want: as ps_ip_format() says it, NULL: refused; of a network "net/prefix".
 * IN: text in the network of other; want "in" or "out".
 */
static const struct row {
	const char *name;
	enum what what;
	const char *text, *want, *other;
} rows[] = {
	{ "IPv4", PARSE, "192.0.2.1", "192.0.2.1", NULL },
	{ "IPv4 all ones", PARSE, "255.255.255.255", "255.255.255.255", NULL },
	{ "IPv4 too large", PARSE, "192.0.2.256", NULL, NULL },
	{ "IPv4 three parts", PARSE, "192.0.2", NULL, NULL },
	{ "IPv4 octal", PARSE, "192.0.2.010", NULL, NULL },
	{ "IPv4 text behind", PARSE, "192.0.2.1 ", NULL, NULL },
	{ "IPv6", PARSE, "2001:DB8::1", "2001:db8::1", NULL },
	{ "IPv6 unspecified", PARSE, "::", "::", NULL },
	{ "IPv6 scope", PARSE, "fe80::1%lo", NULL, NULL },
	{ "IPv6 in brackets", PARSE, "[::1]", NULL, NULL },
	{ "nothing", PARSE, "", NULL, NULL },
	{ "RFC 4291 2.5.5.2 IPv4-mapped", PARSE, "::ffff:192.0.2.1",
	  "192.0.2.1", NULL },
	{ "RFC 4291 2.5.5.2 mapped, in hexadecimal", PARSE, "::FFFF:c000:201",
	  "192.0.2.1", NULL },
	{ "RFC 4291 2.5.5.1 IPv4-compatible stays", PARSE, "::192.0.2.1",
	  "::192.0.2.1", NULL },
	{ "exact: mapped stays", EXACT, "::ffff:192.0.2.1", "::ffff:192.0.2.1",
	  NULL },
	{ "exact: IPv4", EXACT, "192.0.2.1", "192.0.2.1", NULL },
	{ "net", NET, "192.0.2.0/24", "192.0.2.0/24", NULL },
	{ "net of one", NET, "192.0.2.1", "192.0.2.1/32", NULL },
	{ "net of all", NET, "0.0.0.0/0", "0.0.0.0/0", NULL },
	{ "net prefix 32", NET, "192.0.2.1/32", "192.0.2.1/32", NULL },
	{ "net prefix 33", NET, "192.0.2.1/33", NULL, NULL },
	{ "net IPv6", NET, "2001:db8::/32", "2001:db8::/32", NULL },
	{ "net IPv6 of one", NET, "::1", "::1/128", NULL },
	{ "net IPv6 in brackets", NET, "[::1]", "::1/128", NULL },
	{ "net IPv6 in brackets, prefix", NET, "[2001:db8::]/32",
	  "2001:db8::/32", NULL },
	{ "net IPv6 prefix 128", NET, "::1/128", "::1/128", NULL },
	{ "net IPv6 prefix 129", NET, "::1/129", NULL, NULL },
	{ "net with bits behind the prefix", NET, "192.0.2.1/24", NULL, NULL },
	{ "net with the first bit behind it", NET, "192.0.2.128/24", NULL,
	  NULL },
	{ "net with the last bit before it", NET, "192.0.3.0/24",
	  "192.0.3.0/24", NULL },
	{ "net IPv6 with bits behind", NET, "2001:db8::1/32", NULL, NULL },
	{ "net without prefix", NET, "192.0.2.0/", NULL, NULL },
	{ "net with a sign", NET, "192.0.2.0/+24", NULL, NULL },
	{ "net with two slashes", NET, "192.0.2.0/24/24", NULL, NULL },
	{ "net huge prefix", NET, "192.0.2.0/4294967320", NULL, NULL },
	{ "net one bracket", NET, "[::1", NULL, NULL },
	{ "net text of 46 octets", NET,
	  "0000:0000:0000:0000:0000:0000:0000:0000:00000", NULL, NULL },
	{ "net nothing", NET, "", NULL, NULL },
	{ "in", IN, "192.0.2.255", "in", "192.0.2.0/24" },
	{ "out, one above", IN, "192.0.3.0", "out", "192.0.2.0/24" },
	{ "out, one below", IN, "192.0.1.255", "out", "192.0.2.0/24" },
	{ "in, prefix inside an octet", IN, "192.0.2.127", "in",
	  "192.0.2.0/25" },
	{ "out, prefix inside an octet", IN, "192.0.2.128", "out",
	  "192.0.2.0/25" },
	{ "in, prefix 0", IN, "203.0.113.9", "in", "0.0.0.0/0" },
	{ "out, the other family", IN, "203.0.113.9", "out", "::/0" },
	{ "in, IPv6", IN, "2001:db8:ffff::1", "in", "2001:db8::/32" },
	{ "out, IPv6", IN, "2001:db9::", "out", "2001:db8::/32" },
	{ "in, prefix 128", IN, "::1", "in", "::1/128" },
	{ "out, prefix 128", IN, "::2", "out", "::1/128" },
	{ "in, mapped client", IN, "::ffff:192.0.2.1", "in", "192.0.2.0/24" },
};

static void check_net(const struct row *row)
{
	struct ps_net net = { .prefix = 7 };
	char found[PS_IP_TEXT_MAX + 8], text[PS_IP_TEXT_MAX];

	assert_int_equal(ps_net_parse(row->text, &net), row->want != NULL);
	if (row->want == NULL) {
		assert_int_equal(net.prefix, 7);
		return;
	}
	ps_ip_format(&net.ip, text);
	snprintf(found, sizeof(found), "%s/%u", text, net.prefix);
	assert_string_equal(found, row->want);
}

static void check_ip(const struct row *row)
{
	char found[PS_IP_TEXT_MAX];
	struct ps_ip ip = { .bits = 7 };
	bool good = row->what == PARSE ? ps_ip_parse(row->text, &ip)
				       : ps_ip_parse_exact(row->text, &ip);

	assert_int_equal(good, row->want != NULL);
	if (!good) {
		assert_int_equal(ip.bits, 7);
		return;
	}
	ps_ip_format(&ip, found);
	assert_string_equal(found, row->want);
}

static void check_in(const struct row *row)
{
	struct ps_ip ip, none = { 0 };
	struct ps_net nets[2];
	bool in = strcmp(row->want, "in") == 0;

	assert_true(ps_ip_parse(row->text, &ip));
	assert_true(ps_net_parse("198.51.100.0/24", &nets[0]));
	assert_true(ps_net_parse(row->other, &nets[1]));
	assert_int_equal(ps_ip_in_net(&ip, &nets[1].ip, nets[1].prefix), in);
	assert_int_equal(ps_ip_in_nets(&ip, nets, 2), in);
	assert_false(ps_ip_in_nets(&ip, nets, 1));
	assert_false(ps_ip_in_net(&none, &none, 0));
	assert_false(ps_ip_in_net(&ip, &ip, ip.bits + 1));
}

static void check(const struct row *row)
{
	switch (row->what) {
	case PARSE:
	case EXACT:
		check_ip(row);
		break;
	case NET:
		check_net(row);
		break;
	case IN:
		check_in(row);
		break;
	}
}

TABLE_MAIN(rows, check)
