/* test_logins_file.c - what is known of logins, written and read again. */

#include "io/logins_file.h"
#include "io/logins_record.h"
#include "table.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW    1700000000
#define LOGINS 300 /* more than are looked at in one go */

static char folder[] = "/tmp/postseal-logins-XXXXXX";
static char path[64];

static struct ps_logins *fresh(size_t max)
{
	struct ps_logins *logins;

	assert_int_equal(ps_logins_new(max, NULL, &logins), 0);
	return logins;
}

static void note(struct ps_logins *logins, const char *login,
		 const char *address, const char *recipient, uint64_t now)
{
	const struct ps_rule_logins port = ps_logins_port(logins);
	const struct ps_rule_login what = { .login = ps_bytes_of(login),
					    .client_address =
						    ps_bytes_of(address),
					    .recipient = ps_bytes_of(recipient),
					    .instance = PS_BYTES("1"),
					    .now = now };

	port.note(port.ctx, &what);
}

/* "addresses recipients new" of the last hour, "watched"; "unknown". */
static const char *counts_of(struct ps_logins *logins, const char *login,
			     uint64_t now)
{
	const struct ps_rule_logins port = ps_logins_port(logins);
	struct ps_login_counts counts;
	static char text[100];

	if (!port.count(port.ctx, ps_bytes_of(login), now, 3600, &counts))
		return "unknown";
	snprintf(text, sizeof(text), "%u %llu %llu%s", counts.addresses,
		 (unsigned long long)counts.recipients,
		 (unsigned long long)counts.recipients_new,
		 counts.is_watched ? " watched" : "");
	return text;
}

/* Bert sends from two places to three, one of them twice; many others once. */
static struct ps_logins *some_logins(void)
{
	struct ps_logins *logins = fresh(1000);
	char login[32];
	int i;

	note(logins, "Bert", "192.0.2.1", "a@x.example", NOW - 3000);
	note(logins, "bert", "192.0.2.2", "b@x.example", NOW - 20);
	note(logins, "bert", "192.0.2.1", "A@x.example", NOW - 10);
	note(logins, "bert", "192.0.2.1", "c@x.example", NOW);
	for (i = 0; i < LOGINS; i++) {
		snprintf(login, sizeof(login), "user%d@x.example", i);
		note(logins, login, "2001:db8::1", "a@x.example", NOW);
	}
	return logins;
}

static void write_file(struct ps_logins *logins, uint64_t now)
{
	char reason[PS_REASON_MAX];

	assert_int_equal(ps_logins_file_write(path, logins, now, true, reason),
			 0);
}

/* Writes some, and has them again. */
static void they_go_on(void **state)
{
	struct ps_logins *logins = some_logins();
	char note_said[PS_REASON_MAX], login[32];
	struct stat about;
	int i;

	(void)state;
	write_file(logins, NOW);
	ps_logins_free(&logins);
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 0777, 0600);
	logins = fresh(1000);
	assert_int_equal(ps_logins_file_read(path, logins, NOW, note_said), 0);
	assert_string_equal(note_said, "");
	assert_int_equal(ps_logins_held(logins), LOGINS + 1);
	assert_string_equal(counts_of(logins, "bert", NOW), "2 4 3");
	for (i = 0; i < LOGINS; i++) {
		snprintf(login, sizeof(login), "user%d@x.example", i);
		assert_string_equal(counts_of(logins, login, NOW), "1 1 1");
	}
	/* What was known is known still: the same numbers stand for it. */
	note(logins, "BERT", "192.0.2.2", "b@x.example", NOW + 1);
	assert_string_equal(counts_of(logins, "bert", NOW + 1), "2 5 3");
	note(logins, "bert", "192.0.2.3", "d@x.example", NOW + 700);
	assert_string_equal(counts_of(logins, "bert", NOW + 700),
			    "3 6 4 watched");
	ps_logins_free(&logins);
}

static void a_full_sketch(void **state)
{
	struct ps_logins *logins = fresh(10);
	char note_said[PS_REASON_MAX], address[32], recipient[32], before[100];
	char login[PS_LOGIN_TEXT_MAX + 1];
	int i;

	(void)state;
	memset(login, 'x', sizeof(login));
	login[PS_LOGIN_TEXT_MAX] = '\0';
	for (i = 0; i < 3000; i++) {
		snprintf(address, sizeof(address), "10.0.%d.%d", i / 250,
			 i % 250);
		snprintf(recipient, sizeof(recipient), "%d@x.example", i);
		note(logins, login, address, recipient,
		     (uint64_t)NOW + (uint64_t)i);
	}
	snprintf(before, sizeof(before), "%s",
		 counts_of(logins, login, NOW + 3000));
	assert_memory_equal(before, "64 3000 ", 8);
	write_file(logins, NOW + 3000);
	ps_logins_free(&logins);
	logins = fresh(10);
	assert_int_equal(ps_logins_file_read(path, logins, NOW, note_said), 0);
	assert_string_equal(counts_of(logins, login, NOW + 3000), before);
	ps_logins_free(&logins);
}

static void one_that_is_long_gone(void **state)
{
	struct ps_logins *logins = fresh(10);
	char note_said[PS_REASON_MAX];

	(void)state;
	note(logins, "old", "192.0.2.1", "a@x.example", NOW);
	note(logins, "new", "192.0.2.1", "a@x.example", NOW + 1);
	write_file(logins, NOW + PS_LOGINS_KEPT);
	ps_logins_free(&logins);
	logins = fresh(10);
	assert_int_equal(ps_logins_file_read(path, logins, NOW, note_said), 0);
	assert_string_equal(counts_of(logins, "old", NOW), "unknown");
	assert_string_equal(counts_of(logins, "new", NOW + 1), "1 1 1");
	ps_logins_free(&logins);
}

static void no_file(void **state)
{
	struct ps_logins *logins = fresh(10);
	char note_said[PS_REASON_MAX];

	(void)state;
	(void)unlink(path);
	assert_int_equal(ps_logins_file_read(path, logins, NOW, note_said), 0);
	assert_string_equal(note_said, "");
	ps_logins_free(&logins);
}

static void fewer_have_room(void **state)
{
	struct ps_logins *logins = some_logins();
	char note_said[PS_REASON_MAX];

	(void)state;
	write_file(logins, NOW);
	ps_logins_free(&logins);
	logins = fresh(100);
	assert_int_equal(ps_logins_file_read(path, logins, NOW, note_said), 1);
	assert_non_null(strstr(note_said, "no room for all logins"));
	assert_int_equal(ps_logins_held(logins), 100);
	ps_logins_free(&logins);
}

/* ---- files that are not whole ---- */

static size_t read_all(char *text_r, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t got = read(fd, text_r, size);

	assert_true(got > 0 && (size_t)got < size);
	(void)close(fd);
	return (size_t)got;
}

static void put_all(const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, text, len), len);
	(void)close(fd);
}

static bool is_aside(uint64_t now)
{
	char aside[100];

	snprintf(aside, sizeof(aside), "%s.damaged-%llu", path,
		 (unsigned long long)now);
	return access(aside, F_OK) == 0;
}

struct damage_row {
	const char *name;
	ssize_t keep; /* octets, from the end below zero; 0: all */
	size_t flip;  /* this octet, from 1 */
	const char *said;
	bool aside;
	size_t held;
};

static const struct damage_row damage_rows[] = {
	{ "whole", 0, 0, "", false, 2 },
	{ "the last octet is missing", -1, 0, "its end is torn", false, 1 },
	{ "an octet of the first is another", 0, 100, "its end is torn", false,
	  0 },
	{ "an octet of the secret is another", 0, 30, "is torn; what", false,
	  0 },
	{ "cut off within the secret", 20, 0, "is torn; what", false, 0 },
	{ "nothing behind the secret", 44, 0, "", false, 0 },
	{ "of another version", 0, 16, "set aside", true, 0 },
	{ "of something else", 0, 1, "set aside", true, 0 },
	{ "cut off within the head", 10, 0, "set aside", true, 0 },
};

static void damaged(void **state)
{
	struct ps_logins *logins = fresh(10);
	static char text[16384], again[16384];
	char said[PS_REASON_MAX];
	const struct damage_row *row;
	size_t i, len, keep;

	(void)state;
	note(logins, "anna", "192.0.2.1", "a@x.example", NOW);
	note(logins, "bert", "192.0.2.1", "a@x.example", NOW);
	write_file(logins, NOW);
	ps_logins_free(&logins);
	len = read_all(text, sizeof(text));
	for (i = 0; i < TABLE_COUNT(damage_rows); i++) {
		row = &damage_rows[i];
		keep = row->keep > 0 ? (size_t)row->keep
				     : len - (size_t)-row->keep;
		memcpy(again, text, len);
		if (row->flip > 0)
			again[row->flip - 1] ^= 1;
		put_all(again, keep);
		logins = fresh(10);
		assert_int_equal(
			ps_logins_file_read(path, logins, NOW + i, said),
			row->said[0] != '\0');
		if (strstr(said, row->said) == NULL)
			fail_msg("%s: %s", row->name, said);
		assert_int_equal(access(path, F_OK) != 0, row->aside);
		assert_int_equal(is_aside(NOW + i), row->aside);
		assert_int_equal(ps_logins_held(logins), row->held);
		ps_logins_free(&logins);
	}
	/* An empty one, as a disk that was full may leave, is none of ours. */
	put_all("", 0);
	logins = fresh(10);
	assert_int_equal(ps_logins_file_read(path, logins, NOW + 99, said), 1);
	assert_true(is_aside(NOW + 99));
	ps_logins_free(&logins);
	/* Nor is what a link leads to. */
	assert_int_equal(symlink("/etc/passwd", path), 0);
	logins = fresh(10);
	assert_int_equal(ps_logins_file_read(path, logins, NOW + 100, said), 1);
	assert_int_equal(ps_logins_held(logins), 0);
	assert_true(is_aside(NOW + 100));
	ps_logins_free(&logins);
}

/* As on a full disk; the file is as it was, and nothing lies beside it. */
static void no_room(struct ps_logins *logins)
{
	const struct rlimit small = { 1000, RLIM_INFINITY };
	char reason[PS_REASON_MAX], beside[100];
	struct rlimit before;

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(ps_logins_file_write(path, logins, NOW, false, reason),
			 -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_non_null(strstr(reason, "File too large"));
	snprintf(beside, sizeof(beside), "%s.new", path);
	assert_int_equal(access(beside, F_OK), -1);
}

static void it_cannot_be_written(void **state)
{
	struct ps_logins *logins = some_logins(), *again = fresh(1000);
	char reason[PS_REASON_MAX], beside[100];

	(void)state;
	write_file(logins, NOW);
	no_room(logins);
	assert_int_equal(ps_logins_file_read(path, again, NOW, reason), 0);
	assert_int_equal(ps_logins_held(again), LOGINS + 1);
	/* What somebody has put there is not written to. */
	snprintf(beside, sizeof(beside), "%s.new", path);
	assert_int_equal(symlink("/dev/null", beside), 0);
	assert_int_equal(ps_logins_file_write(path, logins, NOW, false, reason),
			 -1);
	assert_memory_equal(reason, path, strlen(path));
	(void)unlink(beside);
	ps_logins_free(&logins);
	ps_logins_free(&again);
}

static int make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/counters.logins", folder);
	return 0;
}

static int remove_folder(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command) == 0 ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_go_on),
		cmocka_unit_test(a_full_sketch),
		cmocka_unit_test(one_that_is_long_gone),
		cmocka_unit_test(no_file),
		cmocka_unit_test(fewer_have_room),
		cmocka_unit_test(damaged),
		cmocka_unit_test(it_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
