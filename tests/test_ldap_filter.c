/* test_ldap_filter.c - filters of LDAP: hostile values, and what is one. */

#include "table.h"

#include "core/text/ldap_filter.h"

#include <string.h>

#define OCTETS(literal) literal, sizeof(literal) - 1

enum kind { EQUAL, ENDS, FILTER, ATTRIBUTE, VALUE };

/* EQUAL, ENDS: the filter made of "mail" and the text.  Else: is it one? */
static const struct row {
	const char *name;
	enum kind kind;
	const char *text;
	size_t len;
	const char *want; /* FILTER, ATTRIBUTE: "yes" or "no" */
} rows[] = {
	{ "an address", EQUAL, OCTETS("a.b+c_d-e@example.org"),
	  "(mail=a.b+c_d-e@example.org)" },
	{ "nothing", EQUAL, OCTETS(""), "(mail=)" },
	{ "4515 3: an asterisk", EQUAL, OCTETS("*"), "(mail=\\2a)" },
	{ "4515 3: a filter in a name", EQUAL, OCTETS("*)(uid=*"),
	  "(mail=\\2a\\29\\28uid\\3d\\2a)" },
	{ "4515 3: parentheses", EQUAL, OCTETS("a)(b"), "(mail=a\\29\\28b)" },
	{ "4515 3: a backslash", EQUAL, OCTETS("\\2a"), "(mail=\\5c2a)" },
	{ "4515 3: NUL", EQUAL, OCTETS("a\0b"), "(mail=a\\00b)" },
	{ "4515 3: octets over 127, no UTF-8", EQUAL, OCTETS("\xff\xc3\xa4"),
	  "(mail=\\ff\\c3\\a4)" },
	{ "blanks and controls", EQUAL, OCTETS(" \t\r\n\x7f"),
	  "(mail=\\20\\09\\0d\\0a\\7f)" },
	{ "operators", EQUAL, OCTETS("&|!~<>=:/,;#\"'"),
	  "(mail=\\26\\7c\\21\\7e\\3c\\3e\\3d\\3a\\2f\\2c\\3b\\23\\22\\27)" },
	{ "the end of a value", ENDS, OCTETS("@example.org"),
	  "(mail=*@example.org)" },
	{ "the end of a value with an asterisk", ENDS, OCTETS("@*"),
	  "(mail=*@\\2a)" },
	{ "equal", FILTER, OCTETS("(objectClass=postfixUser)"), "yes" },
	{ "present", FILTER, OCTETS("(mail=*)"), "yes" },
	{ "substrings", FILTER, OCTETS("(mail=a*b*c)"), "yes" },
	{ "and, or, not", FILTER, OCTETS("(&(a=b)(|(c~=d)(!(e>=f)))(g<=h))"),
	  "yes" },
	{ "escaped", FILTER, OCTETS("(a=\\28\\2A\\29)"), "yes" },
	{ "4526: true and false", FILTER, OCTETS("(&(&)(|))"), "yes" },
	{ "extensible", FILTER, OCTETS("(cn:caseExactMatch:=Fred)"), "yes" },
	{ "extensible by dn", FILTER, OCTETS("(o:dn:=Ace Industry)"), "yes" },
	{ "extensible by dn and rule", FILTER, OCTETS("(o:dn:2.4.6.8.10:=A)"),
	  "yes" },
	{ "extensible without attribute", FILTER, OCTETS("(:1.2.3:=Wilma)"),
	  "yes" },
	{ "extensible without attribute and rule", FILTER, OCTETS("(:=Wilma)"),
	  "no" },
	{ "extensible with an option", FILTER, OCTETS("(cn;lang-de:=x)"),
	  "yes" },
	{ "4515 3: an empty value", FILTER, OCTETS("(a=)"), "yes" },
	{ "no parentheses", FILTER, OCTETS("a=b"), "no" },
	{ "empty", FILTER, OCTETS(""), "no" },
	{ "only parentheses", FILTER, OCTETS("()"), "no" },
	{ "not closed", FILTER, OCTETS("(&(a=b)"), "no" },
	{ "closed too early", FILTER, OCTETS("(a=b))(c=d"), "no" },
	{ "two", FILTER, OCTETS("(a=b)(c=d)"), "no" },
	{ "not of two", FILTER, OCTETS("(!(a=b)(c=d))"), "no" },
	{ "no attribute", FILTER, OCTETS("(=b)"), "no" },
	{ "no operator", FILTER, OCTETS("(ab)"), "no" },
	{ "blank before the operator", FILTER, OCTETS("(a =b)"), "no" },
	{ "half an escape", FILTER, OCTETS("(a=\\2)"), "no" },
	{ "no escape", FILTER, OCTETS("(a=\\zz)"), "no" },
	{ "NUL in it", FILTER, OCTETS("(a=b\0)"), "no" },
	{ "as deep as may be", FILTER,
	  OCTETS("(!(!(!(!(!(!(!(!(!(!(!(!(!(!(!(!(!(!(!(a=b))))))))))))))))))"
		 "))"),
	  "yes" },
	{ "deeper", FILTER,
	  OCTETS("(!(!(!(!(!(!(!(!(!(!(!(!(!(!(!(!(!(!(!(!(a=b)))))))))))))))))"
		 "))))"),
	  "no" },
	{ "4512 2.5: a name", ATTRIBUTE, OCTETS("mailacceptinggeneralid"),
	  "yes" },
	{ "4512 2.5: a number", ATTRIBUTE, OCTETS("2.5.4.3"), "yes" },
	{ "4512 2.5: an option", ATTRIBUTE, OCTETS("cn;lang-de"), "yes" },
	{ "4512 2.5: an empty option", ATTRIBUTE, OCTETS("cn;"), "no" },
	{ "4512 2.5: a digit first", ATTRIBUTE, OCTETS("2a"), "no" },
	{ "4512 2.5: a dot at the end", ATTRIBUTE, OCTETS("2.5."), "no" },
	{ "4512 2.5: a filter", ATTRIBUTE, OCTETS("a=*)(b"), "no" },
	{ "4512 2.5: nothing", ATTRIBUTE, OCTETS(""), "no" },
	{ "4512 2.5: all attributes", ATTRIBUTE, OCTETS("*"), "no" },
	{ "one value", VALUE, OCTETS("(a=b c)"), "a|b c" },
	{ "one value, escaped", VALUE, OCTETS("(a;x=\\28\\2A)"), "a;x|(*" },
	{ "one value, with an equal sign", VALUE, OCTETS("(a=b=c)"), "a|b=c" },
	{ "no value", VALUE, OCTETS("(a=)"), "no" },
	{ "any value", VALUE, OCTETS("(a=*)"), "no" },
	{ "no more than that", VALUE, OCTETS("(a>=b)"), "no" },
	{ "an extensible match", VALUE, OCTETS("(a:dn:=b)"), "no" },
	{ "not that", VALUE, OCTETS("(!(a=b))"), "no" },
	{ "two of them", VALUE, OCTETS("(|(a=b)(c=d))"), "no" },
	{ "no filter", VALUE, OCTETS("a=b"), "no" },
};

static void check(const struct row *row)
{
	struct ps_buffer filter = PS_BUFFER(1000), value = PS_BUFFER(1000);
	struct ps_bytes text = { row->text, row->len }, attribute;

	switch (row->kind) {
	case EQUAL:
		ps_ldap_filter_equal(&filter, "mail", text);
		break;
	case ENDS:
		ps_ldap_filter_ends(&filter, "mail", text);
		break;
	case FILTER:
		ps_buffer_text(&filter,
			       ps_ldap_filter_valid(text) ? "yes" : "no");
		break;
	case VALUE:
		if (!ps_ldap_filter_is_equal(text, &attribute, &value)) {
			ps_buffer_text(&filter, "no");
			break;
		}
		ps_buffer_bytes(&filter, attribute);
		ps_buffer_char(&filter, '|');
		ps_buffer_text(&filter, ps_buffer_cstr(&value));
		break;
	case ATTRIBUTE:
		ps_buffer_text(&filter,
			       ps_ldap_attribute_valid(text) ? "yes" : "no");
		break;
	}
	assert_string_equal(ps_buffer_cstr(&filter), row->want);
	if (row->kind == EQUAL || row->kind == ENDS)
		assert_true(ps_ldap_filter_valid(
			ps_bytes_of(ps_buffer_cstr(&filter))));
	ps_buffer_free(&filter);
	ps_buffer_free(&value);
}

TABLE_MAIN(rows, check)
