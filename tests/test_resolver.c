/* test_resolver.c - questions to a real name server, by table. */

#include "table.h"

#include "asking.h"
#include "name_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WORDS_MAX 65536
#define LARGE	  80 /* records of the set of 20 KB */
#define X50	  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X56	  X50 "xxxxxx"
#define X63	  X56 "xxxxxxx"
#define X248	  X63 "." X63 "." X63 "." X56 /* without ".test" */

static const struct row {
	const char *name, *question;
	enum ps_dns_type type;
	const char *want; /* asking.h */
	bool sent;	  /* it leaves the process */
} rows[] = {
#define ROW(name, question, type, want)                                        \
	{                                                                      \
		name, question, PS_DNS_##type, want, true                      \
	}
#define NONE(name, question)                                                   \
	{                                                                      \
		name, question, PS_DNS_A, "nxdomain", false                    \
	}
	ROW("A", "a.test", A, "192.0.2.1;"),
	ROW("A in another zone", "a.example", A, "192.0.2.2;"),
	ROW("AAAA", "aaaa.test", AAAA, "2001:db8::1;"),
	ROW("MX", "mx.test", MX, "10 mail.test;"),
	ROW("MX in capitals", "capitals.test", MX, "10 mail.test;"),
	ROW("7505 3: null MX", "nullmx.test", MX, "0 ;"),
	ROW("MX that is no host name", "oddmx.test", MX, "notfound"),
	ROW("PTR", "1.2.0.192.in-addr.arpa", PTR, "a.test;"),
	ROW("PTR in a private net", "1.0.0.10.in-addr.arpa", PTR, "lan.test;"),
	ROW("PTR of IPv6",
	    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	    "8.b.d.0.1.0.0.2.ip6.arpa",
	    PTR, "aaaa.test;"),
	ROW("PTR with a dot inside a label", "dotptr.test", PTR, "notfound"),
	ROW("TXT", "txt.test", TXT, "v=spf1 -all;"),
	ROW("TXT of several strings", "strings.test", TXT, "v=spf1 -all;"),
	ROW("TXT, empty", "empty.test", TXT, ";"),
	ROW("TXT, any octet", "octets.test", TXT, "\xff\\\";"),
	ROW("2308 2.2: no data", "a.test", AAAA, "notfound"),
	ROW("8020 2: no data, but names below", "below.test", A, "notfound"),
	ROW("2308 2.1: no such name", "none.test", A, "nxdomain"),
	ROW("no such domain", "a.none.example", MX, "nxdomain"),
	ROW("4592 2.2: wildcard", "any.wild.test", A, "192.0.2.3;"),
	ROW("CNAME", "cname.test", A, "192.0.2.1;"),
	ROW("CNAME to CNAME to another zone", "chain.test", A, "192.0.2.2;"),
	ROW("2308 2.2: CNAME to no data", "cname.test", AAAA, "notfound"),
	ROW("2308 2.1: CNAME to no such name", "cnamenx.test", A, "nxdomain"),
	ROW("2308 2.1: CNAME to no such name in another zone", "chainnx.test",
	    A, "nxdomain"),
	ROW("CNAME to itself", "loop.test", A, "tempfail"),
	ROW("2308 7.1: a zone that fails", "a.broken.test", A, "tempfail"),
	ROW("CNAME into a zone that fails", "cnamefail.test", A, "tempfail"),
	ROW("a zone that is refused", "a.refused", A, "tempfail"),
	ROW("2181 11: backslash", "a\\b.test", TXT, "backslash;"),
	ROW("2181 11: backslash before digits", "a\\065.test", TXT, "digits;"),
	ROW("2181 11: backslash before a dot", "a\\.test", TXT, "last;"),
	ROW("2181 11: two backslashes", "\\\\.test", TXT, "two;"),
	ROW("2181 11: space", "a b.test", TXT, "space;"),
	ROW("2181 11: quotes", "\"a\".test", TXT, "quotes;"),
	ROW("2181 11: semicolon, parentheses, dollar, at", ";($@).test", TXT,
	    "signs;"),
	ROW("2181 11: at alone", "@.test", TXT, "at;"),
	ROW("4592 2.1: the wildcard itself", "*.wild.test", A, "192.0.2.3;"),
	ROW("2181 11: octets over 127", "\xc3\xbc.test", TXT, "utf-8;"),
	ROW("2181 11: control characters", "\1\n.test", TXT, "control;"),
	ROW("2181 11: backslash, no such name", "no\\ne.test", A, "nxdomain"),
	ROW("1035 2.3.4: label of 63", X63 ".test", TXT, "63;"),
	NONE("1035 2.3.4: label of 64", X63 "x.test"),
	ROW("1035 2.3.4: name of 253", X248 ".test", TXT, "253;"),
	NONE("1035 2.3.4: name of 254", X248 "x.test"),
	NONE("no name", ""),
	NONE("the root", "."),
	NONE("empty label", "a..test"),
	NONE("empty label at the beginning", ".a.test"),
	NONE("final dot", "a.test."),
#undef ROW
#undef NONE
};

static const char zone_test[] =
	X63 " TXT 63\n" X248 " TXT 253\n"
	    "a A 192.0.2.1\n"
	    "aaaa AAAA 2001:db8::1\n"
	    "mx MX 10 mail.test.\n"
	    "capitals MX 10 MAIL.Test.\n"
	    "nullmx MX 0 .\n"
	    "oddmx MX 0 a\\032b.test.\n"
	    "dotptr PTR foo\\.bar.test.\n"
	    "txt TXT \"v=spf1 -all\"\n"
	    "strings TXT \"v=sp\" \"\" \"f1\" \" -all\"\n"
	    "empty TXT \"\"\n"
	    "octets TXT \"\\255\\\\\\\"\"\n"
	    "a.below A 192.0.2.1\n"
	    "*.wild A 192.0.2.3\n"
	    "cname CNAME a\n"
	    "chain CNAME link\n"
	    "link CNAME a.example.\n"
	    "cnamenx CNAME none\n"
	    "chainnx CNAME none.example.\n"
	    "loop CNAME pool\n"
	    "pool CNAME loop\n"
	    "cnamefail CNAME b.broken\n"
	    "a\\092b TXT backslash\n"
	    "a\\092065 TXT digits\n"
	    "a\\092 TXT last\n"
	    "\\092\\092 TXT two\n"
	    "a\\032b TXT space\n"
	    "\\034a\\034 TXT quotes\n"
	    "\\059\\040\\036\\064\\041 TXT signs\n"
	    "\\064 TXT at\n"
	    "\\195\\188 TXT utf-8\n"
	    "\\001\\010 TXT control\n"
	    "short 1 A 192.0.2.1\n"
	    "several A 192.0.2.1\n"
	    "several A 192.0.2.2\n";

static struct name_server *server;
static struct ps_resolver *resolver;

static void check(const struct row *row)
{
	struct ps_buffer words = PS_BUFFER(WORDS_MAX);
	struct ps_dns_session *session = asking_session(resolver);
	const struct ps_resolver_stats before = asking_stats(resolver);
	struct ps_resolver_stats after;

	asking_words(session, row->question, row->type, &words);
	/* The answer may have come already. */
	if (!row->sent || strcmp(ps_buffer_cstr(&words), "pending") != 0)
		assert_string_equal(ps_buffer_cstr(&words), row->want);
	assert_true(ps_dns_session_wait(session, ASKING_PATIENCE));
	ps_buffer_reset(&words);
	asking_words(session, row->question, row->type, &words);
	assert_string_equal(ps_buffer_cstr(&words), row->want);
	assert_int_equal(ps_dns_session_questions(session), row->sent);
	ps_dns_session_free(&session);
	assert_null(session);

	/* In the next message the cache answers, but never a failure. */
	ps_buffer_reset(&words);
	asking_once(resolver, row->question, row->type, &words);
	assert_string_equal(ps_buffer_cstr(&words), row->want);
	after = asking_stats(resolver);
	if (strcmp(row->want, "tempfail") == 0) {
		assert_int_equal(after.sent - before.sent, 2);
		assert_int_equal(after.failed - before.failed, 2);
	} else {
		assert_int_equal(after.sent - before.sent, row->sent);
		assert_int_equal(after.cache_hits - before.cache_hits,
				 row->sent);
		assert_int_equal(after.cached - before.cached, row->sent);
		assert_int_equal(after.failed - before.failed, 0);
	}
	assert_int_equal(after.timeouts, 0);
	ps_buffer_free(&words);
}

/* Over UDP and its buffer of 1232 octets. */
static void check_large(void **state)
{
	struct ps_buffer words = PS_BUFFER(WORDS_MAX);

	(void)state;
	asking_once(resolver, "large.test", PS_DNS_TXT, &words);
	assert_int_equal(words.len, LARGE * (2 + 254 + 1));
	ps_buffer_free(&words);
}

static void check_several(void **state)
{
	struct ps_buffer words = PS_BUFFER(WORDS_MAX);

	(void)state;
	asking_once(resolver, "several.test", PS_DNS_A, &words);
	if (strcmp(ps_buffer_cstr(&words), "192.0.2.2;192.0.2.1;") != 0)
		assert_string_equal(ps_buffer_cstr(&words),
				    "192.0.2.1;192.0.2.2;");
	ps_buffer_free(&words);
}

/* Different questions of one message, on their way at the same time. */
static void check_rounds(void **state)
{
	struct ps_resolver *fresh =
		asking_resolver(name_server_port(server), 300);
	struct ps_dns_session *session = asking_session(fresh);
	struct ps_buffer words = PS_BUFFER(WORDS_MAX);
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		ps_buffer_reset(&words);
		asking_words(session, "a.test", PS_DNS_A, &words);
		asking_words(session, "a.test", PS_DNS_AAAA, &words);
		asking_words(session, "none.test", PS_DNS_TXT, &words);
		asking_words(session, "chain.test", PS_DNS_A, &words);
		assert_true(ps_dns_session_wait(session, ASKING_PATIENCE));
	}
	assert_string_equal(ps_buffer_cstr(&words),
			    "192.0.2.1;notfoundnxdomain192.0.2.2;");
	assert_int_equal(ps_dns_session_questions(session), 4);
	assert_int_equal(asking_stats(fresh).sent, 4);
	ps_dns_session_free(&session);
	ps_resolver_free(&fresh);
	assert_null(fresh);
	ps_buffer_free(&words);
}

static void sleep_for(unsigned int milliseconds)
{
	const struct timespec time = { milliseconds / 1000,
				       milliseconds % 1000 * 1000000L };

	nanosleep(&time, NULL);
}

/* Some seconds may pass on the way. */
static void check_one_ttl(struct ps_dns_session *session, const char *name,
			  unsigned int want)
{
	unsigned int seconds = 0;

	assert_true(ps_dns_session_ttl(session, name, PS_DNS_A, &seconds));
	assert_in_range(seconds, want < 10 ? 0 : want - 10, want);
}

/* As it came, whatever dns.cache_ttl_max is and how long it was kept. */
static void check_ttl_told(void **state)
{
	struct ps_resolver *fresh =
		asking_resolver(name_server_port(server), 2);
	struct ps_dns_session *session = asking_session(fresh);
	struct ps_buffer words = PS_BUFFER(WORDS_MAX);
	unsigned int seconds;

	(void)state;
	asking_wait(session, "short.test", PS_DNS_A, &words);
	asking_wait(session, "a.test", PS_DNS_A, &words);
	asking_wait(session, "a.broken.test", PS_DNS_A, &words);
	check_one_ttl(session, "short.test", 1);
	check_one_ttl(session, "a.test", 300);
	assert_false(ps_dns_session_ttl(session, "a.broken.test", PS_DNS_A,
					&seconds));
	assert_false(ps_dns_session_ttl(session, "b.test", PS_DNS_A, &seconds));
	ps_dns_session_free(&session);
	session = asking_session(fresh);
	asking_wait(session, "a.test", PS_DNS_A, &words);
	check_one_ttl(session, "a.test", 300);
	ps_dns_session_free(&session);
	ps_resolver_free(&fresh);
	ps_buffer_free(&words);
}

/* A session keeps its answer, whatever the cache does. */
static void check_ttl(struct ps_resolver *of, const char *name)
{
	struct ps_buffer words = PS_BUFFER(WORDS_MAX);
	struct ps_dns_session *session = asking_session(of);

	asking_wait(session, name, PS_DNS_A, &words);
	assert_string_equal(ps_buffer_cstr(&words), "192.0.2.1;");
	sleep_for(2100);
	asking_once(of, name, PS_DNS_A, &words);
	assert_string_equal(ps_buffer_cstr(&words), "192.0.2.1;192.0.2.1;");
	assert_int_equal(asking_stats(of).sent, 2);
	assert_int_equal(asking_stats(of).cache_hits, 0);
	asking_words(session, name, PS_DNS_A, &words);
	assert_int_equal(asking_stats(of).questions, 2);
	assert_string_equal(ps_buffer_cstr(&words),
			    "192.0.2.1;192.0.2.1;192.0.2.1;");
	ps_dns_session_free(&session);
	ps_buffer_free(&words);
}

static void check_ttl_record(void **state)
{
	struct ps_resolver *fresh =
		asking_resolver(name_server_port(server), 300);

	(void)state;
	check_ttl(fresh, "short.test");
	ps_resolver_free(&fresh);
}

static void check_ttl_max(void **state)
{
	struct ps_resolver *fresh =
		asking_resolver(name_server_port(server), 2);

	(void)state;
	check_ttl(fresh, "a.test");
	ps_resolver_free(&fresh);
}

static void run(void **state)
{
	check(*state);
}

static int set_up(void **state)
{
	static char text[sizeof(zone_test) + LARGE * 320];
	const char *const zones[] = {
		"test",
		text,
		"broken.test",
		"!",
		"example",
		"a A 192.0.2.2\n",
		"2.0.192.in-addr.arpa",
		"1 PTR a.test.\n",
		"10.in-addr.arpa",
		"1.0.0 PTR lan.test.\n",
		"8.b.d.0.1.0.0.2.ip6.arpa",
		"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"
		" PTR aaaa.test.\n",
		NULL,
	};
	size_t at = sizeof(zone_test) - 1;
	int i;

	(void)state;
	memcpy(text, zone_test, at);
	for (i = 0; i < LARGE; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
				       "large TXT \"%02d\" \"%0254d\"\n", i, i);
	server = name_server_new(zones, 0);
	resolver = asking_resolver(name_server_port(server), 300);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	ps_resolver_free(&resolver);
	name_server_free(&server);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		{ .name = "a set of 20 KB", .test_func = check_large },
		{ .name = "several records", .test_func = check_several },
		{ .name = "questions together", .test_func = check_rounds },
		{ .name = "ttl, told", .test_func = check_ttl_told },
		{ .name = "ttl of the record", .test_func = check_ttl_record },
		{ .name = "dns.cache_ttl_max", .test_func = check_ttl_max },
	};
	static struct CMUnitTest tests[TABLE_COUNT(rows) + TABLE_COUNT(others)];

	TABLE_TESTS(tests, rows, run);
	memcpy(tests + TABLE_COUNT(rows), others, sizeof(others));
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
				       set_up, tear_down);
}
