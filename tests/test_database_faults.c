/* test_database_faults.c - what is no database, or half of one, is no "no". */

#include "table.h"

#include "other_reader.h"

#include "directory/writer_account.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ACCOUNTS 1500 /* some fifty pages, trees of two levels */
#define PAGE	 4096
#define ALICE	 "alice@example.org"

static const char *const outcomes[] = { [PS_FOUND] = "found",
					[PS_NOTFOUND] = "not found",
					[PS_TEMPFAIL] = "temporary failure" };

static char folder[] = "/tmp/postseal-faults-XXXXXX";
static char database[128], credentials[128], aside[160];
static struct ps_config config;
/* One keeps its handle; the other opens anew each time. */
static struct other_reader kept, fresh;

struct image {
	size_t len;
	unsigned char *data;
};

/* ---- asking ---- */

static struct other_answer ask_kept(char what, const char *key)
{
	return other_reader_ask(&kept, what, key);
}

static struct other_answer ask_fresh(char what, const char *key)
{
	(void)other_reader_ask(&fresh, 'R', "");
	return other_reader_ask(&fresh, what, key);
}

typedef struct other_answer asking(char what, const char *key);
static asking *const both[] = { ask_kept, ask_fresh };

/* The reason ends in this; NULL: alice is found. */
static void expect(const char *reason)
{
	struct other_answer given;
	size_t i;

	for (i = 0; i < TABLE_COUNT(both); i++) {
		given = both[i]('m', ALICE);
		assert_string_equal(
			outcomes[given.outcome],
			outcomes[reason == NULL ? PS_FOUND : PS_TEMPFAIL]);
		if (reason == NULL)
			continue;
		assert_int_equal(
			strncmp(given.reason, database, strlen(database)), 0);
		assert_string_equal(given.reason + strlen(database) + 2,
				    reason);
	}
}

/* All of these are there.  The number of answers that were deferred. */
static unsigned int expect_no_notfound(const char *doing, size_t at)
{
	static const struct {
		char what;
		const char *key;
	} questions[] = { { 'm', ALICE },
			  { 'm', "n0750@example.org" },
			  { 'l', "info@example.org" },
			  { 'd', "example.org" },
			  { 's', "info@example.org" },
			  { 'a', "n1499@example.org" },
			  { 'i', ALICE },
			  { 'n', ALICE },
			  { 'c', ALICE },
			  { 'c', "n0750@example.org" } };
	enum ps_outcome outcome;
	unsigned int deferred = 0;
	size_t i, k;

	for (i = 0; i < TABLE_COUNT(questions); i++) {
		for (k = 0; k < TABLE_COUNT(both); k++) {
			outcome = both[k](questions[i].what, questions[i].key)
					  .outcome;
			if (outcome == PS_NOTFOUND)
				fail_msg("%s %zu: %c %s is not found", doing,
					 at, questions[i].what,
					 questions[i].key);
			deferred += outcome == PS_TEMPFAIL;
		}
	}
	return deferred;
}

/* ---- files ---- */

static struct image load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct image image;
	struct stat status;

	assert_int_equal(fstat(fd, &status), 0);
	image.len = (size_t)status.st_size;
	image.data = malloc(image.len);
	assert_non_null(image.data);
	assert_int_equal(read(fd, image.data, image.len), status.st_size);
	assert_int_equal(close(fd), 0);
	return image;
}

/* In place: the file stays the one it was. */
static void overwrite(const char *path, size_t at, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_int_equal(pwrite(fd, data, len, (off_t)at), (ssize_t)len);
	assert_int_equal(close(fd), 0);
}

static void put(const char *path, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0 && write(fd, data, len) == (ssize_t)len);
	assert_int_equal(close(fd), 0);
}

static void sql(const char *path, const char *text)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(chmod(path, 0644), 0);
}

/* A database of ours with these accounts, and alice if asked for. */
static void make_database(const struct ps_config *of, unsigned int accounts,
			  bool alice)
{
	struct ps_writer *writer = NULL;
	char reason[PS_REASON_MAX], address[40];
	unsigned int i;
	bool added;

	if (ps_writer_open(of, &writer, reason) != PS_WRITE_DONE)
		fail_msg("%s", reason);
	assert_int_equal(ps_writer_add_domain(writer, "example.org"),
			 PS_WRITE_DONE);
	if (alice) {
		assert_int_equal(
			ps_writer_add_account(writer, ALICE, "hash", &added),
			PS_WRITE_DONE);
		assert_int_equal(ps_writer_add_alias(writer, "info@example.org",
						     ALICE, &added),
				 PS_WRITE_DONE);
	}
	for (i = 0; i < accounts; i++) {
		snprintf(address, sizeof(address), "n%04u@example.org", i);
		assert_int_equal(
			ps_writer_add_account(writer, address, "hash", &added),
			PS_WRITE_DONE);
	}
	assert_int_equal(ps_writer_commit(writer), PS_WRITE_DONE);
	ps_writer_close(&writer);
}

/* ---- something else in its place, by another name renamed to it ---- */

enum kind {
	NOTHING,
	FOLDER,
	FIFO,
	LOOP,
	TEXT,
	EMPTY,
	OTHER_ID,
	NEWER,
	OLDER,
	CREDENTIALS,
	NO_TABLES,
	COPY,
	LINK
};

static const struct row {
	const char *name;
	enum kind kind;
	const char *want;
} rows[] = {
	{ "nothing", NOTHING, "No such file or directory" },
	{ "a folder", FOLDER, "is not a regular file" },
	{ "a FIFO", FIFO, "is not a regular file" },
	{ "a link to itself", LOOP, "Too many levels of symbolic links" },
	{ "a text", TEXT, "file is not a database" },
	{ "an empty file", EMPTY, "is empty, no database of Postseal's" },
	{ "another program's database", OTHER_ID,
	  "is not the database of Postseal's that belongs here" },
	{ "a newer version's", NEWER,
	  "has version 3, this program knows 2: it is too old, or still to be "
	  "restarted" },
	{ "an older version's", OLDER,
	  "has version 1, this program knows 2: any postseal command, or a "
	  "restart of postseald, brings it up" },
	{ "the credentials", CREDENTIALS,
	  "is not the database of Postseal's that belongs here" },
	{ "one without tables", NO_TABLES, "no such table: domains" },
	{ "a copy", COPY, NULL },
	{ "a link to it", LINK, NULL },
};

static void make(enum kind kind, const char *path)
{
	static char text[2 * PAGE];
	struct image image;

	switch (kind) {
	case NOTHING:
		return;
	case FOLDER:
		return assert_int_equal(mkdir(path, 0755), 0);
	case FIFO:
		return assert_int_equal(mkfifo(path, 0644), 0);
	case LOOP:
		return assert_int_equal(symlink(database, path), 0);
	case TEXT:
		memset(text, 'a', sizeof(text));
		return put(path, text, sizeof(text));
	case EMPTY:
		return put(path, "", 0);
	case OTHER_ID:
		return sql(path, "CREATE TABLE a (b);"
				 "PRAGMA application_id=7;"
				 "PRAGMA user_version=2");
	case NEWER:
	case OLDER:
	case COPY:
		image = load(aside);
		put(path, image.data, image.len);
		free(image.data);
		if (kind == NEWER)
			sql(path, "PRAGMA user_version=3");
		if (kind == OLDER)
			sql(path, "PRAGMA user_version=1");
		return;
	case CREDENTIALS:
		image = load(credentials);
		put(path, image.data, image.len);
		return free(image.data);
	case NO_TABLES:
		return sql(path, "PRAGMA application_id=1347634225;"
				 "PRAGMA user_version=2");
	case LINK:
		return assert_int_equal(symlink(aside, path), 0);
	}
}

static void check_row(void **state)
{
	const struct row *row = *state;
	char made[160];

	snprintf(made, sizeof(made), "%s.made", database);
	expect(NULL);
	assert_int_equal(rename(database, aside), 0);
	make(row->kind, made);
	if (row->kind != NOTHING)
		assert_int_equal(rename(made, database), 0);
	(void)alarm(20);
	expect(row->want);
	(void)alarm(0);
	assert_int_equal(row->kind == NOTHING ? 0 : remove(database), 0);
	assert_int_equal(rename(aside, database), 0);
	expect(NULL);
}

/* ---- another one of ours ---- */

/* Its accounts are seen at once, and those of the first no more. */
static void replaced(void **state)
{
	char other[128], other_credentials[128];
	struct ps_config second = config;
	size_t i;

	(void)state;
	snprintf(other, sizeof(other), "%s/d2/directory.db", folder);
	snprintf(other_credentials, sizeof(other_credentials),
		 "%s/c2/credentials.db", folder);
	second.directory.database = other;
	second.directory.credentials = other_credentials;
	make_database(&second, 1, false);
	expect(NULL);
	assert_int_equal(rename(database, aside), 0);
	assert_int_equal(rename(other, database), 0);
	for (i = 0; i < TABLE_COUNT(both); i++) {
		assert_int_equal(both[i]('m', ALICE).outcome, PS_NOTFOUND);
		assert_int_equal(both[i]('m', "n0000@example.org").outcome,
				 PS_FOUND);
		assert_int_equal(both[i]('d', "example.org").outcome, PS_FOUND);
	}
	assert_int_equal(rename(aside, database), 0);
	expect(NULL);
}

/* ---- who may read it ---- */

static void unreadable(void **state)
{
	struct other_answer given;
	char below[128];

	(void)state;
	snprintf(below, sizeof(below), "%s/d", folder);
	assert_int_equal(chmod(below, 0700), 0);
	expect("Permission denied");
	assert_int_equal(chmod(below, 0755), 0);
	assert_int_equal(chmod(database, 0600), 0);
	given = ask_fresh('m', ALICE);
	assert_string_equal(outcomes[given.outcome], outcomes[PS_TEMPFAIL]);
	assert_non_null(strstr(given.reason, "unable to open database file"));
	assert_int_equal(chmod(database, 0644), 0);
	expect(NULL);
	assert_int_equal(chmod(credentials, 0600), 0);
	given = ask_fresh('c', ALICE);
	assert_string_equal(outcomes[given.outcome], outcomes[PS_TEMPFAIL]);
	assert_int_equal(ask_fresh('m', ALICE).outcome, PS_FOUND);
	assert_int_equal(chmod(credentials, 0644), 0);
	assert_int_equal(ask_fresh('c', ALICE).outcome, PS_FOUND);
}

/* Who may only read: nothing is used up, and nobody is told it is. */
static void unwritable(void **state)
{
	struct other_answer given = ask_kept('u', ALICE);
	char below[128];

	(void)state;
	assert_string_equal(outcomes[given.outcome], outcomes[PS_TEMPFAIL]);
	assert_non_null(strstr(given.reason, "readonly database"));
	assert_int_equal(ask_kept('u', "no@example.org").outcome, PS_NOTFOUND);
	/* The file alone is not enough: there is the journal. */
	assert_int_equal(chmod(credentials, 0666), 0);
	given = ask_kept('u', ALICE);
	assert_string_equal(outcomes[given.outcome], outcomes[PS_TEMPFAIL]);
	snprintf(below, sizeof(below), "%s/c", folder);
	assert_int_equal(chmod(below, 0777), 0);
	assert_int_equal(ask_kept('u', ALICE).outcome, PS_FOUND);
	assert_int_equal(chmod(below, 0755), 0);
	assert_int_equal(chmod(credentials, 0644), 0);
}

/* ---- the same file, with a part of it lost ---- */

static void pages_of(const char *path)
{
	static const unsigned char zeros[PAGE];
	struct image image = load(path);
	unsigned int deferred = 0;
	size_t at;

	for (at = 0; at < image.len; at += PAGE) {
		overwrite(path, at, zeros, PAGE);
		deferred += expect_no_notfound("zeros at", at);
		overwrite(path, at, image.data + at, PAGE);
		assert_int_equal(expect_no_notfound("whole again", at), 0);
	}
	print_message("  %zu pages, %u answers deferred\n", image.len / PAGE,
		      deferred);
	assert_true(deferred > 5);
	free(image.data);
}

static void lost_pages(void **state)
{
	(void)state;
	pages_of(database);
	pages_of(credentials);
}

static void cut_short(void **state)
{
	struct image image = load(database);
	unsigned int deferred = 0;
	size_t len, cuts = 0;

	(void)state;
	for (len = 0; len < image.len; len += len < PAGE ? 512 : 3 * 512) {
		assert_int_equal(truncate(database, (off_t)len), 0);
		deferred += expect_no_notfound("cut at", len);
		cuts++;
		overwrite(database, 0, image.data, image.len);
		assert_int_equal(expect_no_notfound("whole again", len), 0);
	}
	print_message("  %zu cuts, %u answers deferred\n", cuts, deferred);
	assert_true(deferred > 8 * cuts);
	free(image.data);
}

/* ---- set up ---- */

static int set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL || chmod(folder, 0755) < 0)
		return -1;
	snprintf(database, sizeof(database), "%s/d/directory.db", folder);
	snprintf(aside, sizeof(aside), "%s.aside", database);
	snprintf(credentials, sizeof(credentials), "%s/c/credentials.db",
		 folder);
	config.directory = (struct ps_config_directory){
		.database = database,
		.credentials = credentials,
		.read_group = "nogroup",
		.auth_group = "nogroup",
	};
	config.mail.home = "/var/vmail/%d/%n";
	make_database(&config, ACCOUNTS, true);
	other_reader_start(&kept, &config);
	other_reader_start(&fresh, &config);
	return 0;
}

static int tear_down(void **state)
{
	char command[80];

	(void)state;
	other_reader_stop(&kept);
	other_reader_stop(&fresh);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command) == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(replaced),   cmocka_unit_test(unreadable),
		cmocka_unit_test(unwritable), cmocka_unit_test(lost_pages),
		cmocka_unit_test(cut_short),
	};
	static struct CMUnitTest tests[TABLE_COUNT(rows) + TABLE_COUNT(others)];

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	TABLE_TESTS(tests, rows, check_row);
	memcpy(tests + TABLE_COUNT(rows), others, sizeof(others));
	return _cmocka_run_group_tests(__FILE__, tests, TABLE_COUNT(tests),
				       set_up, tear_down);
}
