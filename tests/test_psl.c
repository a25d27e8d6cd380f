/* test_psl.c - public suffixes by this host's list. */

#include "table.h"

#include "io/psl_libpsl.h"

/* want: NULL: a public suffix. */
static const struct row {
	const char *name, *domain, *want;
} rows[] = {
	{ "registered", "example.com", "example.com" },
	{ "below", "a.b.example.com", "example.com" },
	{ "suffix of one label", "com", NULL },
	{ "suffix of two labels", "co.uk", NULL },
	{ "below a suffix of two labels", "a.example.co.uk", "example.co.uk" },
	{ "private part of the list", "a.somebody.github.io",
	  "somebody.github.io" },
	{ "wildcard", "a.b.foo.ck", "b.foo.ck" },
	{ "exception to a wildcard", "a.www.ck", "www.ck" },
	{ "A-labels", "a.xn--85x722f.xn--55qx5d.cn",
	  "xn--85x722f.xn--55qx5d.cn" },
	{ "no rule of the list", "a.example.unknowntld", "example.unknowntld" },
	{ "no rule, one label", "unknowntld", NULL },
	{ "underscore", "_dmarc.example.com", "example.com" },
};

static void check(const struct row *row)
{
	struct ps_libpsl *psl;
	const struct ps_psl *port;
	const char *got;

	assert_int_equal(ps_libpsl_new(&psl), 0);
	port = ps_libpsl_port(psl);
	got = port->registered(port->ctx, row->domain);
	if (row->want == NULL)
		assert_null(got);
	else
		assert_string_equal(got, row->want);
	ps_libpsl_free(&psl);
	assert_null(psl);
}

TABLE_MAIN(rows, check)
