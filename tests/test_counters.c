/* test_counters.c - counts of rate limits: the table, and the journal. */

#include "io/counters_journal.h"
#include "io/counters_record.h"
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW 1700000000

static char folder[] = "/tmp/postseal-counters-XXXXXX";
static char path[64], lock_path[64];

static struct ps_counters *fresh(size_t keys_max)
{
	struct ps_counters *counters;

	assert_int_equal(ps_counters_new(keys_max, PS_WINDOW_FIXED, &counters),
			 0);
	return counters;
}

static struct ps_journal *open_journal(struct ps_counters *counters,
				       uint64_t now, char note_r[PS_REASON_MAX])
{
	char reason[PS_REASON_MAX];
	struct ps_journal *journal;

	assert_int_equal(
		ps_journal_open(path, counters, now, &journal, note_r, reason),
		0);
	return journal;
}

static void write_journal(struct ps_journal *journal)
{
	char reason[PS_REASON_MAX];

	assert_int_equal(ps_journal_write(journal, false, reason), 0);
}

/* The sum with amount more; 0: not counted. */
static uint64_t count_at(struct ps_counters *counters, const char *key,
			 uint64_t now, uint64_t amount, uint64_t max)
{
	const struct ps_rule_count count = { .rule = "R1",
					     .key = ps_bytes_of(key),
					     .amount = amount,
					     .max = max,
					     .seconds = 60,
					     .now = now };
	uint64_t sum = 0;

	return ps_counters_add(counters, &count, &sum) == PS_RULE_COUNTED ? sum
									  : 0;
}

static uint64_t count(struct ps_counters *counters, const char *key)
{
	return count_at(counters, key, NOW, 1, 100);
}

static void forget_files(void)
{
	(void)unlink(path);
	(void)unlink(lock_path);
}

/* ---- the table ---- */

static void counts_by_rule_and_key(void **state)
{
	struct ps_counters *counters = fresh(1000);

	(void)state;
	assert_int_equal(count(counters, "a"), 1);
	assert_int_equal(count(counters, "a"), 2);
	assert_int_equal(count(counters, "b"), 1);
	assert_int_equal(count_at(counters, "a", NOW + 61, 1, 100), 1);
	assert_int_equal(ps_counters_held(counters), 2);
	ps_counters_free(&counters);
}

/* 32 keys in 16 parts: two in each, whatever the hash. */
static void forgets_the_oldest_below_its_limit(void **state)
{
	struct ps_counters *counters = fresh(32);
	char key[32];
	int i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		snprintf(key, sizeof(key), "key%d", i);
		assert_int_equal(count(counters, key), 1);
	}
	assert_true(ps_counters_held(counters) <= 32);
	assert_int_equal(count(counters, "key9999"), 2);
	assert_int_equal(ps_counters_refused(counters), 0);
	ps_counters_free(&counters);
}

static void keeps_limited_keys(void **state)
{
	struct ps_counters *counters = fresh(32);
	char key[32];
	int i, full = 0;

	(void)state;
	for (i = 0; i < 10000; i++) {
		snprintf(key, sizeof(key), "key%d", i);
		if (count_at(counters, key, NOW, 200, 100) == 0)
			full++;
	}
	assert_int_equal(full, 10000 - 32);
	assert_int_equal(ps_counters_refused(counters), full);
	assert_int_equal(ps_counters_held(counters), 32);
	/* Once they are over, they go first. */
	for (i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "new%d", i);
		assert_int_equal(count_at(counters, key, NOW + 61, 1, 100), 1);
	}
	ps_counters_free(&counters);
}

/* Two in each part; in one of them a window of a day before one of a minute. */
static void forgets_a_short_window_behind_a_long_one(void **state)
{
	struct ps_counters *counters = fresh(32);
	struct ps_rule_count one = {
		.rule = "R2", .amount = 200, .max = 100, .now = NOW
	};
	uint64_t sum;
	char key[32];
	int i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		snprintf(key, sizeof(key), "key%d", i);
		one.key = ps_bytes_of(key);
		one.seconds = i == 0 ? 86400 : 60;
		(void)ps_counters_add(counters, &one, &sum);
	}
	assert_int_equal(ps_counters_held(counters), 32);
	/* Below their limit, they give way to each other afterwards. */
	for (i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "new%d", i);
		assert_int_equal(count_at(counters, key, NOW + 61, 1, 100), 1);
	}
	/* The long one is there still. */
	one.key = PS_BYTES("key0");
	one.seconds = 86400;
	one.now = NOW + 62;
	(void)ps_counters_add(counters, &one, &sum);
	assert_int_equal(sum, 400);
	ps_counters_free(&counters);
}

static void resets_one(void **state)
{
	struct ps_counters *counters = fresh(100);

	(void)state;
	(void)count_at(counters, "a", NOW, 200, 100);
	assert_true(ps_counters_reset(counters, PS_BYTES("R1"), PS_BYTES("a")));
	assert_int_equal(count(counters, "a"), 1);
	assert_false(
		ps_counters_reset(counters, PS_BYTES("R1"), PS_BYTES("b")));
	ps_counters_free(&counters);
}

/* As another counter has answered: a later answer, an earlier, another window.
 */
static void keeps_what_was_counted_elsewhere(void **state)
{
	struct ps_counters *counters = fresh(100);
	struct ps_counter there = { .rule = PS_BYTES("R1"),
				    .key = PS_BYTES("a"),
				    .seconds = 60,
				    .window = { .start = NOW, .count = 5 } };

	(void)state;
	assert_int_equal(
		ps_counters_window(counters, there.rule, there.key).count, 0);
	assert_true(ps_counters_keep(counters, &there, NOW));
	assert_int_equal(
		ps_counters_window(counters, there.rule, there.key).count, 5);
	there.window.count = 4;
	assert_true(ps_counters_keep(counters, &there, NOW));
	assert_int_equal(count(counters, "a"), 6);
	there.window = (struct ps_window){ .start = NOW + 61, .count = 2 };
	assert_true(ps_counters_keep(counters, &there, NOW + 61));
	assert_int_equal(count_at(counters, "a", NOW + 61, 1, 100), 3);
	ps_counters_free(&counters);
}

static void refuses_long_texts(void **state)
{
	struct ps_counters *counters = fresh(100);
	char key[PS_COUNTER_TEXT_MAX + 2];

	(void)state;
	memset(key, 'k', sizeof(key));
	key[PS_COUNTER_TEXT_MAX] = '\0';
	assert_int_equal(count(counters, key), 1);
	key[PS_COUNTER_TEXT_MAX] = 'k';
	key[PS_COUNTER_TEXT_MAX + 1] = '\0';
	assert_int_equal(count(counters, key), 0);
	ps_counters_free(&counters);
}

static void *count_often(void *ctx)
{
	int i;

	for (i = 0; i < 20000; i++)
		(void)count_at(ctx, i % 2 == 0 ? "a" : "b", NOW, 1, 1000000);
	return NULL;
}

static void is_exact_in_threads(void **state)
{
	struct ps_counters *counters = fresh(100);
	pthread_t thread[4];
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++)
		assert_int_equal(
			pthread_create(&thread[i], NULL, count_often, counters),
			0);
	for (i = 0; i < 4; i++)
		(void)pthread_join(thread[i], NULL);
	assert_int_equal(count_at(counters, "a", NOW, 1, 1000000), 40001);
	ps_counters_free(&counters);
}

/* ---- the journal ---- */

static void survives_a_restart(void **state)
{
	const struct ps_counter there = { .rule = PS_BYTES("R1"),
					  .key = PS_BYTES("there"),
					  .seconds = 60,
					  .window = { NOW, 7, 0 } };
	struct ps_counters *counters = fresh(100);
	char note[PS_REASON_MAX];
	struct ps_journal *journal = open_journal(counters, NOW, note);

	(void)state;
	(void)count(counters, "a");
	(void)count(counters, "a");
	write_journal(journal);
	(void)count(counters, "b");
	(void)count_at(counters, "old", NOW - 1000, 1, 100);
	(void)count(counters, "gone");
	write_journal(journal);
	(void)ps_counters_reset(counters, PS_BYTES("R1"), PS_BYTES("gone"));
	(void)ps_counters_keep(counters, &there, NOW);
	write_journal(journal);
	ps_journal_close(&journal);
	ps_counters_free(&counters);
	counters = fresh(100);
	journal = open_journal(counters, NOW, note);
	assert_string_equal(note, "");
	assert_int_equal(ps_counters_held(counters), 3);
	assert_int_equal(count(counters, "there"), 8);
	assert_int_equal(count(counters, "a"), 3);
	assert_int_equal(count(counters, "b"), 2);
	/* Nothing new: nothing is written. */
	write_journal(journal);
	write_journal(journal);
	assert_true(ps_journal_written(journal) < 200);
	ps_journal_close(&journal);
	ps_counters_free(&counters);
	forget_files();
}

/* What is left of the file at each length: all whole records, and no error. */
static void cuts_a_torn_tail(void **state)
{
	struct ps_counters *counters = fresh(100);
	char note[PS_REASON_MAX];
	struct ps_journal *journal = open_journal(counters, NOW, note);
	off_t whole, size;
	struct stat about;

	(void)state;
	(void)count(counters, "a");
	write_journal(journal);
	whole = (off_t)ps_journal_size(journal);
	(void)count(counters, "b");
	write_journal(journal);
	size = (off_t)ps_journal_size(journal);
	ps_journal_close(&journal);
	ps_counters_free(&counters);
	while (--size > whole) {
		assert_int_equal(truncate(path, size), 0);
		counters = fresh(100);
		journal = open_journal(counters, NOW, note);
		assert_non_null(strstr(note, "torn"));
		assert_int_equal(ps_counters_held(counters), 1);
		assert_int_equal(stat(path, &about), 0);
		assert_int_equal(about.st_size, whole);
		/* And it goes on behind. */
		(void)count(counters, "b");
		write_journal(journal);
		ps_journal_close(&journal);
		ps_counters_free(&counters);
		counters = fresh(100);
		journal = open_journal(counters, NOW, note);
		assert_string_equal(note, "");
		assert_int_equal(ps_counters_held(counters), 2);
		ps_journal_close(&journal);
		ps_counters_free(&counters);
	}
	forget_files();
}

static void sees_each_flipped_bit(void **state)
{
	const struct ps_counter counter = { .rule = PS_BYTES("rule"),
					    .key = PS_BYTES("key"),
					    .seconds = 60,
					    .window = { NOW, 3, 1 },
					    .limited = true };
	struct ps_buffer text = PS_BUFFER(PS_COUNTERS_RECORD_MAX);
	struct ps_counter read;
	struct ps_cursor cursor;
	size_t i;

	(void)state;
	ps_counters_record_write(&counter, &text);
	assert_false(text.failed);
	cursor = ps_cursor_of((struct ps_bytes){ text.data, text.len });
	assert_int_equal(ps_counters_record_read(&cursor, &read),
			 PS_RECORD_READ);
	assert_true(ps_bytes_equal(read.rule, counter.rule) &&
		    ps_bytes_equal(read.key, counter.key));
	assert_int_equal(read.window.start, NOW);
	assert_int_equal(read.window.count, 3);
	assert_int_equal(read.window.before, 1);
	assert_true(read.limited && read.seconds == 60);
	assert_int_equal(ps_counters_record_read(&cursor, &read),
			 PS_RECORD_END);
	for (i = 0; i < text.len * 8; i++) {
		text.data[i / 8] = (char)(text.data[i / 8] ^ (1 << i % 8));
		cursor = ps_cursor_of((struct ps_bytes){ text.data, text.len });
		assert_int_equal(ps_counters_record_read(&cursor, &read),
				 PS_RECORD_TORN);
		text.data[i / 8] = (char)(text.data[i / 8] ^ (1 << i % 8));
	}
	ps_buffer_free(&text);
}

static void is_written_anew(void **state)
{
	struct ps_counters *counters = fresh(20000);
	char note[PS_REASON_MAX], key[64];
	struct ps_journal *journal = open_journal(counters, NOW, note);
	uint64_t largest = 0;
	int round, i;

	(void)state;
	for (round = 0; round < 20; round++) {
		for (i = 0; i < 10000; i++) {
			snprintf(key, sizeof(key), "sasl_username=user%d", i);
			assert_int_equal(count(counters, key), round + 1);
		}
		write_journal(journal);
		if (ps_journal_size(journal) > largest)
			largest = ps_journal_size(journal);
	}
	/* Some 700 KB a round; written anew past 8 MB. */
	assert_true(largest < 10 * 1024 * 1024);
	assert_true(ps_journal_written(journal) > largest);
	ps_journal_close(&journal);
	ps_counters_free(&counters);
	counters = fresh(20000);
	journal = open_journal(counters, NOW, note);
	assert_string_equal(note, "");
	assert_int_equal(ps_counters_held(counters), 10000);
	assert_int_equal(count(counters, "sasl_username=user77"), 21);
	ps_journal_close(&journal);
	ps_counters_free(&counters);
	forget_files();
}

/* A disk without room: the file stays good, and all of it comes later. */
static void outlives_a_full_disk(void **state)
{
	struct ps_counters *counters = fresh(10000);
	char note[PS_REASON_MAX], reason[PS_REASON_MAX], key[64];
	struct ps_journal *journal = open_journal(counters, NOW, note);
	struct rlimit room = { 300, RLIM_INFINITY };
	int i;

	(void)state;
	(void)count(counters, "a");
	write_journal(journal);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &room), 0);
	for (i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "key%d", i);
		(void)count(counters, key);
	}
	for (i = 0; i < 2; i++) {
		assert_int_equal(ps_journal_write(journal, false, reason), -1);
		assert_non_null(strstr(reason, strerror(EFBIG)));
	}
	room.rlim_cur = RLIM_INFINITY;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &room), 0);
	write_journal(journal);
	ps_journal_close(&journal);
	ps_counters_free(&counters);
	counters = fresh(10000);
	journal = open_journal(counters, NOW, note);
	assert_string_equal(note, "");
	assert_int_equal(ps_counters_held(counters), 1001);
	ps_journal_close(&journal);
	ps_counters_free(&counters);
	forget_files();
}

/* In a process of its own, until it is killed. */
static void write_on(int said)
{
	struct ps_counters *counters = fresh(1000);
	char note[PS_REASON_MAX];
	struct ps_journal *journal = open_journal(counters, NOW, note);
	uint64_t sum;

	for (;;) {
		sum = count_at(counters, "a", NOW, 1, UINT64_MAX);
		(void)count_at(counters, "b", NOW, 1, UINT64_MAX);
		write_journal(journal);
		if (write(said, &sum, sizeof(sum)) != sizeof(sum))
			_exit(1);
	}
}

static void survives_kill(void **state)
{
	char note[PS_REASON_MAX];
	struct ps_counters *counters;
	struct ps_journal *journal;
	uint64_t sum = 0, last = 0;
	int said[2], round;
	pid_t child;

	(void)state;
	for (round = 0; round < 5; round++) {
		assert_int_equal(pipe(said), 0);
		child = fork();
		if (child == 0)
			write_on(said[1]);
		(void)close(said[1]);
		while (last < (uint64_t)(round + 1) * 300 &&
		       read(said[0], &last, sizeof(last)) == sizeof(last))
			;
		(void)kill(child, SIGKILL);
		while (read(said[0], &last, sizeof(last)) == sizeof(last))
			;
		(void)waitpid(child, NULL, 0);
		(void)close(said[0]);
		counters = fresh(1000);
		journal = open_journal(counters, NOW, note);
		sum = count_at(counters, "a", NOW, 1, UINT64_MAX);
		/* What was said to be written is there. */
		assert_true(sum >= last + 1 && sum <= last + 3);
		ps_journal_close(&journal);
		ps_counters_free(&counters);
	}
	forget_files();
}

static int make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/journal", folder);
	snprintf(lock_path, sizeof(lock_path), "%s/journal.lock", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	forget_files();
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_by_rule_and_key),
		cmocka_unit_test(forgets_the_oldest_below_its_limit),
		cmocka_unit_test(keeps_limited_keys),
		cmocka_unit_test(forgets_a_short_window_behind_a_long_one),
		cmocka_unit_test(resets_one),
		cmocka_unit_test(keeps_what_was_counted_elsewhere),
		cmocka_unit_test(refuses_long_texts),
		cmocka_unit_test(is_exact_in_threads),
		cmocka_unit_test(survives_a_restart),
		cmocka_unit_test(cuts_a_torn_tail),
		cmocka_unit_test(sees_each_flipped_bit),
		cmocka_unit_test(is_written_anew),
		cmocka_unit_test(outlives_a_full_disk),
		cmocka_unit_test(survives_kill),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
