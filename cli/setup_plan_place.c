/* setup_plan_place.c - the users, groups and folders of postseal.conf. */

#include "cli/setup_make.h"
#include "cli/setup_steps.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOME	  "/var/lib/postseal"
#define FIRST_UID 500 /* Dovecot's own default of first_valid_uid */

static void want_group(struct ps_setup *setup, const char *name)
{
	if (getgrnam(name) == NULL)
		ps_setup_add_making(
			setup,
			(struct ps_making){
				.kind = PS_MAKE_GROUP,
				.text = ps_setup_text(setup, "group %s", name),
				.name = name });
}

static void want_user(struct ps_setup *setup, const char *name,
		      const char *group, const char *home, unsigned long least)
{
	if (getpwnam(name) == NULL)
		ps_setup_add_making(
			setup, (struct ps_making){
				       .kind = PS_MAKE_USER,
				       .text = ps_setup_text(
					       setup, "user %s of group %s",
					       name, group),
				       .name = name,
				       .group = group,
				       .home = home,
				       .least = least });
}

static void want_folder(struct ps_setup *setup, const char *path,
			const char *user, const char *group)
{
	if (access(path, F_OK) == 0)
		return;
	ps_setup_add_making(
		setup,
		(struct ps_making){
			.kind = PS_MAKE_FOLDER,
			.text = ps_setup_text(setup, "folder %s of %s:%s, 0750",
					      path, user, group),
			.name = path,
			.user = user,
			.group = group,
			.mode = 0750 });
}

/* Before what differs from account to account; "" where all of it does. */
static const char *mail_folder(struct ps_setup *setup)
{
	const char *home = setup->config->mail.home;
	size_t len = strcspn(home, "%");

	while (len > 0 && home[len - 1] != '/')
		len--;
	return ps_setup_text(setup, "%.*s", len == 0 ? 0 : (int)len - 1, home);
}

/* Dovecot delivers as no other. */
static void want_mail_user(struct ps_setup *setup)
{
	const struct ps_config *config = setup->config;
	const char *least = ps_setup_dovecot_value(setup, "first_valid_uid");
	const struct passwd *user = getpwnam(config->mail.user);
	unsigned long first =
		least == NULL ? FIRST_UID : strtoul(least, NULL, 10);
	const char *folder = mail_folder(setup);

	if (user != NULL && user->pw_uid < first)
		ps_setup_refuse(setup,
				"user %s (mail.user) has number %lu, and "
				"Dovecot takes none below first_valid_uid, %lu",
				config->mail.user, (unsigned long)user->pw_uid,
				first);
	want_group(setup, config->mail.group);
	want_user(setup, config->mail.user, config->mail.group,
		  *folder == '\0' ? HOME : folder, first);
	if (*folder != '\0')
		want_folder(setup, folder, config->mail.user,
			    config->mail.group);
}

void ps_setup_plan_place(struct ps_setup *setup)
{
	const struct ps_config *config = setup->config;
	const char *auth = config->directory.auth_group;

	/* Dovecot's own: another's would not let it in. */
	if (config->directory.backend == PS_BACKEND_SQLITE &&
	    getgrnam(auth) == NULL)
		ps_setup_refuse(setup,
				"there is no group %s (directory.auth_group), "
				"which comes with Dovecot",
				auth);
	want_group(setup, config->keys.group);
	want_user(setup, config->user, config->keys.group, HOME, 0);
	want_group(setup, config->directory.read_group);
	want_mail_user(setup);
	want_folder(setup, config->keys.folder, "root", config->keys.group);
}
