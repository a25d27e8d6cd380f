/* test_writers.c - readers of another uid while writers write, and die. */

#include "table.h"

#include "other_reader.h"
#include "other_writer.h"

#include "directory/writer_account.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define IMPORTED    2000 /* accounts in one transaction */
#define HELD_MS	    3000 /* longer than readers wait */
#define WAIT_MS	    2000 /* what readers wait at most (DESIGN) */
#define SLACK_MS    1500 /* this machine may be busy */
#define ALICE	    "alice@example.org"
#define BOB	    "bob@example.org"
#define CAROL	    "carol@example.org"
#define LOCKED	    "a writer holds it locked"
#define INTERRUPTED "an interrupted write is still to be undone"

static const char *const outcomes[] = { [PS_FOUND] = "found",
					[PS_NOTFOUND] = "not found",
					[PS_TEMPFAIL] = "temporary failure" };

static char folder[] = "/tmp/postseal-writers-XXXXXX";
static char database[128], credentials[128];
static struct ps_config config;
/* One keeps its handle; the other opens anew each time. */
static struct other_reader kept, fresh;

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

/* Both must say so; TEMPFAIL with this in its reason. */
static void expect(char what, const char *key, enum ps_outcome outcome,
		   const char *reason)
{
	struct other_answer given;
	size_t i;

	for (i = 0; i < TABLE_COUNT(both); i++) {
		given = both[i](what, key);
		if (given.outcome != outcome ||
		    (reason != NULL && strstr(given.reason, reason) == NULL))
			fail_msg("%s, %c %s: %s, not %s: \"%s\"",
				 i == 0 ? "kept" : "fresh", what, key,
				 outcomes[given.outcome], outcomes[outcome],
				 given.reason);
	}
}

/* ---- what writers do; their status is 0 for DONE ---- */

static struct ps_writer *writer;
static unsigned int die_at;

static int open_writer(void)
{
	char reason[PS_REASON_MAX];

	if (ps_writer_open(&config, &writer, reason) == PS_WRITE_DONE)
		return 0;
	fprintf(stderr, "writer: %s\n", reason);
	return 1;
}

static int commit(void)
{
	enum ps_write result = ps_writer_commit(writer);

	if (result != PS_WRITE_DONE)
		fprintf(stderr, "writer: %s\n", ps_writer_reason(writer));
	ps_writer_close(&writer);
	return result == PS_WRITE_DONE ? 0 : 1;
}

static int nothing(void)
{
	if (open_writer() != 0)
		return 1;
	ps_writer_close(&writer);
	return 0;
}

static int add(const char *address)
{
	bool added;

	return ps_writer_add_account(writer, address, "$6$x$y", &added) ==
			       PS_WRITE_DONE
		       ? 0
		       : 1;
}

/* Bob leaves and Carol comes, or the other way round. */
static int swap(void)
{
	int failed;

	if (open_writer() != 0)
		return 1;
	if (ps_writer_remove_account(writer, BOB, false) == PS_WRITE_DONE)
		failed = add(CAROL);
	else
		failed = ps_writer_remove_account(writer, CAROL, false) !=
				 PS_WRITE_DONE ||
			 add(BOB) != 0;
	return failed ? 1 : commit();
}

static int swap_and_die(void)
{
	other_writer_die_at(die_at);
	return swap();
}

static int swap_slowly(void)
{
	other_writer_hold(HELD_MS);
	return swap();
}

static int import(void)
{
	char address[40];
	unsigned int i;

	if (open_writer() != 0)
		return 1;
	for (i = 0; i < IMPORTED; i++) {
		snprintf(address, sizeof(address), "n%05u@new.example", i);
		if (add(address) != 0)
			return 1;
	}
	other_writer_meet();
	return commit();
}

/* 0: there was nothing to do; 10: done. */
static int recover(void)
{
	char reason[PS_REASON_MAX];

	switch (ps_writer_recover(&config, reason)) {
	case PS_WRITE_DONE:
		return 10;
	case PS_WRITE_NOTHING:
		return 0;
	case PS_WRITE_REFUSED:
	case PS_WRITE_TEMPFAIL:
		break;
	}
	fprintf(stderr, "recover: %s\n", reason);
	return 1;
}

/* ---- a large transaction ---- */

static void large_import(void **state)
{
	struct other_writer writing = other_writer_start(import);
	struct other_answer given;
	bool seen = false;
	int status = 0;

	(void)state;
	other_writer_wait_for(&writing);
	expect('m', ALICE, PS_FOUND, NULL);
	expect('m', "n00000@new.example", PS_NOTFOUND, NULL);
	expect('d', "new.example", PS_NOTFOUND, NULL);
	other_writer_must(recover); /* nothing: its writer lives */
	given = ask_kept('c', ALICE);
	assert_string_equal(given.text, "$6$x$y");
	assert_in_range(given.ms, 0, SLACK_MS);
	other_writer_go_on(&writing);
	while (waitpid(writing.pid, &status, WNOHANG) == 0) {
		given = ask_kept('m', ALICE);
		assert_int_not_equal(given.outcome, PS_NOTFOUND);
		assert_in_range(given.ms, 0, WAIT_MS + SLACK_MS);
		given = ask_fresh('m', "n01999@new.example");
		assert_true(!seen || given.outcome != PS_NOTFOUND);
		seen = seen || given.outcome == PS_FOUND;
	}
	(void)close(writing.says);
	(void)close(writing.waits);
	assert_int_equal(status, 0);
	expect('m', "n01999@new.example", PS_FOUND, NULL);
	expect('c', "n00000@new.example", PS_FOUND, NULL);
	expect('d', "new.example", PS_FOUND, NULL);
}

/* At the end of its commit a writer keeps both files to itself. */
static void slow_commit(void **state)
{
	struct other_writer writing = other_writer_start(swap_slowly);
	struct other_answer given;

	(void)state;
	other_writer_wait_for(&writing);
	other_writer_go_on(&writing);
	given = ask_kept('m', ALICE);
	assert_string_equal(outcomes[given.outcome], outcomes[PS_TEMPFAIL]);
	assert_non_null(strstr(given.reason, LOCKED));
	assert_in_range(given.ms, WAIT_MS - 500, WAIT_MS + SLACK_MS);
	/* What is left of the 3 seconds is less than a reader waits. */
	expect('m', ALICE, PS_FOUND, NULL);
	assert_int_equal(other_writer_end(&writing), 0);
	expect('m', BOB, PS_NOTFOUND, NULL);
	expect('c', CAROL, PS_FOUND, NULL);
}

/* No lookup leaves a lock behind that a writer would wait for. */
static void idle_readers(void **state)
{
	static const char whats[] = "mlsdacin";
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(whats) - 1; i++) {
		print_message("  %c\n", whats[i]);
		(void)other_reader_ask(&kept, whats[i], ALICE);
		(void)other_reader_ask(&fresh, whats[i], "none@example.org");
		(void)alarm(5); /* a writer would wait for 10 seconds */
		other_writer_must(swap);
		(void)alarm(0);
	}
	expect('m', CAROL, PS_FOUND, NULL);
	other_writer_must(swap);
	expect('m', CAROL, PS_NOTFOUND, NULL);
	expect('m', BOB, PS_FOUND, NULL);
}

/* ---- writers that die ---- */

/* "found" and "not found" of these two are the only whole states; nothing is
 * the third outcome, each of them alone. */
static void expect_no_half(asking *ask, unsigned int *failures)
{
	struct other_answer bob = ask('m', BOB), carol = ask('m', CAROL);
	struct other_answer alice = ask('c', ALICE);

	assert_int_not_equal(ask('m', ALICE).outcome, PS_NOTFOUND);
	assert_int_not_equal(alice.outcome, PS_NOTFOUND);
	if (bob.outcome == PS_TEMPFAIL) {
		assert_non_null(strstr(bob.reason, INTERRUPTED));
		assert_in_range(bob.ms, 0, WAIT_MS + SLACK_MS);
		(*failures)++;
	}
	if (bob.outcome != PS_TEMPFAIL && carol.outcome != PS_TEMPFAIL)
		assert_true((bob.outcome == PS_FOUND) !=
			    (carol.outcome == PS_FOUND));
}

/* Recovered: one of them, with a password, in both files. */
static void expect_whole(void)
{
	struct other_answer bob = ask_kept('m', BOB);
	bool is_bob = bob.outcome == PS_FOUND;

	expect('m', ALICE, PS_FOUND, NULL);
	expect('c', ALICE, PS_FOUND, NULL);
	expect('m', BOB, is_bob ? PS_FOUND : PS_NOTFOUND, NULL);
	expect('c', BOB, is_bob ? PS_FOUND : PS_NOTFOUND, NULL);
	expect('m', CAROL, is_bob ? PS_NOTFOUND : PS_FOUND, NULL);
	expect('c', CAROL, is_bob ? PS_NOTFOUND : PS_FOUND, NULL);
}

/* Killed at its first, second, third... change of a file. */
static void killed_anywhere(void **state)
{
	unsigned int failures = 0, deaths = 0, recovered = 0;
	struct other_writer writing;
	int status;

	(void)state;
	other_writer_must(recover); /* nothing */
	for (die_at = 1; die_at < OTHER_WRITER_DEATHS; die_at++) {
		writing = other_writer_start(swap_and_die);
		status = other_writer_end(&writing);
		if (status == 0)
			break;
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGKILL);
		deaths++;
		expect_no_half(ask_kept, &failures);
		expect_no_half(ask_fresh, &failures);
		/* What undoes it: whoever writes next, or only that. */
		writing =
			other_writer_start(die_at % 2 == 0 ? nothing : recover);
		status = other_writer_end(&writing);
		assert_true(WIFEXITED(status));
		recovered += WEXITSTATUS(status) == 10;
		assert_true(WEXITSTATUS(status) % 10 == 0);
		expect_whole();
	}
	die_at = 0;
	print_message("  killed at %u places, %u answers deferred\n", deaths,
		      failures);
	assert_in_range(deaths, 10, OTHER_WRITER_DEATHS - 2);
	assert_true(failures > 10);
	assert_true(recovered > 5);
	other_writer_must(recover);
	expect_whole();
}

/* A journal without its database is no reason to make an empty one. */
static void recover_makes_nothing(void **state)
{
	char aside[160], journal[160];
	int fd;

	(void)state;
	snprintf(aside, sizeof(aside), "%s.aside", database);
	snprintf(journal, sizeof(journal), "%s-journal", database);
	assert_int_equal(rename(database, aside), 0);
	fd = open(journal, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	assert_true(fd >= 0 && close(fd) == 0);
	other_writer_must(recover);
	expect('m', ALICE, PS_TEMPFAIL, "No such file or directory");
	fd = open(database, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	assert_true(fd >= 0 && close(fd) == 0);
	other_writer_must(recover);
	expect('m', ALICE, PS_TEMPFAIL, "is empty");
	assert_int_equal(rename(aside, database), 0);
	(void)unlink(journal);
	expect('m', ALICE, PS_FOUND, NULL);
}

/* ---- set up ---- */

static int first_accounts(void)
{
	bool added;

	if (open_writer() != 0 || add(ALICE) != 0 || add(BOB) != 0 ||
	    ps_writer_add_alias(writer, "info@example.org", ALICE, &added) !=
		    PS_WRITE_DONE)
		return 1;
	return commit();
}

static int set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL || chmod(folder, 0755) < 0)
		return -1;
	snprintf(database, sizeof(database), "%s/d/directory.db", folder);
	snprintf(credentials, sizeof(credentials), "%s/c/credentials.db",
		 folder);
	config.directory = (struct ps_config_directory){
		.database = database,
		.credentials = credentials,
		.read_group = "nogroup",
		.auth_group = "nogroup",
	};
	config.mail.home = "/var/vmail/%d/%n";
	other_writer_must(first_accounts);
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
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(large_import),
		cmocka_unit_test(slow_commit),
		cmocka_unit_test(idle_readers),
		cmocka_unit_test(killed_anywhere),
		cmocka_unit_test(recover_makes_nothing),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
