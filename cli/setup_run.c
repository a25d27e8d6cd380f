/* setup_run.c - other programs, run without a shell and with an end. */

#include "cli/setup_run.h"

#include "directory/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* A daemon that is left behind would hold a pipe open; a file it may keep. */
static const char *take_output(struct ps_arena *arena, int fd)
{
	off_t len = lseek(fd, 0, SEEK_END);
	char *text;
	ssize_t got;

	if (len < 0 || len > PS_RUN_OCTETS_MAX)
		return "";
	text = ps_arena_alloc(arena, (size_t)len + 1);
	if (text == NULL)
		return "";
	got = pread(fd, text, (size_t)len, 0);
	text[got < 0 ? 0 : got] = '\0';
	return text;
}

static int start(const char *const *argv, int out, int err, pid_t *pid_r)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int error;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_adddup2(&actions, err, 2);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes,
				 POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
	error = posix_spawnp(pid_r, argv[0], &actions, &attributes,
			     (char *const *)argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* Its exit status; -1: it had to be killed, or was. */
static int wait_for(pid_t pid, const char **why_r)
{
	struct pollfd wait = { .fd = pidfd_open(pid, 0), .events = POLLIN };
	int status, ready;

	do
		ready = wait.fd < 0 ? 1 : poll(&wait, 1, PS_RUN_SECONDS * 1000);
	while (ready < 0 && errno == EINTR);
	if (ready == 0)
		kill(pid, SIGKILL);
	if (wait.fd >= 0)
		close(wait.fd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	*why_r = ready == 0 ? "it takes too long" : "it was killed";
	return ready != 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool ps_setup_run(struct ps_arena *arena, const char *const *argv,
		  struct ps_ran *ran_r)
{
	int out = memfd_create("out", MFD_CLOEXEC);
	int err = memfd_create("err", MFD_CLOEXEC), error = errno;
	const char *why;
	pid_t pid;

	*ran_r = (struct ps_ran){ .status = -1, .out = "", .err = "" };
	if (out >= 0 && err >= 0)
		error = start(argv, out, err, &pid);
	if (out >= 0 && err >= 0 && error == 0) {
		ran_r->status = wait_for(pid, &why);
		ran_r->out = take_output(arena, out);
		ran_r->err = ran_r->status < 0 ? why : take_output(arena, err);
	} else {
		ran_r->err = strerror(error);
	}
	if (out >= 0)
		close(out);
	if (err >= 0)
		close(err);
	return ran_r->status == 0;
}

bool ps_setup_must(struct ps_arena *arena, const char *const *argv)
{
	struct ps_ran ran;

	if (ps_setup_run(arena, argv, &ran))
		return true;
	ps_log(PS_LOG_ERROR, "%s %s: %s", argv[0],
	       argv[1] == NULL ? "" : argv[1],
	       *ran.err == '\0' ? "failed" : ran.err);
	return false;
}
