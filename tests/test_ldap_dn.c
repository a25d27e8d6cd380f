/* test_ldap_dn.c - names of new entries in LDAP: whatever a value holds, it
 * stays one. */

#include "table.h"

#include "core/text/ldap_dn.h"

#include <ldap.h>
#include <stdio.h>
#include <string.h>

#define OCTETS(literal) (literal), sizeof(literal) - 1

static const struct row {
	const char *name;
	const char *value;
	size_t len;
	const char *want; /* of the name, before the base */
} rows[] = {
	{ "4514 2.4: nothing special", OCTETS("alice"), "uid=alice" },
	{ "4514 2.4: an address", OCTETS("a.b-c_d@example.org"),
	  "uid=a.b-c_d@example.org" },
	{ "4514 2.4: a comma", OCTETS("a,ou=people"), "uid=a\\2Cou\\3Dpeople" },
	{ "4514 2.4: a plus", OCTETS("a+b=c"), "uid=a\\2Bb\\3Dc" },
	{ "4514 2.4: quotes", OCTETS("\"a\""), "uid=\\22a\\22" },
	{ "4514 2.4: a backslash", OCTETS("a\\2C"), "uid=a\\5C2C" },
	{ "4514 2.4: # first", OCTETS("#04"), "uid=\\2304" },
	{ "4514 2.4: blanks", OCTETS(" a "), "uid=\\20a\\20" },
	{ "4514 2.4: angles and a semicolon", OCTETS("<a;>"),
	  "uid=\\3Ca\\3B\\3E" },
	{ "4514 2.4: NUL", OCTETS("a\0b"), "uid=a\\00b" },
	{ "4514 2.4: octets over 127", OCTETS("\xc3\xa4"), "uid=\\C3\\A4" },
	{ "4514 2.4: a filter", OCTETS("*)(uid=*"),
	  "uid=\\2A\\29\\28uid\\3D\\2A" },
};

/* As libldap reads it, it is one attribute with that value. */
static void check(const struct row *row)
{
	struct ps_buffer dn = PS_BUFFER(1000);
	LDAPDN parts = NULL;
	char want[200];

	ps_ldap_dn(&dn, "uid", (struct ps_bytes){ row->value, row->len },
		   "dc=b");
	snprintf(want, sizeof(want), "%s,dc=b", row->want);
	assert_string_equal(ps_buffer_cstr(&dn), want);
	assert_int_equal(ldap_str2dn(dn.data, &parts, LDAP_DN_FORMAT_LDAPV3),
			 LDAP_SUCCESS);
	assert_non_null(parts[0]);
	assert_non_null(parts[1]);
	assert_null(parts[2]);
	assert_null(parts[0][1]);
	assert_int_equal(parts[0][0]->la_value.bv_len, row->len);
	assert_memory_equal(parts[0][0]->la_value.bv_val, row->value, row->len);
	ldap_dnfree(parts);
	ps_buffer_free(&dn);
}

TABLE_MAIN(rows, check)
