/* setup_services.c - the daemon and both hosts, started or told to reload. */

#include "cli/control.h"
#include "cli/daemon_pid.h"
#include "cli/setup_run.h"
#include "cli/setup_steps.h"

#include "directory/log.h"

#include <limits.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WORDS_MAX 8
#define ATTEMPTS  100 /* of a tenth of a second each */

/* Up to seven words; NULL ends them.  False: said why. */
static bool must(struct ps_setup *setup, const char *const *argv)
{
	return ps_setup_must(setup->arena, argv);
}

/* One that may say no. */
static bool ask(struct ps_setup *setup, const char *const *argv)
{
	struct ps_ran ran;

	return ps_setup_run(setup->arena, argv, &ran);
}

#define WORDS(...) ((const char *const[WORDS_MAX]){ __VA_ARGS__, NULL })

bool ps_setup_join(struct ps_setup *setup, bool join, const char *user,
		   const char *group)
{
	return must(setup, WORDS("gpasswd", join ? "-a" : "-d", user, group));
}

/* The one that was installed with us, or else of PATH. */
static const char *program(struct ps_setup *setup)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	const char *found, *slash;

	path[len < 0 ? 0 : len] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL)
		return "postseald";
	found = ps_setup_text(setup, "%.*s/../sbin/postseald",
			      (int)(slash - path), path);
	return access(found, X_OK) == 0 ? found : "postseald";
}

/* In one step or not at all, and it says why not. */
static bool reload(const struct ps_setup *setup)
{
	const struct ps_cli cli = { .config = setup->config };
	json_t *reply;

	if (ps_control_ask(&cli, json_pack("{s:s}", "command", "reload"),
			   &reply) != PS_EXIT_DONE)
		return false;
	json_decref(reply);
	return true;
}

bool ps_setup_start_daemon(struct ps_setup *setup)
{
	const char *name = program(setup);

	if (!must(setup, WORDS(name, "--check", "-c", setup->config_path)))
		return false;
	if (ps_setup_has_systemd(setup))
		return ps_setup_start_units(setup);
	if (ps_daemon_find(setup->config->pid_file) != 0)
		return reload(setup);
	return must(setup, WORDS(name, "-c", setup->config_path));
}

void ps_setup_note_started(struct ps_setup *setup)
{
	if (setup->starts != NULL && setup->started != NULL)
		setup->started = ps_setup_text(setup, "%s %s", setup->started,
					       setup->starts);
	else if (setup->starts != NULL)
		setup->started = setup->starts;
	else if (!ps_setup_has_systemd(setup) && setup->started == NULL &&
		 ps_daemon_find(setup->config->pid_file) == 0)
		setup->started = setup->config->pid_file;
}

bool ps_setup_stop_daemon(struct ps_setup *setup)
{
	pid_t pid;

	if (*setup->started != '/')
		return ps_setup_stop_units(setup);
	pid = ps_daemon_find(setup->started);
	return pid == 0 || kill(pid, SIGTERM) == 0;
}

/* It says at once that it stops, and takes its time. */
static bool dovecot_anew(struct ps_setup *setup)
{
	const struct timespec pause = { .tv_nsec = 100000000 };

	(void)ask(setup, WORDS("doveadm", "-c", setup->dovecot, "stop"));
	for (unsigned int i = 0; i < ATTEMPTS; i++) {
		if (ask(setup, WORDS("dovecot", "-c", setup->dovecot)))
			return true;
		nanosleep(&pause, NULL);
	}
	return must(setup, WORDS("dovecot", "-c", setup->dovecot));
}

bool ps_setup_restart_dovecot(struct ps_setup *setup, bool start, bool anew)
{
	if (anew)
		return ps_setup_has_systemd(setup)
			       ? must(setup,
				      WORDS("systemctl", "restart", "dovecot"))
			       : dovecot_anew(setup);
	if (ps_setup_has_systemd(setup))
		return must(setup, WORDS("systemctl",
					 start ? "reload-or-restart"
					       : "try-reload-or-restart",
					 "dovecot"));
	return ask(setup, WORDS("doveadm", "-c", setup->dovecot, "reload")) ||
	       !start || must(setup, WORDS("dovecot", "-c", setup->dovecot));
}

static const char *word_of(bool start, bool anew)
{
	if (anew)
		return start ? "restart" : "try-restart";
	return start ? "reload-or-restart" : "try-reload-or-restart";
}

bool ps_setup_restart_postfix(struct ps_setup *setup, bool start, bool anew)
{
	const char *folder = setup->postfix;

	if (ps_setup_has_systemd(setup))
		return must(setup, WORDS("systemctl", word_of(start, anew),
					 "postfix"));
	if (!ask(setup, WORDS("postfix", "-c", folder, "status")))
		return !start ||
		       must(setup, WORDS("postfix", "-c", folder, "start"));
	if (!anew)
		return must(setup, WORDS("postfix", "-c", folder, "reload"));
	return must(setup, WORDS("postfix", "-c", folder, "stop")) &&
	       must(setup, WORDS("postfix", "-c", folder, "start"));
}
