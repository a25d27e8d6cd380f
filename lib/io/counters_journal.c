/* counters_journal.c - counts that outlive the process, however it ends. */

#include "io/counters_journal.h"

#include "io/counters_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_LEN   (sizeof(PS_COUNTERS_MAGIC) - 1)
#define PIECE	   1048576	       /* octets of one write; ours */
#define ANEW_LEAST (8UL * 1024 * 1024) /* a smaller file is left alone */
#define ANEW_TIMES 4 /* larger than what is counted: written anew */

struct ps_journal {
	char *path, *beside; /* beside: where it is written anew */
	int fd, lock;
	struct ps_counters *counters;
	uint64_t size, written;
	uint64_t live; /* octets of the file when it was last written anew */
	bool broken;   /* the last write failed: all is to be written */
};

static int fail(const char *path, char reason_r[PS_REASON_MAX])
{
	snprintf(reason_r, PS_REASON_MAX, "%.150s: %.80s", path,
		 strerror(errno));
	return -1;
}

static int write_all(int fd, const char *data, size_t len)
{
	ssize_t done;

	while (len > 0) {
		done = write(fd, data, len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return -1;
		data += done;
		len -= (size_t)done;
	}
	return 0;
}

/* ---- reading ---- */

struct reading {
	struct ps_journal *journal;
	uint64_t now;
	size_t records, no_room;
};

/* Octets that are good. */
static size_t take_records(struct reading *reading, struct ps_bytes file)
{
	struct ps_cursor cursor = ps_cursor_of(
		(struct ps_bytes){ file.at + HEAD_LEN, file.len - HEAD_LEN });
	struct ps_counter counter;

	while (ps_counters_record_read(&cursor, &counter) == PS_RECORD_READ) {
		reading->records++;
		if (!ps_counters_put(reading->journal->counters, &counter,
				     reading->now))
			reading->no_room++;
	}
	return file.len - ps_cursor_rest(&cursor).len;
}

/* A disk that is full now is no reason to serve nobody: all is written anew
 * once there is room. */
static int start_file(struct ps_journal *journal, char note_r[PS_REASON_MAX])
{
	journal->size = HEAD_LEN;
	if (ftruncate(journal->fd, 0) == 0 &&
	    lseek(journal->fd, 0, SEEK_SET) == 0 &&
	    write_all(journal->fd, PS_COUNTERS_MAGIC, HEAD_LEN) == 0)
		return 0;
	journal->broken = true;
	snprintf(note_r, PS_REASON_MAX,
		 "%.150s: %.60s; counts are kept in memory only", journal->path,
		 strerror(errno));
	return 1;
}

/* Behind the last good record; what follows it is cut off. */
static int cut_off(struct ps_journal *journal, size_t good, size_t len,
		   char note_r[PS_REASON_MAX], char reason_r[PS_REASON_MAX])
{
	journal->size = good;
	if (good < len)
		snprintf(note_r, PS_REASON_MAX,
			 "%.150s: the last %zu octets are torn, and cut off",
			 journal->path, len - good);
	if ((good < len && ftruncate(journal->fd, (off_t)good) < 0) ||
	    lseek(journal->fd, (off_t)good, SEEK_SET) < 0)
		return fail(journal->path, reason_r);
	return 0;
}

static int refuse(const struct ps_journal *journal, const char *what,
		  char reason_r[PS_REASON_MAX])
{
	snprintf(reason_r, PS_REASON_MAX,
		 "%.150s: %s; name another file, or move it away to begin anew",
		 journal->path, what);
	return -1;
}

/* Whatever has happened to it, or whosever it is: it is kept, and nobody's mail
 * waits for it. */
static int set_aside(struct ps_journal *journal, uint64_t now,
		     char note_r[PS_REASON_MAX], char reason_r[PS_REASON_MAX])
{
	char aside[PS_PATH_TEXT_MAX];

	snprintf(aside, sizeof(aside), "%.900s.damaged-%llu", journal->path,
		 (unsigned long long)now);
	if (rename(journal->path, aside) < 0)
		return fail(journal->path, reason_r);
	(void)close(journal->fd);
	journal->fd = open(journal->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
			   0600);
	if (journal->fd < 0)
		return fail(journal->path, reason_r);
	if (start_file(journal, note_r) == 0)
		snprintf(note_r, PS_REASON_MAX,
			 "%.120s: is no journal of counters: set aside with "
			 "the end .damaged-%llu; ALL COUNTS BEGIN ANEW",
			 journal->path, (unsigned long long)now);
	return 1;
}

/* The first octets, where they are no head of ours.  A database is one that
 * somebody uses, such as our own state.db. */
static int not_ours(struct ps_journal *journal, struct ps_bytes head,
		    uint64_t now, char note_r[PS_REASON_MAX],
		    char reason_r[PS_REASON_MAX])
{
	const size_t name = HEAD_LEN - 1; /* without the version */

	if (head.len == HEAD_LEN &&
	    memcmp(head.at, PS_COUNTERS_MAGIC, name) == 0)
		return refuse(journal, "is of another version", reason_r);
	if (ps_bytes_equal(head, PS_BYTES("SQLite format 3\0")))
		return refuse(journal, "is a database", reason_r);
	return set_aside(journal, now, note_r, reason_r);
}

static int read_file(struct ps_journal *journal, uint64_t now,
		     char note_r[PS_REASON_MAX], char reason_r[PS_REASON_MAX])
{
	struct reading reading = { .journal = journal, .now = now };
	struct stat about;
	char head[HEAD_LEN];
	ssize_t got;
	size_t good, len;
	void *map;

	if (fstat(journal->fd, &about) < 0)
		return fail(journal->path, reason_r);
	len = (size_t)about.st_size;
	got = pread(journal->fd, head, HEAD_LEN, 0);
	if (got < 0)
		return fail(journal->path, reason_r);
	if (memcmp(head, PS_COUNTERS_MAGIC, (size_t)got) != 0)
		return not_ours(journal, (struct ps_bytes){ head, (size_t)got },
				now, note_r, reason_r);
	/* A head that is torn was the only thing in it. */
	if (len < HEAD_LEN)
		return start_file(journal, note_r);
	map = mmap(NULL, len, PROT_READ, MAP_PRIVATE, journal->fd, 0);
	if (map == MAP_FAILED)
		return fail(journal->path, reason_r);
	good = take_records(&reading, (struct ps_bytes){ map, len });
	(void)munmap(map, len);
	if (reading.no_room > 0)
		snprintf(note_r, PS_REASON_MAX,
			 "%.150s: %zu counts have no room now", journal->path,
			 reading.no_room);
	return cut_off(journal, good, len, note_r, reason_r);
}

/* Held for as long as the journal is: two writers would tear it. */
static int take_lock(struct ps_journal *journal, char reason_r[PS_REASON_MAX])
{
	char *name = NULL;

	if (asprintf(&name, "%s.lock", journal->path) < 0) {
		errno = ENOMEM;
		return fail(journal->path, reason_r);
	}
	journal->lock =
		open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	free(name);
	if (journal->lock < 0)
		return fail(journal->path, reason_r);
	if (flock(journal->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	snprintf(reason_r, PS_REASON_MAX, "%.150s: another process has it",
		 journal->path);
	return -1;
}

static int open_file(struct ps_journal *journal, uint64_t now,
		     char note_r[PS_REASON_MAX], char reason_r[PS_REASON_MAX])
{
	if (take_lock(journal, reason_r) < 0)
		return -1;
	journal->fd = open(journal->path,
			   O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (journal->fd < 0)
		return fail(journal->path, reason_r);
	return read_file(journal, now, note_r, reason_r);
}

int ps_journal_open(const char *path, struct ps_counters *counters,
		    uint64_t now, struct ps_journal **journal_r,
		    char note_r[PS_REASON_MAX], char reason_r[PS_REASON_MAX])
{
	struct ps_journal *journal = calloc(1, sizeof(*journal));
	int result;

	*journal_r = journal;
	note_r[0] = '\0';
	reason_r[0] = '\0';
	if (journal == NULL) {
		errno = ENOMEM;
		return fail(path, reason_r);
	}
	journal->fd = journal->lock = -1;
	journal->counters = counters;
	journal->path = strdup(path);
	if (journal->path == NULL ||
	    asprintf(&journal->beside, "%s.new", path) < 0) {
		errno = ENOMEM;
		(void)fail(path, reason_r);
		ps_journal_close(journal_r);
		return -1;
	}
	result = open_file(journal, now, note_r, reason_r);
	if (result < 0)
		ps_journal_close(journal_r);
	return result;
}

void ps_journal_close(struct ps_journal **journal_p)
{
	struct ps_journal *journal = *journal_p;

	*journal_p = NULL;
	if (journal == NULL)
		return;
	if (journal->fd >= 0)
		(void)close(journal->fd);
	if (journal->lock >= 0)
		(void)close(journal->lock);
	free(journal->path);
	free(journal->beside);
	free(journal);
}

/* ---- writing ---- */

struct writing {
	int fd;
	struct ps_buffer buffer;
	uint64_t total; /* octets that are in the file */
	bool failed;	/* errno says why */
};

static void flush(struct writing *writing)
{
	if (writing->buffer.failed) {
		errno = ENOMEM;
		writing->failed = true;
	} else if (!writing->failed) {
		writing->failed = write_all(writing->fd, writing->buffer.data,
					    writing->buffer.len) < 0;
		writing->total += writing->buffer.len;
	}
	ps_buffer_reset(&writing->buffer);
}

/* In pieces: a million windows are not to be in memory twice. */
static void add_record(void *ctx, const struct ps_counter *counter)
{
	struct writing *writing = ctx;

	ps_counters_record_write(counter, &writing->buffer);
	if (writing->buffer.len > PIECE || writing->buffer.failed)
		flush(writing);
}

/* Ends the writing.  0, or -1. */
static int finish(struct writing *writing, bool sync)
{
	flush(writing);
	ps_buffer_free(&writing->buffer);
	if (!writing->failed && sync)
		writing->failed = fdatasync(writing->fd) < 0;
	return writing->failed ? -1 : 0;
}

static void ignore(void *ctx, const struct ps_counter *counter)
{
	(void)ctx;
	(void)counter;
}

/*
 * A file of its own, which takes the journal's name once it is complete.  What
 * is counted meanwhile is in it already, or in the next write.
 */
static int write_anew(struct ps_journal *journal, char reason_r[PS_REASON_MAX])
{
	struct writing writing = { .buffer = PS_BUFFER(2 * PIECE) };

	ps_counters_changed(journal->counters, ignore, NULL);
	journal->broken = true;
	writing.fd =
		open(journal->beside,
		     O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (writing.fd < 0)
		return fail(journal->beside, reason_r);
	ps_buffer_text(&writing.buffer, PS_COUNTERS_MAGIC);
	ps_counters_all(journal->counters, add_record, &writing);
	if (finish(&writing, true) < 0 ||
	    rename(journal->beside, journal->path) < 0) {
		(void)fail(journal->beside, reason_r);
		(void)close(writing.fd);
		(void)unlink(journal->beside);
		return -1;
	}
	(void)close(journal->fd);
	journal->fd = writing.fd;
	journal->size = journal->live = writing.total;
	journal->written += writing.total;
	journal->broken = false;
	return 0;
}

int ps_journal_write(struct ps_journal *journal, bool sync,
		     char reason_r[PS_REASON_MAX])
{
	struct writing writing = { .fd = journal->fd,
				   .buffer = PS_BUFFER(2 * PIECE) };

	if (journal->broken || (journal->size > ANEW_LEAST &&
				journal->size > ANEW_TIMES * journal->live))
		return write_anew(journal, reason_r);
	ps_counters_changed(journal->counters, add_record, &writing);
	if (finish(&writing, sync) == 0) {
		journal->size += writing.total;
		journal->written += writing.total;
		return 0;
	}
	(void)fail(journal->path, reason_r);
	journal->broken = true;
	/* A piece of a record would hide what is written behind it. */
	if (ftruncate(journal->fd, (off_t)journal->size) == 0)
		(void)lseek(journal->fd, (off_t)journal->size, SEEK_SET);
	return -1;
}

uint64_t ps_journal_size(const struct ps_journal *journal)
{
	return journal->size;
}

uint64_t ps_journal_written(const struct ps_journal *journal)
{
	return journal->written;
}
