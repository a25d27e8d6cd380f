/* fuzz_journal.c - a whole file as the counters' journal: opened, gone on with,
 * opened again. */

#include "fuzz.h"

#include "io/counters_journal.h"
#include "io/counters_record.h"
#include "io/siphash.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW	 1700000000
#define KEYS_MAX 16384 /* more than records of one input: none makes room */
#define FILE_MAX 1048576

/* The first octet of an input says what is done with the rest. */
enum { SEALED = 1, SLIDING = 2, ANEW = 4 };

static char folder[] = "/tmp/postseal-fuzz-XXXXXX";
static char path[64], beside[80], lock[80], aside[100];

static void clear(void)
{
	(void)unlink(path);
	(void)unlink(beside);
	(void)unlink(lock);
	(void)unlink(aside);
}

static void remove_folder(void)
{
	clear();
	(void)rmdir(folder);
}

static void prepare(void)
{
	if (path[0] != '\0')
		return;
	FUZZ_CHECK(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/counters", folder);
	snprintf(beside, sizeof(beside), "%s.new", path);
	snprintf(lock, sizeof(lock), "%s.lock", path);
	snprintf(aside, sizeof(aside), "%s.damaged-%d", path, NOW);
	FUZZ_CHECK(atexit(remove_folder) == 0);
	FUZZ_CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
}

/* ---- the file ---- */

static void put_number(struct ps_buffer *out, uint64_t number, size_t octets)
{
	for (; octets > 0; octets--, number >>= 8)
		ps_buffer_char(out, (char)(unsigned char)(number & 255));
}

/* What no search would find by itself: any octets with a good length and
 * checksum (counters_record.c's), one record after another; the last octet says
 * how many of the file are torn off. */
static void seal(struct ps_bytes input, struct ps_buffer *out)
{
	static const struct ps_siphash_key checksum = { 0x706f73747365616c,
							0x636f756e74733031 };
	size_t at = 0, len, torn;

	if (input.len == 0)
		return;
	torn = (unsigned char)input.at[--input.len];
	ps_buffer_text(out, PS_COUNTERS_MAGIC);
	while (input.len - at >= 2) {
		len = (unsigned char)input.at[at] |
		      (size_t)(unsigned char)input.at[at + 1] << 8;
		at += 2;
		if (len > input.len - at)
			len = input.len - at;
		put_number(out, len, 4);
		put_number(out, ps_siphash(&checksum, input.at + at, len), 8);
		ps_buffer_add(out, input.at + at, len);
		at += len;
	}
	out->len -= torn < out->len ? torn : out->len;
}

static void write_file(const struct ps_buffer *content)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	FUZZ_CHECK(fd >= 0);
	FUZZ_CHECK(write(fd, content->data, content->len) ==
		   (ssize_t)content->len);
	FUZZ_CHECK(close(fd) == 0);
}

/* The octets of a file, and its size. */
static size_t read_file(const char *name, char content_r[FILE_MAX])
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	FUZZ_CHECK(fd >= 0);
	len = read(fd, content_r, FILE_MAX);
	FUZZ_CHECK(len >= 0 && len < FILE_MAX);
	FUZZ_CHECK(close(fd) == 0);
	return (size_t)len;
}

/* ---- what is promised ---- */

static char content[FILE_MAX];

static void check_untouched(const char *name, const struct ps_buffer *input)
{
	FUZZ_CHECK(read_file(name, content) == input->len &&
		   memcmp(content, ps_buffer_cstr(input), input->len) == 0);
}

/* Nothing but what is behind the last good record is gone. */
static void check_opened(const struct ps_buffer *input,
			 const struct ps_journal *journal, const char *note)
{
	static const char magic[] = PS_COUNTERS_MAGIC;
	const size_t head = sizeof(magic) - 1, len = read_file(path, content);

	FUZZ_CHECK(len == ps_journal_size(journal) && len >= head);
	FUZZ_CHECK(memcmp(content, magic, head) == 0);
	if (input->len < head) {
		FUZZ_CHECK(memcmp(ps_buffer_cstr(input), magic, input->len) ==
				   0 &&
			   len == head && note[0] == '\0');
		return;
	}
	FUZZ_CHECK(len <= input->len && memcmp(content, input->data, len) == 0);
	FUZZ_CHECK((len < input->len) == (strstr(note, "torn") != NULL));
}

static void count_one(struct ps_counters *counters)
{
	const struct ps_rule_count one = { .rule = "R1 100/3600",
					   .key = PS_BYTES("sasl_username=a"),
					   .amount = 1,
					   .max = 100,
					   .seconds = 3600,
					   .now = NOW };
	uint64_t sum;

	FUZZ_CHECK(ps_counters_add(counters, &one, &sum) == PS_RULE_COUNTED);
}

/* A write that fails, and so the next one makes a file of its own. */
static void have_it_anew(struct ps_journal *journal)
{
	struct rlimit before, small;
	char reason[PS_REASON_MAX];

	FUZZ_CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
	small = before;
	small.rlim_cur = ps_journal_size(journal) + 20;
	FUZZ_CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
	FUZZ_CHECK(ps_journal_write(journal, false, reason) < 0 &&
		   reason[0] != '\0');
	FUZZ_CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
}

static void check_same(void *ctx, const struct ps_counter *counter)
{
	const struct ps_window there =
		ps_counters_window(ctx, counter->rule, counter->key);

	FUZZ_CHECK(there.start == counter->window.start &&
		   there.count == counter->window.count &&
		   there.before == counter->window.before);
}

/* Once written, it holds what is counted, and is whole. */
static void check_again(struct ps_counters *counters,
			struct ps_journal **journal, unsigned int how)
{
	enum ps_window_mode mode =
		how & SLIDING ? PS_WINDOW_SLIDING : PS_WINDOW_FIXED;
	char note[PS_REASON_MAX], reason[PS_REASON_MAX];
	struct ps_counters *again;

	count_one(counters);
	if (how & ANEW)
		have_it_anew(*journal);
	FUZZ_CHECK(ps_journal_write(*journal, false, reason) == 0);
	FUZZ_CHECK(ps_journal_size(*journal) == read_file(path, content));
	ps_journal_close(journal);
	FUZZ_CHECK(ps_counters_new(KEYS_MAX, mode, &again) == 0);
	FUZZ_CHECK(ps_journal_open(path, again, NOW, journal, note, reason) ==
			   0 &&
		   note[0] == '\0');
	FUZZ_CHECK(ps_counters_held(again) == ps_counters_held(counters));
	ps_counters_all(counters, check_same, again);
	ps_journal_close(journal);
	ps_counters_free(&again);
}

static void check_file(const struct ps_buffer *input, unsigned int how)
{
	enum ps_window_mode mode =
		how & SLIDING ? PS_WINDOW_SLIDING : PS_WINDOW_FIXED;
	char note[PS_REASON_MAX], reason[PS_REASON_MAX];
	struct ps_counters *counters;
	struct ps_journal *journal;
	int result;

	FUZZ_CHECK(ps_counters_new(KEYS_MAX, mode, &counters) == 0);
	result = ps_journal_open(path, counters, NOW, &journal, note, reason);
	if (result < 0) {
		FUZZ_CHECK(journal == NULL && reason[0] != '\0');
		FUZZ_CHECK(ps_counters_held(counters) == 0);
		check_untouched(path, input);
	} else if (result > 0) {
		FUZZ_CHECK(strstr(note, "set aside") != NULL);
		check_untouched(aside, input);
		check_opened(&(const struct ps_buffer){ .len = 0 }, journal,
			     "");
	} else {
		check_opened(input, journal, note);
	}
	if (result >= 0)
		check_again(counters, &journal, how);
	ps_counters_free(&counters);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ps_bytes input = fuzz_bytes(data, size);
	struct ps_buffer file = PS_BUFFER(FILE_MAX / 2);
	unsigned int how;

	if (size == 0 || size > FILE_MAX / 16)
		return 0;
	how = data[0];
	input.at++;
	input.len--;
	prepare();
	if (how & SEALED)
		seal(input, &file);
	else
		ps_buffer_bytes(&file, input);
	FUZZ_CHECK(!file.failed);
	write_file(&file);
	check_file(&file, how);
	clear();
	ps_buffer_free(&file);
	return 0;
}
