/* test_zone_file.c - a JSON file in the place of the DNS, by table. */

#include "table.h"

#include "core/text/buffer.h"
#include "io/zone_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REC(name, type, rest)                                                  \
	"{\"name\":\"" name "\",\"type\":\"" type "\"" rest "}"
#define TEXT(name, strings) REC(name, "TXT", ",\"data\":[" strings "]")
#define ADDR(name, data)    REC(name, "A", ",\"data\":\"" data "\"")
#define ALIAS(name, data)   REC(name, "CNAME", ",\"data\":\"" data "\"")
#define ERROR(name, type)   REC(name, type, ",\"error\":\"timeout\"")
#define MX(name, p, x)                                                         \
	REC(name, "MX",                                                        \
	    ",\"data\":{\"preference\":" p ",\"exchange\":\"" x "\"}")

/* type 0: the file is not read, and want is in the reason. */
static const struct row {
	const char *name, *file, *asked;
	int type;
	const char *want;
} rows[] = {
	{ "text, its strings joined", "[" TEXT("a.test", "\"x \",\"y\"") "]",
	  "a.test", PS_DNS_TXT, "<x y>" },
	{ "an object with a zone",
	  "{\"format\":\"x\",\"zone\":[" TEXT("a.test", "\"x\"") "]}", "a.test",
	  PS_DNS_TXT, "<x>" },
	{ "several, in order",
	  "[" TEXT("a.test", "\"1\"") "," TEXT("b.test", "\"2\"") "," TEXT(
		  "a.test",
		  "\"3\"") "," TEXT("a.test",
				    "\"4\"") "," TEXT("a.test",
						      "\"5\"") "," TEXT("a."
									"test",
									"\"6\"") "]",
	  "a.test", PS_DNS_TXT, "<1><3><4><5><6>" },
	{ "a string of no length", "[" TEXT("a.test", "\"\"") "]", "a.test",
	  PS_DNS_TXT, "<>" },
	{ "NUL in a text", "[" TEXT("a.test", "\"a\\u0000b\"") "]", "a.test",
	  PS_DNS_TXT, "<a?b>" },
	{ "case, final dots", "[" ADDR("A.Test.", "192.0.2.1") "]", "a.test",
	  PS_DNS_A, "192.0.2.1" },
	{ "IPv6", "[" REC("a.test", "AAAA", ",\"data\":\"2001:db8::1\"") "]",
	  "a.test", PS_DNS_AAAA, "2001:db8::1" },
	{ "mx", "[" MX("a.test", "10", "B.test.") "," MX("a.test", "0", "") "]",
	  "a.test", PS_DNS_MX, "10<b.test>0<>" },
	{ "ns", "[" REC("a.test", "NS", ",\"data\":\"N.test\"") "]", "a.test",
	  PS_DNS_NS, "<n.test>" },
	{ "ptr",
	  "[" REC("1.2.0.192.in-addr.arpa", "PTR", ",\"data\":\"H.test\"") "]",
	  "1.2.0.192.in-addr.arpa", PS_DNS_PTR, "<h.test>" },
	{ "no such name", "[" ADDR("a.test", "192.0.2.1") "]", "b.test",
	  PS_DNS_A, "nxdomain" },
	{ "the end of a name is no name above it",
	  "[" ADDR("ba.test", "192.0.2.1") "]", "a.test", PS_DNS_A,
	  "nxdomain" },
	{ "another type", "[" ADDR("a.test", "192.0.2.1") "]", "a.test",
	  PS_DNS_TXT, "nothing" },
	{ "a name above", "[" ADDR("x.a.test", "192.0.2.1") "]", "a.test",
	  PS_DNS_A, "nothing" },
	{ "a name without records", "[" REC("a.test", "NONE", "") "]", "a.test",
	  PS_DNS_A, "nothing" },
	{ "RFC 7208 3.1 type SPF is never there",
	  "[" REC("a.test", "SPF", ",\"data\":[\"v=spf1\"]") "]", "a.test",
	  PS_DNS_TXT, "nothing" },
	{ "an error", "[" ERROR("a.test", "A") "," TEXT("a.test", "\"x\"") "]",
	  "a.test", PS_DNS_A, "tempfail" },
	{ "an error of another type",
	  "[" ERROR("a.test", "A") "," TEXT("a.test", "\"x\"") "]", "a.test",
	  PS_DNS_TXT, "<x>" },
	{ "an error of every type that is not there",
	  "[" ERROR("a.test", "ANY") "," TEXT("a.test", "\"x\"") "]", "a.test",
	  PS_DNS_A, "tempfail" },
	{ "but not of those that are",
	  "[" ERROR("a.test", "ANY") "," TEXT("a.test", "\"x\"") "]", "a.test",
	  PS_DNS_TXT, "<x>" },
	{ "an alias",
	  "[" ALIAS("a.test", "B.test.") "," ADDR("b.test", "192.0.2.1") "]",
	  "a.test", PS_DNS_A, "192.0.2.1" },
	{ "an alias of nothing", "[" ALIAS("a.test", "b.test") "]", "a.test",
	  PS_DNS_A, "nxdomain" },
	{ "an alias of what fails",
	  "[" ALIAS("a.test", "b.test") "," ERROR("b.test", "A") "]", "a.test",
	  PS_DNS_A, "tempfail" },
	{ "a loop of aliases",
	  "[" ALIAS("a.test", "b.test") "," ALIAS("b.test", "a.test") "]",
	  "a.test", PS_DNS_A, "nothing" },
	{ "an empty zone", "[]", "a.test", PS_DNS_A, "nxdomain" },

	{ "not there", NULL, NULL, 0, "nosuch" },
	{ "no JSON", "[\n{", NULL, 0, ":2: " },
	{ "no array", "{\"zone\":{}}", NULL, 0, "no array of records" },
	{ "no zone", "{}", NULL, 0, "no array of records" },
	{ "a text for a record", "[\"a\"]", NULL, 0, "record 1 " },
	{ "no name", "[{\"type\":\"A\",\"data\":\"192.0.2.1\"}]", NULL, 0,
	  "record 1 " },
	{ "NUL in a name", "[" ADDR("a\\u0000.test", "192.0.2.1") "]", NULL, 0,
	  "record 1 " },
	{ "an unknown type",
	  "[" ADDR("a.test", "192.0.2.1") "," REC("a.test", "NS", "") "]", NULL,
	  0, "record 2 " },
	{ "an address that is none", "[" ADDR("a.test", "192.0.2") "]", NULL, 0,
	  "record 1 " },
	{ "an address of the other family", "[" ADDR("a.test", "::1") "]", NULL,
	  0, "record 1 " },
	{ "no data", "[" REC("a.test", "A", "") "]", NULL, 0, "record 1 " },
	{ "a text that is not in an array",
	  "[" REC("a.test", "TXT", ",\"data\":\"x\"") "]", NULL, 0,
	  "record 1 " },
	{ "a number among the strings", "[" TEXT("a.test", "\"x\",1") "]", NULL,
	  0, "record 1 " },
	{ "a preference of 65536", "[" MX("a.test", "65536", "b") "]", NULL, 0,
	  "record 1 " },
	{ "a preference below 0", "[" MX("a.test", "-1", "b") "]", NULL, 0,
	  "record 1 " },
	{ "type ANY with data", "[" REC("a.test", "ANY", ",\"data\":\"x\"") "]",
	  NULL, 0, "record 1 " },
};

static void say(struct ps_buffer *out, int type,
		const struct ps_dns_record *record)
{
	char ip[PS_IP_TEXT_MAX];
	size_t i;

	if (type == PS_DNS_A || type == PS_DNS_AAAA) {
		ps_ip_format(&record->ip, ip);
		ps_buffer_text(out, ip);
		return;
	}
	if (type == PS_DNS_MX)
		ps_buffer_number(out, record->preference);
	ps_buffer_char(out, '<');
	for (i = 0; i < record->text.len; i++)
		ps_buffer_char(out, record->text.at[i] == '\0'
					    ? '?'
					    : record->text.at[i]);
	/* The port's promise. */
	assert_int_equal(record->text.at[record->text.len], '\0');
	ps_buffer_char(out, '>');
}

static void ask(struct ps_zone_file *zone, const struct row *row)
{
	struct ps_dns dns = ps_zone_file_port(zone);
	struct ps_buffer out = PS_BUFFER(4096);
	const struct ps_dns_answer *answer;
	size_t i;

	switch (dns.lookup(dns.ctx, row->asked, (enum ps_dns_type)row->type,
			   &answer)) {
	case PS_DNS_FOUND:
		for (i = 0; i < answer->count; i++)
			say(&out, row->type, &answer->record[i]);
		break;
	case PS_DNS_NOTFOUND:
		ps_buffer_text(&out, answer->nxdomain ? "nxdomain" : "nothing");
		break;
	case PS_DNS_TEMPFAIL:
		ps_buffer_text(&out, "tempfail");
		break;
	case PS_DNS_PENDING:
		ps_buffer_text(&out, "pending");
		break;
	}
	assert_string_equal(ps_buffer_cstr(&out), row->want);
	ps_buffer_free(&out);
}

static void check(const struct row *row)
{
	char path[] = "/tmp/zone-XXXXXX", error[PS_CONFIG_ERROR_MAX] = "";
	struct ps_zone_file *zone;
	int fd = mkstemp(path), result;
	size_t len = row->file == NULL ? 0 : strlen(row->file);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, row->file == NULL ? "" : row->file, len),
			 len);
	close(fd);
	result = ps_zone_file_read(row->file == NULL ? "/nosuch" : path, &zone,
				   error);
	unlink(path);
	if (row->type == 0) {
		assert_int_equal(result, -1);
		assert_null(zone);
		if (strstr(error, row->want) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", error,
				 row->want);
		return;
	}
	if (result != 0)
		fail_msg("%s", error);
	ask(zone, row);
	ps_zone_file_free(&zone);
	assert_null(zone);
}

TABLE_MAIN(rows, check)
