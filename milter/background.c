/* background.c - a daemon whose start is waited for. */

#include "milter/background.h"

#include "directory/log.h"

#include <fcntl.h>
#include <unistd.h>

int ps_background_go(void)
{
	int ends[2];
	char byte;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		return -1;
	if (pid > 0) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) == 1 ? 0 : 1);
	}
	close(ends[0]);
	(void)setsid();
	return ends[1];
}

void ps_background_ready(int ready)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0) {
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(null, STDOUT_FILENO);
		(void)dup2(null, STDERR_FILENO);
		close(null);
	}
	if (write(ready, "", 1) < 0)
		ps_log(PS_LOG_WARNING, "whoever started us is gone");
	close(ready);
}
