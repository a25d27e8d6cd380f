/* test_ldap_secret.c - the file with the password of the bind. */

#include "table.h"

#include "directory/ldap_secret.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OCTETS(literal) literal, sizeof(literal) - 1

static const struct row {
	const char *name;
	const char *text; /* NULL: a folder */
	size_t len;
	unsigned int mode;
	const char *want; /* NULL: refused */
} rows[] = {
	{ "a line", OCTETS("secret\n"), 0640, "secret" },
	{ "without its end", OCTETS("secret"), 0600, "secret" },
	{ "with blanks", OCTETS(" a b \n"), 0400, " a b " },
	{ "nothing", OCTETS(""), 0640, NULL },
	{ "an empty line", OCTETS("\n"), 0640, NULL },
	{ "two lines", OCTETS("a\nb\n"), 0640, NULL },
	{ "a line and an empty one", OCTETS("a\n\n"), 0640, NULL },
	{ "NUL", OCTETS("a\0b\n"), 0640, NULL },
	{ "read by others", OCTETS("a\n"), 0644, NULL },
	{ "written by its group", OCTETS("a\n"), 0660, NULL },
	{ "run by others", OCTETS("a\n"), 0641, NULL },
	{ "a folder", NULL, 0, 0700, NULL },
};

static char folder[] = "/tmp/postseal-secret-XXXXXX";

static void prepare(const char *path, const struct row *row)
{
	int fd;

	if (row->text == NULL) {
		assert_int_equal(mkdir(path, row->mode), 0);
		return;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, row->text, row->len), row->len);
	assert_int_equal(fchmod(fd, row->mode), 0);
	assert_int_equal(close(fd), 0);
}

static void check(const struct row *row)
{
	char path[64], secret[PS_LDAP_SECRET_MAX], reason[PS_REASON_MAX] = "";
	bool good;

	snprintf(path, sizeof(path), "%s/%zu", folder, (size_t)(row - rows));
	prepare(path, row);
	good = ps_ldap_secret_read(path, secret, reason);
	assert_int_equal(good, row->want != NULL);
	if (good)
		assert_string_equal(secret, row->want);
	else
		assert_non_null(strstr(reason, path));
	assert_int_equal(remove(path), 0);
	assert_false(ps_ldap_secret_read(path, secret, reason));
}

/* The longest, and one octet more. */
static void longest(void **state)
{
	char path[64], text[PS_LDAP_SECRET_MAX + 1];
	char secret[PS_LDAP_SECRET_MAX], reason[PS_REASON_MAX];
	struct row row = { .text = text, .mode = 0640 };

	(void)state;
	snprintf(path, sizeof(path), "%s/long", folder);
	memset(text, 'x', sizeof(text));
	row.len = PS_LDAP_SECRET_MAX - 1;
	prepare(path, &row);
	assert_true(ps_ldap_secret_read(path, secret, reason));
	assert_int_equal(strlen(secret), row.len);
	row.len++;
	prepare(path, &row);
	assert_false(ps_ldap_secret_read(path, secret, reason));
	assert_int_equal(remove(path), 0);
}

static void run_row(void **state)
{
	check(*state);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[TABLE_COUNT(rows) + 1];

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	TABLE_TESTS(tests, rows, run_row);
	tests[TABLE_COUNT(rows)] = (struct CMUnitTest)cmocka_unit_test(longest);
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
				       set_up, tear_down);
}
