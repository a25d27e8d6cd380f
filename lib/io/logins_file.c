/* logins_file.c - what is known of logins outlives the process. */

#include "io/logins_file.h"

#include "io/logins_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC_LEN  (sizeof(PS_LOGINS_MAGIC) - 1)
#define SECRET_LEN 16
#define PIECE	   262144      /* octets of one write, at least; ours */
#define CHUNK_MAX  (64u << 20) /* of what is looked at in one go; ours */

static int say(const char *path, const char *what, char reason_r[PS_REASON_MAX])
{
	snprintf(reason_r, PS_REASON_MAX, "%.130s: %.120s", path, what);
	return -1;
}

/* ---- reading ---- */

/* A sentence of what could not be taken; NULL: all was. */
static const char *take_all(struct ps_bytes file, struct ps_logins *logins)
{
	struct ps_cursor cursor = ps_cursor_of(
		(struct ps_bytes){ file.at + MAGIC_LEN, file.len - MAGIC_LEN });
	struct ps_login_sketch sketch;
	struct ps_siphash_key secret;
	struct ps_bytes name, body;
	enum ps_record_found read;
	const char *at;

	if (ps_record_read(&ps_logins_checksum, &cursor, SECRET_LEN, &body) !=
		    PS_RECORD_READ ||
	    body.len != SECRET_LEN)
		return "is torn; what is known of logins begins anew";
	at = body.at;
	secret.k0 = ps_record_get(&at, 8);
	secret.k1 = ps_record_get(&at, 8);
	ps_logins_set_secret(logins, &secret);
	while ((read = ps_logins_record_read(&cursor, &name, &sketch)) ==
	       PS_RECORD_READ) {
		if (!ps_logins_put(logins, name, &sketch))
			return "there is no room for all logins of it";
	}
	return read == PS_RECORD_END
		       ? NULL
		       : "its end is torn; logins that were there begin anew";
}

/* It is kept, whosever it is: the next writing would take its place. */
static int set_aside(const char *path, const char *why, uint64_t now,
		     char note_r[PS_REASON_MAX])
{
	char aside[PS_PATH_TEXT_MAX];

	snprintf(aside, sizeof(aside), "%.900s.damaged-%llu", path,
		 (unsigned long long)now);
	if (rename(path, aside) < 0)
		(void)say(path, strerror(errno), note_r);
	else
		snprintf(note_r, PS_REASON_MAX,
			 "%.90s: %.60s: set aside with the end .damaged-%llu; "
			 "what is known of logins begins anew",
			 path, why, (unsigned long long)now);
	return 1;
}

static int take_map(const char *path, struct ps_bytes file,
		    struct ps_logins *logins, uint64_t now,
		    char note_r[PS_REASON_MAX])
{
	const char *why;

	if (file.len < MAGIC_LEN ||
	    memcmp(file.at, PS_LOGINS_MAGIC, MAGIC_LEN) != 0)
		return set_aside(path, "is no file of logins of this version",
				 now, note_r);
	why = take_all(file, logins);
	if (why == NULL)
		return 0;
	(void)say(path, why, note_r);
	return 1;
}

static int read_open(int fd, const char *path, struct ps_logins *logins,
		     uint64_t now, char note_r[PS_REASON_MAX])
{
	struct stat about;
	size_t len;
	void *map;
	int result;

	if (fstat(fd, &about) < 0)
		return set_aside(path, strerror(errno), now, note_r);
	if (about.st_size == 0)
		return take_map(path, PS_BYTES(""), logins, now, note_r);
	len = (size_t)about.st_size;
	map = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return set_aside(path, strerror(errno), now, note_r);
	result = take_map(path, (struct ps_bytes){ map, len }, logins, now,
			  note_r);
	(void)munmap(map, len);
	return result;
}

int ps_logins_file_read(const char *path, struct ps_logins *logins,
			uint64_t now, char note_r[PS_REASON_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int result;

	note_r[0] = '\0';
	if (fd < 0)
		return errno == ENOENT
			       ? 0
			       : set_aside(path, strerror(errno), now, note_r);
	result = read_open(fd, path, logins, now, note_r);
	(void)close(fd);
	return result;
}

/* ---- writing ---- */

struct writing {
	FILE *file;
	uint64_t now;
	struct ps_buffer buffer;
};

static void add_login(void *ctx, struct ps_bytes name,
		      const struct ps_login_sketch *sketch)
{
	struct writing *writing = ctx;

	if ((uint64_t)sketch->newest + PS_LOGINS_KEPT > writing->now)
		ps_logins_record_write(name, sketch, &writing->buffer);
}

static bool flush(struct writing *writing)
{
	const struct ps_buffer *buffer = &writing->buffer;
	bool good = !buffer->failed &&
		    (buffer->len == 0 ||
		     fwrite(buffer->data, buffer->len, 1, writing->file) == 1);

	if (buffer->failed)
		errno = ENOMEM;
	ps_buffer_reset(&writing->buffer);
	return good;
}

static void add_secret(struct ps_logins *logins, struct ps_buffer *out)
{
	const struct ps_siphash_key secret = ps_logins_secret(logins);
	char octets[SECRET_LEN + 1];
	struct ps_buffer body = PS_BUFFER_AT(octets, sizeof(octets));

	ps_record_put(&body, secret.k0, 8);
	ps_record_put(&body, secret.k1, 8);
	ps_record_write(&ps_logins_checksum,
			(struct ps_bytes){ body.data, body.len }, out);
}

static bool write_all(struct writing *writing, struct ps_logins *logins,
		      bool sync)
{
	size_t from = 0;

	ps_buffer_text(&writing->buffer, PS_LOGINS_MAGIC);
	add_secret(logins, &writing->buffer);
	do {
		from = ps_logins_some(logins, from, add_login, writing);
		if ((writing->buffer.len > PIECE || from == 0) &&
		    !flush(writing))
			return false;
	} while (from != 0);
	return fflush(writing->file) == 0 &&
	       (!sync || fdatasync(fileno(writing->file)) == 0);
}

int ps_logins_file_write(const char *path, struct ps_logins *logins,
			 uint64_t now, bool sync, char reason_r[PS_REASON_MAX])
{
	struct writing writing = { .now = now, .buffer = PS_BUFFER(CHUNK_MAX) };
	char beside[PS_PATH_TEXT_MAX];
	bool good = false;
	int fd;

	snprintf(beside, sizeof(beside), "%.1000s.new", path);
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		  0600);
	writing.file = fd < 0 ? NULL : fdopen(fd, "w");
	if (writing.file != NULL)
		good = write_all(&writing, logins, sync);
	ps_buffer_free(&writing.buffer);
	if (writing.file != NULL)
		good = fclose(writing.file) == 0 && good;
	else if (fd >= 0)
		(void)close(fd);
	if (good && rename(beside, path) == 0)
		return 0;
	(void)say(path, strerror(errno), reason_r);
	if (fd >= 0)
		(void)unlink(beside);
	return -1;
}
