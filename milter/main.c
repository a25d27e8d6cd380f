/* main.c - postseald(8): arguments, start, run, stop. */

#include "directory/log.h"
#include "directory/writer.h"
#include "io/clock.h"
#include "milter/background.h"
#include "milter/callbacks.h"
#include "milter/handed.h"
#include "milter/notify.h"
#include "milter/privilege.h"
#include "milter/services.h"

#include <errno.h>
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
#include <time.h>
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
	bool foreground, check, recover, verbose;
};

struct start {
	const struct options *options;
	struct ps_config *config; /* the daemon's, once there is one */
	struct ps_daemon *daemon;
	struct ps_services *services;
	struct ps_notify notify;
	struct ps_notifier *notifier;
	sigset_t signals;
	pthread_t main_thread;
	int ready;  /* pipe to the waiting parent; -1 none */
	int status; /* to exit with */
};

static void usage(FILE *out)
{
	fputs("usage: " PROGRAM " [-fv] [-c FILE]\n"
	      "       " PROGRAM " --check|--recover [-c FILE]\n",
	      out);
}

/* 0: go on; else the exit status plus one. */
static int parse(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{ "check", no_argument, NULL, 'C' },
		{ "recover", no_argument, NULL, 'R' },
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
		} else if (option == 'R') {
			options->recover = true;
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
	if (ps_config_read(options->config, config_r, error) == 0) {
		if (ps_daemon_check(*config_r, error) == 0)
			return 0;
		ps_config_free(config_r);
	}
	fprintf(stderr, PROGRAM ": %s\n", error);
	return -1;
}

/* What is read with the configuration alone, and what it names. */
static int check(struct ps_config **config)
{
	char error[PS_CONFIG_ERROR_MAX] = "";
	struct ps_policy_book *book;
	int result = ps_policy_book_new(&(*config)->limits, &book, error);

	ps_policy_book_free(&book);
	if (result < 0)
		fprintf(stderr, PROGRAM ": %s\n", error);
	else
		printf("%s: good\n", (*config)->path);
	ps_config_free(config);
	return result < 0 ? 1 : 0;
}

/* Said to whoever started us and, where that is not the same, to the log. */
static int fail(const struct options *options, const char *error)
{
	if (!options->foreground)
		fprintf(stderr, PROGRAM ": %s\n", error);
	ps_log(PS_LOG_ERROR, "%s", error);
	return -1;
}

static void wake_up(int number)
{
	(void)number;
}

/* Before any thread: all inherit the mask.  SIGUSR2 only ends a system call of
 * the thread that serves. */
static void set_signals(sigset_t *taken_r)
{
	struct sigaction wake = { .sa_handler = wake_up };

	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGUSR2, &wake, NULL);
	sigemptyset(taken_r);
	sigaddset(taken_r, SIGUSR1);
	sigaddset(taken_r, SIGHUP);
	sigaddset(taken_r, SIGINT);
	sigaddset(taken_r, SIGTERM);
	pthread_sigmask(SIG_BLOCK, taken_r, NULL);
}

/* The user we become reads the directory only.  -1: not possible now. */
static int recover(const struct ps_config *config)
{
	char reason[PS_REASON_MAX];

	switch (ps_writer_recover(config, reason)) {
	case PS_WRITE_NOTHING:
		break;
	case PS_WRITE_DONE:
		ps_log(PS_LOG_WARNING, "undid an interrupted write of %s",
		       config->directory.database);
		break;
	case PS_WRITE_REFUSED:
	case PS_WRITE_TEMPFAIL:
		ps_log(PS_LOG_WARNING,
		       "an interrupted write is still to be undone: %s",
		       reason);
		return -1;
	}
	return 0;
}

/* Handed to us by whoever started us, or made. */
static int listen_milter(const struct ps_config *config,
			 char error_r[PS_CONFIG_ERROR_MAX])
{
	const char *socket = config->milter.socket;
	int fd = ps_handed_take(socket);
	char handed[32];

	if (fd >= 0)
		snprintf(handed, sizeof(handed), "fd:%d", fd);
	else if (ps_socket_prepare(config, "milter.socket", socket, error_r) <
		 0)
		return -1;
	if (ps_callbacks_listen(fd >= 0 ? handed : socket) < 0) {
		snprintf(error_r, PS_CONFIG_ERROR_MAX, "cannot listen at %s",
			 socket);
		return -1;
	}
	if (fd >= 0 || ps_socket_share(config, socket, error_r) == 0)
		return 0;
	ps_socket_remove(socket);
	return -1;
}

static int open_daemon(struct start *start, char error_r[PS_CONFIG_ERROR_MAX])
{
	if (ps_daemon_new(start->config, &start->daemon, error_r) < 0)
		return -1;
	return ps_daemon_open_own(start->daemon, error_r);
}

/* What needs root comes first, what reads keys or makes threads last. */
static int start(struct start *start)
{
	struct ps_config *config = start->config;
	char error[PS_CONFIG_ERROR_MAX] = "";

	(void)recover(config);
	if (listen_milter(config, error) < 0)
		return fail(start->options, error);
	if (ps_services_listen(config, &start->services, error) < 0 ||
	    ps_pid_file_write(config, error) < 0 ||
	    ps_state_folder_make(config, config->state_database, error) < 0 ||
	    ps_privilege_drop(config, error) < 0 ||
	    open_daemon(start, error) < 0) {
		ps_services_free(&start->services);
		ps_files_remove(config);
		return fail(start->options, error);
	}
	ps_handed_refuse_rest();
	return 0;
}

static int start_notifier(struct start *start)
{
	static const struct ps_notifier_setup setup = {
		.send = ps_smtp_send,
		.seconds = ps_clock_seconds,
		.microseconds = ps_clock_monotonic_us,
	};

	if (ps_smtp_init() < 0 ||
	    ps_notifier_new(&setup, start->config, &start->notifier) < 0)
		return -1;
	ps_daemon_equip(start->daemon, start->notifier);
	return 0;
}

static void *serve_thread(void *ctx)
{
	struct start *start = ctx;

	start->status = ps_callbacks_run(start->daemon) == 0 ? 0 : 1;
	pthread_kill(start->main_thread, SIGTERM);
	return NULL;
}

static void *stop_thread(void *ctx)
{
	(void)ctx;
	ps_callbacks_stop();
	return NULL;
}

/* libmilter sits in poll(2), with a lock that stopping it needs. */
static void stop_serving(pthread_t serving)
{
	struct timespec until;
	pthread_t stopping;
	bool helped;

	helped = pthread_create(&stopping, NULL, stop_thread, NULL) == 0;
	if (!helped)
		ps_callbacks_stop();
	do {
		pthread_kill(serving, SIGUSR2);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += STOP_STEP_US * 1000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
	} while (pthread_timedjoin_np(serving, NULL, &until) != 0);
	if (helped)
		pthread_join(stopping, NULL);
}

static void reload(struct start *start)
{
	char error[PS_CONFIG_ERROR_MAX];

	ps_notify_reloading(&start->notify);
	(void)ps_daemon_reload(start->daemon, error);
	ps_notify_send(&start->notify, "READY=1");
}

/* Who could not take what each request takes first has nothing to say.  A
 * backend that is down is no reason to be killed. */
static void say_alive(const struct start *start)
{
	struct ps_service *service;

	if (start->notify.watchdog_us == 0)
		return;
	service = ps_daemon_hold(start->daemon);
	service->release(service);
	ps_notify_alive(&start->notify);
}

/*
 * libmilter has a thread that waits for SIGHUP, SIGINT and SIGTERM as well; but
 * Linux gives a signal to the first thread of a process if that waits for it.
 */
static void take_signals(struct start *start)
{
	const struct timespec interval = ps_notify_interval(&start->notify);
	unsigned long before = 0, now;
	int number;

	for (;;) {
		number = sigtimedwait(&start->signals, NULL, &interval);
		if (number == SIGUSR1)
			reload(start);
		else if (number > 0)
			return;
		ps_daemon_look(start->daemon);
		say_alive(start);
		/* What a burst leaves in the heaps goes back to the system. */
		now = ps_callbacks_messages();
		if (number < 0 && now != before)
			(void)malloc_trim(0);
		before = now;
	}
}

/*
 * No new connection finds us once the socket is gone.  libmilter, told to stop,
 * tears down what its workers still use: it is told so, and memory given back
 * (which is what a leak check needs), only when no session is open; else the
 * process ends as it is, and Postfix defers what it had under way.
 */
static void stop(struct start *start, struct ps_service *first,
		 pthread_t serving)
{
	unsigned int i;
	bool open;

	ps_notify_send(&start->notify, "STOPPING=1");
	ps_files_remove(first->config);
	ps_services_free(&start->services);
	ps_notifier_free(&start->notifier);
	for (i = 0; i < STOP_STEPS && ps_callbacks_busy() > 0; i++)
		usleep(STOP_STEP_US);
	open = ps_callbacks_sessions() > 0;
	if (!open) {
		stop_serving(serving);
		open = ps_callbacks_sessions() > 0;
	}
	ps_log(PS_LOG_INFO, "stopped");
	first->release(first);
	if (open)
		_exit(start->status);
	ps_daemon_free(&start->daemon);
}

static int serve(struct start *start)
{
	/* Held so that the names of the start (socket, pid file) are known at
	 * the stop, whatever was reloaded in between. */
	struct ps_service *first = ps_daemon_hold(start->daemon);
	static const struct ps_milter_counts counts = {
		.messages = ps_callbacks_messages,
		.sessions = ps_callbacks_sessions,
		.serving = ps_callbacks_serving,
	};
	pthread_t serving;

	ps_log(PS_LOG_INFO, "started, configuration %s, socket %s",
	       first->config->path, first->config->milter.socket);
	start->main_thread = pthread_self();
	if (start_notifier(start) < 0 ||
	    ps_services_start(start->services, start->daemon, &counts) < 0 ||
	    pthread_create(&serving, NULL, serve_thread, start) != 0) {
		(void)fail(start->options, "cannot start a thread");
		return 1;
	}
	if (start->ready >= 0)
		ps_background_ready(start->ready);
	ps_notify_send(&start->notify, "READY=1");
	take_signals(start);
	stop(start, first, serving);
	return start->status;
}

static void open_log(const struct options *options)
{
	bool stays = options->foreground || options->recover;
	bool journal = stays && getenv("JOURNAL_STREAM") != NULL;

	ps_log_set_level(options->verbose ? PS_LOG_DEBUG : PS_LOG_INFO);
	/* libmilter speaks to syslog(3) whatever we do; the journal would have
	 * it twice. */
	openlog(PROGRAM, LOG_PID | (stays && !journal ? LOG_PERROR : 0),
		LOG_MAIL);
	if (journal)
		ps_log_open_journal();
	else if (stays)
		ps_log_open_stderr(PROGRAM);
	else
		ps_log_open_syslog(PROGRAM);
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
	if (options.check)
		return check(&state.config);
	(void)mallopt(M_ARENA_MAX, HEAPS);
	open_log(&options);
	if (options.recover) {
		status = recover(state.config) < 0 ? 1 : 0;
		ps_config_free(&state.config);
		return status;
	}
	ps_handed_open();
	if (options.foreground)
		ps_notify_open(&state.notify);
	if (!options.foreground && (state.ready = ps_background_go()) < 0) {
		(void)fail(&options, strerror(errno));
		return 1;
	}
	(void)umask(0027);
	set_signals(&state.signals);
	ps_privilege_raise_files();
	if (chdir("/") < 0 || start(&state) < 0) {
		if (state.daemon == NULL)
			ps_config_free(&state.config);
		ps_daemon_free(&state.daemon);
		return 1;
	}
	return serve(&state);
}
