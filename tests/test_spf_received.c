/* test_spf_received.c - Received-SPF by table (RFC 7208 9.1). */

#include "table.h"

#include "core/auth/spf_received.h"

#include <string.h>

#define L50   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define L250  L50 L50 L50 L50 L50
#define L300  L250 L50
#define NAMES " names the client as one of its hosts) "

/* want: unfolded */
static const struct row {
	const char *name, *client, *helo, *sender;
	struct ps_spf_verdict verdict;
	const char *want;
} rows[] = {
#define V(...)                                                                 \
	{                                                                      \
		__VA_ARGS__                                                    \
	}
	{ "9.1 pass", "192.0.2.1", "h.test", "x@a.test",
	  V(.result = PS_SPF_PASS, .domain = "a.test",
	    .reason = "ip4:192.0.2.1"),
	  " pass (a.test" NAMES
	  "client-ip=192.0.2.1; envelope-from=\"x@a.test\"; helo=h.test; "
	  "receiver=mx.test; identity=mailfrom; mechanism=\"ip4:192.0.2.1\"" },
	{ "9.1 IPv6 is no dot-atom", "2001:db8::1", "h.test", "x@a.test",
	  V(.result = PS_SPF_PASS, .domain = "a.test", .reason = "+mx"),
	  " pass (a.test" NAMES
	  "client-ip=\"2001:db8::1\"; envelope-from=\"x@a.test\"; helo=h.test; "
	  "receiver=mx.test; identity=mailfrom; mechanism=mx" },
	{ "9.1 HELO", "192.0.2.1", "h.test", "",
	  V(.result = PS_SPF_FAIL, .of_helo = true, .domain = "h.test",
	    .reason = "-all"),
	  " fail (h.test says that the client is none of its hosts) "
	  "client-ip=192.0.2.1; helo=h.test; receiver=mx.test; identity=helo; "
	  "mechanism=all" },
	{ "9.1 HELO beside a sender", "192.0.2.1", "h.test", "x@a.test",
	  V(.result = PS_SPF_SOFTFAIL, .of_helo = true, .domain = "h.test",
	    .reason = "~all"),
	  " softfail (h.test says that the client is probably none of its "
	  "hosts) client-ip=192.0.2.1; helo=h.test; receiver=mx.test; "
	  "identity=helo; mechanism=all" },
	{ "9.1 nothing matched", "192.0.2.1", "", "x@a.test",
	  V(.result = PS_SPF_NEUTRAL, .domain = "a.test"),
	  " neutral (a.test says nothing of the client) client-ip=192.0.2.1; "
	  "envelope-from=\"x@a.test\"; receiver=mx.test; identity=mailfrom; "
	  "mechanism=default" },
	{ "9.1 no record", "192.0.2.1", "h.test", "x@a.test",
	  V(.result = PS_SPF_NONE, .domain = "a.test"),
	  " none (a.test has no SPF record) client-ip=192.0.2.1; "
	  "envelope-from=\"x@a.test\"; helo=h.test; receiver=mx.test; "
	  "identity=mailfrom" },
	{ "9.1 problem", "192.0.2.1", "h.test", "x@a.test",
	  V(.result = PS_SPF_PERMERROR, .domain = "a.test",
	    .reason = "syntax error: f\"oo"),
	  " permerror (a.test has an SPF record that is in error) "
	  "client-ip=192.0.2.1; envelope-from=\"x@a.test\"; helo=h.test; "
	  "receiver=mx.test; identity=mailfrom; problem=\"syntax error: "
	  "f\\\"oo\"" },
	{ "9.1 DNS down", "192.0.2.1", "h.test", "x@a.test",
	  V(.result = PS_SPF_TEMPERROR, .domain = "a.test",
	    .reason = "DNS failure: a.test"),
	  " temperror (a.test could not be asked now) client-ip=192.0.2.1; "
	  "envelope-from=\"x@a.test\"; helo=h.test; receiver=mx.test; "
	  "identity=mailfrom; problem=\"DNS failure: a.test\"" },
	{ "4.3 no domain to judge", "192.0.2.1", "[192.0.2.1]", "",
	  V(.result = PS_SPF_NONE, .of_helo = true),
	  " none client-ip=192.0.2.1; helo=\"[192.0.2.1]\"; receiver=mx.test; "
	  "identity=helo" },
	{ "5322 3.2.4 a sender that would forge a pair", "192.0.2.1", "a..test",
	  "\"x\"; identity=helo@a.test",
	  V(.result = PS_SPF_PASS, .domain = "a.test", .reason = "a"),
	  " pass (a.test" NAMES
	  "client-ip=192.0.2.1; envelope-from=\"\\\"x\\\"; "
	  "identity=helo@a.test\"; helo=\"a..test\"; receiver=mx.test; "
	  "identity=mailfrom; mechanism=a" },
	{ "a sender that would begin a line is left out", "192.0.2.1",
	  "h\x1b.test", "x\r\nSubject: y@a.test",
	  V(.result = PS_SPF_PASS, .domain = "a.test", .reason = "a"),
	  " pass (a.test" NAMES "client-ip=192.0.2.1; receiver=mx.test; "
				"identity=mailfrom; mechanism=a" },
	{ "RFC 5321 4.5.3.1 a sender of 321 octets is left out", "192.0.2.1",
	  "h.test", L300 "12345678901234@a.test",
	  V(.result = PS_SPF_PASS, .domain = "a.test", .reason = "a"),
	  " pass (a.test" NAMES
	  "client-ip=192.0.2.1; helo=h.test; receiver=mx.test; "
	  "identity=mailfrom; mechanism=a" },
};

static struct ps_spf_query query_of(const char *client, const char *helo,
				    const char *sender)
{
	struct ps_spf_query query = { .helo = helo,
				      .sender = sender,
				      .receiver = "mx.test" };

	assert_true(ps_ip_parse(client, &query.client));
	return query;
}

/* In place; no line of these is too long (RFC 5322 2.1.1). */
static void unfold(char *text)
{
	char *fold, *line = text;

	while ((fold = strstr(line, "\r\n\t")) != NULL) {
		assert_in_range(fold - line, 1, 78);
		*fold = ' ';
		memmove(fold + 1, fold + 3, strlen(fold + 3) + 1);
		line = fold + 1;
	}
	assert_in_range(strlen(line), 1, 78 - 8);
}

static void check(const struct row *row)
{
	struct ps_spf_query query =
		query_of(row->client, row->helo, row->sender);
	struct ps_buffer out = PS_BUFFER(PS_SPF_RECEIVED_MAX);

	ps_spf_received_write(&query, &row->verdict, &out);
	unfold(out.data);
	assert_string_equal(out.data, row->want);
	ps_buffer_free(&out);
}

/* All that a stranger can choose is quotes, as long as it may be. */
static void check_bounds(void **state)
{
	char quotes[PS_SPF_REASON_MAX + 320];
	struct ps_buffer out = PS_BUFFER(PS_SPF_RECEIVED_MAX);
	struct ps_spf_query query;
	struct ps_spf_verdict verdict = { .result = PS_SPF_PERMERROR,
					  .domain = L250 };
	const char *line, *end;

	(void)state;
	memset(quotes, '"', sizeof(quotes));
	quotes[320] = '\0';
	memcpy(verdict.reason, quotes, PS_SPF_REASON_MAX - 1);
	query = query_of("192.0.2.1", quotes, quotes);
	query.receiver = quotes;
	ps_spf_received_write(&query, &verdict, &out);
	assert_false(out.failed);
	for (line = out.data; line != NULL; line = end) {
		end = strstr(line, "\r\n\t");
		assert_true((end == NULL ? strlen(line)
					 : (size_t)(end - line)) < 998);
		end = end == NULL ? NULL : end + 3;
	}
	ps_buffer_free(&out);
}

static void run(void **state)
{
	check(*state);
}

int main(void)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows) + 1];

	TABLE_TESTS(tests, rows, run);
	tests[TABLE_COUNT(rows)] =
		(struct CMUnitTest){ .name = "bounds",
				     .test_func = check_bounds };
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(rows) + 1,
				       NULL, NULL);
}
