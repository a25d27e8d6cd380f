/* test_journal.c - what may be wrong with the file of the journal of counters,
 * when it is opened. */

#include "io/counters_journal.h"
#include "io/counters_record.h"
#include "table.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define NOW 1700000000U

static char folder[] = "/tmp/postseal-journal-XXXXXX";
static char path[64], lock_path[80];

static struct ps_counters *fresh(size_t keys_max)
{
	struct ps_counters *counters;

	assert_int_equal(ps_counters_new(keys_max, PS_WINDOW_FIXED, &counters),
			 0);
	return counters;
}

/* The sum with one more. */
static uint64_t count(struct ps_counters *counters)
{
	const struct ps_rule_count one = { .rule = "R1",
					   .key = PS_BYTES("a"),
					   .amount = 1,
					   .max = 100,
					   .seconds = 60,
					   .now = NOW };
	uint64_t sum = 0;

	assert_int_equal(ps_counters_add(counters, &one, &sum),
			 PS_RULE_COUNTED);
	return sum;
}

static void forget_files(void)
{
	(void)unlink(path);
	(void)unlink(lock_path);
}

static void put_file(const char *octets, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(octets, 1, len, file), len);
	(void)fclose(file);
}

static void check_file_is(const char *name, const char *octets, size_t len)
{
	char content[64];
	FILE *file = fopen(name, "r");

	assert_non_null(file);
	assert_int_equal(fread(content, 1, sizeof(content), file), len);
	assert_memory_equal(content, octets, len);
	(void)fclose(file);
}

/* What is there, and what opening it says. */
#define OTHER(octets) octets, sizeof(octets) - 1
static const struct other {
	const char *octets;
	size_t len;
	int want;
	const char *says; /* the reason, or the note */
} others[] = {
	{ OTHER("postseal counts2 and more"), -1, "is of another version" },
	{ OTHER("SQLite format 3\0\1\2"), -1, "is a database" },
	{ OTHER("secret"), 1, "is no journal of counters: set aside" },
	{ OTHER("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), 1,
	  "ALL COUNTS BEGIN ANEW" },
	/* A head of ours that is torn. */
	{ OTHER("postseal counts"), 0, "" },
	{ OTHER(""), 0, "" },
};

static void knows_what_is_no_journal(void **state)
{
	struct ps_counters *counters = fresh(100);
	char note[PS_REASON_MAX], reason[PS_REASON_MAX], aside[100];
	struct ps_journal *journal;
	size_t i;

	(void)state;
	snprintf(aside, sizeof(aside), "%s.damaged-%u", path, NOW);
	for (i = 0; i < TABLE_COUNT(others); i++) {
		put_file(others[i].octets, others[i].len);
		assert_int_equal(ps_journal_open(path, counters, NOW, &journal,
						 note, reason),
				 others[i].want);
		assert_non_null(strstr(others[i].want < 0 ? reason : note,
				       others[i].says));
		if (others[i].want < 0) {
			check_file_is(path, others[i].octets, others[i].len);
		} else {
			check_file_is(path, OTHER(PS_COUNTERS_MAGIC));
			assert_non_null(journal);
		}
		if (others[i].want > 0)
			check_file_is(aside, others[i].octets, others[i].len);
		assert_int_equal(unlink(aside), others[i].want > 0 ? 0 : -1);
		ps_journal_close(&journal);
		forget_files();
	}
	ps_counters_free(&counters);
}

static void is_one_process_alone(void **state)
{
	struct ps_counters *counters = fresh(100);
	char note[PS_REASON_MAX], reason[PS_REASON_MAX];
	struct ps_journal *journal, *other;

	(void)state;
	assert_int_equal(
		ps_journal_open(path, counters, NOW, &journal, note, reason),
		0);
	assert_int_equal(
		ps_journal_open(path, counters, NOW, &other, note, reason), -1);
	assert_non_null(strstr(reason, "another process"));
	ps_journal_close(&journal);
	ps_counters_free(&counters);
	forget_files();
}

static void limit_files(rlim_t octets)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = octets;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* No room for a new one: it is there as soon as there is. */
static void waits_for_room(void **state)
{
	struct ps_counters *counters = fresh(100), *again = fresh(100);
	char note[PS_REASON_MAX], reason[PS_REASON_MAX];
	struct ps_journal *journal;

	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	limit_files(4);
	assert_int_equal(
		ps_journal_open(path, counters, NOW, &journal, note, reason),
		1);
	assert_non_null(strstr(note, "in memory only"));
	assert_int_equal(count(counters), 1);
	assert_int_equal(ps_journal_write(journal, false, reason), -1);
	limit_files(RLIM_INFINITY);
	assert_int_equal(count(counters), 2);
	assert_int_equal(ps_journal_write(journal, false, reason), 0);
	ps_journal_close(&journal);
	assert_int_equal(
		ps_journal_open(path, again, NOW, &journal, note, reason), 0);
	assert_string_equal(note, "");
	assert_int_equal(count(again), 3);
	ps_journal_close(&journal);
	ps_counters_free(&counters);
	ps_counters_free(&again);
	forget_files();
}

static int set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/counters", folder);
	snprintf(lock_path, sizeof(lock_path), "%s.lock", path);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	forget_files();
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_what_is_no_journal),
		cmocka_unit_test(is_one_process_alone),
		cmocka_unit_test(waits_for_room),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
