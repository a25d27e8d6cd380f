/* test_dmarc_external.c - where reports may go, by table (RFC 9990 4). */

#include "fake_dns.h"
#include "table.h"

#include "core/auth/dmarc_external.h"
#include "io/idn_libidn2.h"
#include "io/psl_libpsl.h"

#include <string.h>

#define AT    "a.test._report._dmarc.r.test"
#define L63   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define RULES "test\nco.test\n"

/*
 * domain: where the policy is.  want: the address, "no", or "temporary".
 * rounds: of waiting when all answers are on their way at first.
 * A row named for RFC 7489 is judged by it, the others by RFC 9990.
 */
static const struct row {
	const char *name, *zone, *domain, *uri, *want;
	unsigned int rounds;
} rows[] = {
	{ "the domain itself", "", "a.test", "mailto:r@a.test", "r@a.test", 0 },
	{ "the domain itself, in capitals", "", "a.test", "MAILTO:R@A.Test",
	  "R@a.test", 0 },
	{ "white space around", "", "a.test", " mailto:r@a.test\t", "r@a.test",
	  0 },
	{ "the organization", "_dmarc.a.test TXT v=DMARC1; p=none", "m.a.test",
	  "mailto:r@n.a.test", "r@n.a.test", 1 },
	{ "the organization ends at psd=n",
	  "_dmarc.a.test TXT v=DMARC1; p=none\n"
	  "_dmarc.n.a.test TXT v=DMARC1; p=none; psd=n",
	  "m.a.test", "mailto:r@n.a.test", "no", 1 },
	{ "below, where no record makes an organization", "", "a.test",
	  "mailto:r@m.a.test", "no", 1 },
	{ "step 2: allowed", AT " TXT v=DMARC1", "a.test", "mailto:x@r.test",
	  "x@r.test", 1 },
	{ "step 6: a semicolon behind it", AT " TXT v=DMARC1;", "a.test",
	  "mailto:x@r.test", "x@r.test", 1 },
	{ "step 2: for another", "b.test._report._dmarc.r.test TXT v=DMARC1",
	  "a.test", "mailto:x@r.test", "no", 1 },
	{ "step 3: A-labels",
	  "a.test._report._dmarc.xn--bcher-kva.test TXT v=DMARC1", "a.test",
	  "mailto:x@b%C3%BCcher.test", "x@xn--bcher-kva.test", 1 },
	{ "step 4: the name would be too long", "", L63 "." L63 "." L63,
	  "mailto:x@" L63 ".test", "no", 1 },
	{ "step 5: fails", AT " TXT !", "a.test", "mailto:x@r.test",
	  "temporary", 1 },
	{ "step 5: the organization cannot be told", "_dmarc.r.test TXT !",
	  "a.test", "mailto:x@r.test", "temporary", 1 },
	{ "step 6: another record beside it",
	  AT " TXT hello\n" AT " TXT v=DMARC1", "a.test", "mailto:x@r.test",
	  "x@r.test", 1 },
	{ "step 6: v is not the first", AT " TXT p=none; v=DMARC1", "a.test",
	  "mailto:x@r.test", "no", 1 },
	{ "step 8: more than one", AT " TXT v=DMARC1\n" AT " TXT v=DMARC1",
	  "a.test", "mailto:x@r.test", "x@r.test", 1 },
	{ "step 9: another address", AT " TXT v=DMARC1; rua=mailto:y@r.test",
	  "a.test", "mailto:x@r.test", "y@r.test", 1 },
	{ "step 9: the first of several",
	  AT " TXT v=DMARC1; rua=mailto:y@r.test, mailto:z@r.test", "a.test",
	  "mailto:x@r.test", "y@r.test", 1 },
	{ "step 9: at another host", AT " TXT v=DMARC1; rua=mailto:y@s.test",
	  "a.test", "mailto:x@r.test", "no", 1 },
	{ "step 9: the second is at another host",
	  AT " TXT v=DMARC1; rua=mailto:y@r.test,mailto:y@s.test", "a.test",
	  "mailto:x@r.test", "no", 1 },
	{ "step 9: what is no mailto is passed over",
	  AT " TXT v=DMARC1; rua=https://s.test/", "a.test", "mailto:x@r.test",
	  "x@r.test", 1 },
	{ "4.7 another scheme", "", "a.test", "https://a.test/", "no", 0 },
	{ "no scheme", "", "a.test", "r@a.test", "no", 0 },
	{ "no address", "", "a.test", "mailto:", "no", 0 },
	{ "no local part", "", "a.test", "mailto:@a.test", "no", 0 },
	{ "no domain", "", "a.test", "mailto:r", "no", 0 },
	{ "a literal", "", "a.test", "mailto:r@[192.0.2.1]", "no", 0 },
	{ "two addresses", "", "a.test", "mailto:r%40a.test%2Cs@a.test", "no",
	  0 },
	{ "RFC 6068 2: fields behind it", "", "a.test",
	  "mailto:r@a.test?subject=x", "r@a.test", 0 },
	{ "RFC 6068 5: quoted", "", "a.test", "mailto:%22r%40s%22@a.test",
	  "\"r@s\"@a.test", 0 },
	{ "RFC 7489 6.4 a size behind it", "", "a.test", "mailto:r@a.test!10m",
	  "r@a.test", 0 },
	{ "RFC 3986 2.1 encoded", "", "a.test", "mailto:%72%2Cx%21@a.test",
	  "r,x!@a.test", 0 },
	{ "RFC 3986 2.1 half encoded", "", "a.test", "mailto:r@a.test%2", "no",
	  0 },
	{ "RFC 3986 2.1 no digit", "", "a.test", "mailto:r%2g@a.test", "no",
	  0 },
	{ "NUL", "", "a.test", "mailto:r%00@a.test", "no", 0 },
	{ "a line end", "", "a.test", "mailto:r%0d%0a@a.test", "no", 0 },
	{ "RFC 5321 4.5.3.1.1 64 octets", "", "a.test",
	  "mailto:x" L63 "@a.test", "x" L63 "@a.test", 0 },
	{ "RFC 5321 4.5.3.1.1 65 octets", "", "a.test",
	  "mailto:xx" L63 "@a.test", "no", 0 },
	{ "RFC 7489 7.1 the organization, by the list", "", "m.a.test",
	  "mailto:r@n.a.test", "r@n.a.test", 0 },
	{ "RFC 7489 7.1 neighbours below a suffix", "", "a.co.test",
	  "mailto:r@b.co.test", "no", 1 },
	{ "RFC 7489 7.1 allowed", AT " TXT v=DMARC1", "a.test",
	  "mailto:x@r.test", "x@r.test", 1 },
};

static const char *ask(const struct ps_dmarc_external_query *query,
		       const struct ps_dns *dns,
		       char address[PS_DMARC_ADDRESS_MAX + 1])
{
	switch (ps_dmarc_external(query, dns, address)) {
	case PS_DNS_FOUND:
		return address;
	case PS_DNS_NOTFOUND:
		assert_string_equal(address, "");
		return "no";
	case PS_DNS_TEMPFAIL:
		assert_string_equal(address, "");
		return "temporary";
	case PS_DNS_PENDING:
		break;
	}
	return "pending";
}

static void check(const struct row *row)
{
	struct fake_dns *zone = fake_dns_load(row->zone);
	struct ps_dns dns = fake_dns_port(zone);
	struct ps_dmarc_external_query query = {
		.policy_domain = row->domain,
		.uri = ps_bytes_of(row->uri),
		.idn = &ps_idn_libidn2,
	};
	char address[PS_DMARC_ADDRESS_MAX + 1];
	struct ps_libpsl *psl;
	const char *got;

	assert_int_equal(ps_libpsl_new_of(PS_BYTES(RULES), &psl), 0);
	if (strncmp(row->name, "RFC 7489 7", 10) == 0)
		query.psl = ps_libpsl_port(psl);
	assert_string_equal(ask(&query, &dns, address), row->want);
	fake_dns_pending(zone, true);
	do
		got = ask(&query, &dns, address);
	while (strcmp(got, "pending") == 0 && fake_dns_wait(zone));
	assert_string_equal(got, row->want);
	assert_int_equal(fake_dns_rounds(zone), row->rounds);
	ps_libpsl_free(&psl);
	fake_dns_free(&zone);
}

TABLE_MAIN(rows, check)
