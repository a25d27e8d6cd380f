/* test_authres.c - Authentication-Results by table (RFC 8601). */

#include "table.h"

#include "core/auth/authres.h"
#include "core/auth/authres_read.h"
#include "io/idn_libidn2.h"

#include <string.h>

#define ID   " mx.test"
#define LINE ";\r\n\t"
#define L50  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define L300 L50 L50 L50 L50 L50 L50

#define SPF(...)                                                               \
	.spf = &(const struct ps_spf_verdict)                                  \
	{                                                                      \
		__VA_ARGS__                                                    \
	}
#define HELO(...)                                                              \
	.helo = &(const struct ps_spf_verdict)                                 \
	{                                                                      \
		__VA_ARGS__                                                    \
	}
#define QUERY(...)                                                             \
	.spf_query = &(const struct ps_spf_query)                              \
	{                                                                      \
		__VA_ARGS__                                                    \
	}
#define FROM(s) QUERY(.sender = (s), .helo = "m.A.test")
#define DKIM(...)                                                              \
	.dkim = (const struct ps_dkim_verdict[]){ { __VA_ARGS__ } },           \
	.dkim_count = 1
#define DMARC(...)                                                             \
	.dmarc = &(const struct ps_dmarc_verdict)                              \
	{                                                                      \
		__VA_ARGS__                                                    \
	}
#define SIG                                                                    \
	.domain = "a.test", .identity = "@a.test", .selector = "s",            \
	.algorithm = "rsa-sha256", .signature_start = "AbCdEfGh"
#define SIG_TEXT                                                               \
	" header.d=a.test header.i=@a.test header.s=s\r\n\theader.a="          \
	"rsa-sha256 header.b=AbCdEfGh"

/* want: NULL: a row about ours instead, "mx.test" being our id. */
static const struct row {
	const char *name;
	struct ps_authres facts;
	const char *want;
	struct ps_bytes value;
	bool ours;
} rows[] = {
#define WRITE(n, w, ...)                                                       \
	{                                                                      \
		n, { .authserv_id = "mx.test", __VA_ARGS__ }, w, { 0 }, false  \
	}
#define SEALED(n, w, arc_verdict, arc_trust, arc_client, spare, ...)           \
	{                                                                      \
		n,                                                             \
			{ .authserv_id = "mx.test",                            \
			  .arc =                                               \
				  &(const struct ps_authres_arc){              \
					  &(const struct ps_arc_verdict)       \
						  arc_verdict,                 \
					  &(const struct ps_arc_trust)         \
						  arc_trust,                   \
					  &(const struct ps_ip)arc_client,     \
					  PS_SPARE_##spare },                  \
			  __VA_ARGS__ },                                       \
			w, { 0 }, false                                        \
	}
#define REJECTED                                                               \
	DMARC(.result = PS_DMARC_FAIL, .from_domain = "a.test",                \
	      .policy_domain = "a.test", .policy = PS_DMARC_POLICY_REJECT,     \
	      .disposition = PS_DMARC_POLICY_REJECT)
#define BRACED(...)                                                            \
	{                                                                      \
		__VA_ARGS__                                                    \
	}
#define V4 BRACED(32, { 192, 0, 2, 1 })
#define OURS(n, v)                                                             \
	{                                                                      \
		n, { 0 }, NULL, PS_BYTES(v), true                              \
	}
#define OTHER(n, v)                                                            \
	{                                                                      \
		n, { 0 }, NULL, PS_BYTES(v), false                             \
	}
	WRITE("2.7.1 no signature", ID LINE "dkim=none", .dkim_count = 0),
	WRITE("2.7.2 spf of the sender",
	      ID LINE "spf=pass smtp.mailfrom=x@a.test" LINE "dkim=none",
	      FROM("x@a.test"), SPF(.result = PS_SPF_PASS, .domain = "a.test")),
	WRITE("2.7.2 spf of HELO",
	      ID LINE "spf=softfail reason=~all smtp.helo=m.A.test" LINE
		      "dkim=none",
	      FROM(""),
	      SPF(.result = PS_SPF_SOFTFAIL, .of_helo = true,
		  .domain = "m.a.test", .reason = "~all")),
	WRITE("RFC 7208 2.3 HELO beside the sender",
	      ID LINE "spf=pass smtp.mailfrom=x@a.test" LINE
		      "spf=fail reason=-all smtp.helo=m.A.test" LINE
		      "dkim=none",
	      FROM("x@a.test"), SPF(.result = PS_SPF_PASS, .domain = "a.test"),
	      HELO(.result = PS_SPF_FAIL, .of_helo = true, .domain = "m.a.test",
		   .reason = "-all")),
	WRITE("RFC 7208 2.3 HELO that is no name beside the sender",
	      ID LINE "spf=pass smtp.mailfrom=x@a.test" LINE
		      "spf=none smtp.helo=\"[192.0.2.1]\"" LINE "dkim=none",
	      QUERY(.sender = "x@a.test", .helo = "[192.0.2.1]"),
	      SPF(.result = PS_SPF_PASS, .domain = "a.test"),
	      HELO(.result = PS_SPF_NONE, .of_helo = true)),
	WRITE("2.2 HELO that would begin a line of its own: domain only",
	      ID LINE "spf=pass smtp.helo=m.test" LINE "dkim=none",
	      QUERY(.sender = "", .helo = "m\r\nX: y"),
	      SPF(.result = PS_SPF_PASS, .of_helo = true, .domain = "m.test")),
	WRITE("2.7.2 spf passes, no reason",
	      ID LINE "spf=pass smtp.mailfrom=x@a.test" LINE "dkim=none",
	      FROM("x@a.test"),
	      SPF(.result = PS_SPF_PASS, .domain = "a.test", .reason = "mx")),
	WRITE("2.2 sender in quotes",
	      ID LINE "spf=pass smtp.mailfrom=\"\\\"a; b\\\"@a.test\"" LINE
		      "dkim=none",
	      FROM("\"a; b\"@a.test"),
	      SPF(.result = PS_SPF_PASS, .domain = "a.test")),
	WRITE("2.2 sender that forges a result",
	      ID LINE "spf=fail smtp.mailfrom=\"x;dmarc=pass@a.test\"" LINE
		      "dkim=none",
	      FROM("x;dmarc=pass@a.test"),
	      SPF(.result = PS_SPF_FAIL, .domain = "a.test")),
	WRITE("2.2 comment in the sender stays in quotes",
	      ID LINE "spf=fail smtp.mailfrom=\"x(@a.test\"" LINE "dkim=none",
	      FROM("x(@a.test"),
	      SPF(.result = PS_SPF_FAIL, .domain = "a.test")),
	WRITE("2.2 backslash in the sender",
	      ID LINE "spf=fail smtp.mailfrom=\"x\\\\@a.test\"" LINE
		      "dkim=none",
	      FROM("x\\@a.test"),
	      SPF(.result = PS_SPF_FAIL, .domain = "a.test")),
	WRITE("RFC 5321 4.5.3.1 sender of 320 octets",
	      ID LINE "spf=pass\r\n\tsmtp.mailfrom=" L300
		      "12345678901234@a.tst" LINE "dkim=none",
	      FROM(L300 "12345678901234@a.tst"),
	      SPF(.result = PS_SPF_PASS, .domain = "a.tst")),
	WRITE("RFC 5321 4.5.3.1 sender of 321 octets: domain only",
	      ID LINE "spf=pass smtp.mailfrom=a.test" LINE "dkim=none",
	      FROM(L300 "12345678901234@a.test"),
	      SPF(.result = PS_SPF_PASS, .domain = "a.test")),
	WRITE("2.2 line end in the sender: domain only",
	      ID LINE "spf=fail smtp.mailfrom=a.test" LINE "dkim=none",
	      FROM("x\r\nSubject: y@a.test"),
	      SPF(.result = PS_SPF_FAIL, .domain = "a.test")),
	WRITE("2.2 control character in the sender",
	      ID LINE "spf=fail smtp.mailfrom=a.test" LINE "dkim=none",
	      FROM("x\x1b[31m@a.test"),
	      SPF(.result = PS_SPF_FAIL, .domain = "a.test")),
	WRITE("2.2 domain that cannot be said: no property",
	      ID LINE "spf=none" LINE "dkim=none", FROM(""),
	      SPF(.result = PS_SPF_NONE, .domain = "\x7f")),
	WRITE("RFC 6532 UTF-8",
	      ID LINE "spf=pass smtp.mailfrom=\xc3\xbc@\xc3\xbc.test" LINE
		      "dkim=none",
	      FROM("\xc3\xbc@\xc3\xbc.test"),
	      SPF(.result = PS_SPF_PASS, .domain = "\xc3\xbc.test")),
	WRITE("RFC 3629 4 no UTF-8",
	      ID LINE "spf=pass smtp.mailfrom=a.test" LINE "dkim=none",
	      FROM("\xfc@a.test"),
	      SPF(.result = PS_SPF_PASS, .domain = "a.test")),
	WRITE("RFC 3629 4 UTF-8 cut off",
	      ID LINE "spf=pass smtp.mailfrom=a.test" LINE "dkim=none",
	      FROM("x@a.test\xe2\x82"),
	      SPF(.result = PS_SPF_PASS, .domain = "a.test")),
	WRITE("RFC 3629 4 UTF-8 too long for its character",
	      ID LINE "spf=pass smtp.mailfrom=a.test" LINE "dkim=none",
	      FROM("\xe0\x80\xaf@a.test"),
	      SPF(.result = PS_SPF_PASS, .domain = "a.test")),
	WRITE("C1 control character in UTF-8",
	      ID LINE "spf=pass smtp.mailfrom=a.test" LINE "dkim=none",
	      FROM("\xc2\x85@a.test"),
	      SPF(.result = PS_SPF_PASS, .domain = "a.test")),
	WRITE("2.7.1 signature passes, folded", ID LINE "dkim=pass" SIG_TEXT,
	      DKIM(.result = PS_DKIM_PASS, SIG, .reason = "not said")),
	WRITE("2.7.1 signature fails, with the reason",
	      ID LINE "dkim=fail reason=\"body altered\" header.d=a.test "
		      "header.b=\"a/b\"",
	      DKIM(.result = PS_DKIM_FAIL, .domain = "a.test",
		   .signature_start = "a/b", .reason = "body altered")),
	WRITE("2.7.1 limits of a signature",
	      ID LINE "dkim=pass (part of the body is not signed) "
		      "(key is in test mode)\r\n\theader.d=a.test",
	      DKIM(.result = PS_DKIM_PASS, .domain = "a.test", .testing = true,
		   .length_limited = true)),
	WRITE("2.7.1 identity in quotes",
	      ID LINE "dkim=pass header.d=a.test header.i=\"a b@a.test\"",
	      DKIM(.result = PS_DKIM_PASS, .domain = "a.test",
		   .identity = "a b@a.test")),
	WRITE("RFC 5322 2.1.1 long values have lines of their own",
	      ID LINE "dkim=pass\r\n\theader.d=" L50 ".test\r\n\theader.i=@" L50
		      ".test",
	      DKIM(.result = PS_DKIM_PASS, .domain = L50 ".test",
		   .identity = "@" L50 ".test")),
	WRITE("RFC 9989 9.1 dmarc passes",
	      ID LINE "dkim=none" LINE
		      "dmarc=pass (p=reject) header.from=a.test",
	      DMARC(.result = PS_DMARC_PASS, .from_domain = "a.test",
		    .policy_domain = "a.test",
		    .policy = PS_DMARC_POLICY_REJECT)),
	WRITE("RFC 9989 9.1 policy.dmarc is behind t=y",
	      ID LINE "dkim=none" LINE
		      "dmarc=fail (p=reject) (t=y) header.from=a.test\r\n\t"
		      "policy.dmarc=quarantine",
	      DMARC(.result = PS_DMARC_FAIL, .from_domain = "a.test",
		    .policy_domain = "test", .policy = PS_DMARC_POLICY_REJECT,
		    .disposition = PS_DMARC_POLICY_QUARANTINE,
		    .testing = true)),
	WRITE("RFC 9989 9.1 dmarc none",
	      ID LINE "dkim=none" LINE "dmarc=none reason=\"no policy record\" "
		      "header.from=a.test",
	      DMARC(.result = PS_DMARC_NONE, .from_domain = "a.test",
		    .reason = "no policy record")),
	WRITE("RFC 9989 9.1 dmarc without an author domain",
	      ID LINE "dkim=none" LINE "dmarc=none reason=\"no From field\"",
	      DMARC(.result = PS_DMARC_NONE, .reason = "no From field")),
	WRITE("2.2 all three, in that order",
	      ID LINE "spf=pass smtp.mailfrom=x@a.test" LINE
		      "dkim=pass header.d=a.test" LINE
		      "dmarc=pass (p=none) header.from=a.test",
	      FROM("x@a.test"), SPF(.result = PS_SPF_PASS, .domain = "a.test"),
	      DKIM(.result = PS_DKIM_PASS, .domain = "a.test"),
	      DMARC(.result = PS_DMARC_PASS, .from_domain = "a.test",
		    .policy_domain = "a.test")),

	SEALED("8617 6 no set", ID LINE "dkim=none" LINE "arc=none",
	       BRACED(.result = PS_ARC_NONE), BRACED(.set = 0), V4, NOT),
	SEALED("8617 10.2 a chain that holds",
	       ID LINE "dkim=none" LINE
		       "arc=pass (i=2 d=list.test spf=pass dmarc=pass)\r\n\t"
		       "header.oldest-pass=0 smtp.remote-ip=192.0.2.1",
	       BRACED(.result = PS_ARC_PASS, .sets = 2, .domain = "list.test"),
	       BRACED(.said = "spf=pass dmarc=pass"), V4, NOT),
	SEALED("8617 10.2 altered before the third set",
	       ID LINE "dkim=none" LINE "arc=pass (i=4 d=list.test) "
		       "header.oldest-pass=3\r\n\t"
		       "smtp.remote-ip=\"2001:db8::1\"",
	       BRACED(.result = PS_ARC_PASS, .sets = 4, .oldest_pass = 3,
		      .domain = "list.test"),
	       BRACED(.set = 0), BRACED(128, { 0x20, 1, 0xd, 0xb8, [15] = 1 }),
	       NOT),
	SEALED("8617 6 a chain that does not hold",
	       ID LINE "dkim=none" LINE "arc=fail (i=2) "
		       "reason=\"set 1: set is missing\"",
	       BRACED(.result = PS_ARC_FAIL, .sets = 2,
		      .reason = "set 1: set is missing"),
	       BRACED(.set = 0), BRACED(.bits = 0), NOT),
	SEALED("8617 7.2 DMARC overridden",
	       ID LINE
	       "dkim=none" LINE
	       "dmarc=fail (p=reject) (overridden by arc set 1 of "
	       "list.test)\r\n\theader.from=a.test policy.dmarc=none" LINE
	       "arc=pass (i=1) header.oldest-pass=0 "
	       "smtp.remote-ip=192.0.2.1",
	       BRACED(.result = PS_ARC_PASS, .sets = 1),
	       BRACED(.vouched = true, .set = 1, .sealer = "list.test"), V4,
	       SEALER, REJECTED),
	SEALED("8617 7.2 DMARC not enforced, as keys are not to be had",
	       ID LINE "dkim=none" LINE
		       "dmarc=fail (p=reject) (not enforced, no keys for arc "
		       "set 1 of list.test)\r\n\t"
		       "header.from=a.test policy.dmarc=none" LINE
		       "arc=fail (i=1) reason=k",
	       BRACED(.result = PS_ARC_FAIL, .sets = 1, .temporary = true,
		      .reason = "k"),
	       BRACED(.unknown = true, .set = 1, .sealer = "list.test"),
	       BRACED(.bits = 0), SEALER_KEYS, REJECTED),
	SEALED("8617 7.2 DMARC fails, nobody vouches",
	       ID LINE
	       "dkim=none" LINE "dmarc=fail (p=reject) header.from=a.test "
	       "policy.dmarc=reject" LINE "arc=pass (i=1) header.oldest-pass=0 "
	       "smtp.remote-ip=192.0.2.1",
	       BRACED(.result = PS_ARC_PASS, .sets = 1), BRACED(.set = 0), V4,
	       NOT, REJECTED),
	OURS("5 ours", " mx.test; dkim=pass"),
	OURS("5 case", " MX.Test; dkim=pass"),
	OURS("5 nothing behind", "mx.test"),
	OURS("5 version", " mx.test 1; dkim=pass"),
	OURS("5 folded", "\r\n\tmx.test;\r\n dkim=pass"),
	OURS("5 in quotes", "\"mx.test\"; dkim=pass"),
	OURS("5 in quotes, with a quoted pair", "\"m\\x.test\"; dkim=pass"),
	OURS("5 in quotes, with space", "\" mx.test\"; dkim=pass"),
	OURS("5 comment before", "(a (b)) mx.test; dkim=pass"),
	OURS("5 comment behind", "mx.test(x); dkim=pass"),
	OURS("5 comment without end", "(mx.test; dkim=pass"),
	OURS("5 quote without end", "\"mx.test; dkim=pass"),
	OURS("5 final dot", "mx.test.; dkim=pass"),
	OURS("5 no semicolon", "mx.test dkim=pass"),
	OURS("5 wrong octet behind", "mx.test=; dkim=pass"),
	OURS("5 nothing", ""),
	OURS("5 no id", "; dkim=pass"),
	OURS("5 NUL", "other.test\0; dkim=pass"),
	OTHER("5 another", "other.test; dkim=pass"),
	OTHER("5 longer", "mx.test.other.test; dkim=pass"),
	OTHER("5 shorter", "mx.tes; dkim=pass"),
	OTHER("5 ours in a comment", "other.test (mx.test); dkim=pass"),
	OTHER("5 ours as a value", "other.test; x=pass a.b=mx.test"),
	OTHER("5 another in quotes", "\"mx.test;\"; dkim=pass"),
	OTHER("5 too long to be ours",
	      "\"" L50 L50 L50 L50 L50 L50 "\"; dkim=pass"),
	OTHER("ARC: instance first", "i=1; mx.test; dkim=pass"),
};

static void check(const struct row *row)
{
	struct ps_buffer out = PS_BUFFER(PS_AUTHRES_MAX);

	if (row->want == NULL) {
		assert_int_equal(ps_authres_claims(row->value, "mx.test",
						   &ps_idn_libidn2),
				 row->ours);
		return;
	}
	ps_authres_write(&row->facts, &out);
	assert_false(out.failed);
	assert_string_equal(ps_buffer_cstr(&out), row->want);
	assert_true(ps_authres_claims((struct ps_bytes){ out.data, out.len },
				      "mx.test", NULL));
	ps_buffer_free(&out);
}

/* Passes go first, the field stays within its bound, and no line is longer
 * than RFC 5322 2.1.1 allows, whatever the values. */
static void check_bounds(void **state)
{
	static struct ps_dkim_verdict dkim[PS_DKIM_SIGNATURES_MAX];
	struct ps_authres facts = { .authserv_id = "mx.test", .dkim = dkim };
	struct ps_buffer out = PS_BUFFER(PS_AUTHRES_MAX);
	const char *line, *end;
	size_t i, results = 0, passes = 0;

	(void)state;
	for (i = 0; i < PS_DKIM_SIGNATURES_MAX; i++) {
		dkim[i].result = i < 25 ? PS_DKIM_FAIL : PS_DKIM_PASS;
		memset(dkim[i].domain, '"', sizeof(dkim[i].domain) - 1);
		memset(dkim[i].selector, '"', sizeof(dkim[i].selector) - 1);
		memset(dkim[i].identity, '"', sizeof(dkim[i].identity) - 1);
		memset(dkim[i].algorithm, '"', sizeof(dkim[i].algorithm) - 1);
		memset(dkim[i].reason, '"', sizeof(dkim[i].reason) - 1);
		memset(dkim[i].signature_start, '"',
		       sizeof(dkim[i].signature_start) - 1);
	}
	facts.dkim_count = PS_DKIM_SIGNATURES_MAX;
	ps_authres_write(&facts, &out);
	assert_false(out.failed);
	for (line = out.data; line != NULL; line = end) {
		end = strstr(line, "\r\n\t");
		assert_true((end == NULL ? strlen(line)
					 : (size_t)(end - line)) < 998);
		end = end == NULL ? NULL : end + 3;
		results += strncmp(line, "dkim=", 5) == 0;
		passes += strncmp(line, "dkim=pass", 9) == 0;
	}
	assert_int_equal(results, 10);
	assert_int_equal(passes, 7);
	ps_buffer_free(&out);
}

static void check_idn(void **state)
{
	struct ps_bytes value = PS_BYTES("b\xc3\xbc"
					 "cher.test; dkim=pass");

	(void)state;
	assert_true(ps_authres_claims(value, "xn--bcher-kva.test",
				      &ps_idn_libidn2));
	assert_true(ps_authres_claims(value,
				      "b\xc3\x9c"
				      "cher.test",
				      &ps_idn_libidn2));
	assert_false(ps_authres_claims(value, "xn--bcher-kva.test", NULL));
}

static void run(void **state)
{
	check(*state);
}

int main(void)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows) + 2];

	TABLE_TESTS(tests, rows, run);
	tests[TABLE_COUNT(rows)] =
		(struct CMUnitTest){ .name = "bounds",
				     .test_func = check_bounds };
	tests[TABLE_COUNT(rows) + 1] =
		(struct CMUnitTest){ .name = "5 international id",
				     .test_func = check_idn };
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(rows) + 2,
				       NULL, NULL);
}
