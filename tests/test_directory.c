/* test_directory.c - the SQLite directory: written, read, and its faults. */

#include "table.h"

#include "directory/directory.h"
#include "directory/writer_account.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/postseal-test-XXXXXX";
static char database[128], credentials[128];
static struct ps_config config;
static struct ps_directory *directory;
static char error[PS_CONFIG_ERROR_MAX];

static const char *const outcomes[] = { [PS_FOUND] = "found",
					[PS_NOTFOUND] = "not found",
					[PS_TEMPFAIL] = "temporary failure" };
static const char *const writes[] = { [PS_WRITE_DONE] = "done",
				      [PS_WRITE_NOTHING] = "nothing",
				      [PS_WRITE_REFUSED] = "refused",
				      [PS_WRITE_TEMPFAIL] =
					      "temporary failure" };

/* One command, one transaction: "verb A B". */
static enum ps_write command(struct ps_writer *writer, const char *verb,
			     const char *a, const char *b)
{
	bool added;

	if (strcmp(verb, "adddom") == 0)
		return ps_writer_add_domain(writer, a);
	if (strcmp(verb, "rmdom") == 0)
		return ps_writer_remove_domain(writer, a, b != NULL);
	if (strcmp(verb, "adduser") == 0)
		return ps_writer_add_account(writer, a, b, &added);
	if (strcmp(verb, "rmuser") == 0)
		return ps_writer_remove_account(writer, a, false);
	if (strcmp(verb, "passwd") == 0)
		return ps_writer_set_credential(writer, a, b);
	if (strcmp(verb, "disable") == 0)
		return ps_writer_set_state(writer, a, PS_ACCOUNT_DISABLED);
	if (strcmp(verb, "addalias") == 0)
		return ps_writer_add_alias(writer, a, b, &added);
	if (strcmp(verb, "rmalias") == 0)
		return ps_writer_remove_alias(writer, a);
	fail_msg("no verb %s", verb);
	return PS_WRITE_REFUSED;
}

static enum ps_write run(const char *verb, const char *a, const char *b)
{
	struct ps_writer *writer = NULL;
	char reason[PS_REASON_MAX];
	enum ps_write result = ps_writer_open(&config, &writer, reason);

	if (result != PS_WRITE_DONE)
		return result;
	result = command(writer, verb, a, b);
	if (result == PS_WRITE_DONE)
		result = ps_writer_commit(writer);
	else
		assert_true(ps_writer_reason(writer)[0] != '\0');
	ps_writer_close(&writer);
	return result;
}

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(database, sizeof(database), "%s/d/directory.db", folder);
	snprintf(credentials, sizeof(credentials), "%s/c/credentials.db",
		 folder);
	config.directory = (struct ps_config_directory){
		.database = database,
		.credentials = credentials,
		.read_group = "root",
		.auth_group = "root",
	};
	config.mail.home = "/var/vmail/%d/%n";
	return ps_directory_new(&config, &directory, error);
}

static int tear_down(void **state)
{
	char command_line[160];

	(void)state;
	ps_directory_free(&directory);
	snprintf(command_line, sizeof(command_line), "rm -rf '%s'", folder);
	return system(command_line) == 0 ? 0 : -1;
}

/* In this order, on one directory. */
static const struct {
	const char *verb, *a, *b;
	enum ps_write want;
} steps[] = {
	{ "adddom", " Example.ORG ", NULL, PS_WRITE_DONE },
	{ "adddom", "example.org.", NULL, PS_WRITE_NOTHING },
	{ "adddom", "not a domain", NULL, PS_WRITE_REFUSED },
	{ "adduser", "Alice@Example.org", "$6$x$y", PS_WRITE_DONE },
	{ "adduser", "alice@example.org", "other", PS_WRITE_NOTHING },
	{ "adduser", "bob@second.example", NULL, PS_WRITE_DONE },
	{ "adduser", "carol@all.example", NULL, PS_WRITE_DONE },
	{ "adduser", "a/b@example.org", NULL, PS_WRITE_REFUSED },
	{ "adduser", "..@example.org", NULL, PS_WRITE_REFUSED },
	{ "adduser", "a,b@example.org", NULL, PS_WRITE_REFUSED },
	{ "adduser", "nobody", NULL, PS_WRITE_REFUSED },
	{ "adduser", "x@example.org' OR 1", NULL, PS_WRITE_REFUSED },
	{ "addalias", "Info@example.org", "Alice@example.org", PS_WRITE_DONE },
	{ "addalias", "info@example.org", "bob@second.example", PS_WRITE_DONE },
	{ "addalias", "info@example.org", "bob@second.example",
	  PS_WRITE_NOTHING },
	{ "addalias", "sales@example.org", "info@example.org", PS_WRITE_DONE },
	{ "addalias", "loop1@example.org", "loop2@example.org", PS_WRITE_DONE },
	{ "addalias", "loop2@example.org", "loop1@example.org", PS_WRITE_DONE },
	{ "addalias", "self@example.org", "SELF@example.org",
	  PS_WRITE_REFUSED },
	{ "addalias", "pipe@example.org", "|/bin/sh", PS_WRITE_REFUSED },
	{ "addalias", "two@example.org", "a@b,c@d", PS_WRITE_REFUSED },
	{ "addalias", "@all.example", "alice@example.org", PS_WRITE_DONE },
	{ "disable", "bob@second.example", NULL, PS_WRITE_DONE },
	{ "disable", "bob@second.example", NULL, PS_WRITE_NOTHING },
	{ "disable", "ghost@example.org", NULL, PS_WRITE_NOTHING },
	{ "passwd", "bob@second.example", "$6$b", PS_WRITE_DONE },
	{ "passwd", "ghost@example.org", "$6$b", PS_WRITE_NOTHING },
	{ "passwd", "bob@second.example", "", PS_WRITE_REFUSED },
	{ "rmdom", "second.example", NULL, PS_WRITE_REFUSED },
	{ "rmdom", "none.example", NULL, PS_WRITE_NOTHING },
	{ "rmuser", "ghost@example.org", NULL, PS_WRITE_NOTHING },
	{ "rmalias", "GHOST@example.org", NULL, PS_WRITE_NOTHING },
};

static void write_steps(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		print_message("  %s %s %s\n", steps[i].verb, steps[i].a,
			      steps[i].b == NULL ? "" : steps[i].b);
		assert_string_equal(
			writes[run(steps[i].verb, steps[i].a, steps[i].b)],
			writes[steps[i].want]);
	}
}

static const struct {
	enum ps_view view;
	const char *key, *want; /* NULL: not found */
} views[] = {
	{ PS_VIEW_DOMAINS, "EXAMPLE.org", "example.org" },
	{ PS_VIEW_DOMAINS, "none.example", NULL },
	{ PS_VIEW_DOMAINS, "alice@example.org", NULL },
	{ PS_VIEW_MAILBOXES, "Alice@example.org", "alice@example.org" },
	{ PS_VIEW_MAILBOXES, "bob@second.example", "bob@second.example" },
	{ PS_VIEW_MAILBOXES, "@example.org", NULL },
	{ PS_VIEW_MAILBOXES, "alice", NULL },
	{ PS_VIEW_MAILBOXES, "alice@example.org ", NULL },
	{ PS_VIEW_MAILBOXES, "x' OR '1'='1", NULL },
	{ PS_VIEW_ALIASES, "INFO@example.org",
	  "Alice@example.org,bob@second.example" },
	{ PS_VIEW_ALIASES, "alice@example.org", NULL },
	{ PS_VIEW_ALIASES, "@all.example", "alice@example.org" },
	{ PS_VIEW_ALIASES, "carol@all.example", "carol@all.example" },
	{ PS_VIEW_ALIASES, "nobody@all.example", NULL },
	{ PS_VIEW_SENDERS, "alice@example.org", "alice@example.org" },
	{ PS_VIEW_SENDERS, "sales@example.org",
	  "alice@example.org,bob@second.example" },
	{ PS_VIEW_SENDERS, "loop1@example.org", NULL },
	{ PS_VIEW_SENDERS, "@all.example", "alice@example.org" },
	{ PS_VIEW_TRANSPORT, "example.org", NULL },
	{ PS_VIEW_TRANSPORT, "alice@example.org", NULL },
	{ PS_VIEW_RELAY_DOMAINS, "example.org", NULL },
	{ PS_VIEW_QUOTA, "alice@example.org", NULL },
};

static void read_views(void **state)
{
	struct ps_buffer answer = PS_BUFFER(PS_ANSWER_MAX);
	enum ps_outcome outcome;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
		print_message("  %s %s\n", ps_view_name(views[i].view),
			      views[i].key);
		outcome = ps_directory_view(directory, views[i].view,
					    views[i].key, &answer);
		assert_string_equal(
			outcomes[outcome],
			outcomes[views[i].want ? PS_FOUND : PS_NOTFOUND]);
		if (views[i].want != NULL)
			assert_string_equal(ps_buffer_cstr(&answer),
					    views[i].want);
	}
	ps_buffer_free(&answer);
}

static void read_long_keys(void **state)
{
	struct ps_buffer answer = PS_BUFFER(PS_ANSWER_MAX);
	char key[PS_ADDRESS_MAX + 2];

	(void)state;
	memset(key, 'a', sizeof(key));
	key[PS_ADDRESS_MAX + 1] = '\0';
	assert_int_equal(
		ps_directory_view(directory, PS_VIEW_ALIASES, key, &answer),
		PS_NOTFOUND);
	key[PS_ADDRESS_MAX] = '\0';
	assert_int_equal(
		ps_directory_view(directory, PS_VIEW_ALIASES, key, &answer),
		PS_NOTFOUND);
	ps_buffer_free(&answer);
}

static void read_accounts(void **state)
{
	char next[PS_ADDRESS_MAX + 1] = "";
	struct ps_credential credential;
	struct ps_account account;
	unsigned int count = 0;

	(void)state;
	assert_int_equal(
		ps_directory_account(directory, "ALICE@example.org", &account),
		PS_FOUND);
	assert_string_equal(account.home, "/var/vmail/example.org/alice");
	assert_int_equal(account.state, PS_ACCOUNT_ACTIVE);
	assert_int_equal(
		ps_directory_account(directory, "bob@second.example", &account),
		PS_FOUND);
	assert_int_equal(account.state, PS_ACCOUNT_DISABLED);
	assert_int_equal(
		ps_directory_account(directory, "info@example.org", &account),
		PS_NOTFOUND);
	assert_int_equal(ps_directory_credential(directory, "alice@example.org",
						 &credential),
			 PS_FOUND);
	assert_string_equal(credential.hash, "$6$x$y");
	assert_int_equal(ps_directory_credential(directory, "carol@all.example",
						 &credential),
			 PS_NOTFOUND);
	while (ps_directory_next_account(directory, next, next) == PS_FOUND)
		count++;
	assert_int_equal(count, 3);
}

static void read_senders(void **state)
{
	(void)state;
	assert_int_equal(ps_directory_sends_as(directory, "alice@example.org",
					       "Sales@example.org"),
			 PS_FOUND);
	assert_int_equal(ps_directory_sends_as(directory, "carol@all.example",
					       "sales@example.org"),
			 PS_NOTFOUND);
	assert_int_equal(ps_directory_sends_as(directory, "alice@example.org",
					       "anything@all.example"),
			 PS_FOUND);
	assert_int_equal(ps_directory_sends_in(directory, "bob@second.example",
					       "example.org"),
			 PS_FOUND);
	assert_int_equal(ps_directory_sends_in(directory, "carol@all.example",
					       "example.org"),
			 PS_NOTFOUND);
	assert_int_equal(ps_directory_sends_in(directory, "ghost@example.org",
					       "example.org"),
			 PS_NOTFOUND);
}

static enum ps_outcome look(void)
{
	struct ps_buffer answer = PS_BUFFER(PS_ANSWER_MAX);
	enum ps_outcome outcome = ps_directory_view(
		directory, PS_VIEW_MAILBOXES, "alice@example.org", &answer);

	if (outcome == PS_TEMPFAIL)
		print_message("  %s\n", ps_directory_reason(directory));
	assert_int_equal(outcome == PS_TEMPFAIL,
			 ps_directory_reason(directory)[0] != '\0');
	ps_buffer_free(&answer);
	return outcome;
}

static void put(const char *path, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);

	assert_true(fd >= 0 && write(fd, data, len) == (ssize_t)len);
	assert_int_equal(close(fd), 0);
}

/* Put something else in place of the database, look, and put it back. */
static void faults_of_the_file(void **state)
{
	static const char text[] = "this is not a database, but long enough to "
				   "be read as the head of one, one hundred "
				   "octets and more than that";
	char aside[160];

	(void)state;
	snprintf(aside, sizeof(aside), "%s.aside", database);
	assert_int_equal(look(), PS_FOUND);
	assert_int_equal(rename(database, aside), 0);
	assert_string_equal(outcomes[look()], outcomes[PS_TEMPFAIL]);
	put(database, text, sizeof(text));
	assert_string_equal(outcomes[look()], outcomes[PS_TEMPFAIL]);
	assert_string_equal(writes[run("adddom", "a.example", NULL)],
			    writes[PS_WRITE_REFUSED]);
	put(database, "", 0);
	assert_string_equal(outcomes[look()], outcomes[PS_TEMPFAIL]);
	assert_int_equal(unlink(database), 0);
	assert_int_equal(mkdir(database, 0755), 0);
	assert_string_equal(outcomes[look()], outcomes[PS_TEMPFAIL]);
	assert_int_equal(rmdir(database), 0);
	assert_int_equal(rename(aside, database), 0);
	assert_string_equal(outcomes[look()], outcomes[PS_FOUND]);
}

static void sql(const char *path, const char *text)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The open handle keeps its file; a new one sees the mark. */
static void faults_of_the_version(void **state)
{
	(void)state;
	sql(database, "PRAGMA user_version=3");
	ps_directory_free(&directory);
	assert_int_equal(ps_directory_new(&config, &directory, error), 0);
	assert_string_equal(outcomes[look()], outcomes[PS_TEMPFAIL]);
	assert_string_equal(writes[run("adddom", "a.example", NULL)],
			    writes[PS_WRITE_REFUSED]);
	sql(database, "PRAGMA user_version=2; PRAGMA application_id=7");
	assert_string_equal(outcomes[look()], outcomes[PS_TEMPFAIL]);
	sql(database, "PRAGMA application_id=1347634225");
	assert_string_equal(outcomes[look()], outcomes[PS_FOUND]);
}

static void locked_by_a_writer(void **state)
{
	sqlite3 *db = NULL;

	(void)state;
	assert_int_equal(sqlite3_open(database, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL),
			 SQLITE_OK);
	assert_string_equal(outcomes[look()], outcomes[PS_FOUND]);
	assert_int_equal(
		sqlite3_exec(db, "COMMIT; BEGIN EXCLUSIVE", NULL, NULL, NULL),
		SQLITE_OK);
	assert_string_equal(outcomes[look()], outcomes[PS_TEMPFAIL]);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_string_equal(outcomes[look()], outcomes[PS_FOUND]);
}

static void removed_for_good(void **state)
{
	struct ps_credential credential;

	(void)state;
	assert_int_equal(run("rmuser", "alice@example.org", NULL),
			 PS_WRITE_DONE);
	assert_int_equal(look(), PS_NOTFOUND);
	assert_int_equal(run("adduser", "alice@example.org", NULL),
			 PS_WRITE_DONE);
	assert_int_equal(ps_directory_credential(directory, "alice@example.org",
						 &credential),
			 PS_NOTFOUND);
	assert_int_equal(run("rmdom", "second.example", "cascade"),
			 PS_WRITE_DONE);
	assert_int_equal(run("adduser", "bob@second.example", NULL),
			 PS_WRITE_DONE);
	assert_int_equal(ps_directory_credential(
				 directory, "bob@second.example", &credential),
			 PS_NOTFOUND);
}

static void names_of_views(void **state)
{
	static const char *const names[PS_VIEW_COUNT] = {
		"domains",   "mailboxes",     "aliases", "senders",
		"transport", "relay_domains", "quota"
	};
	enum ps_view view;
	unsigned int i;

	(void)state;
	for (i = 0; i < PS_VIEW_COUNT; i++) {
		assert_string_equal(ps_view_name((enum ps_view)i), names[i]);
		assert_true(ps_view_by_name(names[i], &view));
		assert_int_equal(view, i);
	}
	assert_false(ps_view_by_name("groups", &view));
}

/* Each of them, alone, cannot work; and with none of them it opens. */
static void settings_of_ldap(void **state)
{
	static const char *const uris[] = { "ldap://a", "ldapi:///" };
	struct ps_config ldap = config;
	struct ps_directory *none;

	(void)state;
	ldap.path = "/x.conf";
	ldap.directory.backend = PS_BACKEND_LDAP;
	ldap.ldap = (struct ps_config_ldap){ .uris = { 2, uris } };
	assert_int_equal(ps_directory_new(&ldap, &none, error), -1);
	assert_null(none);
	assert_non_null(strstr(error, "/x.conf: setting ldap.base"));
	ldap.ldap.base = "dc=a";
	ldap.ldap.bind = PS_LDAP_BIND_SIMPLE;
	ldap.ldap.bind_dn = "cn=b";
	assert_int_equal(ps_directory_new(&ldap, &none, error), -1);
	assert_non_null(strstr(error, "ldap.password_file"));
	ldap.ldap.bind = PS_LDAP_BIND_NONE;
	ldap.ldap.start_tls = PS_YES;
	assert_int_equal(ps_directory_new(&ldap, &none, error), -1);
	assert_non_null(strstr(error, "ldap.start_tls"));
	ldap.ldap.start_tls = PS_NO;
	assert_int_equal(ps_directory_new(&ldap, &none, error), 0);
	ps_directory_free(&none);
}

static void files_are_private(void **state)
{
	struct stat status;

	(void)state;
	assert_int_equal(stat(database, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	assert_int_equal(stat(credentials, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	strrchr(credentials, '/')[0] = '\0';
	assert_int_equal(stat(credentials, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0750);
	credentials[strlen(credentials)] = '/';
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(write_steps),
		cmocka_unit_test(read_views),
		cmocka_unit_test(read_long_keys),
		cmocka_unit_test(read_accounts),
		cmocka_unit_test(read_senders),
		cmocka_unit_test(faults_of_the_file),
		cmocka_unit_test(faults_of_the_version),
		cmocka_unit_test(locked_by_a_writer),
		cmocka_unit_test(removed_for_good),
		cmocka_unit_test(names_of_views),
		cmocka_unit_test(settings_of_ldap),
		cmocka_unit_test(files_are_private),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
