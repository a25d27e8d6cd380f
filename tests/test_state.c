/* test_state.c - which logins are suspended: kept, found, damaged, refused. */

#include "table.h"

#include "io/state.h"
#include "io/state_database.h"

#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW 1764172800

static char folder[] = "/tmp/postseal-state-XXXXXX";
static char path[64];

static struct ps_state *opened(char note_r[PS_REASON_MAX])
{
	char reason[PS_REASON_MAX];
	struct ps_state *state;

	if (ps_state_open(path, NOW, &state, note_r, reason) < 0)
		fail_msg("%s", reason);
	assert_string_equal(reason, "");
	return state;
}

static struct ps_state *reopened(struct ps_state *state)
{
	char note[PS_REASON_MAX];

	ps_state_close(&state);
	assert_null(state);
	state = opened(note);
	assert_string_equal(note, "");
	return state;
}

static bool is(struct ps_state *state, const char *login)
{
	return ps_state_is_suspended(state, ps_bytes_of(login), NULL);
}

static int suspend(struct ps_state *state, const char *login)
{
	char reason[PS_REASON_MAX];

	return ps_state_suspend(state, ps_bytes_of(login), NOW, "too much",
				"USERS", reason);
}

static int enable(struct ps_state *state, const char *login)
{
	char reason[PS_REASON_MAX];

	return ps_state_enable(state, ps_bytes_of(login), reason);
}

static int begin(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static void kept(void **unused)
{
	char note[PS_REASON_MAX];
	struct ps_state *state = opened(note);
	struct ps_suspension row;

	(void)unused;
	assert_false(is(state, "alice@a.example"));
	assert_int_equal(suspend(state, "Alice@a.example"), 1);
	assert_int_equal(suspend(state, "alice@A.example"), 0);
	assert_true(is(state, "ALICE@a.example"));
	assert_false(is(state, "alice@a.example.org"));
	state = reopened(state);
	assert_true(ps_state_is_suspended(state, ps_bytes_of("alice@a.example"),
					  &row));
	assert_string_equal(row.login, "alice@a.example");
	assert_string_equal(row.reason, "too much");
	assert_string_equal(row.rule, "USERS");
	assert_true(row.since == NOW);
	assert_int_equal(ps_state_count(state), 1);
	assert_int_equal(enable(state, "alice@a.EXAMPLE"), 1);
	assert_int_equal(enable(state, "alice@a.example"), 0);
	state = reopened(state);
	assert_false(is(state, "alice@a.example"));
	assert_int_equal(ps_state_count(state), 0);
	ps_state_close(&state);
}

/* What a login holds is somebody's else to choose. */
static void hostile(void **unused)
{
	static const char bytes[] = "a\0b'; DROP TABLE suspensions; --\n\xff";
	const struct ps_bytes login = { bytes, sizeof(bytes) - 1 };
	char note[PS_REASON_MAX], reason[PS_REASON_MAX];
	struct ps_state *state = opened(note);
	struct ps_suspension row;

	(void)unused;
	assert_int_equal(
		ps_state_suspend(state, login, NOW, "a\nb\x9b", "r\t", reason),
		1);
	state = reopened(state);
	assert_true(ps_state_is_suspended(state, login, &row));
	assert_string_equal(row.login,
			    "a\\x00b'; drop table suspensions; --\\x0a\\xff");
	assert_string_equal(row.reason, "a\\x0ab\\x9b");
	assert_string_equal(row.rule, "r\\x09");
	assert_false(is(state, "a"));
	/* As it is shown it can be lifted. */
	assert_int_equal(enable(state, row.login), 1);
	ps_state_close(&state);
}

static void bounds(void **unused)
{
	char note[PS_REASON_MAX], reason[PS_REASON_MAX];
	char login[PS_ADDRESS_MAX + 2], longer[2000];
	struct ps_state *state = opened(note);
	struct ps_suspension row;

	(void)unused;
	memset(login, '\xff', sizeof(login));
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(
		ps_state_suspend(state,
				 (struct ps_bytes){ login, PS_ADDRESS_MAX },
				 NOW, longer, longer, reason),
		1);
	assert_int_equal(
		ps_state_suspend(state,
				 (struct ps_bytes){ login, PS_ADDRESS_MAX + 1 },
				 NOW, "", "", reason),
		-1);
	assert_string_not_equal(reason, "");
	assert_int_equal(suspend(state, ""), -1);
	assert_false(is(state, ""));
	state = reopened(state);
	assert_true(ps_state_is_suspended(
		state, (struct ps_bytes){ login, PS_ADDRESS_MAX }, &row));
	assert_int_equal(strlen(row.login), 4 * PS_ADDRESS_MAX);
	assert_in_range(strlen(row.reason), PS_STATE_TEXT_MAX - 4,
			PS_STATE_TEXT_MAX);
	ps_state_close(&state);
}

static size_t set_aside(void)
{
	char pattern[100];
	glob_t found;
	size_t count;

	snprintf(pattern, sizeof(pattern), "%s.damaged-*", path);
	count = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
	globfree(&found);
	return count;
}

/* Octets from at on become 0xaa; the whole file where at is 0. */
static void damage(off_t at)
{
	char octets[4096];
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	memset(octets, 0xaa, sizeof(octets));
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, octets, sizeof(octets), at),
			 sizeof(octets));
	close(fd);
}

static void damaged(void **unused)
{
	char note[PS_REASON_MAX];
	struct ps_state *state;
	size_t before = set_aside();

	(void)unused;
	damage(0);
	state = opened(note);
	assert_non_null(strstr(note, "set aside"));
	assert_int_equal(set_aside(), before + 1);
	assert_int_equal(suspend(state, "alice"), 1);
	state = reopened(state);
	assert_true(is(state, "alice"));
	ps_state_close(&state);
	/* The page of the rows; the head is whole. */
	damage(4096);
	state = opened(note);
	assert_non_null(strstr(note, "NO LOGIN IS SUSPENDED"));
	assert_false(is(state, "alice"));
	assert_int_equal(suspend(state, "alice"), 1);
	state = reopened(state);
	assert_true(is(state, "alice"));
	ps_state_close(&state);
}

static void execute(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void refuses(const char *want)
{
	char note[PS_REASON_MAX], reason[PS_REASON_MAX];
	struct ps_state *state;
	size_t before = set_aside();

	assert_int_equal(ps_state_open(path, NOW, &state, note, reason), -1);
	assert_null(state);
	if (strstr(reason, want) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", want, reason);
	assert_int_equal(set_aside(), before);
}

static void later_version(void **unused)
{
	char note[PS_REASON_MAX];
	struct ps_state *state = opened(note);

	(void)unused;
	assert_int_equal(suspend(state, "alice"), 1);
	ps_state_close(&state);
	execute("PRAGMA user_version = 2");
	refuses("has version 2, this postseald knows 1");
	execute("PRAGMA user_version = 1");
	state = opened(note);
	assert_true(is(state, "alice"));
	ps_state_close(&state);
}

static void others(void **unused)
{
	(void)unused;
	execute("CREATE TABLE theirs (x)");
	refuses("another program");
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	refuses(path);
	rmdir(path);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	refuses(path);
}

/* Another writer, which is what a full disk is like as well. */
static void no_disk(void **unused)
{
	char note[PS_REASON_MAX], reason[PS_REASON_MAX];
	struct ps_state *state = opened(note);
	sqlite3 *other;

	(void)unused;
	assert_int_equal(suspend(state, "bob"), 1);
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL),
		SQLITE_OK);
	assert_int_equal(
		ps_state_suspend(state, PS_BYTES("alice"), NOW, "", "", reason),
		1);
	assert_non_null(strstr(reason, "locked"));
	assert_true(is(state, "alice"));
	assert_int_equal(ps_state_save(state, reason), -1);
	assert_int_equal(ps_state_enable(state, PS_BYTES("bob"), reason), -1);
	assert_true(is(state, "bob"));
	sqlite3_close(other);
	assert_int_equal(ps_state_save(state, reason), 0);
	assert_int_equal(ps_state_save(state, reason), 0);
	state = reopened(state);
	assert_true(is(state, "alice"));
	assert_true(is(state, "bob"));
	ps_state_close(&state);
}

#define THREADS 4
#define LOGINS	25

static struct ps_state *shared;

static void *work(void *ctx)
{
	char login[32];
	int i, n = 0;

	for (i = 0; i < LOGINS; i++) {
		snprintf(login, sizeof(login), "user%d@a.example", i);
		n += suspend(shared, login);
		if (!is(shared, login))
			return NULL;
	}
	*(int *)ctx = n;
	return ctx;
}

static void threads(void **unused)
{
	char note[PS_REASON_MAX];
	pthread_t thread[THREADS];
	int new[THREADS] = { 0 }, i, all = 0;

	(void)unused;
	shared = opened(note);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&thread[i], NULL, work, &new[i]), 0);
	for (i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		all += new[i];
	}
	assert_int_equal(all, LOGINS);
	shared = reopened(shared);
	assert_int_equal(ps_state_count(shared), LOGINS);
	ps_state_close(&shared);
}

static void none(void **unused)
{
	char reason[PS_REASON_MAX];
	struct ps_state *state = NULL;

	(void)unused;
	assert_false(is(state, "alice"));
	assert_int_equal(suspend(state, "alice"), -1);
	assert_int_equal(enable(state, "alice"), 0);
	assert_int_equal(ps_state_save(state, reason), 0);
	assert_int_equal(ps_state_count(state), 0);
	ps_state_close(&state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(kept, begin),
		cmocka_unit_test_setup(hostile, begin),
		cmocka_unit_test_setup(bounds, begin),
		cmocka_unit_test_setup(damaged, begin),
		cmocka_unit_test_setup(later_version, begin),
		cmocka_unit_test_setup(others, begin),
		cmocka_unit_test_setup(no_disk, begin),
		cmocka_unit_test_setup(threads, begin),
		cmocka_unit_test_setup(none, begin),
	};
	char command[100];
	int failed;

	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/state.db", folder);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command) == 0 ? failed : 1;
}
