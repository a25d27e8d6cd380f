/* rule_files.c - rule files and the value files that they name. */

#include "io/rule_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void ps_rule_file_end(struct ps_rule_file_reader *reader)
{
	free(reader->content);
	reader->content = NULL;
}

/* Up to size octets; -1 when reading fails. */
static ssize_t read_all(int fd, char *content, size_t size)
{
	size_t len = 0;
	ssize_t got;

	while (len < size) {
		got = read(fd, content + len, size - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		len += (size_t)got;
	}
	return (ssize_t)len;
}

static int read_open(struct ps_rule_file_reader *reader, int fd,
		     struct ps_bytes *content_r)
{
	struct stat status;
	ssize_t len;

	if (fstat(fd, &status) < 0)
		return -1;
	errno = S_ISREG(status.st_mode) ? EFBIG : EINVAL;
	if (!S_ISREG(status.st_mode) ||
	    status.st_size > (off_t)PS_RULE_FILE_OCTETS_MAX)
		return -1;
	reader->content = malloc((size_t)status.st_size + 1);
	if (reader->content == NULL)
		return -1;
	len = read_all(fd, reader->content, (size_t)status.st_size);
	if (len < 0)
		return -1;
	*content_r = (struct ps_bytes){ reader->content, (size_t)len };
	return 0;
}

enum ps_rule_read ps_rule_file_read(struct ps_rule_file_reader *reader,
				    const char *path,
				    struct ps_bytes *content_r)
{
	/* O_NONBLOCK: a FIFO must not hold us up. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), reason;

	ps_rule_file_end(reader);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR
			       ? PS_RULE_READ_MISSING
			       : PS_RULE_READ_FAILED;
	if (read_open(reader, fd, content_r) == 0) {
		close(fd);
		return PS_RULE_READ;
	}
	reason = errno;
	close(fd);
	errno = reason;
	return PS_RULE_READ_FAILED;
}

static enum ps_rule_read read_file(void *ctx, const char *path,
				   struct ps_bytes *content_r)
{
	return ps_rule_file_read(ctx, path, content_r);
}

struct ps_rule_files ps_rule_file_port(struct ps_rule_file_reader *reader)
{
	return (struct ps_rule_files){ .read = read_file, .ctx = reader };
}
