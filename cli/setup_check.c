/* setup_check.c - is it as it was meant?  After the edits. */

#include "cli/setup_run.h"
#include "cli/setup_steps.h"

#include "directory/log.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#define NOBODY	 "setup.invalid" /* RFC 2606: nobody's domain */
#define ATTEMPTS 20		 /* of a tenth of a second each */

static bool complain(const char *what, const char *why)
{
	ps_log(PS_LOG_ERROR, "%s: %s", what, *why == '\0' ? "failed" : why);
	return false;
}

/* Found, or not there, unless it must be: both are answers, trouble is none. */
static bool look_up(struct ps_setup *setup, const char *table, const char *key,
		    bool must, const char **why_r)
{
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
	return !must;
}

static const char *key_of(const struct ps_setup *setup)
{
	return setup->domain == NULL ? NOBODY : setup->domain;
}

/* Without proxymap(8): a plugin that cannot be loaded stops it for all. */
bool ps_setup_try_plugin(struct ps_setup *setup)
{
	const char *table = ps_setup_table(setup, "domains") + strlen("proxy:");
	const char *why;

	return look_up(setup, table, key_of(setup), setup->domain != NULL,
		       &why) ||
	       complain(table, why);
}

/* Settings alone can answer for a domain; an address is asked for in the store.
 */
static bool check_store(struct ps_setup *setup)
{
	const char *table = ps_setup_table(setup, "mailboxes"), *why;

	return look_up(setup, table,
		       ps_setup_text(setup, "postmaster@%s", key_of(setup)),
		       false, &why) ||
	       complain(table, why);
}

/* Postfix may be about to start. */
static bool check_lookup(struct ps_setup *setup)
{
	const struct timespec pause = { .tv_nsec = 100000000 };
	const char *table = ps_setup_table(setup, "domains"), *why = "";

	for (unsigned int i = 0; i < ATTEMPTS; i++) {
		if (look_up(setup, table, key_of(setup), setup->domain != NULL,
			    &why))
			return check_store(setup);
		nanosleep(&pause, NULL);
	}
	return complain(table, why);
}

bool ps_setup_check_dovecot(struct ps_setup *setup)
{
	return ps_setup_must(setup->arena,
			     (const char *const[]){ "doveconf", "-c",
						    setup->dovecot, "-n",
						    NULL });
}

bool ps_setup_check_milter(struct ps_setup *setup)
{
	const char *why = ps_setup_try_milter(setup);

	return why == NULL || complain(setup->config->milter.socket, why);
}

/* It has been told to read its configuration, and says nothing of the result.
 */
bool ps_setup_check_listeners(struct ps_setup *setup)
{
	static const char *const names[] = { "dovecot-lmtp", "auth" };
	const struct timespec pause = { .tv_nsec = 100000000 };
	const char *path;
	int fd;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path = ps_setup_text(
			setup, "%s/private/%s",
			ps_setup_value(setup, "queue_directory")->expanded,
			names[i]);
		fd = ps_setup_connect(path);
		for (unsigned int n = 0; n < ATTEMPTS && fd < 0; n++) {
			nanosleep(&pause, NULL);
			fd = ps_setup_connect(path);
		}
		if (fd < 0)
			return complain(path, "Dovecot does not listen there: "
					      "its log says why");
		close(fd);
	}
	return true;
}

bool ps_setup_check(struct ps_setup *setup)
{
	return ps_setup_must(setup->arena,
			     (const char *const[]){ "postfix", "-c",
						    setup->postfix, "check",
						    NULL }) &&
	       ps_setup_check_dovecot(setup) && check_lookup(setup) &&
	       ps_setup_check_milter(setup);
}
