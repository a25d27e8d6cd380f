/* setup_check.c - is it as it was meant?  After the edits. */

#include "cli/setup_run.h"
#include "cli/setup_steps.h"

#include "directory/log.h"
#include "directory/writer.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NOBODY	 "setup.invalid" /* RFC 2606: nobody's domain */
#define ATTEMPTS 20		 /* of a tenth of a second each */

static bool complain(const char *what, const char *why)
{
	ps_log(PS_LOG_ERROR, "%s: %s", what, *why == '\0' ? "failed" : why);
	return false;
}

/* Without it, the daemon cannot tell a domain without keys from trouble. */
static bool make_key_folder(const struct ps_setup *setup)
{
	const char *folder = setup->config->keys.folder;
	const struct group *group = getgrnam(setup->config->keys.group);

	if (mkdir(folder, 0750) < 0)
		return errno == EEXIST || complain(folder, strerror(errno));
	return (group != NULL && chown(folder, 0, group->gr_gid) == 0) ||
	       complain(folder, "its group cannot be set");
}

/* The first change makes the databases, which readers must find. */
bool ps_setup_make_directory(struct ps_setup *setup, bool *added_r)
{
	char reason[PS_REASON_MAX];
	struct ps_writer *writer;
	enum ps_write result;
	unsigned int count;
	const char *admin = setup->config->directory.admin;

	*added_r = false;
	if (!make_key_folder(setup))
		return false;
	if (setup->config->directory.backend != PS_BACKEND_SQLITE)
		return true;

	if (ps_writer_open(setup->config, &writer, reason) != PS_WRITE_DONE)
		return complain("directory", reason);
	result = PS_WRITE_DONE;
	if (setup->domain != NULL)
		result = ps_writer_add_domain(writer, setup->domain);
	if (result == PS_WRITE_DONE && setup->domain != NULL && admin != NULL)
		result = ps_writer_add_system_aliases(writer, setup->domain,
						      admin, &count);
	if (result == PS_WRITE_DONE)
		result = ps_writer_commit(writer);
	snprintf(reason, sizeof(reason), "%s", ps_writer_reason(writer));
	ps_writer_close(&writer);
	*added_r = result == PS_WRITE_DONE && setup->domain != NULL;
	if (*added_r)
		ps_output_done(&setup->cli->output, "added domain");
	return result == PS_WRITE_DONE || result == PS_WRITE_NOTHING ||
	       complain("directory", reason);
}

/* Found, or not there: both are answers, and trouble is none. */
static bool look_up(struct ps_setup *setup, const char *table,
		    const char **why_r)
{
	const char *key = setup->domain == NULL ? NOBODY : setup->domain;
	const char *const argv[] = { "postmap", "-c", setup->postfix, "-q", key,
				     table,	NULL };
	struct ps_ran ran;
	bool found = ps_setup_run(setup->arena, argv, &ran);

	*why_r = ran.err;
	if (found)
		return true;
	if (ran.status != 1 || *ran.err != '\0')
		return false;
	*why_r = "the domain is not found";
	return setup->domain == NULL;
}

/* Without proxymap(8): a plugin that cannot be loaded stops it for all. */
bool ps_setup_try_plugin(struct ps_setup *setup)
{
	const char *table = ps_setup_table(setup, "domains") + strlen("proxy:");
	const char *why;

	return look_up(setup, table, &why) || complain(table, why);
}

/* Postfix may be about to start. */
static bool check_lookup(struct ps_setup *setup)
{
	const struct timespec pause = { .tv_nsec = 100000000 };
	const char *table = ps_setup_table(setup, "domains"), *why = "";

	for (unsigned int i = 0; i < ATTEMPTS; i++) {
		if (look_up(setup, table, &why))
			return true;
		nanosleep(&pause, NULL);
	}
	return complain(table, why);
}

static bool check_host(struct ps_setup *setup, const char *const *argv)
{
	struct ps_ran ran;

	return ps_setup_run(setup->arena, argv, &ran) ||
	       complain(argv[0], ran.err);
}

bool ps_setup_check_dovecot(struct ps_setup *setup)
{
	return check_host(setup,
			  (const char *const[]){ "doveconf", "-c",
						 setup->dovecot, "-n", NULL });
}

bool ps_setup_check_milter(struct ps_setup *setup)
{
	const char *why = ps_setup_try_milter(setup);

	return why == NULL || complain(setup->config->milter.socket, why);
}

bool ps_setup_check(struct ps_setup *setup)
{
	return check_host(setup, (const char *const[]){ "postfix", "-c",
							setup->postfix, "check",
							NULL }) &&
	       ps_setup_check_dovecot(setup) && check_lookup(setup) &&
	       ps_setup_check_milter(setup);
}
