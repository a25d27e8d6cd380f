/* test_dns_decode.c - records off the wire by table, and SipHash. */

#include "table.h"

#include "core/text/buffer.h"
#include "io/dns_decode.h"
#include "io/siphash.h"

#include <stdlib.h>
#include <string.h>

#define RECORDS 4 /* of a row */
#define X15	"xxxxxxxxxxxxxxx"
#define X60	X15 X15 X15 X15
#define L61	"\075" X60 "x"
#define L63	"\077" X60 "xxx"
#define T63	X60 "xxx"

/* want: each record and ";", or the status. */
static const struct row {
	const char *name;
	enum ps_dns_type type;
	struct ps_bytes data[RECORDS]; /* as many as there are */
	const char *want;
} rows[] = {
#define R(text) PS_BYTES(text)
#define ROW(name, type, want, ...)                                             \
	{                                                                      \
		name, PS_DNS_##type, { __VA_ARGS__ }, want                     \
	}
	ROW("1035 3.4.1: A", A, "192.0.2.1;", R("\300\0\2\1")),
	ROW("1035 3.4.1: A, two in their order", A, "192.0.2.9;192.0.2.1;",
	    R("\300\0\2\11"), R("\300\0\2\1")),
	ROW("1035 3.4.1: A of three octets", A, "tempfail", R("\300\0\2")),
	ROW("1035 3.4.1: A of five octets", A, "tempfail", R("\300\0\2\1\0")),
	ROW("1035 3.4.1: A of no octets", A, "tempfail", R("")),
	ROW("1035 3.4.1: one damaged, all refused", A, "tempfail",
	    R("\300\0\2\1"), R("\300\0\2")),
	ROW("3596 2.2: AAAA", AAAA, "2001:db8::1;",
	    R("\x20\1\x0d\270\0\0\0\0\0\0\0\0\0\0\0\1")),
	ROW("3596 2.2: AAAA that is mapped stays", AAAA, "::ffff:192.0.2.1;",
	    R("\0\0\0\0\0\0\0\0\0\0\377\377\300\0\2\1")),
	ROW("3596 2.2: AAAA of four octets", AAAA, "tempfail", R("\300\0\2\1")),
	ROW("3596 2.2: AAAA of 17 octets", AAAA, "tempfail",
	    R("\x20\1\x0d\270\0\0\0\0\0\0\0\0\0\0\0\1\0")),
	ROW("no record", A, "notfound"),
	ROW("1035 3.3.9: MX", MX, "258 mail.test;", R("\1\2\4mail\4test\0")),
	ROW("1035 3.3.9: MX, octets over 127 in the preference", MX, "65535 a;",
	    R("\377\377\1a\0")),
	ROW("7505 3: null MX", MX, "0 ;", R("\0\0\0")),
	ROW("1035 3.3.9: MX without a name", MX, "tempfail", R("\0\12")),
	ROW("1035 3.3.9: MX of one octet", MX, "tempfail", R("\0")),
	ROW("1035 3.3.9: MX of no octets", MX, "tempfail", R("")),
	ROW("1035 3.3.12: PTR", PTR, "mail.test;", R("\4mail\4test\0")),
	ROW("1035 3.3.12: PTR to the root", PTR, ";", R("\0")),
	ROW("1035 3.3.12: PTR of no octets", PTR, "tempfail", R("")),
	ROW("1035 2.3.3: upper case", PTR, "mail.test;", R("\4MaiL\4TEST\0")),
	ROW("2181 11: underscore and hyphen stay", PTR, "_a-.test;",
	    R("\3_a-\4test\0")),
	ROW("2181 11: dot inside a label", PTR, "notfound",
	    R("\7foo.bar\4test\0")),
	ROW("2181 11: NUL", PTR, "notfound", R("\4ma\0l\4test\0")),
	ROW("2181 11: space", PTR, "notfound", R("\4ma l\4test\0")),
	ROW("2181 11: line feed", PTR, "notfound", R("\4ma\nl\4test\0")),
	ROW("2181 11: backslash", PTR, "notfound", R("\4ma\\l\4test\0")),
	ROW("2181 11: DEL", PTR, "notfound", R("\4ma\177l\4test\0")),
	ROW("2181 11: octets over 127", PTR, "notfound",
	    R("\4ma\303\274\4test\0")),
	ROW("2181 11: no host name, left out between two", PTR,
	    "a.test;b.test;", R("\1a\4test\0"), R("\4ma l\4test\0"),
	    R("\1b\4test\0")),
	ROW("2181 11: no host name in the MX, left out", MX, "7 b;",
	    R("\0\12\3a b\0"), R("\0\7\1b\0")),
	ROW("2181 11: no host name, and another damaged", PTR, "tempfail",
	    R("\3a b\0"), R("\1b")),
	ROW("1035 2.3.4: label of 63", PTR, T63 ";", R(L63 "\0")),
	ROW("1035 2.3.4: label of 64", PTR, "tempfail", R("\100" T63 "x\0")),
	ROW("1035 2.3.4: name of 253", PTR, T63 "." T63 "." T63 "." X60 "x;",
	    R(L63 L63 L63 L61 "\0")),
	ROW("1035 2.3.4: name of 254", PTR, "tempfail",
	    R(L63 L63 L63 "\076" X60 "xx\0")),
	ROW("1035 4.1.4: compression pointer", PTR, "tempfail", R("\300\14")),
	ROW("1035 4.1.4: compression pointer behind a label", MX, "tempfail",
	    R("\0\12\4mail\300\14")),
	ROW("1035 3.1: no root at the end", PTR, "tempfail", R("\4mail\4test")),
	ROW("1035 3.1: label longer than the data", PTR, "tempfail",
	    R("\4mail\5test")),
	ROW("1035 3.1: octets behind the root", PTR, "tempfail",
	    R("\4mail\4test\0\0")),
	ROW("1035 3.3.14: TXT", TXT, "v=spf1 -all;", R("\13v=spf1 -all")),
	ROW("7208 3.3: strings are joined without a space", TXT, "v=spf1 -all;",
	    R("\6v=spf1\5 -all")),
	ROW("1035 3.3.14: empty strings", TXT, "ab;", R("\0\1a\0\1b\0")),
	ROW("1035 3.3.14: an empty string alone", TXT, ";", R("\0")),
	ROW("1035 3.3.14: no string", TXT, ";", R("")),
	ROW("1035 3.3.14: four records", TXT, "a;;B;c d;", R("\1a"), R("\0"),
	    R("\1B"), R("\3c d")),
	ROW("1035 3.3.14: any octet", TXT, "a\xff\\.;", R("\4a\377\\.")),
	ROW("1035 3.3: string longer than the data", TXT, "tempfail",
	    R("\6v=spf")),
	ROW("1035 3.3: second string longer than the data", TXT, "tempfail",
	    R("\1a\1")),
#undef ROW
#undef R
};

/* TXT records of the same size. */
static const struct sizes {
	const char *name;
	size_t records, octets; /* of each */
	enum ps_dns_status want;
} sizes[] = {
	{ "a set of 20 KB", 80, 256, PS_DNS_FOUND },
	{ "bound: 256 records", 256, 2, PS_DNS_FOUND },
	{ "bound: 257 records", 257, 2, PS_DNS_TEMPFAIL },
	{ "bound: 65535 octets", 1, 65535, PS_DNS_FOUND },
	{ "bound: 65535 octets of 255 records", 255, 257, PS_DNS_FOUND },
	{ "bound: 65536 octets", 1, 65536, PS_DNS_TEMPFAIL },
	{ "bound: 65536 octets of 256 records", 256, 256, PS_DNS_TEMPFAIL },
};

/* Octets 0, 1, 2, ... under key 0 to 15
 * (Aumasson, Bernstein: "SipHash", appendix A, and vectors.h beside it). */
static const struct sip {
	const char *name;
	size_t len;
	uint64_t want;
} sips[] = {
	{ "siphash: nothing", 0, UINT64_C(0x726fdb47dd0e0e31) },
	{ "siphash: 7 octets", 7, UINT64_C(0xab0200f58b01d137) },
	{ "siphash: 8 octets", 8, UINT64_C(0x93f5f5799a932462) },
	{ "siphash: the paper's 15 octets", 15, UINT64_C(0xa129ca6149be45e5) },
};

static const char *const statuses[] = {
	[PS_DNS_FOUND] = "found",
	[PS_DNS_NOTFOUND] = "notfound",
	[PS_DNS_TEMPFAIL] = "tempfail",
	[PS_DNS_PENDING] = "pending",
};

/* In memory of that size, so that asan sees the first octet behind it. */
static char *copy_of(struct ps_bytes bytes)
{
	char *copy = malloc(bytes.len == 0 ? 1 : bytes.len);

	assert_non_null(copy);
	memcpy(copy, bytes.at, bytes.len);
	return copy;
}

static void dump(struct ps_buffer *out, enum ps_dns_type type,
		 const struct ps_dns_record *record)
{
	char ip[PS_IP_TEXT_MAX];

	if (type == PS_DNS_A || type == PS_DNS_AAAA) {
		ps_ip_format(&record->ip, ip);
		ps_buffer_text(out, ip);
	} else {
		assert_int_equal(record->text.at[record->text.len], '\0');
	}
	if (type == PS_DNS_MX) {
		ps_buffer_number(out, record->preference);
		ps_buffer_char(out, ' ');
	}
	ps_buffer_bytes(out, record->text);
	ps_buffer_char(out, ';');
}

static void check(const struct row *row)
{
	struct ps_buffer text = PS_BUFFER(1024);
	struct ps_dns_kept *kept;
	char *data[RECORDS + 1] = { NULL };
	int len[RECORDS] = { 0 };
	enum ps_dns_status status;
	size_t i, count;

	for (count = 0; count < RECORDS && row->data[count].at != NULL;
	     count++) {
		data[count] = copy_of(row->data[count]);
		len[count] = (int)row->data[count].len;
	}
	status =
		ps_dns_decode(row->type, (const char *const *)data, len, &kept);
	for (i = 0; i < count; i++)
		free(data[i]);
	if (status == PS_DNS_FOUND) {
		for (i = 0; i < kept->answer.count; i++)
			dump(&text, row->type, &kept->answer.record[i]);
	} else {
		ps_buffer_text(&text, statuses[status]);
	}
	assert_string_equal(ps_buffer_cstr(&text), row->want);
	assert_int_equal(kept == NULL, status == PS_DNS_TEMPFAIL);
	if (kept != NULL) {
		assert_int_equal(kept->status, status);
		assert_false(kept->answer.nxdomain);
	}
	ps_dns_kept_release(&kept);
	ps_buffer_free(&text);
}

/* Character strings as long as they can be. */
static size_t fill_txt(char *data, size_t octets)
{
	size_t at = 0, len, text = 0;

	while (at < octets) {
		len = octets - at - 1 > 255 ? 255 : octets - at - 1;
		data[at] = (char)len;
		memset(data + at + 1, 'x', len);
		at += len + 1;
		text += len;
	}
	return text;
}

static void check_sizes(const struct sizes *row)
{
	const char **data = calloc(row->records + 1, sizeof(*data));
	int *len = calloc(row->records, sizeof(*len));
	char *one = malloc(row->octets);
	struct ps_dns_kept *kept;
	size_t i, text;

	assert_true(data != NULL && len != NULL && one != NULL);
	text = fill_txt(one, row->octets);
	for (i = 0; i < row->records; i++) {
		data[i] = one;
		len[i] = (int)row->octets;
	}
	assert_string_equal(
		statuses[ps_dns_decode(PS_DNS_TXT, data, len, &kept)],
		statuses[row->want]);
	if (row->want == PS_DNS_FOUND) {
		assert_int_equal(kept->answer.count, row->records);
		for (i = 0; i < row->records; i++)
			assert_int_equal(kept->answer.record[i].text.len, text);
		assert_true(kept->octets >= row->records * text);
	} else {
		assert_null(kept);
	}
	ps_dns_kept_release(&kept);
	free(one);
	free(len);
	free(data);
}

static void check_sip(const struct sip *row)
{
	/* Octets 0 to 15, as two little endian numbers. */
	const struct ps_siphash_key key = { UINT64_C(0x0706050403020100),
					    UINT64_C(0x0f0e0d0c0b0a0908) };
	unsigned char data[16];
	size_t i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)i;
	assert_true(ps_siphash(&key, data, row->len) == row->want);
}

static void check_negative_length(void **state)
{
	const char *const data[] = { "\300\0\2\1", NULL };
	const int len[] = { -1 };
	struct ps_dns_kept *kept;

	(void)state;
	assert_int_equal(ps_dns_decode(PS_DNS_A, data, len, &kept),
			 PS_DNS_TEMPFAIL);
	assert_null(kept);
}

/* asan sees a hold too many, or one too few. */
static void check_holders(void **state)
{
	const char *const data[] = { "\3abc", NULL };
	const int len[] = { 4 };
	struct ps_dns_kept *kept, *second;

	(void)state;
	assert_int_equal(ps_dns_decode(PS_DNS_TXT, data, len, &kept),
			 PS_DNS_FOUND);
	second = ps_dns_kept_hold(kept);
	ps_dns_kept_release(&kept);
	assert_null(kept);
	assert_string_equal(second->answer.record[0].text.at, "abc");
	ps_dns_kept_release(&second);
	assert_null(second);
	ps_dns_kept_release(&second);
}

static void check_none(void **state)
{
	struct ps_dns_kept *kept;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		kept = ps_dns_kept_none(i == 1);
		assert_non_null(kept);
		assert_int_equal(kept->status, PS_DNS_NOTFOUND);
		assert_int_equal(kept->answer.nxdomain, i == 1);
		assert_int_equal(kept->answer.count, 0);
		assert_true(kept->octets >= sizeof(*kept));
		ps_dns_kept_release(&kept);
	}
}

static void check_secrets(void **state)
{
	struct ps_siphash_key a, b;

	(void)state;
	assert_int_equal(ps_siphash_key_random(&a), 0);
	assert_int_equal(ps_siphash_key_random(&b), 0);
	assert_true(a.k0 != b.k0 && a.k1 != b.k1);
}

static void run(void **state)
{
	check(*state);
}

static void run_sizes(void **state)
{
	check_sizes(*state);
}

static void run_sip(void **state)
{
	check_sip(*state);
}

int main(void)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows) + TABLE_COUNT(sizes) +
				       TABLE_COUNT(sips) + 4];
	struct CMUnitTest *at = tests;

	TABLE_TESTS(at, rows, run);
	at += TABLE_COUNT(rows);
	TABLE_TESTS(at, sizes, run_sizes);
	at += TABLE_COUNT(sizes);
	TABLE_TESTS(at, sips, run_sip);
	at += TABLE_COUNT(sips);
	*at++ = (struct CMUnitTest){ .name = "negative length",
				     .test_func = check_negative_length };
	*at++ = (struct CMUnitTest){ .name = "holders",
				     .test_func = check_holders };
	*at++ = (struct CMUnitTest){ .name = "none", .test_func = check_none };
	*at++ = (struct CMUnitTest){ .name = "siphash: two secrets",
				     .test_func = check_secrets };
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
				       NULL, NULL);
}
