/* test_password.c - hashes that are weak, and networks a login comes from. */

#include "table.h"

#include "directory/account.h"
#include "directory/password_hash.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct row {
	const char *name, *hash;
	bool weak;
} rows[] = {
	{ "yescrypt", "$y$j9T$salt$hash", false },
	{ "gost-yescrypt", "$gy$j9T$salt$hash", false },
	{ "scrypt", "$7$CU..../....salt$hash", false },
	{ "bcrypt", "$2y$05$salt", false },
	{ "SHA-512 crypt", "$6$salt$hash", false },
	{ "SHA-256 crypt", "$5$salt$hash", false },
	{ "MD5 crypt", "$1$salt$hash", true },
	{ "DES crypt", "abJnggxhB/yWI", true },
	{ "no hash", "*", true },
	{ "an empty one", "", true },
	{ "yescrypt by Dovecot's name", "{CRYPT}$y$j9T$salt$hash", false },
	{ "DES by Dovecot's name", "{CRYPT}abJnggxhB/yWI", true },
	{ "CRYPT in small letters", "{crypt}$6$salt$hash", false },
	{ "Argon2", "{ARGON2ID}$argon2id$v=19$x", false },
	{ "bcrypt, Dovecot's", "{BLF-CRYPT}$2y$05$x", false },
	{ "SHA-512 crypt, Dovecot's", "{SHA512-CRYPT}$6$x", false },
	{ "PBKDF2", "{PBKDF2}$1$x", false },
	{ "SCRAM", "{SCRAM-SHA-256}4096,x", false },
	{ "an encoding behind it", "{SHA512-CRYPT.B64}x", false },
	{ "SSHA", "{SSHA}x", true },
	{ "SSHA-512", "{SSHA512}x", true },
	{ "SMD5", "{SMD5}x", true },
	{ "SHA", "{SHA}x", true },
	{ "CRAM-MD5", "{CRAM-MD5}x", true },
	{ "plain", "{PLAIN}$y$j9T$x", true },
	{ "a brace that is not closed", "{SHA512-CRYPT", true },
	{ "a name that goes on", "{SHA512-CRYPTO}x", true },
};

static void check_row(void **state)
{
	const struct row *row = *state;

	assert_int_equal(ps_password_is_weak(row->hash), row->weak);
}

static void ours_is_strong(void **state)
{
	char hash[PS_CREDENTIAL_MAX];

	(void)state;
	assert_int_equal(ps_password_hash("secret", hash), 0);
	assert_false(ps_password_is_weak(hash));
}

static const struct {
	const char *nets, *address;
	bool allowed;
} nets[] = {
	{ "", "192.0.2.1", true },
	{ "", "", true },
	{ "192.0.2.0/24", "192.0.2.255", true },
	{ "192.0.2.0/24", "192.0.3.0", false },
	{ "192.0.2.0/24", "", false },
	{ "192.0.2.0/24", "unix", false },
	{ "192.0.2.0/24", "::ffff:192.0.2.1", true },
	{ "192.0.2.1,2001:db8::/32", "2001:db8::1", true },
	{ "192.0.2.1,2001:db8::/32", "2001:db9::1", false },
	{ "192.0.2.1,2001:db8::/32", "192.0.2.1", true },
	{ "192.0.2.1,2001:db8::/32", "192.0.2.2", false },
	{ "nonsense,192.0.2.2", "192.0.2.2", true },
	{ "nonsense", "192.0.2.2", false },
	{ ",", "192.0.2.2", false },
};

static void networks(void **state)
{
	struct ps_account account = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < TABLE_COUNT(nets); i++) {
		print_message("  %s from %s\n", nets[i].nets, nets[i].address);
		snprintf(account.allow_nets, sizeof(account.allow_nets), "%s",
			 nets[i].nets);
		assert_int_equal(ps_account_allows(&account, nets[i].address),
				 nets[i].allowed);
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(ours_is_strong),
		cmocka_unit_test(networks),
	};
	static struct CMUnitTest tests[TABLE_COUNT(rows) + TABLE_COUNT(others)];

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	TABLE_TESTS(tests, rows, check_row);
	memcpy(tests + TABLE_COUNT(rows), others, sizeof(others));
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
				       NULL, NULL);
}
