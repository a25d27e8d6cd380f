/* daemon.c - the commands that speak to the running postseald. */

#include "cli/command.h"

#include "core/text/bytes.h"
#include "directory/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DAEMON "postseald"

/* The first line of a small file, without its LF.  False: errno says why. */
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

/*
 * 0: no daemon.  A file left behind may name a process of somebody else, whom
 * the signal would end: so its name is looked at, too.
 */
static pid_t find_daemon(const char *pid_file)
{
	char line[32], path[64], name[32];
	unsigned long long pid;

	if (!read_line(pid_file, line, sizeof(line)) ||
	    !ps_ascii_number(ps_bytes_of(line), INT_MAX, &pid) || pid < 2)
		return 0;
	snprintf(path, sizeof(path), "/proc/%llu/comm", pid);
	if (!read_line(path, name, sizeof(name)) || strcmp(name, DAEMON) != 0)
		return 0;
	return (pid_t)pid;
}

/* The configuration was read before we came here: a bad one is not sent. */
static enum ps_exit reload(struct ps_cli *cli,
			   const struct ps_arguments *arguments)
{
	const char *pid_file = cli->config->pid_file;
	pid_t pid = pid_file == NULL ? 0 : find_daemon(pid_file);

	(void)arguments;
	if (pid_file == NULL) {
		ps_log(PS_LOG_ERROR, "%s: pid_file is not set",
		       cli->config->path);
		return PS_EXIT_USAGE;
	}
	if (pid == 0) {
		ps_log(PS_LOG_ERROR, "no " DAEMON " is running (%s)", pid_file);
		return PS_EXIT_NOTHING;
	}
	if (kill(pid, SIGUSR1) < 0) {
		ps_log(PS_LOG_ERROR, DAEMON " (process %lld): %s",
		       (long long)pid, strerror(errno));
		return PS_EXIT_TEMPFAIL;
	}
	ps_output_done(&cli->output, "reload requested");
	return PS_EXIT_DONE;
}

const struct ps_command ps_daemon_commands[] = {
	{ "reload", NULL, reload, 0, 0, 0, "",
	  "make postseald read its configuration again" },
	{ 0 }
};
