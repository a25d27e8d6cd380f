/* setup_make.c - users, groups, folders, the directory and keys, made. */

#include "cli/setup_make.h"

#include "cli/dkim.h"
#include "cli/setup_run.h"
#include "cli/setup_steps.h"

#include "directory/log.h"
#include "directory/writer.h"
#include "io/clock.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RSA_BITS 2048 /* RFC 8301 3.2 */
#define NUMBERS	 500  /* to choose a user's from, at least; ours */
#define LAST_UID 999  /* of the system's, on Debian */

static bool complain(const char *what, const char *why)
{
	ps_log(PS_LOG_ERROR, "%s: %s", what, why);
	return false;
}

void ps_setup_add_making(struct ps_setup *setup, struct ps_making making)
{
	struct ps_making **last = &setup->makings, *made;

	for (; *last != NULL; last = &(*last)->next) {
		if ((*last)->kind == making.kind &&
		    strcmp((*last)->name, making.name) == 0)
			return;
	}
	made = ps_arena_alloc(setup->arena, sizeof(*made));
	setup->failed = setup->failed || made == NULL;
	if (made == NULL)
		return;
	*made = making;
	*last = made;
}

bool ps_setup_makes(const struct ps_setup *setup, enum ps_making_kind kind)
{
	const struct ps_making *making = setup->makings;

	while (making != NULL && making->kind != kind)
		making = making->next;
	return making != NULL;
}

bool ps_setup_makes_place(const struct ps_setup *setup)
{
	return ps_setup_makes(setup, PS_MAKE_GROUP) ||
	       ps_setup_makes(setup, PS_MAKE_USER) ||
	       ps_setup_makes(setup, PS_MAKE_FOLDER) ||
	       ps_setup_makes(setup, PS_MAKE_DATABASE);
}

static void mark_done(struct ps_setup *setup, enum ps_making_kind kind)
{
	struct ps_making *making = setup->makings;

	for (; making != NULL; making = making->next)
		making->done = making->done || making->kind == kind;
}

static bool make_group(struct ps_setup *setup, const struct ps_making *making)
{
	return ps_setup_must(setup->arena,
			     (const char *const[]){ "groupadd", "--system",
						    making->name, NULL });
}

/* Dovecot takes mail users from a number on only. */
static bool make_user(struct ps_setup *setup, const struct ps_making *making)
{
	unsigned long last = making->least + NUMBERS - 1;
	const char *argv[16] = {
		"useradd",    "--system",    "--no-create-home",
		"--gid",      making->group, "--home-dir",
		making->home, "--shell",     "/usr/sbin/nologin",
	};
	size_t count = 9;

	if (making->least != 0) {
		argv[count++] = "-K";
		argv[count++] =
			ps_setup_text(setup, "SYS_UID_MIN=%lu", making->least);
		argv[count++] = "-K";
		argv[count++] =
			ps_setup_text(setup, "SYS_UID_MAX=%lu",
				      last < LAST_UID ? LAST_UID : last);
	}
	argv[count] = making->name;
	return ps_setup_must(setup->arena, argv);
}

/* Those above it are root's, and open. */
static bool make_folder(struct ps_setup *setup, const struct ps_making *making)
{
	const struct passwd *user = getpwnam(making->user);
	const struct group *group = getgrnam(making->group);
	char path[PATH_MAX], *slash;

	if (user == NULL || group == NULL || setup->failed)
		return complain(making->name, "whose it is, is not known");
	if (!ps_bytes_copy(ps_bytes_of(making->name), path, sizeof(path)))
		return complain(making->name, "the path is too long");
	for (slash = path; (slash = strchr(slash + 1, '/')) != NULL;) {
		*slash = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return complain(path, strerror(errno));
		*slash = '/';
	}
	if (mkdir(path, making->mode) < 0)
		return errno == EEXIST || complain(path, strerror(errno));
	return (chown(path, user->pw_uid, group->gr_gid) == 0 &&
		chmod(path, making->mode) == 0) ||
	       complain(path, strerror(errno));
}

static bool make_one(struct ps_setup *setup, const struct ps_making *making)
{
	switch (making->kind) {
	case PS_MAKE_GROUP:
		return make_group(setup, making);
	case PS_MAKE_USER:
		return make_user(setup, making);
	case PS_MAKE_FOLDER:
		return make_folder(setup, making);
	case PS_MAKE_DATABASE:
	case PS_MAKE_DOMAIN:
	case PS_MAKE_ALIASES:
	case PS_MAKE_KEYS:
		break;
	}
	return true;
}

/* In the order in which they were planned: groups before their users. */
bool ps_setup_make_place(struct ps_setup *setup)
{
	struct ps_making *making = setup->makings;

	for (; making != NULL; making = making->next) {
		if (!make_one(setup, making))
			return false;
		making->done = making->kind <= PS_MAKE_FOLDER;
	}
	return true;
}

static enum ps_write fill(struct ps_setup *setup, struct ps_writer *writer)
{
	enum ps_write result = PS_WRITE_DONE;
	unsigned int count;

	if (ps_setup_makes(setup, PS_MAKE_DOMAIN))
		result = ps_writer_add_domain(writer, setup->domain);
	if ((result == PS_WRITE_DONE || result == PS_WRITE_NOTHING) &&
	    ps_setup_makes(setup, PS_MAKE_ALIASES))
		result = ps_writer_add_system_aliases(
			writer, setup->domain, setup->config->directory.admin,
			&count);
	return result;
}

/* Opening makes the databases, which readers must find. */
bool ps_setup_make_directory(struct ps_setup *setup)
{
	char reason[PS_REASON_MAX];
	struct ps_writer *writer;
	enum ps_write result;

	if (!ps_setup_makes(setup, PS_MAKE_DATABASE) &&
	    !ps_setup_makes(setup, PS_MAKE_DOMAIN) &&
	    !ps_setup_makes(setup, PS_MAKE_ALIASES))
		return true;
	if (ps_writer_open(setup->config, &writer, reason) != PS_WRITE_DONE)
		return complain("directory", reason);
	mark_done(setup, PS_MAKE_DATABASE);
	result = fill(setup, writer);
	if (result == PS_WRITE_DONE)
		result = ps_writer_commit(writer);
	snprintf(reason, sizeof(reason), "%s", ps_writer_reason(writer));
	ps_writer_close(&writer);
	if (result != PS_WRITE_DONE && result != PS_WRITE_NOTHING)
		return complain("directory", reason);
	mark_done(setup, PS_MAKE_DOMAIN);
	mark_done(setup, PS_MAKE_ALIASES);
	if (ps_setup_makes(setup, PS_MAKE_DOMAIN))
		ps_output_done(&setup->cli->output, "added domain");
	if (ps_setup_makes(setup, PS_MAKE_ALIASES))
		ps_output_done(&setup->cli->output, "added system aliases");
	return true;
}

bool ps_setup_make_keys(struct ps_setup *setup)
{
	char reason[PS_REASON_MAX];
	struct ps_new_key key[2];

	if (!ps_setup_makes(setup, PS_MAKE_KEYS))
		return true;
	if (ps_keyfolder_generate(setup->config, setup->domain, RSA_BITS,
				  ps_clock_seconds(), key,
				  reason) != PS_KEYS_DONE)
		return complain("keys", reason);
	mark_done(setup, PS_MAKE_KEYS);
	ps_output_done(&setup->cli->output, "added keys");
	ps_dkim_show(&setup->cli->output, setup->domain, key);
	return true;
}

void ps_setup_remember_made(struct ps_setup *setup)
{
	const struct ps_making *making = setup->makings;

	for (; making != NULL; making = making->next) {
		if (making->done)
			ps_setup_add_line(setup, &setup->made, making->text);
	}
}
