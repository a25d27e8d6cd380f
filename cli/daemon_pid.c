/* daemon_pid.c - the postseald that wrote a pid file. */

#include "cli/daemon_pid.h"

#include "core/text/bytes.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DAEMON "postseald"

/* The first line of a small file, without its LF. */
static bool read_line(const char *path, char *line_r, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t got;

	if (fd < 0)
		return false;
	got = read(fd, line_r, size - 1);
	close(fd);
	if (got < 0)
		return false;
	line_r[got] = '\0';
	line_r[strcspn(line_r, "\n")] = '\0';
	return true;
}

/* A file left behind may name a process of somebody else, whom a signal would
 * end: so its name is looked at, too. */
pid_t ps_daemon_find(const char *pid_file)
{
	char line[32], path[64], name[32];
	unsigned long long pid;

	if (pid_file == NULL || !read_line(pid_file, line, sizeof(line)) ||
	    !ps_ascii_number(ps_bytes_of(line), INT_MAX, &pid) || pid < 2)
		return 0;
	snprintf(path, sizeof(path), "/proc/%llu/comm", pid);
	if (!read_line(path, name, sizeof(name)) || strcmp(name, DAEMON) != 0)
		return 0;
	return (pid_t)pid;
}
