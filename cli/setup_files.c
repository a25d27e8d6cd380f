/* setup_files.c - the hosts' files, read whole and replaced in one step. */

#include "cli/setup_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *path, const char *why,
		char reason_r[PS_SETUP_REASON_MAX])
{
	snprintf(reason_r, PS_SETUP_REASON_MAX, "%.300s: %s", path, why);
	return -1;
}

/* A last line that is not ended gets its LF, so that lines can be added. */
static int take(int fd, struct ps_arena *arena, struct ps_setup_file *file,
		char reason_r[PS_SETUP_REASON_MAX])
{
	struct stat st;
	size_t len = 0;
	ssize_t got;
	char *text;

	if (fstat(fd, &st) < 0)
		return fail(file->path, strerror(errno), reason_r);
	if (!S_ISREG(st.st_mode) || st.st_size > PS_SETUP_FILE_MAX)
		return fail(file->path, "no regular file, or too large",
			    reason_r);
	text = ps_arena_alloc(arena, (size_t)st.st_size + 2);
	if (text == NULL)
		return fail(file->path, "out of memory", reason_r);
	while (len < (size_t)st.st_size) {
		got = read(fd, text + len, (size_t)st.st_size - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(file->path, strerror(errno), reason_r);
		if (got == 0)
			break;
		len += (size_t)got;
	}
	file->exists = true;
	file->unended = len > 0 && text[len - 1] != '\n';
	if (file->unended)
		text[len++] = '\n';
	file->text = file->after = (struct ps_bytes){ text, len };
	return 0;
}

int ps_setup_file_read(const char *path, struct ps_arena *arena,
		       struct ps_setup_file *file_r,
		       char reason_r[PS_SETUP_REASON_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), result;

	*file_r = (struct ps_setup_file){ .path = path,
					  .text = { "", 0 },
					  .after = { "", 0 } };
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return fail(path, strerror(errno), reason_r);
	result = take(fd, arena, file_r, reason_r);
	close(fd);
	return result;
}

/* A name beside path; under the lock there is one of us. */
static bool beside(const char *path, char name_r[PATH_MAX], size_t *folder_r)
{
	const char *slash = strrchr(path, '/');

	*folder_r = slash == NULL ? 0 : (size_t)(slash - path) + 1;
	return snprintf(name_r, PATH_MAX, "%.*s.%s.postseal", (int)*folder_r,
			path, path + *folder_r) < PATH_MAX;
}

static int write_all(int fd, struct ps_bytes text)
{
	ssize_t put;

	while (text.len > 0) {
		put = write(fd, text.at, text.len);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		text.at += put;
		text.len -= (size_t)put;
	}
	return fsync(fd);
}

static void sync_folder(const char *path, size_t len)
{
	char folder[PATH_MAX];
	int fd;

	snprintf(folder, sizeof(folder), "%.*s", (int)len, path);
	fd = open(len == 0 ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

/* st: the owner and mode it gets; NULL: ours, and mode. */
static int replace(const char *path, struct ps_bytes text,
		   const struct stat *st, mode_t mode,
		   char reason_r[PS_SETUP_REASON_MAX])
{
	char name[PATH_MAX];
	size_t folder;
	int fd, error;

	if (!beside(path, name, &folder))
		return fail(path, "the path is too long", reason_r);
	(void)unlink(name);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		  0600);
	if (fd < 0)
		return fail(name, strerror(errno), reason_r);
	error = (st != NULL && fchown(fd, st->st_uid, st->st_gid) < 0) ||
		fchmod(fd, st != NULL ? st->st_mode & 07777 : mode) < 0 ||
		write_all(fd, text) < 0 || rename(name, path) < 0;
	if (error != 0) {
		(void)fail(path, strerror(errno), reason_r);
		(void)unlink(name);
	}
	close(fd);
	if (error != 0)
		return -1;
	sync_folder(path, folder);
	return 0;
}

void ps_setup_sweep(const char *path)
{
	char *real = realpath(path, NULL), name[PATH_MAX];
	size_t folder;

	if (beside(real == NULL ? path : real, name, &folder))
		(void)unlink(name);
	free(real);
}

int ps_setup_put(const char *path, struct ps_bytes text, unsigned int mode,
		 char reason_r[PS_SETUP_REASON_MAX])
{
	return replace(path, text, NULL, mode, reason_r);
}

/* What does not work, the file's own writing says. */
static void change_folder(const char *path, bool gone)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];

	if (slash == NULL)
		return;
	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	if (gone)
		(void)rmdir(folder);
	else
		(void)mkdir(folder, 0755);
}

bool ps_setup_file_differs(const struct ps_setup_file *file)
{
	return file->gone || !ps_bytes_equal(file->text, file->after);
}

int ps_setup_file_write(const struct ps_setup_file *file,
			char reason_r[PS_SETUP_REASON_MAX])
{
	/* Behind a symbolic link, the file it leads to. */
	char *path = realpath(file->path, NULL);
	struct stat st;
	int result = 0;

	if (!file->gone && path == NULL)
		change_folder(file->path, false);
	if (file->gone) {
		if (unlink(file->path) < 0 && errno != ENOENT)
			result = fail(file->path, strerror(errno), reason_r);
		else if (file->folder)
			change_folder(file->path, true);
	} else if (path == NULL || stat(path, &st) < 0) {
		result = replace(file->path, file->after, NULL, 0644, reason_r);
	} else {
		result = replace(path, file->after, &st, 0, reason_r);
	}
	free(path);
	return result;
}
