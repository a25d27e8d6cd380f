/* test_client.c - what the DNS says of a client's address, by table. */

#include "fake_dns.h"
#include "table.h"

#include "core/auth/client.h"

#include <string.h>

#define L62 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
/* 241 octets: 253 with "1.200.0.192." before it. */
#define LONG                                                                   \
	L62 "." L62 "." L62                                                    \
	    ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test"

/* list: NULL: has it a name? */
static const struct row {
	const char *name, *zone, *ip, *list, *want;
} rows[] = {
	{ "RFC 1035 3.5 IPv4", "1.2.0.192.in-addr.arpa PTR a.test", "192.0.2.1",
	  NULL, "yes" },
	{ "RFC 1035 3.5 three digits", "250.113.0.203.in-addr.arpa PTR a.test",
	  "203.0.113.250", NULL, "yes" },
	{ "RFC 1035 3.5 none", "250.113.0.203.in-addr.arpa PTR a.test",
	  "203.0.113.25", NULL, "no" },
	{ "RFC 3596 2.5 IPv6",
	  "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4"
	  ".ip6.arpa PTR a.test",
	  "4321:0:1:2:3:4:567:89ab", NULL, "yes" },
	{ "a failing lookup", "1.2.0.192.in-addr.arpa PTR !", "192.0.2.1", NULL,
	  "unknown" },
	{ "no address", "", "", NULL, "unknown" },
	{ "RFC 5782 2.1 listed", "1.2.0.192.bl.test A 127.0.0.2", "192.0.2.1",
	  "bl.test", "yes" },
	{ "RFC 5782 2.1 not listed", "2.2.0.192.bl.test A 127.0.0.2",
	  "192.0.2.1", "bl.test", "no" },
	{ "RFC 5782 2.1 reasons beside the entry",
	  "1.2.0.192.bl.test TXT spam\n1.2.0.192.bl.test A 127.0.0.4",
	  "192.0.2.1", "bl.test", "yes" },
	{ "RFC 5782 2.1 reasons alone", "1.2.0.192.bl.test TXT spam",
	  "192.0.2.1", "bl.test", "no" },
	{ "RFC 5782 2.3 several values",
	  "1.2.0.192.bl.test A 192.0.2.9\n1.2.0.192.bl.test A 127.0.1.10",
	  "192.0.2.1", "bl.test", "yes" },
	{ "RFC 5782 2.4 IPv6",
	  "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
	  ".bl.test A 127.0.0.2",
	  "2001:db8::1", "bl.test", "yes" },
	{ "RFC 5782 5 a domain that answers for any name",
	  "1.2.0.192.bl.test A 203.0.113.1", "192.0.2.1", "bl.test", "no" },
	{ "the list refuses to answer", "1.2.0.192.bl.test A 127.255.255.254",
	  "192.0.2.1", "bl.test", "unknown" },
	{ "the list refuses to answer, another way",
	  "1.2.0.192.bl.test A 127.0.0.1", "192.0.2.1", "bl.test", "unknown" },
	{ "127.0.1.1 is an entry", "1.2.0.192.bl.test A 127.0.1.1", "192.0.2.1",
	  "bl.test", "yes" },
	{ "an entry beside a refusal",
	  "1.2.0.192.bl.test A 127.255.255.1\n1.2.0.192.bl.test A 127.0.0.2",
	  "192.0.2.1", "bl.test", "yes" },
	{ "a failing list", "1.2.0.192.bl.test A !", "192.0.2.1", "bl.test",
	  "unknown" },
	{ "a list of no address", "", "", "bl.test", "unknown" },
	{ "a name of 253 octets", "", "192.0.200.1", LONG, "no" },
	{ "a name of 254 octets", "", "192.0.200.10", LONG, "unknown" },
};

static const char *ask(const struct row *row, const struct ps_dns *dns)
{
	struct ps_ip ip = { 0 };
	enum ps_dns_status status;

	(void)ps_ip_parse(row->ip, &ip);
	status = row->list == NULL ? ps_client_named(&ip, dns)
				   : ps_client_listed(&ip, row->list, dns);
	switch (status) {
	case PS_DNS_FOUND:
		return "yes";
	case PS_DNS_NOTFOUND:
		return "no";
	case PS_DNS_TEMPFAIL:
		return "unknown";
	case PS_DNS_PENDING:
		return "pending";
	}
	return "";
}

static void check(const struct row *row)
{
	struct fake_dns *zone = fake_dns_load(row->zone);
	struct ps_dns dns = fake_dns_port(zone);

	assert_string_equal(ask(row, &dns), row->want);
	fake_dns_pending(zone, true);
	if (strcmp(ask(row, &dns), "pending") == 0)
		assert_true(fake_dns_wait(zone));
	assert_string_equal(ask(row, &dns), row->want);
	fake_dns_free(&zone);
}

TABLE_MAIN(rows, check)
