/* main.c - postseald(8): arguments, start, run, stop. */

#include "directory/log.h"
#include "milter/callbacks.h"
#include "milter/privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#define PROGRAM	     "postseald"
/* Threads come and go; glibc's default of eight heaps a processor lets the
 * resident memory grow with every burst. */
#define HEAPS	     2
/* At the stop, a message at its end may finish: in all at most this. */
#define STOP_STEP_US 20000
#define STOP_STEPS   100

struct options {
	const char *config;
	bool foreground, check, verbose;
};

struct start {
	const struct options *options;
	struct ps_config *config; /* the daemon's, once there is one */
	struct ps_daemon *daemon;
	int ready; /* pipe to the waiting parent; -1 none */
};

static void usage(FILE *out)
{
	fputs("usage: " PROGRAM " [-fv] [-c FILE]\n"
	      "       " PROGRAM " --check [-c FILE]\n",
	      out);
}

/* 0: go on; else the exit status plus one. */
static int parse(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{ "check", no_argument, NULL, 'C' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:fvh", names, NULL)) != -1) {
		if (option == 'c') {
			options->config = optarg;
		} else if (option == 'f') {
			options->foreground = true;
		} else if (option == 'v') {
			options->verbose = true;
		} else if (option == 'C') {
			options->check = true;
		} else {
			usage(option == 'h' ? stdout : stderr);
			return option == 'h' ? 1 : 3;
		}
	}
	if (optind == argc)
		return 0;
	usage(stderr);
	return 3;
}

static int read_config(struct options *options, struct ps_config **config_r)
{
	static char path[PATH_MAX];
	char error[PS_CONFIG_ERROR_MAX];

	/* The daemon works in "/", and reads it again from there. */
	if (options->config != NULL && options->config[0] != '/' &&
	    realpath(options->config, path) != NULL)
		options->config = path;
	if (ps_config_read(options->config, config_r, error) == 0)
		return 0;
	fprintf(stderr, PROGRAM ": %s\n", error);
	return -1;
}

/* Said to whoever started us and, where that is not the same, to the log. */
static int fail(const struct options *options, const char *error)
{
	if (!options->foreground)
		fprintf(stderr, PROGRAM ": %s\n", error);
	ps_log(PS_LOG_ERROR, "%s", error);
	return -1;
}

/*
 * The parent exits when the child serves (0) or could not (1).  Returns in the
 * child: the pipe to say so, or -1.
 */
static int go_background(void)
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

static void let_parent_go(int ready)
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

static int write_pid_file(const struct ps_config *config,
			  char error_r[PS_CONFIG_ERROR_MAX])
{
	char text[16];
	int fd, len;

	if (config->pid_file == NULL)
		return 0;
	len = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	fd = open(config->pid_file,
		  O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, (size_t)len) != len) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX, "pid_file %s: %s",
			 config->pid_file, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	close(fd);
	return 0;
}

/* Before any thread: all inherit it.  SIGUSR1 is for the reloading thread. */
static void set_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* What needs root comes first, what reads keys or makes threads last. */
static int start(struct start *start)
{
	struct ps_config *config = start->config;
	char error[PS_CONFIG_ERROR_MAX] = "";

	if (ps_socket_prepare(config, error) < 0)
		return fail(start->options, error);
	if (ps_callbacks_listen(config) < 0) {
		snprintf(error, sizeof(error), "cannot listen at %s",
			 config->milter.socket);
		return fail(start->options, error);
	}
	if (ps_socket_share(config, error) < 0 ||
	    write_pid_file(config, error) < 0 ||
	    ps_privilege_drop(config->user, error) < 0 ||
	    ps_daemon_new(config, &start->daemon, error) < 0)
		return fail(start->options, error);
	if (ps_daemon_reload_on_signal(start->daemon) < 0)
		return fail(start->options, "cannot start a thread");
	return 0;
}

/*
 * libmilter's threads may still be about.  Memory is given back only where no
 * session can touch it (which is what a leak check needs); else the process
 * ends as it is.
 */
static void stop(struct start *start, struct ps_service *service, int status)
{
	unsigned int i;

	ps_socket_remove(service->config);
	if (service->config->pid_file != NULL)
		(void)unlink(service->config->pid_file);
	for (i = 0; i < STOP_STEPS && ps_callbacks_busy() > 0; i++)
		usleep(STOP_STEP_US);
	ps_log(PS_LOG_INFO, "stopped");
	service->release(service);
	if (ps_callbacks_sessions() > 0)
		_exit(status);
	ps_daemon_free(&start->daemon);
}

static int serve(struct start *start)
{
	/* Held so that the socket's and the pid file's names of the start are
	 * known at the stop, whatever was reloaded in between. */
	struct ps_service *service = ps_daemon_hold(start->daemon);
	int status;

	ps_log(PS_LOG_INFO, "started, configuration %s, socket %s",
	       start->config->path, start->config->milter.socket);
	if (start->ready >= 0)
		let_parent_go(start->ready);
	status = ps_callbacks_run(start->daemon) == 0 ? 0 : 1;
	stop(start, service, status);
	return status;
}

int main(int argc, char **argv)
{
	struct options options = { .config = NULL };
	struct start state = { .options = &options, .ready = -1 };
	int status = parse(argc, argv, &options);

	if (status > 0)
		return status - 1;
	if (read_config(&options, &state.config) < 0)
		return 1;
	if (options.check) {
		printf("%s: good\n", state.config->path);
		ps_config_free(&state.config);
		return 0;
	}
	(void)mallopt(M_ARENA_MAX, HEAPS);
	ps_log_set_level(options.verbose ? PS_LOG_DEBUG : PS_LOG_INFO);
	/* libmilter speaks to syslog(3) whatever we do. */
	openlog(PROGRAM, LOG_PID | (options.foreground ? LOG_PERROR : 0),
		LOG_MAIL);
	if (options.foreground)
		ps_log_open_stderr(PROGRAM);
	else
		ps_log_open_syslog(PROGRAM);
	if (!options.foreground && (state.ready = go_background()) < 0)
		return fail(&options, strerror(errno)) < 0 ? 1 : 0;
	(void)umask(0027);
	set_signals();
	ps_privilege_raise_files();
	if (chdir("/") < 0 || start(&state) < 0)
		return 1;
	return serve(&state);
}
