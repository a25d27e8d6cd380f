/* test_keyfolder.c - signing keys: which are loaded, and which refused. */

#include "table.h"

#include "io/keylist.h"
#include "keys_on_disk.h"

#include <string.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

/* ---- lists: r.key and e.key are good, the others are not there ---- */

static const struct list_row {
	const char *name, *list, *want;
} lists[] = {
	{ "nothing listed", "", "-" },
	{ "one active", "r r a", "r" },
	{ "RSA is first", "e e a r r a", "r e" },
	{ "RSA is first already", "r r a e e a", "r e" },
	{ "published alone", "r r p", "-" },
	{ "retired alone", "r r r", "-" },
	{ "published has no file", "gone r p r r a", "r" },
	{ "retired has no file", "gone r r e e a", "e" },
	{ "active has no file", "gone r a",
	  "gone.key: No such file or directory" },
	{ "one of two has no file", "r r a gone e a",
	  "gone.key: No such file or directory" },
	{ "RSA listed as Ed25519", "r e a",
	  "r.key: domain.json says ed25519, it is not" },
	{ "Ed25519 listed as RSA", "e r a",
	  "e.key: domain.json says rsa, it is not" },
};

static void check_list(void **state)
{
	const struct list_row *row = *state;

	keys_list(row->list);
	keys_start();
	assert_string_equal(keys_ask(NOW), row->want);
	keys_end();
}

/* ---- one key file, listed active ---- */

#define NO_KEY "x.key: is no PEM private key without a passphrase"

static const struct key_row {
	const char *name;
	enum keys_pem kind;
	mode_t mode;
	const char *want;
} key_rows[] = {
	{ "mode 0640", RSA_2048, 0640, "x" },
	{ "mode 0600", RSA_2048, 0600, "x" },
	{ "mode 0400", RSA_2048, 0400, "x" },
	{ "RSA-1024", RSA_1024, 0640, "x" },
	{ "RSA-1016", RSA_1016, 0640,
	  "x.key: is an RSA key under 1024 bits (RFC 8301)" },
	{ "an elliptic curve", EC_256, 0640,
	  "x.key: is neither an RSA nor an Ed25519 key" },
	{ "a passphrase", ENCRYPTED, 0640, NO_KEY },
	{ "a public key", PUBLIC, 0640, NO_KEY },
};

static void check_key(void **state)
{
	const struct key_row *row = *state;
	char path[200];

	keys_put_new("x.key", row->kind);
	snprintf(path, sizeof(path), "%s/x.key", keys_domain_folder);
	assert_int_equal(chmod(path, row->mode), 0);
	keys_list("x r a");
	keys_start();
	assert_string_equal(keys_ask(NOW), row->want);
	keys_end();
	assert_int_equal(unlink(path), 0);
}

/* Every bit: the group may read it, others nothing. */
static void modes(void **state)
{
	char path[200];
	mode_t bit;

	(void)state;
	keys_put_new("x.key", ED25519);
	keys_list("x e a");
	snprintf(path, sizeof(path), "%s/x.key", keys_domain_folder);
	for (bit = 1; bit <= 0200; bit <<= 1) {
		assert_int_equal(chmod(path, 0600 | bit), 0);
		keys_start();
		print_message("  %o\n", 0600 | bit);
		assert_string_equal(
			keys_ask(NOW),
			(bit & 0027) != 0
				? "x.key: others may read it or its group write"
				  " it; it must be mode 0640 or less"
				: "x");
		keys_end();
	}
	assert_int_equal(unlink(path), 0);
}

static const struct content_row {
	const char *name, *text, *want;
} contents[] = {
	{ "an empty key", "", NO_KEY },
	{ "garbage", "garbage\n", NO_KEY },
	{ "a head alone", "-----BEGIN PRIVATE KEY-----\n", NO_KEY },
	{ "no base64",
	  "-----BEGIN PRIVATE KEY-----\n****\n-----END PRIVATE KEY-----\n",
	  NO_KEY },
	{ "no key inside",
	  "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
	  NO_KEY },
	{ "another kind of PEM",
	  "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
	  NO_KEY },
};

static void check_content(void **state)
{
	const struct content_row *row = *state;

	keys_put("x.key", row->text, strlen(row->text));
	keys_list("x r a");
	keys_start();
	assert_string_equal(keys_ask(NOW), row->want);
	keys_end();
}

static void key_that_is_no_file(void **state)
{
	static char large[PS_KEYFILE_OCTETS_MAX + 1];
	char path[200];

	(void)state;
	keys_list("x r a");
	snprintf(path, sizeof(path), "%s/x.key", keys_domain_folder);
	memset(large, 'a', sizeof(large));
	keys_put("x.key", large, sizeof(large) - 1);
	keys_start();
	assert_string_equal(keys_ask(NOW), NO_KEY);
	keys_put("x.key", large, sizeof(large));
	assert_string_equal(keys_ask(NOW + 1), "x.key: is too large");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0640), 0);
	(void)alarm(20);
	assert_string_equal(keys_ask(NOW + 2), "x.key: is not a regular file");
	(void)alarm(0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0750), 0);
	assert_string_equal(keys_ask(NOW + 3), "x.key: is not a regular file");
	assert_int_equal(rmdir(path), 0);
	assert_string_equal(keys_ask(NOW + 4),
			    "x.key: No such file or directory");
	keys_end();
}

static void list_that_is_none(void **state)
{
	(void)state;
	keys_put("domain.json", "{", 1);
	keys_start();
	assert_string_equal(
		keys_ask(NOW),
		"domain.json: is not {\"keys\": [...]} with at most 32 keys");
	keys_end();
}

/* ---- folders ---- */

static void no_folder(void **state)
{
	static const char *const domains[] = { "none.example", "",
					       "..",	       "../keys",
					       "/etc",	       "Example.org" };
	const struct ps_domain_keys *keys;
	char reason[PS_REASON_MAX];
	size_t i;

	(void)state;
	keys_list("r r a");
	keys_start();
	for (i = 0; i < TABLE_COUNT(domains); i++) {
		print_message("  \"%s\"\n", domains[i]);
		assert_string_equal(
			keys_outcomes[ps_keyfolder_get(keys_open, domains[i],
						       NOW, &keys, reason)],
			keys_outcomes[PS_NOTFOUND]);
		assert_null(keys);
		ps_keyfolder_release(keys_open, &keys);
	}
	keys_end();
	assert_int_equal(ps_keyfolder_new("/nonexistent", &keys_open), 0);
	assert_int_equal(keys_get(NOW, &keys, reason), PS_TEMPFAIL);
	assert_string_equal(reason, "/nonexistent: No such file or directory");
	keys_end();
}

/* As nobody, in a child: root may read everything. */
static void as_nobody(const char *want)
{
	const struct ps_domain_keys *keys;
	char reason[PS_REASON_MAX];
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (geteuid() == 0 && setuid(NOBODY) < 0)
			_exit(2);
		if (ps_keyfolder_get(keys_open, "example.org", NOW, &keys,
				     reason) != PS_TEMPFAIL)
			_exit(3);
		if (strncmp(reason, keys_domain_folder,
			    strlen(keys_domain_folder)) != 0)
			_exit(4);
		_exit(strcmp(reason + strlen(keys_domain_folder), want) == 0
			      ? 0
			      : 5);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void unreadable(void **state)
{
	char key[200];

	(void)state;
	keys_list("r r a");
	snprintf(key, sizeof(key), "%s/r.key", keys_domain_folder);
	keys_start();
	assert_int_equal(chmod(keys_folder, 0700), 0);
	assert_int_equal(chmod(keys_domain_folder, 0), 0);
	if (geteuid() == 0)
		as_nobody("/domain.json: Permission denied");
	assert_int_equal(chmod(keys_folder, 0755), 0);
	as_nobody("/domain.json: Permission denied");
	assert_int_equal(chmod(keys_domain_folder, 0755), 0);
	assert_int_equal(chmod(key, 0), 0);
	snprintf(key, sizeof(key), "%s/domain.json", keys_domain_folder);
	assert_int_equal(chmod(key, 0644), 0);
	as_nobody("/r.key: Permission denied");
	snprintf(key, sizeof(key), "%s/r.key", keys_domain_folder);
	assert_int_equal(chmod(key, 0640), 0);
	keys_end();
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(modes),
		cmocka_unit_test(key_that_is_no_file),
		cmocka_unit_test(list_that_is_none),
		cmocka_unit_test(no_folder),
		cmocka_unit_test(unreadable),
	};
	static struct CMUnitTest
		tests[TABLE_COUNT(lists) + TABLE_COUNT(key_rows) +
		      TABLE_COUNT(contents) + TABLE_COUNT(others)];
	struct CMUnitTest *next = tests;

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	TABLE_TESTS(next, lists, check_list);
	next += TABLE_COUNT(lists);
	TABLE_TESTS(next, key_rows, check_key);
	next += TABLE_COUNT(key_rows);
	TABLE_TESTS(next, contents, check_content);
	next += TABLE_COUNT(contents);
	memcpy(next, others, sizeof(others));
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
				       keys_set_up, keys_tear_down);
}
