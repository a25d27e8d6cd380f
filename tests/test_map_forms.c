/* test_map_forms.c - shorter forms of an address, as postconf(5) has them. */

#include "table.h"

#include "milter/map_forms.h"

#include <string.h>

/* bare, domain: those forms; NULL: there is none. */
static const struct row {
	const char *name;
	enum ps_view view;
	const char *delimiters, *key, *bare, *domain;
	const char *extended; /* "al@a.example,root" with the extension */
} rows[] = {
	{ "an extension", PS_VIEW_ALIASES, "+", "al+x@a.b", "al@a.b", "@a.b",
	  "al+x@a.example,root+x" },
	{ "none", PS_VIEW_ALIASES, "+", "al@a.b", NULL, "@a.b", NULL },
	{ "no delimiter set", PS_VIEW_ALIASES, "", "al+x@a.b", NULL, "@a.b",
	  NULL },
	{ "several delimiters, the first of them", PS_VIEW_ALIASES, "+-",
	  "al-x+y@a.b", "al@a.b", "@a.b", "al-x+y@a.example,root-x+y" },
	{ "a delimiter twice", PS_VIEW_ALIASES, "+", "al+x+y@a.b", "al@a.b",
	  "@a.b", "al+x+y@a.example,root+x+y" },
	{ "an empty extension", PS_VIEW_ALIASES, "+", "al+@a.b", "al@a.b",
	  "@a.b", "al+@a.example,root+" },
	{ "an empty user", PS_VIEW_ALIASES, "+", "+x@a.b", NULL, "@a.b", NULL },
	{ "a delimiter in the domain", PS_VIEW_ALIASES, "+", "al@a+x.b", NULL,
	  "@a+x.b", NULL },
	{ "two @", PS_VIEW_ALIASES, "+", "a@b+x@a.b", "a@b@a.b", "@a.b",
	  "al+x@a.example,root+x" },
	{ "postmaster", PS_VIEW_ALIASES, "s", "postmaster@a.b", NULL, "@a.b",
	  NULL },
	{ "mailer-daemon", PS_VIEW_ALIASES, "-", "MAILER-DAEMON@a.b", NULL,
	  "@a.b", NULL },
	{ "double-bounce", PS_VIEW_ALIASES, "-", "double-bounce@a.b", NULL,
	  "@a.b", NULL },
	{ "the owner of a list", PS_VIEW_ALIASES, "-", "owner-list@a.b", NULL,
	  "@a.b", NULL },
	{ "the requests of a list", PS_VIEW_ALIASES, "-", "list-request@a.b",
	  NULL, "@a.b", NULL },
	{ "an owner, where - is no delimiter", PS_VIEW_ALIASES, "+",
	  "owner-list+x@a.b", "owner-list@a.b", "@a.b",
	  "al+x@a.example,root+x" },
	{ "only -request", PS_VIEW_ALIASES, "-", "-request@a.b", NULL, "@a.b",
	  NULL },
	{ "no @", PS_VIEW_ALIASES, "+", "al+x", NULL, NULL, NULL },
	{ "@ alone", PS_VIEW_ALIASES, "+", "@a.b", NULL, NULL, NULL },
	{ "no domain", PS_VIEW_ALIASES, "+", "al+x@", NULL, NULL, NULL },
	{ "senders", PS_VIEW_SENDERS, "+", "al+x@a.b", "al@a.b", "@a.b",
	  "al+x@a.example,root+x" },
	{ "mailboxes have no catch-all", PS_VIEW_MAILBOXES, "+", "al+x@a.b",
	  "al@a.b", NULL, "al+x@a.example,root+x" },
	{ "domains", PS_VIEW_DOMAINS, "+", "a.b", NULL, NULL, NULL },
	{ "transport", PS_VIEW_TRANSPORT, "+", "al@a.b", NULL, NULL, NULL },
	{ "relay_domains", PS_VIEW_RELAY_DOMAINS, "+", "a.b", NULL, NULL,
	  NULL },
	{ "quota", PS_VIEW_QUOTA, "+", "al@a.b", NULL, NULL, NULL },
};

static void check_form(const struct row *row, enum ps_map_form form,
		       const char *want)
{
	char found[PS_ADDRESS_MAX + 1];
	bool good =
		ps_map_form(row->view, form, row->key, row->delimiters, found);

	assert_int_equal(good, want != NULL);
	if (good)
		assert_string_equal(found, want);
}

static void check_extended(const struct row *row)
{
	struct ps_buffer extended = PS_BUFFER(100);

	ps_map_extend("al@a.example,root", row->key, row->delimiters,
		      &extended);
	assert_string_equal(ps_buffer_cstr(&extended),
			    row->extended == NULL ? "al@a.example,root"
						  : row->extended);
	ps_buffer_free(&extended);
}

static void check(const struct row *row)
{
	check_form(row, PS_FORM_WHOLE, row->key);
	check_form(row, PS_FORM_BARE, row->bare);
	check_form(row, PS_FORM_DOMAIN, row->domain);
	if (row->view == PS_VIEW_ALIASES)
		check_extended(row);
}

TABLE_MAIN(rows, check)
