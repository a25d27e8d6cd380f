/* test_authres_read.c - Authentication-Results of others by table (RFC 8601).
 */

#include "table.h"

#include "core/auth/authres.h"
#include "core/auth/authres_read.h"

#include <stdio.h>
#include <string.h>

#define ARENA_OCTETS 1048576
#define BAD	     NULL

/* want: "ID VERSION|METHOD/VERSION=RESULT{REASON} PTYPE.PROPERTY<VALUE>|..." */
static const struct row {
	const char *name;
	struct ps_bytes value;
	const char *want;
} rows[] = {
#define ROW(n, v, w)                                                           \
	{                                                                      \
		n, PS_BYTES(v), w                                              \
	}
	ROW("2.2 none", " a.test; none", "a.test"),
	ROW("2.2 none, with comments", "(x) a.test (y) ; (z) NONE (w)",
	    "a.test"),
	ROW("2.2 none and more", "a.test; none; spf=pass", BAD),
	ROW("2.2 a method named none", "a.test; none=pass", "a.test|none=pass"),
	ROW("2.2 nothing behind the id", "a.test", BAD),
	ROW("2.2 a semicolon and nothing", "a.test;", BAD),
	ROW("2.2 two semicolons", "a.test; ; spf=pass", BAD),
	ROW("2.2 nothing", "", BAD),
	ROW("2.2 no id", "; spf=pass", BAD),
	ROW("2.2 id in quotes", "\"a \\\"b\"; spf=pass", "a \"b|spf=pass"),
	ROW("2.2 id that is no token", "a@b.test; spf=pass", BAD),
	ROW("2.2 NUL in the id", "a\0; spf=pass", BAD),
	ROW("2.2 version", "a.test 1; spf=pass", "a.test 1|spf=pass"),
	ROW("2.5 version 2", "a.test 2; spf=pass", BAD),
	ROW("2.5 version 0", "a.test 0; spf=pass", BAD),
	ROW("2.5 version that is none", "a.test v1; spf=pass", BAD),
	ROW("2.5 huge version", "a.test 99999999999999999999; spf=pass", BAD),
	ROW("2.2 version of a method", "a.test; spf / 2 = pass",
	    "a.test|spf/2=pass"),
	ROW("2.2 version of a method without a number", "a.test; spf/x=pass",
	    BAD),
	ROW("2.2 no =", "a.test; spf pass", BAD),
	ROW("2.2 no result", "a.test; spf=", BAD),
	ROW("2.2 result in quotes", "a.test; spf=\"pass\"", BAD),
	ROW("2.2 method that ends in a hyphen", "a.test; spf-=pass", BAD),
	ROW("2.2 method with a dot", "a.test; s.pf=pass", BAD),
	ROW("2.2 reason", "a.test; spf=pass reason=\"a; b\" x.y=z",
	    "a.test|spf=pass{a; b} x.y<z>"),
	ROW("2.2 reason, a token", "a.test; spf=pass reason = (r) ok",
	    "a.test|spf=pass{ok}"),
	ROW("2.2 reason without a value", "a.test; spf=pass reason=", BAD),
	ROW("2.2 reason without a value, and a property",
	    "a.test; spf=pass reason=;x.y=z", BAD),
	ROW("2.2 two reasons", "a.test; spf=pass reason=a reason=b", BAD),
	ROW("2.2 reason behind a property", "a.test; spf=pass x.y=z reason=a",
	    BAD),
	ROW("2.2 another word in reason's place", "a.test; spf=pass action=a",
	    BAD),
	ROW("2.2 the same property twice", "a.test; x=pass a.b=1 a.b=2",
	    "a.test|x=pass a.b<1> a.b<2>"),
	ROW("2.2 property without a value", "a.test; x=pass a.b=", BAD),
	ROW("2.2 property without a name", "a.test; x=pass a.=1", BAD),
	ROW("2.2 property without a type", "a.test; x=pass .b=1", BAD),
	ROW("2.2 empty quotes", "a.test; x=pass a.b=\"\"",
	    "a.test|x=pass a.b<>"),
	ROW("2.2 quoted pair", "a.test; x=pass a.b=\"\\a\\\\\\\"\"",
	    "a.test|x=pass a.b<a\\\">"),
	ROW("5322 3.2.4 folding in quotes", "a.test; x=pass a.b=\"c\r\n\td\"",
	    "a.test|x=pass a.b<c\td>"),
	ROW("2.2 no space behind quotes", "a.test; x=pass a.b=\"1\"c.d=2",
	    "a.test|x=pass a.b<1> c.d<2>"),
	ROW("2.2 comment for a space", "a.test; x=pass(c)a.b=1(c)c.d=2",
	    "a.test|x=pass a.b<1> c.d<2>"),
	ROW("2.2 domain behind @", "a.test; x=pass a.b=@c.test",
	    "a.test|x=pass a.b<@c.test>"),
	ROW("2.2 quoted local part", "a.test; x=pass a.b=\"c d\"@e.test",
	    "a.test|x=pass a.b<\"c d\"@e.test>"),
	ROW("2.2 quotes inside a value", "a.test; x=pass a.b=c\"d\"", BAD),
	ROW("2.2 backslash outside of quotes", "a.test; x=pass a.b=c\\d", BAD),
	ROW("2.2 control character in a value", "a.test; x=pass a.b=c\x1b[m",
	    BAD),
	ROW("2.2 NUL in quotes", "a.test; x=pass a.b=\"c\0\"", BAD),
	ROW("2.2 comment without an end", "a.test; x=pass (a.b=c", BAD),
	ROW("2.2 comment without an end behind all", "a.test; x=pass; (", BAD),
	ROW("2.2 comment without a beginning", "a.test; x=pass a.b=c)", BAD),
	ROW("2.2 a final semicolon", "a.test; x=pass a.b=c; ",
	    "a.test|x=pass a.b<c>"),
	ROW("2.2 unquoted base64",
	    "a.test; x=pass a.b=c/d+e=", "a.test|x=pass a.b<c/d+e=>"),
	ROW("2.2 unquoted IPv6 address", "a.test; x=pass a.b=2001:db8::1",
	    "a.test|x=pass a.b<2001:db8::1>"),
	ROW("2.2 unquoted path", "a.test; x=pass a.b=<c@d.test>",
	    "a.test|x=pass a.b<<c@d.test>>"),
};

static void say(struct ps_buffer *out, struct ps_bytes text)
{
	ps_buffer_bytes(out, text);
}

static void say_result(struct ps_buffer *out,
		       const struct ps_authres_result *result)
{
	const struct ps_authres_property *property;

	ps_buffer_char(out, '|');
	say(out, result->method);
	if (result->version != 0) {
		ps_buffer_char(out, '/');
		ps_buffer_number(out, result->version);
	}
	ps_buffer_char(out, '=');
	say(out, result->result);
	if (result->reason.at != NULL) {
		ps_buffer_char(out, '{');
		say(out, result->reason);
		ps_buffer_char(out, '}');
	}
	for (property = result->properties; property != NULL;
	     property = property->next) {
		ps_buffer_char(out, ' ');
		say(out, property->ptype);
		ps_buffer_char(out, '.');
		say(out, property->property);
		ps_buffer_char(out, '<');
		say(out, property->value);
		ps_buffer_char(out, '>');
	}
}

static void say_field(struct ps_buffer *out,
		      const struct ps_authres_field *field)
{
	const struct ps_authres_result *result;

	say(out, field->authserv_id);
	if (field->version != 0) {
		ps_buffer_char(out, ' ');
		ps_buffer_number(out, field->version);
	}
	for (result = field->results; result != NULL; result = result->next)
		say_result(out, result);
}

static void check(const struct row *row)
{
	struct ps_buffer out = PS_BUFFER(4096);
	struct ps_authres_field field;
	struct ps_arena *arena;
	bool good;

	assert_int_equal(ps_arena_new(ARENA_OCTETS, &arena), 0);
	good = ps_authres_read(row->value, arena, &field);
	if (good)
		say_field(&out, &field);
	if (row->want == NULL && good)
		fail_msg("read as %s", ps_buffer_cstr(&out));
	if (row->want != NULL) {
		assert_true(good);
		assert_string_equal(ps_buffer_cstr(&out), row->want);
	}
	ps_buffer_free(&out);
	ps_arena_free(&arena);
}

/* head, then one n times: is it read? */
static bool reads(const char *head, const char *one, unsigned int n)
{
	struct ps_buffer text = PS_BUFFER(ARENA_OCTETS);
	struct ps_authres_field field;
	struct ps_arena *arena;
	bool good;

	assert_int_equal(ps_arena_new(ARENA_OCTETS, &arena), 0);
	ps_buffer_text(&text, head);
	while (n-- > 0)
		ps_buffer_text(&text, one);
	good = ps_authres_read((struct ps_bytes){ text.data, text.len }, arena,
			       &field);
	ps_buffer_free(&text);
	ps_arena_free(&arena);
	return good;
}

static void check_bounds(void **state)
{
	(void)state;
	assert_true(reads("a.test", ";x=y", PS_AUTHRES_RESULTS_MAX));
	assert_false(reads("a.test", ";x=y", PS_AUTHRES_RESULTS_MAX + 1));
	assert_true(reads("a.test;x=y", " a.b=c", PS_AUTHRES_PROPERTIES_MAX));
	assert_false(
		reads("a.test;x=y", " a.b=c", PS_AUTHRES_PROPERTIES_MAX + 1));
}

static const char *value_of(const struct ps_authres_result *result,
			    const char *name, char text_r[1024])
{
	const struct ps_authres_property *property = result->properties;

	for (; property != NULL; property = property->next) {
		if (ps_bytes_equal(property->property, ps_bytes_of(name)) &&
		    ps_bytes_copy(property->value, text_r, 1024))
			return text_r;
	}
	return "(none)";
}

/* What is written is read as it was meant, whatever the values hold. */
static void check_both_ways(void **state)
{
	static const char nasty[] = "a;b=c (d) \"e\" \\ f.g=h\t@i.test";
	char clean[sizeof(nasty)], text[1024];
	struct ps_buffer out = PS_BUFFER(PS_AUTHRES_MAX);
	struct ps_dkim_verdict dkim = { .result = PS_DKIM_FAIL };
	struct ps_authres results = { .authserv_id = "my id; spf=pass",
				      .dkim = &dkim,
				      .dkim_count = 1 };
	struct ps_authres_field field;
	struct ps_arena *arena;

	(void)state;
	memcpy(clean, nasty, sizeof(nasty));
	*strchr(clean, '\t') = ' ';
	snprintf(dkim.domain, sizeof(dkim.domain), "%s", nasty);
	snprintf(dkim.identity, sizeof(dkim.identity), "%s", clean);
	snprintf(dkim.selector, sizeof(dkim.selector), "%s", clean);
	snprintf(dkim.algorithm, sizeof(dkim.algorithm), "rsa;sha=1");
	snprintf(dkim.signature_start, sizeof(dkim.signature_start), "a/b+c=");
	snprintf(dkim.reason, sizeof(dkim.reason), "%s", clean);
	ps_authres_write(&results, &out);
	assert_int_equal(ps_arena_new(ARENA_OCTETS, &arena), 0);
	assert_true(ps_authres_read((struct ps_bytes){ out.data, out.len },
				    arena, &field));
	assert_true(
		ps_bytes_equal(field.authserv_id, PS_BYTES("my id; spf=pass")));
	assert_non_null(field.results);
	assert_null(field.results->next);
	assert_true(ps_bytes_equal(field.results->reason, ps_bytes_of(clean)));
	/* A control character cannot be said: left out, never altered. */
	assert_string_equal(value_of(field.results, "d", text), "(none)");
	assert_string_equal(value_of(field.results, "i", text), clean);
	assert_string_equal(value_of(field.results, "s", text), clean);
	assert_string_equal(value_of(field.results, "a", text), "rsa;sha=1");
	assert_string_equal(value_of(field.results, "b", text), "a/b+c=");
	ps_buffer_reset(&out);
	ps_authres_write_none("my id", &out);
	assert_string_equal(ps_buffer_cstr(&out), " \"my id\"; none");
	ps_buffer_free(&out);
	ps_arena_free(&arena);
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
		(struct CMUnitTest){ .name = "written and read back",
				     .test_func = check_both_ways };
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(rows) + 2,
				       NULL, NULL);
}
