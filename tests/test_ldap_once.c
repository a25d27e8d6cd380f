/* test_ldap_once.c - passwords for one login in LDAP: what a value says. */

#include "table.h"

#include "directory/ldap_once.h"

#include <string.h>

#define OCTETS(literal)                                                        \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}
#define LONG64                                                                 \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LONG448 LONG64 LONG64 LONG64 LONG64 LONG64 LONG64 LONG64

static const struct row {
	const char *name;
	struct ps_bytes text;
	bool good;
	enum ps_credential_kind kind;
	long long expires;
	const char *hash;
} rows[] = {
	{ "a time and a hash", OCTETS("1764266400 $y$j9T$a$b"), true,
	  PS_CREDENTIAL_ONCE, 1764266400, "$y$j9T$a$b" },
	{ "used", OCTETS("0 $y$j9T$a$b"), true, PS_CREDENTIAL_SPENT, 0,
	  "$y$j9T$a$b" },
	{ "with a scheme", OCTETS("1 {PLAIN}a b"), true, PS_CREDENTIAL_ONCE, 1,
	  "{PLAIN}a b" },
	{ "the last time there is", OCTETS("9223372036854775807 x"), true,
	  PS_CREDENTIAL_ONCE, 9223372036854775807LL, "x" },
	{ "511 octets of hash",
	  OCTETS("1 " LONG448 "0123456789abcdef0123456789abcdef"
		 "0123456789abcdef0123456789abcde"),
	  true, PS_CREDENTIAL_ONCE, 1,
	  LONG448 "0123456789abcdef0123456789abcdef"
		  "0123456789abcdef0123456789abcde" },
	{ .name = "512 octets of hash", .text = OCTETS("1 " LONG448 LONG64) },
	{ .name = "later than there is",
	  .text = OCTETS("9223372036854775808 x") },
	{ .name = "nothing", .text = OCTETS("") },
	{ .name = "a time alone", .text = OCTETS("1") },
	{ .name = "an empty hash", .text = OCTETS("1 ") },
	{ .name = "a hash alone", .text = OCTETS("$y$j9T$a$b") },
	{ .name = "no time", .text = OCTETS(" x") },
	{ .name = "a sign", .text = OCTETS("-1 x") },
	{ .name = "a word for a time", .text = OCTETS("never x") },
	{ .name = "a NUL", .text = OCTETS("1 a\0b") },
};

static void check(const struct row *row)
{
	struct ps_credential credential = { .hash = "" };
	char text[PS_LDAP_ONCE_MAX];

	assert_int_equal(ps_ldap_once_read(row->text, &credential), row->good);
	if (!row->good)
		return;
	assert_int_equal(credential.kind, row->kind);
	assert_true(credential.expires == row->expires);
	assert_string_equal(credential.hash, row->hash);
	ps_ldap_once_write(&credential, text);
	assert_int_equal(strlen(text), row->text.len);
	assert_memory_equal(text, row->text.at, row->text.len);
}

TABLE_MAIN(rows, check)
