/* test_received.c - the client in a Received field. */

#include "core/auth/received.h"

#include "table.h"

#include <string.h>

static const struct row {
	const char *name, *value, *ip, *helo; /* ip "": none is found */
} rows[] = {
	{ "5321 4.4: Postfix",
	  " from mail.example.org (rdns.example.org [192.0.2.1])\n"
	  "\tby mx2.example.net (Postfix) with ESMTP id 1;",
	  "192.0.2.1", "mail.example.org" },
	{ "5321 4.4: folded before the comment",
	  " from mail.example.org\r\n\t(unknown [192.0.2.1]) by b", "192.0.2.1",
	  "mail.example.org" },
	{ "5321 4.1.3: IPv6 with its tag",
	  " from a.example (b.example [IPv6:2001:db8::1]) by c", "2001:db8::1",
	  "a.example" },
	{ "5321 4.4: address literal as the name",
	  " from [192.0.2.9] (unknown [192.0.2.1]) by c", "192.0.2.1",
	  "[192.0.2.9]" },
	{ "sendmail: may be forged",
	  " from a.example (b.example [192.0.2.1] (may be forged)) by c",
	  "192.0.2.1", "a.example" },
	{ "Exim: the name is the verified one, helo= the given one",
	  " from b.example ([192.0.2.1] helo=a.example) by c", "192.0.2.1",
	  "a.example" },
	{ "no space, FROM in capitals",
	  "FROM a.example(b.example[192.0.2.1])by c", "192.0.2.1",
	  "a.example" },
	{ "a name too long to be one",
	  " from aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  " ([192.0.2.1]) by c",
	  "192.0.2.1", "" },
	{ "empty", "", "", "" },
	{ "no from", " by mx2.example.net with local; today", "", "" },
	{ "fromage", " fromage (x [192.0.2.1])", "", "" },
	{ "from alone", " from", "", "" },
	{ "from nobody", " from ([192.0.2.1])", "", "" },
	{ "no comment", " from a.example by b.example [192.0.2.1]", "", "" },
	{ "no address in the comment", " from a.example (HELO x) ([192.0.2.1])",
	  "", "" },
	{ "a comment inside comes first: not ours to untangle",
	  " from a.example (x (y) [192.0.2.1])", "", "" },
	{ "bracket not closed", " from a.example (b [192.0.2.1", "", "" },
	{ "not an address", " from a.example (b [192.0.2.256])", "", "" },
	{ "an address too long for one",
	  " from a.example (b "
	  "[0000:0000:0000:0000:0000:0000:0000:0000:0000:00])",
	  "", "" },
};

static void check(const struct row *row)
{
	char ip[PS_IP_TEXT_MAX] = "", helo[PS_DOMAIN_MAX + 1];
	struct ps_ip client;

	if (ps_received_client(ps_bytes_of(row->value), &client, helo))
		ps_ip_format(&client, ip);
	assert_string_equal(ip, row->ip);
	assert_string_equal(helo, row->helo);
}

TABLE_MAIN(rows, check)
