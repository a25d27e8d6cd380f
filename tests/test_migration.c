/* test_migration.c - files of version 1, brought up to this one. */

#include "table.h"

#include "other_reader.h"
#include "other_writer.h"

#include "directory/schema.h"
#include "directory/writer_account.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* As version 1 made them, word by word, with what was in them. */
static const char directory_1[] =
	"CREATE TABLE domains (id INTEGER PRIMARY KEY,"
	" name TEXT NOT NULL UNIQUE);"
	"CREATE TABLE accounts (id INTEGER PRIMARY KEY,"
	" domain_id INTEGER NOT NULL REFERENCES domains (id),"
	" address TEXT NOT NULL UNIQUE,"
	" state TEXT NOT NULL DEFAULT 'active',"
	" home TEXT, quota TEXT);"
	"CREATE INDEX accounts_domain ON accounts (domain_id);"
	"CREATE TABLE aliases (id INTEGER PRIMARY KEY,"
	" domain_id INTEGER NOT NULL REFERENCES domains (id),"
	" source TEXT NOT NULL, destination TEXT NOT NULL,"
	" UNIQUE (source, destination));"
	"CREATE INDEX aliases_domain ON aliases (domain_id);"
	"CREATE INDEX aliases_destination"
	" ON aliases (destination COLLATE NOCASE);"
	"PRAGMA application_id=1347634225; PRAGMA user_version=1;"
	"INSERT INTO domains VALUES (3, 'example.org');"
	"INSERT INTO accounts VALUES (5, 3, 'alice@example.org', 'active',"
	" NULL, '2G'), (6, 3, 'bob@example.org', 'disabled', '/b', NULL);"
	"INSERT INTO aliases VALUES (7, 3, 'info@example.org',"
	" 'Alice@example.org'), (9, 3, '@example.org', 'bob@example.org');";
static const char credentials_1[] =
	"CREATE TABLE credentials (address TEXT PRIMARY KEY,"
	" hash TEXT NOT NULL, changed INTEGER NOT NULL) WITHOUT ROWID;"
	"PRAGMA application_id=1347633969; PRAGMA user_version=1;"
	"INSERT INTO credentials VALUES ('alice@example.org', '$6$x$y', 77);";

static const char *const outcomes[] = { [PS_FOUND] = "found",
					[PS_NOTFOUND] = "not found",
					[PS_TEMPFAIL] = "temporary failure" };
static const char *const writes[] = { [PS_WRITE_DONE] = "done",
				      [PS_WRITE_NOTHING] = "nothing",
				      [PS_WRITE_REFUSED] = "refused",
				      [PS_WRITE_TEMPFAIL] =
					      "temporary failure" };

static char folder[] = "/tmp/postseal-migration-XXXXXX";
static char database[128], credentials[128];
static struct ps_config config;
static struct other_reader reader;

static void sql(const char *path, const char *text)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(chmod(path, 0644), 0);
}

static void make_old(void)
{
	(void)unlink(database);
	(void)unlink(credentials);
	sql(database, directory_1);
	sql(credentials, credentials_1);
}

static int version_of(const char *path)
{
	sqlite3_stmt *query = NULL;
	sqlite3 *db = NULL;
	int version;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &query, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(query), SQLITE_ROW);
	version = sqlite3_column_int(query, 0);
	assert_int_equal(sqlite3_finalize(query), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return version;
}

static void expect_versions(int version)
{
	assert_int_equal(version_of(database), version);
	assert_int_equal(version_of(credentials), version);
}

/* The reader, of another uid, says so; with this in its reason. */
static void expect(char what, const char *key, enum ps_outcome outcome,
		   const char *text)
{
	struct other_answer given = other_reader_ask(&reader, what, key);

	assert_string_equal(outcomes[given.outcome], outcomes[outcome]);
	if (outcome == PS_TEMPFAIL)
		assert_non_null(strstr(given.reason, text));
	else if (text != NULL)
		assert_string_equal(given.text, text);
}

static void expect_content(void)
{
	expect('m', "alice@example.org", PS_FOUND, "alice@example.org");
	expect('m', "bob@example.org", PS_FOUND, NULL);
	expect('a', "bob@example.org", PS_FOUND, "/b");
	expect('l', "info@example.org", PS_FOUND, "Alice@example.org");
	expect('l', "@example.org", PS_FOUND, "bob@example.org");
	expect('l', "alice@example.org", PS_FOUND, "alice@example.org");
	expect('s', "info@example.org", PS_FOUND, "alice@example.org");
	expect('c', "alice@example.org", PS_FOUND, "$6$x$y");
	expect('c', "bob@example.org", PS_NOTFOUND, NULL);
}

static struct ps_writer *open_writer(void)
{
	struct ps_writer *writer = NULL;
	char reason[PS_REASON_MAX];

	if (ps_writer_open(&config, &writer, reason) != PS_WRITE_DONE)
		fail_msg("%s", reason);
	assert_false(ps_writer_created(writer));
	return writer;
}

/* Even of a command that in the end has nothing to do. */
static void by_a_command(void **state)
{
	struct ps_writer *writer;

	(void)state;
	make_old();
	expect('m', "alice@example.org", PS_TEMPFAIL,
	       "has version 1, this program knows 2: any postseal command");
	expect('c', "alice@example.org", PS_TEMPFAIL, "has version 1");
	writer = open_writer();
	assert_int_equal(ps_writer_add_domain(writer, "example.org"),
			 PS_WRITE_NOTHING);
	ps_writer_close(&writer);
	expect_versions(PS_SCHEMA_VERSION);
	expect_content();
	writer = open_writer();
	assert_int_equal(
		ps_writer_set(writer, "alice@example.org", "maildrop", "none"),
		PS_WRITE_DONE);
	assert_int_equal(
		ps_writer_set_once(writer, "alice@example.org", "h", 9),
		PS_WRITE_DONE);
	assert_int_equal(ps_writer_commit(writer), PS_WRITE_DONE);
	ps_writer_close(&writer);
	expect('m', "alice@example.org", PS_NOTFOUND, NULL);
	expect('c', "alice@example.org", PS_FOUND, "h");
}

static enum ps_write recover(void)
{
	char reason[PS_REASON_MAX];
	enum ps_write result = ps_writer_recover(&config, reason);

	if (reason[0] != '\0')
		print_message("  %s\n", reason);
	return result;
}

/* As the daemon does when it starts, and each list. */
static void by_recovery(void **state)
{
	(void)state;
	make_old();
	assert_string_equal(writes[recover()], writes[PS_WRITE_DONE]);
	expect_versions(PS_SCHEMA_VERSION);
	expect_content();
	assert_string_equal(writes[recover()], writes[PS_WRITE_NOTHING]);
}

static void not_by_a_rehearsal(void **state)
{
	struct ps_writer *writer = NULL;
	char reason[PS_REASON_MAX];

	(void)state;
	make_old();
	assert_int_equal(ps_writer_rehearse(&config, &writer, reason),
			 PS_WRITE_DONE);
	assert_int_equal(
		ps_writer_set(writer, "alice@example.org", "quota", "3G"),
		PS_WRITE_DONE);
	assert_int_equal(ps_writer_commit(writer), PS_WRITE_DONE);
	ps_writer_close(&writer);
	expect_versions(1);
}

/* One of the two was brought up before, by a copy put back, say. */
static void one_of_them(void **state)
{
	struct ps_writer *writer;

	(void)state;
	make_old();
	writer = open_writer();
	ps_writer_close(&writer);
	(void)unlink(credentials);
	sql(credentials, credentials_1);
	assert_string_equal(writes[recover()], writes[PS_WRITE_DONE]);
	expect_versions(PS_SCHEMA_VERSION);
	expect_content();
}

/* Both or none: the second cannot be brought up. */
static void in_one_transaction(void **state)
{
	struct ps_writer *writer = NULL;
	char reason[PS_REASON_MAX];

	(void)state;
	make_old();
	sql(credentials, "DROP TABLE credentials");
	assert_int_not_equal(ps_writer_open(&config, &writer, reason),
			     PS_WRITE_DONE);
	assert_null(writer);
	expect_versions(1);
}

static void while_another_writes(void **state)
{
	char path[160];
	int lock;

	(void)state;
	make_old();
	snprintf(path, sizeof(path), "%s.lock", database);
	lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(lock >= 0 && flock(lock, LOCK_EX) == 0);
	assert_string_equal(writes[recover()], writes[PS_WRITE_NOTHING]);
	assert_int_equal(close(lock), 0);
	expect_versions(1);
}

static void a_newer_one(void **state)
{
	struct ps_writer *writer = NULL;
	char reason[PS_REASON_MAX];

	(void)state;
	make_old();
	sql(database, "PRAGMA user_version=3");
	assert_string_equal(writes[ps_writer_open(&config, &writer, reason)],
			    writes[PS_WRITE_REFUSED]);
	assert_non_null(strstr(reason, "version 3"));
	expect('m', "alice@example.org", PS_TEMPFAIL,
	       "has version 3, this program knows 2: it is too old");
	assert_int_equal(version_of(credentials), 1);
}

/* A reader that has the file open when a newer program changes its tables. */
static void changed_while_open(void **state)
{
	(void)state;
	make_old();
	assert_string_equal(writes[recover()], writes[PS_WRITE_DONE]);
	expect_content();
	sql(database, "ALTER TABLE accounts ADD COLUMN colour TEXT");
	expect_content();
	sql(database, "ALTER TABLE accounts ADD COLUMN shape TEXT;"
		      "PRAGMA user_version=3");
	expect('m', "alice@example.org", PS_TEMPFAIL, "has version 3");
	expect('l', "info@example.org", PS_TEMPFAIL, "has version 3");
	sql(database, "PRAGMA user_version=2");
	expect_content();
}

/* ---- a command that is killed while it brings them up ---- */

static unsigned int die_at;

static int bring_up_and_die(void)
{
	struct ps_writer *writer = NULL;
	char reason[PS_REASON_MAX];

	other_writer_die_at(die_at);
	if (ps_writer_open(&config, &writer, reason) != PS_WRITE_DONE)
		return 1;
	ps_writer_close(&writer);
	return 0;
}

/* What was there is found, or it is to be asked again later.  The number of
 * answers that were deferred. */
static unsigned int expect_nothing_lost(void)
{
	static const struct {
		char what;
		const char *key, *want;
	} questions[] = {
		{ 'm', "alice@example.org", "alice@example.org" },
		{ 'd', "example.org", "example.org" },
		{ 'l', "info@example.org", "Alice@example.org" },
		{ 'l', "alice@example.org", "alice@example.org" },
		{ 'a', "bob@example.org", "/b" },
		{ 's', "info@example.org", "alice@example.org" },
		{ 'c', "alice@example.org", "$6$x$y" },
	};
	struct other_answer given;
	unsigned int deferred = 0;
	size_t i;

	for (i = 0; i < TABLE_COUNT(questions); i++) {
		given = other_reader_ask(&reader, questions[i].what,
					 questions[i].key);
		assert_int_not_equal(given.outcome, PS_NOTFOUND);
		if (given.outcome == PS_FOUND)
			assert_string_equal(given.text, questions[i].want);
		deferred += given.outcome == PS_TEMPFAIL;
	}
	return deferred;
}

/* At its first, second, third... change of a file. */
static void killed_anywhere(void **state)
{
	unsigned int deaths = 0, deferred = 0, done = 0;
	struct other_writer writing;
	struct ps_writer *writer;
	int status;

	(void)state;
	for (die_at = 1; die_at < OTHER_WRITER_DEATHS; die_at++) {
		make_old();
		writing = other_writer_start(bring_up_and_die);
		status = other_writer_end(&writing);
		if (status == 0)
			break;
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGKILL);
		deaths++;
		deferred += expect_nothing_lost();
		if (die_at % 2 == 0) {
			writer = open_writer();
			ps_writer_close(&writer);
		} else {
			done += recover() == PS_WRITE_DONE;
		}
		expect_versions(PS_SCHEMA_VERSION);
		expect_content();
	}
	print_message("  killed at %u places, %u answers deferred\n", deaths,
		      deferred);
	assert_in_range(deaths, 10, OTHER_WRITER_DEATHS - 2);
	assert_true(deferred > deaths);
	assert_true(done > 5);
}

static int set_up(void **state)
{
	char path[128];

	(void)state;
	if (mkdtemp(folder) == NULL || chmod(folder, 0755) < 0)
		return -1;
	snprintf(database, sizeof(database), "%s/d/directory.db", folder);
	snprintf(credentials, sizeof(credentials), "%s/c/credentials.db",
		 folder);
	snprintf(path, sizeof(path), "%s/d", folder);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/c", folder);
	assert_int_equal(mkdir(path, 0755), 0);
	config.directory = (struct ps_config_directory){
		.database = database,
		.credentials = credentials,
		.read_group = "nogroup",
		.auth_group = "nogroup",
	};
	config.mail.home = "/var/vmail/%d/%n";
	other_reader_start(&reader, &config);
	return 0;
}

static int tear_down(void **state)
{
	char line[80];

	(void)state;
	other_reader_stop(&reader);
	snprintf(line, sizeof(line), "rm -rf '%s'", folder);
	return system(line) == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_a_command),
		cmocka_unit_test(by_recovery),
		cmocka_unit_test(not_by_a_rehearsal),
		cmocka_unit_test(one_of_them),
		cmocka_unit_test(in_one_transaction),
		cmocka_unit_test(while_another_writes),
		cmocka_unit_test(a_newer_one),
		cmocka_unit_test(changed_while_open),
		cmocka_unit_test(killed_anywhere),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
